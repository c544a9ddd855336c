// Package pickle reads and writes Python's pickles, protocols 0 to 5, opcode
// by opcode, and never does what they say: it imports nothing, calls nothing
// and restores nothing. What a pickle would do stands in its tree as an inert
// node (see package value).
//
//	pickle = opcode… STOP        opcode = one byte, and its operand:
//
//	80 03                        PROTO 3
//	28 4b 07 89                  MARK  BININT1 7  NEWFALSE
//	58 0a 00 00 00 6c 6f 61 …    BINUNICODE "loadBefore"
//	43 08 00 00 … 43 08 7f ff …  SHORT_BINBYTES  SHORT_BINBYTES
//	86 74 2e                     TUPLE2  TUPLE  STOP
//
// Every opcode works on a stack; STOP ends the pickle with the value on top.
//
// A value can be pickled in many ways. A [Profile] is the one that a certain
// pickler would choose; [Append] writes it. A pickle that differs from what
// its profile would write can be told exactly by its opcodes: [AppendListing]
// and [ReadListing].
//
// The opcodes are those of Python 3.11's Lib/pickletools.py; the profiles
// were found in, and hold for, the traffic of ZODB 3.9.7 on Python 2.7 and of
// ZEO 4 to 6 on Python 3.6 and 3.11.
package pickle

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// Limits bound what a [Decoder] takes. A zero field means the default.
type Limits struct {
	Nesting int // how deep values, and marks, may nest; codec.DefaultMaxNesting
	Nodes   int // how many nodes a tree may have, in all; 1<<20
	Memo    int // how many memo entries there may be; 1<<18
	Digits  int // how many bytes an integer may have; 8192
	Steps   int // how many opcodes there may be; no limit
}

func (l Limits) orDefaults() Limits {
	def := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	def(&l.Nesting, codec.DefaultMaxNesting)
	def(&l.Nodes, 1<<20)
	def(&l.Memo, 1<<18)
	def(&l.Digits, 8192)
	l.Nesting = min(l.Nesting, 10000)
	return l
}

// A Decoder decodes pickles. Its zero value is ready. It keeps its memory
// from one pickle to the next.
type Decoder struct {
	Limits Limits

	// Protocol is the number that the last pickle's PROTO gave, -1 without.
	Protocol int

	// Plain says that the last pickle is just what [P3] would write for its
	// value. When it does not, [Writes] finds out.
	Plain bool

	t     *value.Tree
	src   []byte
	asked Limits // what lim was made of
	lim   Limits
	stack []value.ID
	marks []mark
	memo  []value.ID          // the entries 0, 1, 2, … as far as there is no hole
	far   map[uint32]value.ID // the others
}

// A mark is where MARK was: how many values were on the stack, and its
// offset.
type mark struct{ height, pos int }

// Decode decodes the pickle at the front of src into t, which it resets
// first. It returns the value and how many bytes the pickle has, STOP
// included. An error is a [*codec.SyntaxError] whose Offset counts from the
// start of src and whose Path is the opcode's name.
func (d *Decoder) Decode(t *value.Tree, src []byte) (root value.ID, n int, err error) {
	t.Reset(src)
	if uint64(len(src)) >= 1<<32 {
		return 0, 0, limit(0, "", "the pickle has %d bytes; at most 4 GiB are read", len(src))
	}
	return d.DecodeAt(t, 0)
}

// DecodeAt is Decode for a pickle at an offset of t's source; it adds to t.
// The offset of an error counts from the start of the source.
func (d *Decoder) DecodeAt(t *value.Tree, pos int) (root value.ID, n int, err error) {
	d.memo = d.memo[:0]
	clear(d.far)
	return d.DecodeNext(t, pos)
}

// DecodeNext is DecodeAt for the next pickle of the same pickler: what the
// one before it remembered still counts. The data records of ZODB are two
// such pickles.
func (d *Decoder) DecodeNext(t *value.Tree, pos int) (root value.ID, n int, err error) {
	d.t, d.src = t, t.Source()
	if d.Limits != d.asked || d.lim.Nodes == 0 {
		d.asked, d.lim = d.Limits, d.Limits.orDefaults()
	}
	d.Protocol = -1
	d.stack, d.marks = d.stack[:0], d.marks[:0]
	root, end, fault := d.run(pos)
	d.t, d.src = nil, nil
	if fault != nil {
		return 0, 0, fault
	}
	return root, end - pos, nil
}

// run obeys opcodes up to STOP.
func (d *Decoder) run(pos int) (value.ID, int, *codec.SyntaxError) {
	d.Plain = len(d.src)-pos >= 2 && d.src[pos] == opProto && d.src[pos+1] == 3
	start := pos
	for steps := d.lim.Steps; pos < len(d.src); {
		op := d.src[pos]
		end, err := d.quick(op, pos)
		if err == nil && end == 0 {
			var from, to int
			if from, to, end, err = scan(d.src, pos); err != nil {
				return 0, 0, err
			}
			if op == opStop {
				return d.stop(pos, end)
			}
			d.Plain = d.Plain && pos == start
			err = d.step(op, pos, from, to, end)
		}
		if err != nil {
			return 0, 0, err
		}
		if d.t.Len() > d.lim.Nodes {
			return 0, 0, limit(pos, opcodes[op].name, "more than %d values", d.lim.Nodes)
		}
		if steps--; steps == 0 {
			return 0, 0, limit(pos, opcodes[op].name, "more than %d opcodes", d.lim.Steps)
		}
		pos = end
	}
	return 0, 0, fault(pos, "", "the pickle ends without STOP")
}

// stop obeys STOP.
func (d *Decoder) stop(pos, end int) (value.ID, int, *codec.SyntaxError) {
	if len(d.stack) == d.floor() {
		return 0, 0, fault(pos, "STOP", "there is no value on the stack")
	}
	root := d.stack[len(d.stack)-1]
	const deep = 1000 // well below where Append gives up
	d.Plain = d.Plain && len(d.stack) == 1 && len(d.marks) == 0 && d.t.Node(root).Height < deep
	return root, end, nil
}

// quick obeys the opcodes that make up most of all pickles, if they are whole,
// and returns where the next one is; else 0. They leave Plain as it is where
// P3 has them for that value in that place.
func (d *Decoder) quick(op byte, pos int) (int, *codec.SyntaxError) {
	src := d.src
	if len(src)-pos < 2 {
		return 0, nil
	}
	switch op {
	case opBinInt1:
		d.push(d.t.AddNum(value.Int, int64(src[pos+1]), pos, pos+2))
		return pos + 2, nil
	case opBinInt2:
		if len(src)-pos >= 3 {
			n := int64(src[pos+1]) | int64(src[pos+2])<<8
			d.Plain = d.Plain && n > math.MaxUint8
			d.push(d.t.AddNum(value.Int, n, pos, pos+3))
			return pos + 3, nil
		}
	case opShortBinBytes:
		if end := pos + 2 + int(src[pos+1]); end <= len(src) {
			d.push(d.t.AddRange(value.Bytes, pos+2, end, pos, end))
			return end, nil
		}
	case opShortBinString:
		if end := pos + 2 + int(src[pos+1]); end <= len(src) {
			d.Plain = false
			d.push(d.t.AddRange(value.Str, pos+2, end, pos, end))
			return end, nil
		}
	case opBinUnicode, opBinBytes:
		if len(src)-pos < 5 {
			return 0, nil
		}
		n := binary.LittleEndian.Uint32(src[pos+1:])
		if uint64(n) > uint64(len(src)-pos-5) {
			return 0, nil
		}
		end := pos + 5 + int(n)
		if op == opBinBytes {
			d.Plain = d.Plain && n > math.MaxUint8
			d.push(d.t.AddRange(value.Bytes, pos+5, end, pos, end))
			return end, nil
		}
		if value.BadText(src[pos+5:end]) < 0 {
			d.push(d.t.AddRange(value.Text, pos+5, end, pos, end))
			return end, nil
		}
	case opNone:
		d.push(d.t.Add(value.None, pos, pos+1))
		return pos + 1, nil
	case opNewFalse:
		d.push(d.t.AddNum(value.Bool, 0, pos, pos+1))
		return pos + 1, nil
	case opNewTrue:
		d.push(d.t.AddNum(value.Bool, 1, pos, pos+1))
		return pos + 1, nil
	case opMark:
		if len(d.marks) <= d.lim.Nesting {
			d.marks = append(d.marks, mark{len(d.stack), pos})
			return pos + 1, nil
		}
	case opTuple1, opTuple2, opTuple3:
		return pos + 1, d.collect(value.Tuple, int(op-opTuple1)+1, pos, pos+1)
	case opTuple:
		d.Plain = d.Plain && len(d.stack)-d.floor() > 3
		return pos + 1, d.collectMark(op, pos, pos+1)
	case opEmptyTuple:
		d.push(d.t.Add(value.Tuple, pos, pos+1))
		return pos + 1, nil
	case opEmptyList:
		d.push(d.t.Add(value.List, pos, pos+1))
		return pos + 1, nil
	case opAppends:
		n := len(d.stack) - d.floor()
		d.Plain = d.Plain && n > 1 && n <= batch
		return pos + 1, d.grow(op, pos, pos+1)
	}
	return 0, nil
}

// step obeys one opcode. The operand is src[from:to].
func (d *Decoder) step(op byte, pos, from, to, end int) *codec.SyntaxError {
	t := d.t
	switch op {
	case opBinInt1:
		d.push(t.AddNum(value.Int, int64(d.src[from]), pos, end))
	case opBinInt2:
		d.push(t.AddNum(value.Int, int64(binary.LittleEndian.Uint16(d.src[from:])), pos, end))
	case opBinInt:
		d.push(t.AddNum(value.Int, int64(int32(binary.LittleEndian.Uint32(d.src[from:]))), pos, end))
	case opShortBinBytes, opBinBytes, opBinBytes8:
		d.push(t.AddRange(value.Bytes, from, to, pos, end))
	case opShortBinString, opBinString:
		d.push(t.AddRange(value.Str, from, to, pos, end))
	case opBinUnicode, opShortBinUni, opBinUnicode8:
		if i := value.BadText(d.src[from:to]); i >= 0 {
			return fault(pos, opcodes[op].name, "byte 0x%02x at offset %d is not UTF-8", d.src[from+i], from+i)
		}
		d.push(t.AddRange(value.Text, from, to, pos, end))
	case opNone:
		d.push(t.Add(value.None, pos, end))
	case opNewTrue:
		d.push(t.AddNum(value.Bool, 1, pos, end))
	case opNewFalse:
		d.push(t.AddNum(value.Bool, 0, pos, end))
	case opBinFloat:
		d.push(t.AddNum(value.Float, int64(binary.BigEndian.Uint64(d.src[from:])), pos, end))
	case opMark:
		if len(d.marks) > d.lim.Nesting {
			return limit(pos, "MARK", "marks nest more than %d deep", d.lim.Nesting)
		}
		d.marks = append(d.marks, mark{len(d.stack), pos})
	case opEmptyTuple:
		d.push(t.Add(value.Tuple, pos, end))
	case opEmptyList:
		d.push(t.Add(value.List, pos, end))
	case opEmptyDict:
		d.push(t.Add(value.Dict, pos, end))
	case opEmptySet:
		d.push(t.Add(value.Set, pos, end))
	case opTuple1:
		return d.collect(value.Tuple, 1, pos, end)
	case opTuple2:
		return d.collect(value.Tuple, 2, pos, end)
	case opTuple3:
		return d.collect(value.Tuple, 3, pos, end)
	case opTuple, opList, opDict, opFrozenSet:
		return d.collectMark(op, pos, end)
	case opAppend, opAppends, opSetItem, opSetItems, opAddItems:
		return d.grow(op, pos, end)
	case opInt, opLong, opFloat, opString, opUnicode, opLong1, opLong4:
		return d.literal(op, pos, from, to, end)
	case opPut, opBinPut, opLongBinPut, opMemoize, opGet, opBinGet, opLongBinGet:
		return d.memory(op, pos, from, to, end)
	default:
		return d.object(op, pos, from, to, end)
	}
	return nil
}

func (d *Decoder) push(id value.ID) { d.stack = append(d.stack, id) }

// floor returns how many values on the stack are below the last mark.
func (d *Decoder) floor() int {
	if n := len(d.marks); n > 0 {
		return d.marks[n-1].height
	}
	return 0
}

// need says whether there are n values above the last mark.
func (d *Decoder) need(n, pos int) *codec.SyntaxError {
	if have := len(d.stack) - d.floor(); have < n {
		return fault(pos, opcodes[d.src[pos]].name, "needs %d values on the stack, but there are %d", n, have)
	}
	return nil
}

// pop takes the top n values off the stack. They are good until a push.
func (d *Decoder) pop(n int) []value.ID {
	at := len(d.stack) - n
	top := d.stack[at:]
	d.stack = d.stack[:at]
	return top
}

// popMark takes the values above the last mark off the stack, and the mark.
func (d *Decoder) popMark(pos int) (kids []value.ID, at int, err *codec.SyntaxError) {
	if len(d.marks) == 0 {
		return nil, 0, fault(pos, opcodes[d.src[pos]].name, "there is no MARK on the stack")
	}
	m := d.marks[len(d.marks)-1]
	d.marks = d.marks[:len(d.marks)-1]
	return d.pop(len(d.stack) - m.height), m.pos, nil
}

// collect makes a node of the top n values and pushes it.
func (d *Decoder) collect(k value.Kind, n, pos, end int) *codec.SyntaxError {
	if err := d.need(n, pos); err != nil {
		return err
	}
	kids := d.pop(n)
	start := pos
	if n > 0 {
		start = int(d.t.Node(kids[0]).Start)
	}
	return d.hang(d.t.Add(k, start, end), kids, pos)
}

// hang puts kids below a new node and pushes that.
func (d *Decoder) hang(id value.ID, kids []value.ID, pos int) *codec.SyntaxError {
	for _, kid := range kids {
		d.t.Append(id, kid)
	}
	d.push(id)
	return d.nesting(id, pos)
}

func (d *Decoder) nesting(id value.ID, pos int) *codec.SyntaxError {
	if int(d.t.Node(id).Height) > d.lim.Nesting {
		return limit(pos, opcodes[d.src[pos]].name, "values nest more than %d deep", d.lim.Nesting)
	}
	return nil
}

// collectMark makes a node of the values above the last mark.
func (d *Decoder) collectMark(op byte, pos, end int) *codec.SyntaxError {
	kids, start, err := d.popMark(pos)
	if err != nil {
		return err
	}
	k := value.Tuple
	switch op {
	case opList:
		k = value.List
	case opFrozenSet:
		k = value.FrozenSet
	case opDict:
		k = value.Dict
		if len(kids)%2 != 0 {
			return fault(pos, "DICT", "%d keys and values: one is missing", len(kids))
		}
	}
	return d.hang(d.t.Add(k, start, end), kids, pos)
}

// grow adds to the list, dict or set on the stack. An object that is none of
// these becomes the first node of an Extend or Update.
func (d *Decoder) grow(op byte, pos, end int) *codec.SyntaxError {
	var kids []value.ID
	var err *codec.SyntaxError
	switch op {
	case opAppend, opSetItem:
		n := 1
		if op == opSetItem {
			n = 2
		}
		if err = d.need(n+1, pos); err == nil {
			kids = d.pop(n)
		}
	default:
		if kids, _, err = d.popMark(pos); err == nil {
			err = d.need(1, pos)
		}
	}
	if err != nil {
		return err
	}
	own, wrap := value.List, value.Extend
	switch op {
	case opSetItem, opSetItems:
		own, wrap = value.Dict, value.Update
		if len(kids)%2 != 0 {
			return fault(pos, opcodes[op].name, "%d keys and values: one is missing", len(kids))
		}
	case opAddItems:
		own = value.Set
	}
	top := &d.stack[len(d.stack)-1]
	obj := d.t.Deref(*top)
	d.Plain = d.Plain && d.t.Kind(obj) == value.List && d.t.Count(obj) == 0 // else there is a batch before
	if k := d.t.Kind(obj); k != own && k != wrap {
		outer := d.t.Add(wrap, int(d.t.Node(obj).Start), end)
		d.t.Append(outer, *top)
		*top, obj = outer, outer
	}
	for _, kid := range kids {
		d.t.Append(obj, kid)
	}
	d.t.Node(obj).End = uint32(end)
	return d.nesting(obj, pos)
}

// clip cuts what goes into a message.
func clip(b []byte) []byte { return slices.Clip(b[:min(len(b), 40)]) }
