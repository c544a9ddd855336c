package value

import (
	"math/big"
	"slices"
	"testing"
)

func TestTwos(t *testing.T) {
	for _, tt := range []struct {
		n  string
		le []byte
	}{
		{"0", nil},
		{"1", []byte{1}},
		{"127", []byte{0x7f}},
		{"128", []byte{0x80, 0}},
		{"255", []byte{0xff, 0}},
		{"-1", []byte{0xff}},
		{"-128", []byte{0x80}},
		{"-129", []byte{0x7f, 0xff}},
		{"-256", []byte{0, 0xff}},
		{"9223372036854775808", []byte{0, 0, 0, 0, 0, 0, 0, 0x80, 0}},
		{"-9223372036854775808", []byte{0, 0, 0, 0, 0, 0, 0, 0x80}},
		{"-9223372036854775809", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff}},
	} {
		n, _ := new(big.Int).SetString(tt.n, 10)
		if got := AppendTwos(nil, n); !slices.Equal(got, tt.le) {
			t.Errorf("AppendTwos(%s) = %x; want %x", tt.n, got, tt.le)
		}
		var tree Tree
		tree.Reset(nil)
		for _, le := range [][]byte{tt.le, append(slices.Clone(tt.le), fill(tt.le), fill(tt.le))} {
			if got := tree.AppendDecimal(nil, tree.AddTwos(Int, le, 0, 0)); string(got) != tt.n {
				t.Errorf("AddTwos(%x) = %s; want %s", le, got, tt.n)
			}
		}
	}
}

// fill returns the byte that makes a number longer without changing it.
func fill(le []byte) byte {
	if len(le) > 0 && le[len(le)-1]&0x80 != 0 {
		return 0xff
	}
	return 0
}

func TestTreeReused(t *testing.T) {
	var tree Tree
	src, module, name := []byte("abc"), []byte("m"), []byte("n")
	build := func() ID {
		tree.Reset(src)
		list := tree.Add(List, 0, 3)
		for i := range 100 {
			tree.Append(list, tree.AddNum(Int, int64(i), 0, 1))
		}
		tree.Append(list, tree.AddGlobal(module, name, 0, 1))
		return list
	}
	build()
	if n := testing.AllocsPerRun(100, func() { build() }); n != 0 {
		t.Errorf("a tree that is used again: %v allocations; want 0", n)
	}
	list := build()
	if n := tree.Count(list); n != 101 {
		t.Errorf("%d items; want 101", n)
	}
	if n := tree.Num(tree.At(list, 42)); n != 42 {
		t.Errorf("item 42 is %d", n)
	}
	if m, n := tree.Global(tree.At(list, 100)); string(m) != "m" || string(n) != "n" {
		t.Errorf("global is %q %q", m, n)
	}
	if id := tree.At(list, 101); id != 0 {
		t.Errorf("item 101 is node %d; want none", id)
	}
}
