package msgq

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Tell implements [codec.Teller]. A client is named by its lname; the other
// end is always the daemon.
func (f *Frame) Tell(t *codec.Told, v codec.View) {
	h := f.head()
	t.Kind, t.Server = f.Type(), "msgq"
	switch {
	case h.isType("getlname") && f.dir == codec.ToClient:
		if raw, ok := jsonv.Get(f.bodyJSON(), "lname"); ok {
			t.Client, _ = jsonv.StringValue(raw)
		}
	case h.isType("send") && h.has(keyReply):
		t.Kind = "reply"
	}
	t.Label = strings.TrimSpace(f.Type() + " " + string(f.AppendBrief(nil, v)))
	if h.isType("send") {
		t.Label = strings.TrimPrefix(t.Label, "send ")
		if f.dir == codec.ToServer { // who sends is seen
			t.Label = strings.TrimPrefix(t.Label, h.text(keyFrom)+" ")
		}
		if body := f.bodyBrief(); body != "" {
			t.Kind += " " + strings.SplitN(body, " ", 3)[0]
		}
	}
}
