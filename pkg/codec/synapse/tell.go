package synapse

import (
	"bytes"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
)

// maxTold is how much of a line is told.
const maxTold = 80

// Tell implements [codec.Teller].
func (f *Frame) Tell(t *codec.Told, v codec.View) {
	t.Kind = f.Type()
	switch f.cmd {
	case cmdPing:
		t.Below = true
		return
	case cmdServer:
		t.Server = string(cut(f.part(0), 40))
	case cmdName:
		t.Client = string(cut(f.part(0), 40))
	case cmdRData, cmdPosition:
		t.Kind += " " + string(cut(f.part(0), 40))
	}
	if line := f.AppendText(nil, v); utf8.Valid(line) {
		t.Label = string(cut(bytes.TrimSpace(line), maxTold))
		if len(line) > maxTold {
			t.Label += "…"
		}
	}
}

// cut returns at most n bytes of b, whole characters.
func cut(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
