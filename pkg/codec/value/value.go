// Package value holds a decoded value (of a pickle, a msgpack body or a
// literal in a text) as a tree that builds nothing and runs nothing: what a
// pickle would call, import or restore stands in it as an inert node.
//
// A [Tree] is an arena. Its nodes lie in one slice and name each other by
// [ID]; strings are ranges of the bytes that were decoded. A Tree that is
// used again allocates only when a value is larger than all before it.
package value

import (
	"encoding/binary"
	"math/big"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// An ID names a node of a Tree. The zero ID names none.
type ID uint32

// A Kind is the type of a node's value.
type Kind uint8

// The kinds of nodes. Python's names are given where they differ.
const (
	None      Kind = iota + 1
	Bool           // Num is 0 or 1
	Int            // any size; see [Tree.AppendDecimal]
	Long           // a long of Python 2, which is kept apart from Int
	Float          // Num holds the bits
	Text           // str, or unicode in Python 2: UTF-8, surrogate halves in three bytes
	Bytes          // bytes
	Str            // str of Python 2
	ByteArray      // bytearray
	Tuple          // any number of items
	List           // any number of items
	Dict           // keys and values in turn, in the order of the wire
	Set            // any number of items
	FrozenSet      // any number of items
	Global         // a name in a module; see [Tree.Global]
	Call           // what is called and its arguments (REDUCE, INST, OBJ)
	New            // a class and the arguments of its __new__ (NEWOBJ), and keywords (NEWOBJ_EX)
	Build          // an object and the state that it is given (BUILD)
	Extend         // an object that is no list, and what is appended to it
	Update         // an object that is no dict, and keys and values in turn that are set on it
	Persist        // a persistent id (PERSID, BINPERSID)
	ExtCode        // a code of the copyreg extension registry, in Num (EXT1, 2, 4)
	Ext            // a msgpack extension: its type in Num, its bytes
	Buffer         // a buffer that is not in the stream (NEXT_BUFFER)
	Shared         // a node that stands elsewhere in the tree too: Num is its ID
)

var kindNames = [...]string{
	None: "None", Bool: "bool", Int: "int", Long: "long", Float: "float",
	Text: "text", Bytes: "bytes", Str: "Python 2 str", ByteArray: "bytearray",
	Tuple: "tuple", List: "list", Dict: "dict", Set: "set", FrozenSet: "frozenset",
	Global: "global", Call: "call", New: "new", Build: "build", Extend: "extend",
	Update: "update", Persist: "persid", ExtCode: "extension code", Ext: "ext",
	Buffer: "buffer", Shared: "shared",
}

// String returns the name that the literals and messages use.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// A Node is one value of a Tree.
type Node struct {
	Kind   Kind
	Height uint16 // how deep the nodes below it nest; 0 for a leaf
	where  uint8  // what a and b are: a range of src or of own, or nodes
	Next   ID     // the next node with the same parent
	Count  uint32 // how many nodes are directly below it
	Start  uint32 // where the value stands in the source
	End    uint32
	a, b   uint32
	Num    int64
}

const (
	inTree uint8 = iota // a and b are the first and the last node below
	inSrc               // src[a:b]
	inOwn               // own[a:b]
)

// A Tree is a set of nodes. Its zero value is empty and ready. Bytes that it
// returns are good until Reset, and must not be changed.
type Tree struct {
	nodes []Node
	src   []byte
	own   []byte
	path  []ID // memory of AppendInert: the containers around the place reached
}

// Reset makes t empty, for a value that is decoded from src. The tree shares
// memory with src from then on.
func (t *Tree) Reset(src []byte) {
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, Node{})
	}
	t.nodes, t.src, t.own = t.nodes[:1], src, t.own[:0]
}

// Len returns the number of nodes.
func (t *Tree) Len() int { return max(0, len(t.nodes)-1) }

// Source returns the bytes that the tree was decoded from.
func (t *Tree) Source() []byte { return t.src }

// Node returns a node, which may be changed until the next one is added.
func (t *Tree) Node(id ID) *Node { return &t.nodes[id] }

// Kind returns the kind of a node.
func (t *Tree) Kind(id ID) Kind { return t.nodes[id].Kind }

// Num returns the number of a node whose kind has one.
func (t *Tree) Num(id ID) int64 { return t.nodes[id].Num }

// First returns the first node below id, or 0. A leaf has none.
func (t *Tree) First(id ID) ID {
	if n := &t.nodes[id]; n.where == inTree {
		return ID(n.a)
	}
	return 0
}

// Next returns the node after id below the same parent, or 0.
func (t *Tree) Next(id ID) ID { return t.nodes[id].Next }

// At returns the node number i below id, or 0 when there are fewer.
func (t *Tree) At(id ID, i int) ID {
	kid := t.First(id)
	for ; kid != 0 && i > 0; i-- {
		kid = t.Next(kid)
	}
	return kid
}

// Count returns how many nodes are directly below id.
func (t *Tree) Count(id ID) int { return int(t.nodes[id].Count) }

// Add adds a node without a parent that stands at src[start:end].
func (t *Tree) Add(k Kind, start, end int) ID {
	return t.AddNum(k, 0, start, end)
}

// AddNum adds a node with a number: a Bool, a Float (its bits), an Int that
// fits, and so on.
func (t *Tree) AddNum(k Kind, num int64, start, end int) ID {
	t.nodes = append(t.nodes, Node{Kind: k, Num: num, Start: uint32(start), End: uint32(end)})
	return ID(len(t.nodes) - 1)
}

// AddRange adds a leaf whose bytes are src[from:to].
func (t *Tree) AddRange(k Kind, from, to, start, end int) ID {
	t.nodes = append(t.nodes, Node{Kind: k, where: inSrc, a: uint32(from), b: uint32(to), Start: uint32(start), End: uint32(end)})
	return ID(len(t.nodes) - 1)
}

// AddOwn adds a leaf with a copy of data.
func (t *Tree) AddOwn(k Kind, data []byte, start, end int) ID {
	at := len(t.own)
	t.own = append(t.own, data...)
	return t.addOwn(k, at, start, end)
}

// addOwn adds a leaf whose bytes are all of own from at on.
func (t *Tree) addOwn(k Kind, at, start, end int) ID {
	id := t.Add(k, start, end)
	n := &t.nodes[id]
	n.where, n.a, n.b = inOwn, uint32(at), uint32(len(t.own))
	return id
}

// Append puts kid, which has no parent, behind the nodes below parent.
func (t *Tree) Append(parent, kid ID) {
	p, k := &t.nodes[parent], &t.nodes[kid]
	if p.Count == 0 {
		p.a = uint32(kid)
	} else {
		t.nodes[p.b].Next = kid
	}
	p.b = uint32(kid)
	p.Count++
	p.Height = max(p.Height, k.Height+1)
}

// Bytes returns the bytes of a leaf: of strings, of a Global and an Ext, and
// of an Int that does not fit in Num.
func (t *Tree) Bytes(id ID) []byte {
	switch n := &t.nodes[id]; n.where {
	case inSrc:
		return t.src[n.a:n.b]
	case inOwn:
		return t.own[n.a:n.b]
	}
	return nil
}

// Global returns the module and the name of a Global.
func (t *Tree) Global(id ID) (module, name []byte) {
	b := t.Bytes(id)
	i := slices.Index(b, '\n')
	if i < 0 {
		return nil, b
	}
	return b[:i], b[i+1:]
}

// AddGlobal adds a Global. Neither of its names may hold a line feed.
func (t *Tree) AddGlobal(module, name []byte, start, end int) ID {
	at := len(t.own)
	t.own = append(append(append(t.own, module...), '\n'), name...)
	return t.addOwn(Global, at, start, end)
}

// AddInt adds an Int or a Long of any size.
func (t *Tree) AddInt(k Kind, n *big.Int, start, end int) ID {
	if n.IsInt64() {
		return t.AddNum(k, n.Int64(), start, end)
	}
	at := len(t.own)
	t.own = AppendTwos(t.own, n)
	return t.addOwn(k, at, start, end)
}

// AddTwos adds an Int or a Long of little-endian two's complement bytes.
func (t *Tree) AddTwos(k Kind, le []byte, start, end int) ID {
	if n, ok := twosInt64(le); ok {
		return t.AddNum(k, n, start, end)
	}
	return t.AddInt(k, FromTwos(le), start, end)
}

// Small returns the integer of an Int or a Long, and whether it fits.
func (t *Tree) Small(id ID) (int64, bool) {
	n := &t.nodes[id]
	return n.Num, n.where == inTree
}

// Big returns the integer of an Int or a Long.
func (t *Tree) Big(id ID) *big.Int {
	if n, ok := t.Small(id); ok {
		return big.NewInt(n)
	}
	return FromTwos(t.Bytes(id))
}

// AppendDecimal appends the integer of an Int or a Long in decimal.
func (t *Tree) AppendDecimal(dst []byte, id ID) []byte {
	if n, ok := t.Small(id); ok {
		if n >= 0 && n < 1<<53 {
			return jsonenc.AppendInt(dst, n)
		}
		return strconv.AppendInt(dst, n, 10)
	}
	return t.Big(id).Append(dst, 10)
}

// Deref follows a Shared node to the node that it stands for.
func (t *Tree) Deref(id ID) ID {
	for t.nodes[id].Kind == Shared {
		id = ID(t.nodes[id].Num)
	}
	return id
}

// twosInt64 reads little-endian two's complement of up to 64 bits.
func twosInt64(le []byte) (int64, bool) {
	if len(le) == 0 {
		return 0, true
	}
	if len(le) > 8 {
		return 0, false
	}
	var b [8]byte
	if le[len(le)-1]&0x80 != 0 {
		b = [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	copy(b[:], le)
	return int64(binary.LittleEndian.Uint64(b[:])), true
}

// FromTwos reads little-endian two's complement of any length.
func FromTwos(le []byte) *big.Int {
	be := slices.Clone(le)
	slices.Reverse(be)
	n := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	return n
}

// AppendTwos appends n as little-endian two's complement, as short as it can
// be; zero is no bytes.
func AppendTwos(dst []byte, n *big.Int) []byte {
	if n.Sign() == 0 {
		return dst
	}
	size := n.BitLen()/8 + 1
	v := n
	if n.Sign() < 0 {
		// -0x80 fits in one byte although 0x80 does not.
		size = new(big.Int).Not(n).BitLen()/8 + 1
		v = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	at := len(dst)
	dst = append(dst, make([]byte, size)...)
	v.FillBytes(dst[at:])
	slices.Reverse(dst[at:])
	return dst
}
