package hg

import "testing"

// beginsPrefix knows the first character of each prefix, and no other.
func TestBeginsPrefix(t *testing.T) {
	first := map[byte]bool{}
	for _, prefix := range append(prefixOf[:], prefixCBOR, prefixEncode, prefixHex, prefixFile) {
		if prefix != "" {
			first[prefix[0]] = true
		}
	}
	for c := range 256 {
		if beginsPrefix(byte(c)) != first[byte(c)] {
			t.Errorf("%#x: %v", c, !first[byte(c)])
		}
	}
}
