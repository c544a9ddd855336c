package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// maxTold is how much of a message's text is told.
const maxTold = 80

// Tell implements [codec.Teller].
func (f *Frame) Tell(t *codec.Told, v codec.View) {
	kind := f.ready().kind
	t.Kind, t.Server = kind.String(), "ZEO server"
	switch kind {
	case KindHello, KindHeartbeat, KindRuok:
		t.Below = true
		return
	case KindCall, KindOneway:
		name := f.nameBytes()
		t.Kind = string(clip(name))
		if string(name) == "set_client_label" {
			t.Client = f.firstText()
		}
		if secret := !v.Secrets && f.hasSecret(); !f.large() && !secret {
			t.Label = string(f.appendArgs(append([]byte(nil), clip(name)...), name, false))
		}
	case KindReply:
		if !f.large() && !(!v.Secrets && f.hasSecret()) {
			t.Label = string(appendValue(nil, f, f.args))
		}
	case KindError:
		if class, _, ok := f.errorParts(); ok {
			t.Label = string(class)
		}
	}
	if len(t.Label) > maxTold {
		t.Label = t.Label[:maxTold] + "…"
	}
}

// large says whether the values are too many for a few words.
func (f *Frame) large() bool {
	if f.work == nil {
		return true
	}
	const most = 1 << 10
	return len(f.body()) > most || f.work.tree.Kind(f.args) == value.Shared
}
