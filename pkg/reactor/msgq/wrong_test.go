package msgq

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
)

func TestWrongID(t *testing.T) {
	for text, want := range map[string]string{
		`{"type": "send", "seq": 4, "reply": 9} {"result": [0]}`: `{"type": "send", "seq": 4, "reply": 10} {"result": [0]}`,
		`{"type": "pong"}`: "",
	} {
		p, err := msgq.Protocol{}.Parser(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.Parse(codec.ToClient, codec.Text{Body: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if g, ok := WrongID(f); ok {
			got = string(g.AppendText(nil, codec.View{}))
		}
		if got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
}
