package hg

import "testing"

func TestMasks(t *testing.T) {
	for _, d := range []*Dialect{seed, final} {
		for n, info := range d.types {
			if want := uint8(1)<<len(info.flags) - 1; info.mask != want {
				t.Errorf("%s, type %d: mask %#x; want %#x for %q", d.Name, n, info.mask, want, info.flags)
			}
		}
	}
}
