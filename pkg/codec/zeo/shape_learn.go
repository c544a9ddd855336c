package zeo

import (
	"bytes"
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// A learner makes a shape of a message.
type learner struct {
	tail  []byte
	known []byte // ff for each byte of the tail that counts, 0 for others
	open  int    // where the value of any size begins, 0 when there is none
	gap   int    // and how many bytes it has
	done  int    // of the tail
	text  pieceWriter
	json  pieceWriter
}

// A pieceWriter collects pieces.
type pieceWriter struct {
	list   []piece
	before []byte // what stands before the next value
}

func (w *pieceWriter) add(s string) { w.before = append(w.before, s...) }

func (w *pieceWriter) value(p piece) {
	p.before = string(w.before)
	w.list = append(w.list, p)
	w.before = w.before[:0]
}

func (w *pieceWriter) pieces(ops []byte) pieces {
	return pieces{w.list, piece{before: string(w.before), ops: string(ops)}}
}

// newShape makes a shape of a usual message whose items are as varied wants
// them.
func newShape(f *Frame) *shape {
	u := f.usual
	l := learner{tail: f.tail()}
	l.known = bytes.Repeat([]byte{0xff}, len(l.tail))
	l.message(f)
	s := &shape{
		size: len(l.tail) - l.gap, open: l.open, head: binary.LittleEndian.Uint64(l.tail), words: l.words(),
		kind: f.kind, usual: u, sure: f.Certain() | codec.Bare, expected: f.asExpected(),
		lead: string(f.appendLead(nil)), text: l.text.pieces(l.tail[l.done:]), json: l.json.pieces(nil),
	}
	s.usual.from, s.usual.to, s.usual.args, s.usual.tail = u.from-u.tail, u.to-u.tail, u.args-u.tail, 0
	return s
}

// message writes what appendUsual and appendUsualJSON do behind the id.
func (l *learner) message(f *Frame) {
	u := &f.usual
	var params []param
	l.text.add(" ")
	if f.kind != KindReply {
		l.text.add(string(f.usualName()))
		params = paramsOf(f.usualName(), int(u.count))
	}
	l.json.before = f.appendMiddleJSON(l.json.before)
	at := int(u.args - u.tail)
	if u.count < 0 {
		l.item(at, anything)
	} else {
		l.text.add("(")
		l.json.add(`{"$t":[`)
		l.items(at, int(u.count), params)
		if u.count == 1 && f.kind == KindReply {
			l.text.add(",")
		}
		l.text.add(")")
		l.json.add("]}")
	}
	l.json.add(usualEndJSON)
}

// items takes so many items of the tail, with commas between them.
func (l *learner) items(at, count int, params []param) {
	for i := range count {
		if i > 0 {
			l.text.add(", ")
			l.json.add(",")
		}
		kind := anything
		if i < len(params) {
			kind = params[i].kind
		}
		at += l.item(at, kind)
	}
}

// item takes an item of the tail, and returns how many bytes it has.
func (l *learner) item(at int, kind what) int {
	it, n := pickle.NextItem(l.tail[at:])
	switch it.Kind {
	case value.Bytes:
		l.bytes(at+2, len(it.Bytes), kind)
	case value.Int:
		l.value(piece{at: at + 1, size: 1, form: decimal}, at, decimal)
	case value.List:
		inside := at + 1
		if it.Num > 1 { // in a MARK
			inside++
		}
		l.text.add("[")
		l.json.add("[")
		l.items(inside, int(it.Num), nil)
		l.text.add("]")
		l.json.add("]")
	default:
		l.text.before = new(itemWriter).item(l.text.before, it, kind)
		l.json.before = appendItemJSON(l.json.before, it)
	}
	return n
}

// bytes takes size bytes of the tail. The one before them is their length.
func (l *learner) bytes(at, size int, kind what) {
	p := piece{at: at, size: size, kind: kind}
	from, after := at-2, "" // with opcode and length
	switch {
	case size != 8:
		l.open, l.gap, l.known[at-1] = at, size, 0
	case kind == oid:
		l.text.add("oid'")
		p.form, from, after = digits, at, "'"
	case kind == tid:
		l.text.add("tid'")
		p.form, from, after = digits, at, "'"
	}
	l.json.add(`{"$b":"`)
	l.value(p, from, digits)
	l.text.add(after)
	l.json.add(`"}`)
}

// value takes a value, whose opcodes begin there, and whose form in JSON may be
// another.
func (l *learner) value(p piece, from int, inJSON form) {
	p.ops = string(l.tail[l.done:from])
	l.done = p.at + p.size
	clear(l.known[p.at:l.done])
	if l.open > 0 && p.at == l.open {
		p.size = anySize
	} else if l.open > 0 {
		p.at -= len(l.tail)
	}
	l.text.value(p)
	p.form, p.ops = inJSON, ""
	l.json.value(p)
}

// words returns the words of the tail but for the first: those before the value
// of any size by their place, those behind it by their distance from the end.
func (l *learner) words() []word {
	var list []word
	add := func(at, place int, mask uint64) {
		if mask != 0 {
			list = append(list, word{place, binary.LittleEndian.Uint64(l.tail[at:]), mask})
		}
	}
	before := len(l.tail)
	if l.open > 0 {
		before = l.open
		behind := bytes.Clone(l.known)
		clear(behind[:l.open])
		for at := len(l.tail) - 8; at+8 > l.open+l.gap; at -= 8 {
			add(at, at-len(l.tail), binary.LittleEndian.Uint64(behind[at:]))
		}
	}
	for at := 8; at < before; at += 8 {
		at := min(at, before-8)
		add(at, at, binary.LittleEndian.Uint64(l.known[at:]))
	}
	return list
}
