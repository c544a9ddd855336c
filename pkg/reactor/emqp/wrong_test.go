package emqp

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
)

func TestWrongID(t *testing.T) {
	for _, c := range []struct{ command, part, want string }{
		{"ACK", "id-1", "ACK id=x acked=id-2"},
		{"REPLY", "id-z", "REPLY id=x orig_msgid=id-0"},
		{"REPLY", `{"connected_workers": {}}`, ""},
		{"REPLY", "grüß", ""},
		{"REPLY", "", ""},
		{"HEARTBEAT", "1.0", ""},
	} {
		f, ok := WrongID(emqp.New(message3(emqp.AppendMessage(nil, c.command, "x", []byte(c.part)))))
		got := ""
		if ok {
			got = string(f.AppendText(nil, codec.View{}))
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.command, c.part, got, c.want)
		}
	}
	if _, ok := WrongID(emqp.New(message3([][]byte{[]byte("x")}))); ok {
		t.Error("what is no message has an ID")
	}
}
