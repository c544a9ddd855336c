package zeo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/msgpack"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// verbs are the words that a text may begin with.
var verbs = []string{
	"hello", "ruok", "status", "call", "oneway", "reply", "error", "heartbeat",
	"message", "pickle", "msgpack", "body",
}

// parser implements codec.Parser.
type parser struct {
	s     session
	limit int
	o     pylit.Options
	tree  value.Tree
	r     pylit.Reader
	work  *work
	frame Frame
	buf   []byte

	shapes shapes // of what was read
	marks  marks  // of the text at hand
}

func newParser(o codec.Options, asked *dialect) *parser {
	return &parser{
		s: session{asked: asked}, limit: o.FrameLimit(), work: newWork(o),
		o: pylit.Options{Inert: true, MaxNesting: o.NestingLimit()},
	}
}

// now returns the dialect that texts are read in.
func (p *parser) now() *dialect {
	if d, _ := p.s.dialect(); d != nil {
		return d
	}
	return &dialects[0]
}

// Parse implements codec.Parser.
func (p *parser) Parse(dir codec.Direction, t codec.Text) (codec.Frame, error) {
	if err := p.deviations(t); err != nil {
		return nil, err
	}
	p.tree.Reset(t.Body)
	p.r.Reset(&p.tree, t.Body, 0, p.o)
	head := lengthSize
	p.buf = append(p.buf[:0], 0, 0, 0, 0)
	if p.marks.mac != nil {
		head += macSize
		p.buf = append(p.buf, p.marks.mac...)
	}
	before, _ := p.s.dialect()
	kind, err := p.verb(t.Body)
	if err != nil {
		return nil, err
	}
	size := len(p.buf) - head
	if uint64(size) >= macBit {
		return nil, &codec.TextError{End: len(t.Body), Message: "the body is too long for a message"}
	}
	length := uint32(size)
	if p.marks.mac != nil {
		length |= macBit
	}
	if p.marks.hasLength {
		length = p.marks.length
	}
	binary.BigEndian.PutUint32(p.buf, length)
	f := &p.frame
	*f = Frame{raw: p.buf, head: head, dialct: before, kind: kind}
	if kind > KindStatus {
		f.late = p.work
		return f, nil
	}
	if kind == KindHello {
		p.s.hello(dir, f.body())
	}
	return f, nil
}

// verb reads the text from its first word on and appends the body to buf.
func (p *parser) verb(text []byte) (Kind, error) {
	start := p.r.Pos()
	word := p.r.Word()
	rest := text[p.r.Pos():]
	if len(word) > 0 && len(rest) > 0 && rest[0] != ' ' {
		return 0, p.fault(p.r.Pos(), "%q behind %s, where a blank was expected", rest[:1], word)
	}
	var err error
	kind := KindBody
	switch string(word) {
	case "hello":
		kind, err = KindHello, p.hello(rest)
	case "ruok":
		p.buf = append(p.buf, "ruok"...)
		kind, err = KindRuok, p.end()
	case "status":
		kind, err = KindStatus, p.status(rest)
	case "body":
		err = p.bytes()
	case "pickle":
		if p.buf, err = pickle.ReadListing(p.buf, &p.tree, &p.r); err == nil {
			err = p.end()
		}
	case "msgpack":
		if p.buf, err = msgpack.ReadListing(p.buf, &p.tree, &p.r); err == nil {
			err = p.end()
		}
	case "message":
		err = p.value()
	case "call":
		err = p.message(KindCall)
	case "oneway":
		err = p.message(KindOneway)
	case "reply":
		err = p.message(KindReply)
	case "error":
		err = p.message(KindError)
	case "heartbeat":
		err = p.message(KindHeartbeat)
	default:
		token, _, _ := bytes.Cut(text[start:], []byte{' '})
		err = lex.UnknownName("message", string(token), start, start+len(token), verbs)
	}
	if err != nil {
		return 0, err
	}
	return kind, nil
}

func (p *parser) fault(at int, format string, args ...any) error {
	return &codec.TextError{Start: at, End: at, Message: fmt.Sprintf(format, args...)}
}

// end says that nothing may follow.
func (p *parser) end() error {
	if c := p.r.Peek(); c != 0 || p.r.Pos() < len(p.tree.Source()) {
		at := p.r.Pos()
		return &codec.TextError{Start: at, End: len(p.tree.Source()), Message: "more stands here than belongs to the message"}
	}
	return nil
}

// hello reads a protocol id: a word, or bytes.
func (p *parser) hello(rest []byte) error {
	if len(rest) > 1 && isWord(rest[1:]) {
		p.buf = append(p.buf, rest[1:]...)
		return nil
	}
	if p.r.Peek() == 0 {
		return &codec.TextError{Start: p.r.Pos(), End: p.r.Pos(), Field: "protocol id", Message: "is missing", Hint: "such as hello Z5"}
	}
	return p.bytes()
}

// status reads the statistics: JSON as it is, or bytes.
func (p *parser) status(rest []byte) error {
	if len(rest) > 1 && rest[1] == '{' {
		p.buf = append(p.buf, rest[1:]...)
		return nil
	}
	return p.bytes()
}

// bytes reads the body as one string of any kind.
func (p *parser) bytes() error {
	id, err := p.r.Value()
	if err != nil {
		return err
	}
	switch p.tree.Kind(id) {
	case value.Bytes, value.Text, value.Str:
		p.buf = append(p.buf, p.tree.Bytes(id)...)
		return p.end()
	}
	n := p.tree.Node(id)
	return &codec.TextError{Start: int(n.Start), End: int(n.End), Message: fmt.Sprintf("a %s where a string was expected", n.Kind), Hint: `such as b"a", x"61" or "a"`}
}

// value reads a value that is the whole body.
func (p *parser) value() error {
	id, err := p.r.Value()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return err
	}
	return p.write(id, p.now().encoding)
}

// write appends a value in the encoding that the text asks for.
func (p *parser) write(id value.ID, e Encoding) (err error) {
	if p.marks.hasEncoding {
		e = p.marks.encoding
	}
	if e == Msgpack {
		p.buf, err = msgpack.Append(p.buf, &p.tree, id)
	} else {
		p.buf, err = pickle.Append(p.buf, &p.tree, id, e.profile())
	}
	if v, ok := errors.AsType[*pickle.ValueError](err); ok {
		return &codec.TextError{Start: v.Start, End: v.End, Message: v.Message}
	}
	if v, ok := errors.AsType[*msgpack.ValueError](err); ok {
		return &codec.TextError{Start: v.Start, End: v.End, Message: v.Message}
	}
	return err
}

// replyName is the name of all replies.
var replyName = []byte(".reply")

// message reads a message of four values.
func (p *parser) message(kind Kind) error {
	d := p.now()
	e := d.encoding
	if kind == KindHeartbeat {
		e = d.heartbeat
	}
	if p.marks.hasEncoding {
		e = p.marks.encoding
	}
	fl := d.flagOf(kind)
	if p.marks.hasFlag {
		fl = p.marks.flag
	}
	t := &p.tree
	id := t.AddNum(value.Int, -1, 0, 0)
	name := replyName
	var args value.ID
	var err error
	if kind == KindHeartbeat {
		args = t.Add(value.None, 0, 0)
	} else if id, err = p.r.Value(); err != nil {
		return asField(err, "message id")
	}
	switch kind {
	case KindCall, KindOneway:
		name, args, err = p.call()
	case KindReply:
		args, err = p.r.Value()
	case KindError:
		args, err = p.failure(d)
	}
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return err
	}
	nameKind := value.Text
	if e == P1 {
		nameKind = value.Str
	}
	flagKind := value.Bool
	if fl.isInt {
		flagKind = value.Int
	}
	root := t.Add(value.Tuple, 0, len(t.Source()))
	t.Append(root, id)
	t.Append(root, t.AddNum(flagKind, fl.n, 0, 0))
	t.Append(root, t.AddOwn(nameKind, name, 0, 0))
	t.Append(root, args)
	return p.write(root, e)
}

// asField names the part of the frame in an error without one.
func asField(err error, field string) error {
	if e, ok := errors.AsType[*codec.TextError](err); ok && e.Field == "" {
		e.Field = field
	}
	return err
}
