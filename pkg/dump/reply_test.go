package dump

import (
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

func TestReply(t *testing.T) {
	r := samples()[0]
	for _, tt := range []struct {
		reply      codec.Reply
		json, tree string
	}{
		{codec.Reply{Conn: r.Conn, Seq: 4, Elapsed: 4811 * time.Millisecond}, `,"reply_to":4,"elapsed":4.811}`, "answers record 4 after 4.81s"},
		{codec.Reply{Conn: r.Conn + 1, Seq: 0, Elapsed: 1234567}, `,"reply_to":0,"reply_to_conn":2,"elapsed":0.001234567}`, "answers record 0 of connection 2 after 1.23ms"},
		{codec.Reply{Conn: r.Conn, Seq: 4, Elapsed: -1}, `,"reply_to":4}`, "answers record 4"},
		{codec.Reply{Conn: r.Conn, Seq: 4}, `,"reply_to":4,"elapsed":0}`, "answers record 4 after 0s"},
	} {
		j, tree := NewJSON(Options{}), NewTree(Options{})
		if got := string(j.AppendReply(j.AppendRecord(nil, &r), r.Conn, tt.reply)); !strings.HasSuffix(got, tt.json+"\n") || strings.Count(got, "\n") != 1 {
			t.Errorf("JSON %s, want it to end in %s", got, tt.json)
		}
		if got := string(tree.AppendReply(nil, r.Conn, tt.reply)); strings.TrimSpace(got) != tt.tree {
			t.Errorf("tree %q, want %q", got, tt.tree)
		}
	}
}
