package cbor

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Node is one item of a [Tree].
//
// Items inside an item follow it: the elements of an array, the keys and
// values of a map in turn, the item of a tag, the chunks of an indefinite
// string; an item of indefinite length ends with a Break.
type Node struct {
	Arg        uint64 // the head's argument: value, length, count or bits
	Start, End uint32 // where the item stands in the tree's bytes
	Next       uint32 // index of the first node behind this item
	Depth      uint16 // 0 for the outermost item
	Kind       Kind
	Head       uint8 // bytes of the head
	Indefinite bool
	NonMinimal bool // the head is longer than it needs to be
}

// A Tree is one item with all that is in it, in the order of its bytes.
// The zero value is ready for Parse.
type Tree struct {
	Src   []byte // the item's bytes, shared with what Parse was given
	Nodes []Node
	open  []opened
}

// An opened item waits for more items.
type opened struct {
	node uint32
	left uint64 // how many more items belong to it; for indefinite ones how many there were
}

// Parse reads the item at the front of src, forgetting what t held, and
// returns its length. The tree shares memory with src.
//
// It returns [codec.ErrShort] when src ends in the item, and a
// [*codec.SyntaxError] when no CBOR stands there or a limit is hit; the nodes
// before the fault are kept then.
func (t *Tree) Parse(src []byte, lim Limits) (int, error) {
	t.Src, t.Nodes, t.open = src, t.Nodes[:0], t.open[:0]
	if len(src) > math.MaxInt32 {
		src = src[:math.MaxInt32]
	}
	pos := 0
	for {
		h, err := readHead(src[pos:])
		if err != nil {
			return 0, t.fault(pos, err)
		}
		if len(t.Nodes) >= lim.nodes() {
			return 0, t.limit(pos, "more than %d items", lim.nodes())
		}
		if len(t.open) > lim.depth() {
			return 0, t.limit(pos, "items nest deeper than %d", lim.depth())
		}
		if err := t.fits(h); err != nil {
			return 0, t.fault(pos, err)
		}
		t.Nodes = append(t.Nodes, Node{
			Arg: h.arg, Start: uint32(pos), Depth: uint16(len(t.open)), Kind: h.kind,
			Head: h.size, Indefinite: h.indef, NonMinimal: h.wide,
		})
		pos += int(h.size)
		if n := stringLen(h); n > 0 {
			if n > uint64(len(src)-pos) {
				return 0, codec.ErrShort
			}
			pos += int(n)
		}
		if t.close(h, pos) {
			t.Src = src[:pos:pos]
			return pos, nil
		}
	}
}

// stringLen returns how many bytes follow the head of a definite string.
func stringLen(h head) uint64 {
	if (h.kind == Bytes || h.kind == Text) && !h.indef {
		return h.arg
	}
	return 0
}

// items returns how many items belong to the item that h begins.
func items(h head) uint64 {
	switch h.kind {
	case Array:
		return h.arg
	case Map:
		return 2 * h.arg
	case Tag:
		return 1
	}
	return 0
}

var (
	errBreak  = errors.New("a break outside of an item of indefinite length")
	errOddMap = errors.New("a break between a key and its value")
	errCount  = errors.New("a map of more than 2^63 pairs")
)

// fits says whether an item that begins with h may stand where it does.
func (t *Tree) fits(h head) error {
	if h.kind == Map && h.arg >= 1<<63 {
		return errCount
	}
	if len(t.open) == 0 {
		if h.kind == Break {
			return errBreak
		}
		return nil
	}
	o := &t.open[len(t.open)-1]
	p := &t.Nodes[o.node]
	return fitsIn(h, p.Kind, p.Indefinite, o.left)
}

// fitsIn says whether h may stand in an open item of that kind, which has had
// so many items if it is of indefinite length.
func fitsIn(h head, in Kind, indef bool, had uint64) error {
	if h.kind == Break {
		switch {
		case !indef:
			return errBreak
		case in == Map && had%2 == 1:
			return errOddMap
		}
		return nil
	}
	if indef && (in == Bytes || in == Text) && (h.kind != in || h.indef) {
		return fmt.Errorf("%v inside of %v of indefinite length", h.kind, in)
	}
	return nil
}

// close ends what ends with the item whose bytes end at pos, and says whether
// that was the outermost.
func (t *Tree) close(h head, pos int) bool {
	last := uint32(len(t.Nodes) - 1)
	if h.kind != Break && (h.indef || items(h) > 0) {
		o := opened{node: last, left: items(h)}
		if h.indef {
			o.left = 0
		}
		t.open = append(t.open, o)
		return false
	}
	t.end(last, pos)
	for {
		if len(t.open) == 0 {
			return true
		}
		o := &t.open[len(t.open)-1]
		switch indef := t.Nodes[o.node].Indefinite; {
		case indef && h.kind != Break:
			o.left++
			return false
		case !indef:
			if o.left--; o.left > 0 {
				return false
			}
		}
		h.kind = Simple // the break has done its work
		t.end(o.node, pos)
		t.open = t.open[:len(t.open)-1]
	}
}

func (t *Tree) end(node uint32, pos int) {
	t.Nodes[node].End = uint32(pos)
	t.Nodes[node].Next = uint32(len(t.Nodes))
}

// fault makes the error for a place; ErrShort passes.
func (t *Tree) fault(pos int, err error) error {
	if errors.Is(err, codec.ErrShort) {
		return codec.ErrShort
	}
	return &codec.SyntaxError{Code: codec.CodeSyntax, Offset: int64(pos), Path: t.path(), Err: err}
}

func (t *Tree) limit(pos int, format string, n int) error {
	return &codec.SyntaxError{Code: codec.CodeLimit, Offset: int64(pos), Path: t.path(), Err: fmt.Errorf(format, n)}
}

// path tells which item comes next, as the way from the outermost item: keys
// as they are, other steps by number.
func (t *Tree) path() string {
	var b []byte
	for i, o := range t.open {
		n := &t.Nodes[o.node]
		if i == 16 {
			return string(append(b, "/…"...))
		}
		if i > 0 || len(t.open) > 0 {
			b = append(b, '/')
		}
		had := o.left
		if !n.Indefinite {
			had = items(head{kind: n.Kind, arg: n.Arg}) - o.left
		}
		if n.Kind == Map {
			if key, ok := t.lastChild(int(o.node), had); ok && had%2 == 1 {
				b = t.appendStep(b, key)
				continue
			}
			had /= 2
		}
		b = strconv.AppendUint(b, had, 10)
	}
	return string(b)
}

// lastChild returns the node that came last in an open item.
func (t *Tree) lastChild(i int, had uint64) (int, bool) {
	at := i + 1
	for ; had > 1; had-- {
		if at >= len(t.Nodes) || t.Nodes[at].Next == 0 {
			return 0, false
		}
		at = int(t.Nodes[at].Next)
	}
	return at, had == 1 && at < len(t.Nodes)
}

// Content returns the bytes of a definite string, or the whole encoding of
// another item without its head.
func (t *Tree) Content(i int) []byte {
	n := &t.Nodes[i]
	return t.Src[n.Start+uint32(n.Head) : n.End : n.End]
}

// Joined returns the bytes of a string. They are the tree's own for a
// definite string and a copy for one in chunks.
func (t *Tree) Joined(i int) []byte {
	n := &t.Nodes[i]
	if !n.Indefinite {
		return t.Content(i)
	}
	var b []byte
	for j := i + 1; j < int(n.Next); j++ {
		if t.Nodes[j].Kind != Break {
			b = append(b, t.Content(j)...)
		}
	}
	return b
}

// Float returns the value of a Float.
func (t *Tree) Float(i int) float64 { return float(t.Nodes[i].Arg, t.Nodes[i].Head) }

// Children returns the number of nodes directly in node i, breaks left out.
func (t *Tree) Children(i int) int {
	n, c := &t.Nodes[i], 0
	if n.Next == uint32(i)+1 {
		return 0
	}
	if !n.Indefinite {
		return int(items(head{kind: n.Kind, arg: n.Arg}))
	}
	for j := i + 1; j < int(n.Next); j = int(t.Nodes[j].Next) {
		if t.Nodes[j].Kind != Break {
			c++
		}
	}
	return c
}

// Get returns the value that stands under a byte string in the map at node i,
// the first if there are several.
func (t *Tree) Get(i int, key string) (int, bool) {
	if n := &t.Nodes[i]; n.Kind == Map {
		for j := i + 1; j < int(n.Next) && t.Nodes[j].Kind != Break; {
			v := int(t.Nodes[j].Next)
			if t.Nodes[j].Kind == Bytes && string(t.Joined(j)) == key {
				return v, true
			}
			j = int(t.Nodes[v].Next)
		}
	}
	return 0, false
}
