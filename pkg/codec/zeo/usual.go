package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// A usual message is as nearly all are: a call or a reply in protocol 3, just as
// its pickler writes it, whose arguments are leaves and lists of leaves. What is
// mostly wanted of such a message is made from its opcodes at once. For
// everything else, and of every other message, values are read into a tree.
//
// Offsets count in the body.
type usual struct {
	id       uint32
	flag     flag
	tail     uint32 // what follows the id
	from, to uint32 // the name
	args     uint32 // the first of the items
	count    int32  // how many there are; -1 for a single one that stands for itself
	known    bool
}

// leastNesting is how deep values may nest at the least where messages are taken
// for usual ones: these go no deeper.
const leastNesting = 4

// see finds out whether the frame is a usual message, and its kind. Messages
// whose shape is known are quick to see.
func (f *Frame) see(known *shapes) bool {
	body := f.body()
	b, ok := pickle.Opens(body)
	if !ok {
		return false
	}
	id, n := pickle.NextCount(b)
	if n == 0 {
		return false
	}
	b = b[n:]
	tail := len(body) - len(b)
	if s := known.find(f.dialct, b); s != nil {
		f.has(s, id, tail)
		return true
	}
	fl, n := pickle.NextItem(b)
	isInt := fl.Kind == value.Int
	if n == 0 || !isInt && fl.Kind != value.Bool || fl.Num < 0 || fl.Num > 1 {
		return false
	}
	b = b[n:]
	name, n := pickle.NextShort(b)
	if n == 0 {
		return false
	}
	b = b[n:]
	first, count, n := pickle.NextItems(b)
	if n == 0 || !pickle.Closes(b[n:]) {
		return false
	}
	switch {
	case string(name) == string(replyName):
		f.kind = KindReply
	case count < 0 || !isName(name) || string(name) == authResponse:
		return false
	case fl.Num != 0:
		f.kind = KindOneway
	default:
		f.kind = KindCall
	}
	to := len(body) - len(b)
	f.enc, f.shape = P3, nil
	f.usual = usual{
		id: id, tail: uint32(tail), flag: flag{isInt, fl.Num},
		from: uint32(to - len(name)), to: uint32(to),
		args: uint32(to + first), count: int32(count), known: true,
	}
	return true
}

// has says that the frame's message has a shape, and its tail begins there.
func (f *Frame) has(s *shape, id uint32, tail int) {
	f.enc, f.kind, f.shape, f.usual = P3, s.kind, s, s.usual
	u := &f.usual
	u.id, u.tail = id, uint32(tail)
	u.from += u.tail
	u.to += u.tail
	u.args += u.tail
}

// usualName returns the method's name, or .reply.
func (f *Frame) usualName() []byte { return f.body()[f.usual.from:f.usual.to] }

// seen decodes the body as far as is needed to know the kind of the message.
func (f *Frame) seen() *Frame {
	if f.usual.known {
		return f
	}
	return f.ready()
}

// tail returns what follows the id.
func (f *Frame) tail() []byte { return f.body()[f.usual.tail:] }

// items returns how many items there are.
func (u *usual) items() int {
	if u.count < 0 {
		return 1
	}
	return int(u.count)
}

// appendLead appends what stands before the id.
func (f *Frame) appendLead(dst []byte) []byte {
	d := f.defaults()
	dst = appendFlag(f.appendEncoding(dst, d.encoding), f.usual.flag, d.flagOf(f.kind))
	return append(append(dst, f.kind.String()...), ' ')
}

// appendUsual is AppendText for a usual message.
func (f *Frame) appendUsual(dst []byte, json bool) ([]byte, bool) {
	u := &f.usual
	if s := f.shape; s != nil {
		dst = jsonenc.AppendUint(append(dst, s.lead...), uint64(u.id))
		return s.append(dst, &s.text, f.tail(), json), true
	}
	dst = append(jsonenc.AppendUint(f.appendLead(dst), uint64(u.id)), ' ')
	w := itemWriter{json: json}
	if u.count < 0 {
		it, _ := pickle.NextItem(f.body()[u.args:])
		return w.item(dst, it, anything), !w.failed
	}
	var params []param
	if f.kind != KindReply {
		name := f.usualName()
		dst = append(dst, name...)
		params = paramsOf(name, int(u.count))
	}
	dst = w.items(append(dst, '('), f.body()[u.args:], int(u.count), params)
	if u.count == 1 && f.kind == KindReply {
		dst = append(dst, ',')
	}
	return append(dst, ')'), !w.failed
}

// An itemWriter writes items as literals.
type itemWriter struct {
	json   bool // in a JSON string
	failed bool // something cannot be written so
}

// items writes so many items, with commas between them.
func (w *itemWriter) items(dst, b []byte, count int, params []param) []byte {
	for i := range count {
		it, n := pickle.NextItem(b)
		b = b[n:]
		if i > 0 {
			dst = append(dst, ", "...)
		}
		kind := anything
		if i < len(params) {
			kind = params[i].kind
		}
		dst = w.item(dst, it, kind)
	}
	return dst
}

func (w *itemWriter) item(dst []byte, it pickle.Item, kind what) []byte {
	switch it.Kind {
	case value.Bytes:
		return w.bytes(dst, it.Bytes, kind)
	case value.None:
		return append(dst, "None"...)
	case value.Int:
		return jsonenc.AppendInt(dst, it.Num)
	case value.Bool:
		if it.Num != 0 {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case value.List:
		return append(w.items(append(dst, '['), it.Bytes, int(it.Num), nil), ']')
	}
	if w.json {
		w.failed = true
		return dst
	}
	return pylit.AppendText(dst, it.Bytes)
}

func (w *itemWriter) bytes(dst, b []byte, kind what) []byte {
	switch {
	case len(b) == 8 && (kind == oid || kind == tid):
		return appendEight(dst, kind, b)
	case w.json:
		return pylit.AppendBytesJSON(dst, b)
	}
	return pylit.AppendBytes(dst, b)
}
