package hg

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Tell implements [codec.Teller].
func (f *Frame) Tell(t *codec.Told, _ codec.View) {
	t.Kind, t.Server = f.Type(), "Mercurial server"
	if f.Dialect() == final {
		if name, ok := f.look().member("name"); ok && f.asks() {
			t.Kind = string(name[:min(len(name), maxName)])
			return
		}
		switch f.TypeID {
		case FinalProtocolSettings, FinalStreamSettings:
			t.Below = true
		}
	} else {
		switch f.TypeID {
		case TypeCommandName:
			t.Kind = string(f.Payload[:min(len(f.Payload), maxName)])
			return
		case TypeCommandArgument:
			if a, err := ParseArgument(f.Payload); err == nil && !f.Rest {
				t.Label = fmt.Sprintf("%s=%s", a.Name, quote(nil, a.Value[:min(len(a.Value), 40)]))
				return
			}
		case TypeErrorResponse:
			t.Label = "error " + quote(nil, f.Payload[:min(len(f.Payload), 60)])
			return
		case TypeStreamSettings:
			t.Below = true
		}
	}
	t.Label = fmt.Sprintf("%s, %d bytes", t.Kind, len(f.Payload))
}
