package pickle

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// TestItems reads what Append writes of leaves and lists of leaves.
func TestItems(t *testing.T) {
	long := strings.Repeat("ab", 150)
	for _, literal := range []string{
		"None", "True", "False", "0", "255", "256", "65535", "65536", "2147483647", "-1", "-2147483648",
		`""`, `"a"`, `"ä"`, `"` + long + `"`, `b""`, `b"a"`, `b"` + long + `"`, `b"` + long[:255] + `"`,
		"[]", "[None]", "[1, 2]", `["a", b"b", -1]`, "[" + strings.Repeat("1, ", batch) + "]",
	} {
		var tree value.Tree
		id, err := pylit.Parse(&tree, []byte(literal), pylit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Append(nil, &tree, id, P3)
		if err != nil {
			t.Fatal(err)
		}
		b = b[2:] // PROTO 3
		it, n := NextItem(b)
		if n != len(b)-1 || it.Kind != tree.Kind(id) || it.Kind != value.List && !bytes.Equal(it.Bytes, tree.Bytes(id)) {
			t.Errorf("%.40s is a %s of %d bytes: %x", literal, it.Kind, n, it.Bytes)
		}
		if want := tree.Num(id); it.Kind == value.List && it.Num != int64(tree.Count(id)) || it.Kind != value.List && it.Num != want {
			t.Errorf("%.40s has the number %d; want %d", literal, it.Num, want)
		}
		for end := range b {
			if _, n := NextItem(b[:end]); n > 0 && b[0] != opEmptyList { // which may be a list on its own
				t.Errorf("%.40s: of its first %d bytes %d are an item", literal, end, n)
			}
		}
	}
	for _, b := range []string{
		"", "N", "]", "].", "K\x01", "M\x01\x00.", "J\x01\x00\x00\x00.", "C\x05abc.", "B\x01\x00\x00\x00a.", "X\x01\x00\x00\x00\xff.",
		"X\xff\xff\xff\xffa.", "](.", "](N", "](Ne.", "](](e.", "](" + strings.Repeat("N", batch+1) + "e.", "}.", "t.", "U\x01a.",
	} {
		if it, n := NextItem([]byte(b)); n > 0 && (b[0] != ']' || n > 1) {
			t.Errorf("%.20x is a %s of %d bytes", b, it.Kind, n)
		}
	}
}
