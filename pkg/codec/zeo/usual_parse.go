package zeo

import (
	"bytes"
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// AppendParsed implements [codec.BinaryParser].
func (p *parser) AppendParsed(dst []byte, dir codec.Direction, t codec.Text) ([]byte, error) {
	if out, ok := p.usual(dst, t); ok {
		return out, nil
	}
	f, err := p.Parse(dir, t)
	if err != nil {
		return dst, err
	}
	return f.AppendBinary(dst)
}

// usual appends the bytes of a text as they are printed for usual messages, in
// one pass. Of every other text it says false, and Parse reads it: one with
// marks, in another encoding, with other blanks, other values, or a fault.
func (p *parser) usual(dst []byte, t codec.Text) ([]byte, bool) {
	d := p.now()
	if len(t.Deviations) > 0 || d.encoding != P3 || p.o.MaxNesting < leastNesting {
		return dst, false
	}
	if out, ok := p.shapes.read(d, dst, t.Body); ok {
		return out, true
	}
	w := openUsual(dst, t.Body)
	switch {
	case w.take("call "):
		w.call(d.call)
	case w.take("oneway "):
		w.call(d.oneway)
	case w.take("reply "):
		w.reply()
	default:
		return dst, false
	}
	w.dst = pickle.AppendClose(w.dst)
	out, ok := w.close(dst)
	if ok {
		p.learn(d, out[len(dst):])
	}
	return out, ok
}

// learn takes the message of a text that has no shape which is known.
func (p *parser) learn(d *dialect, raw []byte) {
	f := Frame{raw: raw, head: lengthSize, dialct: d}
	if p.shapes.missing(&f) && f.see(&p.shapes) {
		p.shapes.learn(&f)
	}
}

// read appends the bytes of a text, if it is that of a message whose shape is
// known.
func (c *shapes) read(d *dialect, dst, text []byte) ([]byte, bool) {
	if c.dialect != d {
		return dst, false
	}
	for _, s := range c.list {
		if len(text) < len(s.lead) || string(text[:len(s.lead)]) != s.lead {
			continue
		}
		if out, ok := s.read(dst, text); ok {
			return out, true
		}
	}
	return dst, false
}

// read appends the bytes of a text that begins with what leads those of the
// shape. Its values may be other leaves than the shape has: what surrounds them
// is the same.
func (s *shape) read(dst, text []byte) ([]byte, bool) {
	w := openUsual(dst, text[len(s.lead):])
	w.int()
	for i := range s.text.list {
		p := &s.text.list[i]
		if !w.take(p.before) {
			return dst, false
		}
		w.dst = append(w.dst, p.ops...)
		if p.form == digits {
			w.id8()
		} else {
			w.leaf()
		}
	}
	w.want(s.text.last.before)
	w.dst = append(w.dst, s.text.last.ops...)
	return w.close(dst)
}

// openUsual returns a reader of a text that appends a message to dst.
func openUsual(dst, text []byte) usualReader {
	return usualReader{dst: pickle.AppendOpen(append(dst, 0, 0, 0, 0)), text: text}
}

// close returns dst with the message, dst alone if the text is not that of a
// usual one.
func (w *usualReader) close(dst []byte) ([]byte, bool) {
	size := len(w.dst) - len(dst) - lengthSize
	if w.failed || len(w.text) > 0 || uint64(size) >= macBit {
		return dst, false
	}
	binary.BigEndian.PutUint32(w.dst[len(dst):], uint32(size))
	return w.dst, true
}

// A usualReader appends the opcodes of a text.
type usualReader struct {
	dst    []byte
	text   []byte // what is left of it
	failed bool   // it is none of a usual message
}

// take passes over s, if it comes next.
func (w *usualReader) take(s string) bool {
	if len(w.text) < len(s) || string(w.text[:len(s)]) != s {
		return false
	}
	w.text = w.text[len(s):]
	return true
}

// want is take for what has to come next.
func (w *usualReader) want(s string) {
	if !w.take(s) {
		w.failed = true
	}
}

// id reads the message's id, and appends it and the flag.
func (w *usualReader) id(fl flag) {
	w.int()
	w.want(" ")
	if fl.isInt {
		w.dst = pickle.AppendInt(w.dst, int32(fl.n))
	} else {
		w.dst = pickle.AppendBool(w.dst, fl.n != 0)
	}
}

// call reads a call from its id on.
func (w *usualReader) call(fl flag) {
	w.id(fl)
	n := bytes.IndexByte(w.text, '(')
	if n < 0 || !isName(w.text[:n]) {
		w.failed = true
		return
	}
	w.dst = pickle.AppendText(w.dst, w.text[:n])
	w.text = w.text[n+1:]
	at := len(w.dst)
	n = w.items(')')
	w.dst = pickle.CloseTuple(w.dst, at, n)
}

// reply reads a reply from its id on.
func (w *usualReader) reply() {
	w.id(flag0)
	w.dst = pickle.AppendText(w.dst, replyName)
	if !w.take("(") {
		w.item()
		return
	}
	at, n := len(w.dst), 0
	if !w.take(")") {
		w.item()
		switch n = 1; {
		case w.take(",)"):
		case w.take(", "):
			n += w.some(')')
		default: // only brackets, or a fault
			w.failed = true
		}
	}
	w.dst = pickle.CloseTuple(w.dst, at, n)
}

// items reads the items up to a closing bracket, and returns how many there are.
func (w *usualReader) items(closing byte) int {
	if len(w.text) > 0 && w.text[0] == closing {
		w.text = w.text[1:]
		return 0
	}
	return w.some(closing)
}

// some is items for one at least.
func (w *usualReader) some(closing byte) int {
	for n := 1; ; n++ {
		w.item()
		if w.failed || len(w.text) == 0 {
			w.failed = true
			return n
		}
		if w.text[0] == closing {
			w.text = w.text[1:]
			return n
		}
		w.want(", ")
	}
}

// item reads a leaf, or a list of leaves.
func (w *usualReader) item() {
	if !w.take("[") {
		w.leaf()
		return
	}
	w.dst = pickle.OpenList(w.dst)
	at := len(w.dst)
	n := w.leaves()
	var ok bool
	if w.dst, ok = pickle.CloseList(w.dst, at, n); !ok {
		w.failed = true
	}
}

// leaves reads what is in a list, and its closing bracket.
func (w *usualReader) leaves() int {
	if w.take("]") {
		return 0
	}
	for n := 1; ; n++ {
		w.leaf()
		if w.failed || w.take("]") {
			return n
		}
		w.want(", ")
	}
}

func (w *usualReader) leaf() {
	if len(w.text) < 2 {
		w.int() // such as the 1 of reply 7 1
		return
	}
	switch c := w.text[0]; {
	case c >= '0' && c <= '9':
		w.int()
	case c == '"':
		w.str()
	case w.text[1] == '"' && c == 'x':
		w.hex()
	case w.text[1] == '"' && c == 'b':
		w.bytes()
	case c == 'o' || c == 't':
		w.eight()
	case w.take("None"):
		w.dst = pickle.AppendNone(w.dst)
	case w.take("True"):
		w.dst = pickle.AppendBool(w.dst, true)
	case w.take("False"):
		w.dst = pickle.AppendBool(w.dst, false)
	default:
		w.failed = true
	}
}

// int reads an integer from 0 on, in decimal.
func (w *usualReader) int() {
	const most = 9 // digits that make no more than 31 bits
	n, v := 0, int32(0)
	for n < len(w.text) && n < most && w.text[n] >= '0' && w.text[n] <= '9' {
		v = v*10 + int32(w.text[n]-'0')
		n++
	}
	if n == 0 || n > 1 && w.text[0] == '0' {
		w.failed = true
	}
	w.dst, w.text = pickle.AppendInt(w.dst, v), w.text[n:]
}

// eight reads oid'…' or tid'…' with all its digits.
func (w *usualReader) eight() {
	const digits = 16
	if !w.take("oid'") && !w.take("tid'") || len(w.text) <= digits || w.text[digits] != '\'' {
		w.failed = true
		return
	}
	w.digits(digits)
}

// id8 reads the digits of eight bytes whose opcode is there already.
func (w *usualReader) id8() {
	const digits = 16
	if len(w.text) < digits {
		w.failed = true
		return
	}
	dst, took := lex.HexRun(w.dst, w.text[:digits])
	w.dst, w.text, w.failed = dst, w.text[digits:], w.failed || took != digits
}

// hex reads x"…" without blanks.
func (w *usualReader) hex() {
	w.text = w.text[2:]
	n := bytes.IndexByte(w.text, '"')
	if n < 0 || n%2 == 1 {
		w.failed = true
		return
	}
	w.digits(n)
}

// digits reads n digits in hexadecimal and what stands behind them.
func (w *usualReader) digits(n int) {
	at := len(w.dst)
	dst, took := lex.HexRun(pickle.OpenBytes(w.dst, n/2), w.text[:n])
	if took != n {
		w.failed = true
		return
	}
	w.dst, w.text = pickle.CloseBytes(dst, at), w.text[n+1:]
}

// bytes reads b"…" of printable ASCII.
func (w *usualReader) bytes() {
	w.text = w.text[1:]
	at := len(w.dst)
	dst, n, err := lex.Quoted(pickle.OpenBytes(w.dst, len(w.text)), w.text)
	if err != nil || !lex.ASCII(w.text[:n]) {
		w.failed = true
		return
	}
	w.dst, w.text = pickle.CloseBytes(dst, at), w.text[n:]
}

// str reads "…" of printable ASCII without escapes.
func (w *usualReader) str() {
	n := bytes.IndexByte(w.text[1:], '"')
	if n < 0 || n == 0 || !lex.ASCII(w.text[1:1+n]) || bytes.IndexByte(w.text[1:1+n], '\\') >= 0 {
		w.failed = true // "" may be the beginning of three quotation marks
		return
	}
	w.dst, w.text = pickle.AppendText(w.dst, w.text[1:1+n]), w.text[n+2:]
}
