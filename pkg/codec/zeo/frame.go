package zeo

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/msgpack"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// A Kind is what a message is for.
type Kind uint8

// The kinds of messages. The names of the protocol's document are few; these
// are the words of the notation.
const (
	KindHello     Kind = iota // a protocol id, the first message of a direction
	KindRuok                  // the client's first message when it only wants the statistics
	KindStatus                // the server's answer to ruok: JSON
	KindCall                  // a call that wants an answer
	KindOneway                // a call that wants none
	KindReply                 // the answer to a call
	KindError                 // the answer to a call that failed
	KindHeartbeat             // a reply to nothing, to keep the connection alive
	KindMessage               // four values that are none of these
	KindBody                  // a body that is no message
)

var kindNames = []string{
	KindHello: "hello", KindRuok: "ruok", KindStatus: "status",
	KindCall: "call", KindOneway: "oneway", KindReply: "reply", KindError: "error",
	KindHeartbeat: "heartbeat", KindMessage: "message", KindBody: "body",
}

// String returns the name that the notation uses.
func (k Kind) String() string { return kindNames[k] }

// A Frame is one sized message. See the package's comment for its layout.
type Frame struct {
	raw    []byte // all of it
	head   int    // size of length and MAC
	dialct *dialect
	kind   Kind
	enc    Encoding
	fault  *codec.SyntaxError // why the body is no message; offset in the body

	usual usual  // what is known of the body though it has yet to be decoded
	shape *shape // that the usual message has, if it is known

	late *work // set while the body has yet to be decoded
	like *work // likewise, of a copy: whose limits hold for its own work
	work *work // where the values are
	root value.ID
	size int // bytes of the value; more may follow it
	// The four parts of a message, Shared ones followed.
	id, flag, name, args value.ID
	same                 canon
}

// canon says whether the encoding's writer would write the same body.
type canon uint8

const (
	unknown canon = iota
	same
	different
)

// work is the memory that decoding needs. A decoder uses it again for every
// frame.
type work struct {
	tree    value.Tree
	pickle  pickle.Decoder
	msgpack msgpack.Decoder
	buf     []byte
}

func newWork(o codec.Options) *work {
	return &work{
		pickle:  pickle.Decoder{Limits: pickle.Limits{Nesting: o.NestingLimit()}},
		msgpack: msgpack.Decoder{MaxNesting: o.NestingLimit()},
	}
}

// defaults returns the dialect whose ways need not be told in the text.
func (f *Frame) defaults() *dialect {
	if f.dialct != nil {
		return f.dialct
	}
	return &dialects[0]
}

// body returns the message without its length and MAC.
func (f *Frame) body() []byte { return f.raw[f.head:] }

// mac returns the MAC, nil when there is none.
func (f *Frame) mac() []byte { return f.raw[lengthSize:f.head] }

// Kind returns what the message is for.
func (f *Frame) Kind() Kind { return f.ready().kind }

// Encoding returns how the body is written, unless it is a handshake's.
func (f *Frame) Encoding() Encoding { return f.seen().enc }

// Type returns the name of the frame's kind.
func (f *Frame) Type() string { return f.seen().kind.String() }

// MAC returns the message's MAC, nil when it has none. It is the frame's own.
func (f *Frame) MAC() []byte {
	if f.head == lengthSize {
		return nil
	}
	return f.mac()
}

// Len returns the number of bytes of the frame on the wire.
func (f *Frame) Len() int { return len(f.raw) }

// Body returns the message without its length and MAC. It is the frame's own.
func (f *Frame) Body() []byte { return f.body() }

// Parts are the four values of a message. They are the frame's own.
type Parts struct {
	Tree                 *value.Tree
	ID, Flag, Name, Args value.ID
}

// Parts returns the values of a message, false for a handshake's and for a
// body that is no message.
func (f *Frame) Parts() (Parts, bool) {
	if !f.ready().message() {
		return Parts{}, false
	}
	return Parts{&f.work.tree, f.id, f.flag, f.name, f.args}, true
}

// Method returns the name of the method that a message calls, "" for other
// messages.
func (f *Frame) Method() string {
	if k := f.ready().kind; k != KindCall && k != KindOneway {
		return ""
	}
	return string(f.nameBytes())
}

// AppendBinary appends the frame's bytes. The error is always nil.
func (f *Frame) AppendBinary(dst []byte) ([]byte, error) { return append(dst, f.raw...), nil }

// Clone returns a copy that shares no memory with f.
func (f *Frame) Clone() codec.Frame {
	c := *f.ready()
	c.raw = bytes.Clone(f.raw)
	if f.work != nil && f.kind >= KindCall {
		o := codec.Options{MaxNesting: f.work.msgpack.MaxNesting}
		c.load(newWork(o))
	}
	return &c
}

// MoveTo implements [codec.Mover]. The copy decodes its body when it is asked
// for something, and takes memory for that only then.
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	if f.late != nil && !f.usual.known || len(raw) != len(f.raw) {
		return f.Clone()
	}
	c, ok := into.(*Frame)
	if !ok {
		c = new(Frame)
	}
	w := c.work
	*c = *f
	c.raw, c.work, c.late = raw, nil, nil
	switch {
	case f.late != nil:
		c.like = f.late
	case c.like == nil && f.kind >= KindCall:
		c.like = f.work
	}
	if c.like != nil {
		c.work = w
	}
	return c
}

// Postponed implements [codec.Postponer].
func (f *Frame) Postponed() bool { return f.like != nil }

// ready decodes the body of a frame that came from a text, or of a copy.
func (f *Frame) ready() *Frame {
	switch w := f.late; {
	case w != nil:
		f.late = nil
		f.load(w)
	case f.like != nil:
		if w = f.work; w == nil {
			w = new(work)
		}
		w.msgpack.MaxNesting, w.pickle.Limits = f.like.msgpack.MaxNesting, f.like.pickle.Limits
		f.like = nil
		f.load(w)
	}
	return f
}

// message reports whether the body was decoded to four values.
func (f *Frame) message() bool { return f.fault == nil && f.kind >= KindCall && f.kind <= KindMessage }

// load decodes the body, which is no handshake's, and finds its kind. What is
// no message becomes a KindBody with a fault.
func (f *Frame) load(w *work) {
	f.work, f.fault, f.same = w, nil, unknown
	body := f.body()
	var err error
	switch f.enc = encodingOf(body, f.defaults()); f.enc {
	case Msgpack:
		f.root, f.size, err = w.msgpack.Decode(&w.tree, body)
	default:
		f.root, f.size, err = w.pickle.Decode(&w.tree, body)
		if err == nil && w.pickle.Plain && f.enc == P3 && f.size == len(body) {
			f.same = same
		}
	}
	f.kind = KindBody
	if err != nil {
		f.fault = asFault(err)
		f.root = 0
		return
	}
	if f.enc == Msgpack && f.size < len(body) {
		f.fault = codec.Faultf(codec.CodeSyntax, f.size, "body", "%d bytes follow the value", len(body)-f.size)
		return
	}
	t := &w.tree
	root := t.Deref(f.root)
	if k := t.Kind(root); k != value.Tuple && k != value.List || t.Count(root) != 4 {
		f.fault = codec.Faultf(codec.CodeSyntax, 0, "body", "no message: %s where a tuple of 4 was expected", describe(t, root))
		return
	}
	f.id = t.First(root)
	f.flag = t.Next(f.id)
	f.name = t.Next(f.flag)
	f.args = t.Next(f.name)
	f.id, f.flag, f.name, f.args = t.Deref(f.id), t.Deref(f.flag), t.Deref(f.name), t.Deref(f.args)
	f.kind = f.classify()
}

// encodingOf tells the encodings apart by the first byte. What could be any
// is what the dialect says.
func encodingOf(body []byte, d *dialect) Encoding {
	switch {
	case len(body) == 0:
		return d.encoding
	case body[0] == 0x94: // an array of four; no pickle begins so
		return Msgpack
	case body[0] == 0x80 && len(body) > 1: // PROTO; as msgpack, an empty map
		return P3
	case d.encoding == Msgpack && body[0] != '(':
		return Msgpack
	}
	return P1
}

// asFault gives a fault of a value decoder its place in the body.
func asFault(err error) *codec.SyntaxError {
	e, ok := errors.AsType[*codec.SyntaxError](err)
	if !ok {
		return codec.Faultf(codec.CodeSyntax, 0, "body", "%v", err)
	}
	f := *e
	if f.Path == "" {
		f.Path = "body"
	} else {
		f.Path = "body/" + f.Path
	}
	return &f
}

// classify finds the kind of a message of four values.
func (f *Frame) classify() Kind {
	t := &f.work.tree
	name := f.nameBytes()
	fl, plain := f.flagValue()
	switch {
	case name == nil || !plain:
		return KindMessage
	case string(name) != ".reply":
		if fl.truthy() {
			return KindOneway
		}
		return KindCall
	case t.Kind(f.id) == value.Int && t.Num(f.id) == -1 && t.Count(f.id) == 0 && fl == flag0 && t.Kind(f.args) == value.None:
		return KindHeartbeat
	case fl == flag2 || f.oldError():
		return KindError
	}
	return KindReply
}

// nameBytes returns the method's name, nil when it is no string.
func (f *Frame) nameBytes() []byte {
	switch f.work.tree.Kind(f.name) {
	case value.Text, value.Str:
		return f.work.tree.Bytes(f.name)
	}
	return nil
}

// flagValue returns the flag, and whether it is a bool or a small int.
func (f *Frame) flagValue() (flag, bool) {
	t := &f.work.tree
	switch t.Kind(f.flag) {
	case value.Bool:
		return flag{false, t.Num(f.flag)}, true
	case value.Int:
		n, ok := t.Small(f.flag)
		return flag{true, n}, ok
	}
	return flag{}, false
}

// oldError says whether the arguments are an exception's class and instance,
// which is how peers up to ZEO 4 reply with an error.
func (f *Frame) oldError() bool {
	t := &f.work.tree
	if f.fault != nil || t.Kind(f.args) != value.Tuple || t.Count(f.args) != 2 {
		return false
	}
	class := t.First(f.args)
	k := t.Kind(t.Deref(t.Next(class)))
	return t.Kind(t.Deref(class)) == value.Global && (k == value.Call || k == value.Build || k == value.New)
}

// canonical says whether the writer of the frame's encoding would write
// exactly this body.
func (f *Frame) canonical() bool {
	if f.same == unknown {
		f.same = different
		if f.root != 0 && f.writes() {
			f.same = same
		}
	}
	return f.same == same
}

func (f *Frame) writes() (ok bool) {
	w := f.work
	if f.size != len(f.body()) {
		return false
	}
	if f.enc == Msgpack {
		w.buf, ok = msgpack.Writes(w.buf, &w.tree, f.root, f.body())
	} else {
		w.buf, ok = pickle.Writes(w.buf, &w.tree, f.root, f.enc.profile(), f.body())
	}
	return ok
}

// Link ties calls to their replies.
func (f *Frame) Link() codec.Link {
	l := codec.Link{}
	switch f.seen().kind {
	case KindCall:
		l.Role = codec.LinkAsks
	case KindReply, KindError:
		l.Role = codec.LinkEnds
	default:
		return l
	}
	if f.usual.known {
		l.Key.Number = int64(f.usual.id)
		return l
	}
	if f.work.tree.Kind(f.id) == value.Int {
		if n, ok := f.work.tree.Small(f.id); ok {
			l.Key.Number = n
			return l
		}
	}
	f.work.buf = appendValue(f.work.buf[:0], f, f.id)
	l.Key.Text = string(f.work.buf)
	return l
}

// describe names a value that is no message.
func describe(t *value.Tree, id value.ID) string {
	k := t.Kind(id)
	if k == value.Tuple || k == value.List {
		return fmt.Sprintf("a %s of %d", k, t.Count(id))
	}
	return "one value (" + k.String() + ")"
}
