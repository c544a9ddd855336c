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
		joined     codec.Joined
		json, tree string
	}{
		{codec.Joined{To: codec.Reply{Conn: r.Conn, Seq: 4, Elapsed: 4811 * time.Millisecond}, Answers: true, Outstanding: -1}, `,"reply_to":4,"elapsed":4.811}`, "answers record 4 after 4.81s"},
		{codec.Joined{To: codec.Reply{Conn: r.Conn + 1, Seq: 0, Elapsed: 1234567}, Answers: true, Outstanding: -1}, `,"reply_to":0,"reply_to_conn":2,"elapsed":0.001234567}`, "answers record 0 of connection 2 after 1.23ms"},
		{codec.Joined{To: codec.Reply{Conn: r.Conn, Seq: 4, Elapsed: -1}, Answers: true, Outstanding: -1}, `,"reply_to":4}`, "answers record 4"},
		{codec.Joined{To: codec.Reply{Conn: r.Conn, Seq: 4}, Answers: true, Outstanding: -1}, `,"reply_to":4,"elapsed":0}`, "answers record 4 after 0s"},
		{codec.Joined{To: codec.Reply{Conn: r.Conn, Seq: 4, Elapsed: -1}, Answers: true, Outstanding: 2}, `,"reply_to":4,"outstanding":2}`, "answers record 4\n    2 requests wait for an answer"},
		{codec.Joined{By: codec.Reply{Conn: r.Conn + 1, Seq: 9, Elapsed: 5e8}, Answered: true, Outstanding: 1}, `,"replied_by":9,"replied_by_conn":2,"elapsed":0.5,"outstanding":1}`, "answered by record 9 of connection 2 after 500ms"},
		{codec.Joined{}, `,"outstanding":0}`, ""},
		{codec.Joined{Outstanding: -1}, "}", ""},
	} {
		j, tree := NewJSON(Options{}), NewTree(Options{})
		if got := string(j.AppendJoined(j.AppendRecord(nil, &r), r.Conn, &tt.joined)); !strings.HasSuffix(got, tt.json+"\n") || strings.Count(got, "\n") != 1 {
			t.Errorf("JSON %s, want it to end in %s", got, tt.json)
		}
		if got := string(tree.AppendJoined(nil, r.Conn, &tt.joined)); strings.TrimSpace(got) != tt.tree {
			t.Errorf("tree %q, want %q", got, tt.tree)
		}
	}
}
