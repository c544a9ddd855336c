package synapse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

var (
	_ codec.Mentioner  = synapse.Protocol{}
	_ codec.Ender      = (*synapse.Conversation)(nil)
	_ codec.Summarizer = (*synapse.Conversation)(nil)
)

func TestSummary(t *testing.T) {
	c := open(t, "v1.66").(*synapse.Conversation)
	d := c.Decoder(codec.ToClient)
	for _, l := range []string{
		"POSITION caches master 5 5", "RDATA push_rules master batch [1]", "RDATA push_rules master 7 [1]", "RDATA push_rules w2 9 [1]",
		"RDATA push_rules w2 8 [1]", "POSITION caches master 7 8", "RDATA push_rules w2 batch [1]", "PING 1",
	} {
		if _, _, err := d.Decode([]byte(l+"\n"), false); err != nil {
			t.Fatal(err)
		}
	}
	columns, rows := c.Summary()
	var got []string
	for _, r := range rows {
		if len(r) != len(columns) {
			t.Errorf("%d cells in %d columns", len(r), len(columns))
		}
		got = append(got, strings.Join(r, " "))
	}
	want := []string{"< caches master 0 0 5 8 0 0 1", "< push_rules master 2 1 7 7 0 0 0", "< push_rules w2 3 0 9 8 1 1 0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	end := c.AppendEnd(nil, codec.ToClient)
	if len(end) != 1 || end[0].Code != "batch-open" || !strings.Contains(end[0].Message, "push_rules was never closed: 1 row without a token, the first 2 lines before the end") {
		t.Errorf("at the end: %v", end)
	}
	if end := c.AppendEnd(nil, codec.ToServer); end != nil {
		t.Errorf("the other direction: %v", end)
	}
}

func TestMention(t *testing.T) {
	m, ok := synapse.Protocol{}.Mention([]byte("x"), []byte("> SERVER example.com"))
	if !ok || string(m.Data) != "SERVER example.com\n" || m.Dir != codec.ToClient {
		t.Errorf("%+v %v", m, ok)
	}
	if _, ok := (synapse.Protocol{}).Mention(nil, []byte("* established *")); ok {
		t.Error("an event is no frame")
	}
}
