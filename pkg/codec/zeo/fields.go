package zeo

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/msgpack"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// longest is how many bytes of a value stand in a field.
const longest = 400

// AppendFields appends length, mac and body; below the body of a message its
// four parts, below those arguments and items, and below data records, when
// v.Depth asks for it, the two pickles that they consist of.
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	f.ready()
	at := func(from, to int) codec.Span { return codec.Span{Start: base + int64(from), End: base + int64(to)} }
	length := binary.BigEndian.Uint32(f.raw)
	dst = append(dst, codec.Field{Name: "length", Span: at(0, lengthSize), Value: v.Texts.Int(int(length &^ macBit))})
	if m := f.mac(); len(m) > 0 {
		dst[len(dst)-1].Note = "a MAC follows"
		dst = append(dst, codec.Field{Name: "mac", Span: at(lengthSize, f.head), Value: hex.EncodeToString(m)})
	}
	if len(f.body()) == 0 {
		return dst
	}
	dst = append(dst, codec.Field{Name: "body", Span: at(f.head, len(f.raw)), Note: f.kind.String()})
	body := &dst[len(dst)-1]
	switch {
	case f.kind == KindHello || f.kind == KindRuok:
		body.Name, body.Value = "protocol id", string(appendHello(nil, f.body())[len("hello "):])
		if d := lookup(f.body()); d != nil {
			body.Note = d.Title
		}
	case f.kind == KindStatus:
		body.Value = cut(v.Texts, appendStatus(v.Texts.Open(), f.body()), len("status "))
	case f.message():
		body.Note = ""
		body.Value = cut(v.Texts, f.AppendText(v.Texts.Open(), codec.View{Secrets: v.Secrets}), 0)
		w := fieldWriter{f: f, base: base + int64(f.head), view: v, dst: dst}
		w.parts()
		return w.dst
	case f.fault != nil:
		body.Note = f.fault.Error()
	}
	return dst
}

// cut returns what was appended to the room of t, from a place on, and shortens
// what is too long for a field.
func cut(t *codec.Texts, b []byte, from int) string {
	if from > 0 {
		b = append(b[:0], b[from:]...)
	}
	if len(b) <= longest {
		return t.Close(b)
	}
	n := longest
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return t.Close(append(b[:n], "…"...))
}

// A fieldWriter appends the fields below a body. Its offsets count from the
// body's start.
type fieldWriter struct {
	f    *Frame
	base int64
	view codec.View
	dst  []codec.Field
}

func (w *fieldWriter) add(name string, from, to, depth int, val, note string) {
	w.dst = append(w.dst, codec.Field{
		Name: name, Span: codec.Span{Start: w.base + int64(from), End: w.base + int64(to)},
		Value: val, Note: note, Depth: depth,
	})
}

// parts appends the four parts of a message, and what surrounds them.
func (w *fieldWriter) parts() {
	f := w.f
	t := &f.work.tree
	root := t.Deref(f.root)
	var few [8]int
	starts := w.starts(few[:0], root, 0, len(f.body()))
	if starts == nil {
		return
	}
	w.around(0, starts[0], 1)
	ids := []value.ID{f.id, f.flag, f.name, f.args}
	end := int(t.Node(t.At(root, 3)).End)
	ends := []int{starts[1], starts[2], starts[3], end}
	for i, name := range []string{"id", "flag", "name", "args"} {
		w.add(name, starts[i], ends[i], 1, w.text(ids[i]), "")
		switch i {
		case 1:
			w.dst[len(w.dst)-1].Note = f.kind.String()
		case 2:
			if m := methodOf(f.nameBytes()); m != nil && m.push {
				w.dst[len(w.dst)-1].Note = "from the server"
			}
		case 3:
			w.dst[len(w.dst)-1].Note = w.note(f.args, anything)
			w.args(starts[i], ends[i])
		}
	}
	if end < len(f.body()) {
		w.around(end, len(f.body()), 1)
	}
}

// around appends the opcodes or formats that surround values.
func (w *fieldWriter) around(from, to, depth int) {
	b := w.f.body()[from:to]
	if w.f.enc == Msgpack {
		w.add("format", from, to, depth, cut(w.view.Texts, msgpack.AppendListing(w.view.Texts.Open(), b), 0), "")
		return
	}
	w.add("opcodes", from, to, depth, cut(w.view.Texts, pickle.AppendListing(w.view.Texts.Open(), b), 0), "")
}

// starts appends where the nodes below id begin to list, which is empty; it
// returns nil unless there are some that follow each other between from and to.
func (w *fieldWriter) starts(list []int, id value.ID, from, to int) []int {
	t := &w.f.work.tree
	for kid := t.First(id); kid != 0; kid = t.Next(kid) {
		n := t.Node(kid)
		if int(n.Start) < from || int(n.End) > to {
			return nil
		}
		if len(list) > 0 && int(n.Start) <= list[len(list)-1] {
			return nil
		}
		list = append(list, int(n.Start))
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// args appends the arguments of a call, by their names if they are known, or
// the items of a reply.
func (w *fieldWriter) args(from, to int) {
	f := w.f
	t := &f.work.tree
	if f.hasSecret() && !w.view.Secrets {
		return
	}
	var params []param
	if f.kind == KindCall || f.kind == KindOneway {
		params = paramsOf(f.nameBytes(), t.Count(f.args))
	}
	var few [8]int
	starts := w.starts(few[:0], f.args, from, to)
	if k := t.Kind(f.args); starts == nil || k != value.Tuple && k != value.List {
		if k == value.Bytes || k == value.Str {
			w.record(f.args, from, to, 2)
		}
		return
	}
	if starts[0] > from {
		w.around(from, starts[0], 2)
	}
	i := 0
	for kid := t.First(f.args); kid != 0; kid = t.Next(kid) {
		var end int
		if i+1 < len(starts) {
			end = starts[i+1]
		} else {
			end = max(int(t.Node(kid).End), starts[i]+1)
		}
		name, kind := "", anything
		if i < len(params) {
			name, kind = params[i].name, params[i].kind
		} else {
			name = w.view.Texts.Close(append(strconv.AppendInt(append(w.view.Texts.Open(), '['), int64(i), 10), ']'))
		}
		real := t.Deref(kid)
		w.add(name, starts[i], end, 2, w.text(real), w.note(real, kind))
		w.record(real, starts[i], end, 3)
		i++
		if i == len(starts) && end < to {
			w.around(end, to, 2)
		}
	}
}

// text returns a value as a literal, the ids among the arguments masked where
// they are secret.
func (w *fieldWriter) text(id value.ID) string {
	if id == w.f.args && w.f.hasSecret() && !w.view.Secrets {
		return codec.Redacted
	}
	return cut(w.view.Texts, appendValue(w.view.Texts.Open(), w.f, id), 0)
}

// note explains eight bytes: an oid as a number, a tid as a time.
func (w *fieldWriter) note(id value.ID, kind what) string {
	if !w.f.is8(id) {
		return ""
	}
	n := binary.BigEndian.Uint64(w.f.work.tree.Bytes(id))
	switch {
	case kind == oid:
		return w.view.Texts.Close(strconv.AppendUint(append(w.view.Texts.Open(), "oid "...), n, 10))
	case kind == tid && n == 0:
		return "new object"
	case kind == tid && n == 1<<63-1:
		return "the latest"
	case kind == tid || kind == anything && n>>56 >= 2 && n>>56 <= 5:
		return w.view.Texts.Close(TIDTime(n).AppendFormat(append(w.view.Texts.Open(), "tid of "...), time.RFC3339Nano))
	}
	return ""
}

// TIDTime returns the time of a transaction id, as persistent's TimeStamp
// reads it: the upper four bytes count minutes, with all months of 31 days,
// from 1900 on; the lower ones are a fraction of a minute.
func TIDTime(tid uint64) time.Time {
	m := int(tid >> 32)
	minute, m := m%60, m/60
	hour, m := m%24, m/24
	day, m := m%31+1, m/31
	month, year := m%12+1, m/12+1900
	frac := float64(tid&0xffffffff) * 60 / (1 << 32)
	t := time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	return t.Add(time.Duration(frac*1e6+0.5) * time.Microsecond)
}

// record appends the two pickles of a data record, if the view asks for them
// and the bytes are one.
func (w *fieldWriter) record(id value.ID, from, to, depth int) {
	if w.view.Depth <= 0 {
		return
	}
	r, ok := w.f.openRecord(id)
	if !ok || to-from < r.size {
		return
	}
	start := to - r.size // what stands before is the opcode and its length
	if end := int(w.f.work.tree.Node(id).End); end <= to && end-r.size >= from {
		start = end - r.size
	}
	style := pylit.Style{StrIsBytes: true}
	if start > from {
		w.add("opcode", from, start, depth, "", "with the length")
	}
	middle, end := start+r.split, start+r.size
	w.add("class", start, middle, depth, cut(w.view.Texts, pylit.Append(w.view.Texts.Open(), &r.tree, r.class, style), 0), fmt.Sprintf("pickle of %d bytes", middle-start))
	w.add("state", middle, end, depth, cut(w.view.Texts, pylit.Append(w.view.Texts.Open(), &r.tree, r.state, style), 0), fmt.Sprintf("pickle of %d bytes", end-middle))
	if end < to {
		w.around(end, to, depth)
	}
}
