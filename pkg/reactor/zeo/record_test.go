package zeo

import (
	"bytes"
	"testing"
)

// What a server writes must be what its clients can read: those on Python 2
// know no protocol 3.
func TestResolveKeepsProtocol(t *testing.T) {
	const class = "(cBTrees.Length\nLength\nNtq\x00."
	for _, tt := range []struct{ name, begin string }{{"Python 2", ""}, {"Python 3", "\x80\x03"}} {
		record := func(n byte) []byte {
			return []byte(tt.begin + class + tt.begin + "K" + string(rune(n)) + ".")
		}
		got, ok := resolve(record(1), record(4), record(5))
		if !ok || !bytes.Equal(got, record(8)) {
			t.Errorf("%s: %q, %v", tt.name, got, ok)
		}
	}
}
