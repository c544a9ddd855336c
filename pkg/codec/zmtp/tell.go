package zmtp

import "github.com/wirectl/wirectl/pkg/codec"

// Tell implements [codec.Teller]: what is no message is of the layers below.
func (f *Frame) Tell(t *codec.Told, v codec.View) {
	t.Kind = f.kind.String()
	t.Below = f.kind != Message && !(f.kind == Command && f.mech == MechCurve && string(f.command().name) == nameMessage)
	if len(f.raw) <= 1<<10 {
		t.Label = string(f.AppendText(nil, v))
	}
}
