package hg

import (
	"bytes"
	"testing"
)

func TestMasks(t *testing.T) {
	for _, d := range []*Dialect{seed, final} {
		for n, info := range d.types {
			if want := uint8(1)<<len(info.flags) - 1; info.mask != want {
				t.Errorf("%s, type %d: mask %#x; want %#x for %q", d.Name, n, info.mask, want, info.flags)
			}
		}
	}
}

// The texts of the table are those that are made of the names.
func TestHeads(t *testing.T) {
	for _, d := range []*Dialect{seed, final} {
		for i := range 1 << 12 {
			f := Frame{RequestID: 12345, StreamID: 7, StreamFlags: uint8(i>>8) & 7, TypeID: uint8(i>>4) & 15, Flags: uint8(i & 15), dialect: d}
			text, want := f.appendText(nil, &escapes), f.appendHeader(nil)
			if string(text) != string(want) {
				t.Errorf("%s: %q, want %q", d.Name, text, want)
			}
			object, members := f.appendHeaderJSON(nil), f.appendMembers(nil)
			if !bytes.HasSuffix(object, members) || !bytes.HasPrefix(object, []byte(`"request_id":12345,"stream_id":7,"stream_flags":`)) {
				t.Errorf("%s: %s, want %s", d.Name, object, members)
			}
		}
	}
}
