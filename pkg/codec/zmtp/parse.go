package zmtp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// verbs are the first words of texts.
var verbs = []string{"greeting", "identity", "message", "command", "ping", "pong", "curve", "v1"}

// A Parser makes frames of texts. It needs no state: a text tells all.
type Parser struct {
	Fresh func(name string) (string, bool) // as in codec.Options; may be nil

	f   Frame
	buf []byte // a value being read
}

// Parse implements [codec.Parser]. The frame is a [*Frame].
func (p *Parser) Parse(_ codec.Direction, t codec.Text) (codec.Frame, error) {
	f, err := p.Frame(t)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Frame is Parse with the type kept. The frame is good until the next call.
func (p *Parser) Frame(t codec.Text) (*Frame, error) {
	p.f = Frame{ver: V3, raw: p.f.raw[:0], parts: p.f.parts[:0]}
	s := &Scanner{Text: t.Body, Fresh: p.Fresh}
	verb, at := s.Word()
	if string(verb) == "v1" {
		p.f.ver = V1
		verb, at = s.Word()
		if v := string(verb); v != "identity" && v != "message" {
			return nil, lex.UnknownName("text after v1", v, at, s.Pos, []string{"identity", "message"})
		}
	}
	var err error
	switch string(verb) {
	case "greeting":
		err = p.greeting(s, t.Deviations)
	case "identity":
		err = p.message(s, t.Deviations, Identity)
	case "message":
		err = p.message(s, t.Deviations, Message)
	case "command", "ping", "pong", "curve":
		err = p.command(s, string(verb), t.Deviations)
	default:
		return nil, lex.UnknownName("text", string(verb), at, s.Pos, verbs)
	}
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return nil, err
	}
	return &p.f, nil
}

// deviationError is about one of the deviations before a text.
func deviationError(d codec.Deviation, format string, args ...any) *codec.TextError {
	return &codec.TextError{Start: d.Pos, End: d.Pos + 1 + len(d.Name), Field: "!" + d.Name, Message: fmt.Sprintf(format, args...)}
}

func unknownDeviation(d codec.Deviation, names ...string) error {
	e := lex.UnknownName("deviation", d.Name, d.Pos, d.Pos+1+len(d.Name), names)
	return e
}

// deviationByte reads the value of a deviation.
func deviationByte(d codec.Deviation) (byte, error) {
	n, err := parseUint([]byte(d.Value), 0xff)
	if err != nil {
		return 0, deviationError(d, "a byte such as 0x09 is expected; found %q", d.Value)
	}
	return byte(n), nil
}

func (p *Parser) greeting(s *Scanner, devs []codec.Deviation) (err error) {
	g := greetingSpec{padding: plainPadding, sigEnd: 0x7f, revision: 1}
	version, at := s.Word()
	if err := g.setVersion(version, at); err != nil {
		return err
	}
	if !s.Skip() {
		return &codec.TextError{Start: s.Pos, End: s.Pos, Field: "greeting", Message: "a mechanism is expected after the version, in 2.0 a socket type", Hint: "greeting 3.1 NULL"}
	}
	if g.major == 2 {
		w, at := s.Word()
		if g.socket, err = socketType(w, at); err != nil {
			return err
		}
	} else {
		at := s.Pos
		if g.mechanism, err = s.Value(nil); err != nil {
			return err
		}
		if len(g.mechanism) > offAsServer-offMechanism {
			return &codec.TextError{Start: at, End: s.Pos, Field: "mechanism", Message: fmt.Sprintf("a mechanism has 20 bytes or less; found %d", len(g.mechanism))}
		}
	}
	for s.Skip() {
		if err := g.attribute(s); err != nil {
			return err
		}
	}
	for _, d := range devs {
		if err := g.deviate(d); err != nil {
			return err
		}
	}
	p.f.kind = Greeting
	if g.major == 2 {
		p.f.ver = V2
	} else {
		p.f.mech = mechanismOfName(g.mechanism)
	}
	p.f.raw = g.append(p.f.raw)
	return nil
}

func mechanismOfName(name []byte) Mechanism {
	var field [offAsServer - offMechanism]byte
	copy(field[:], name)
	return mechanism(field[:])
}

func (g *greetingSpec) setVersion(w []byte, at int) error {
	major, minor, ok := bytes.Cut(w, []byte("."))
	a, err1 := parseUint(major, 0xff)
	b, err2 := parseUint(minor, 0xff)
	if !ok || err1 != nil || err2 != nil || a < 2 || a == 2 && b != 0 {
		return &codec.TextError{Start: at, End: at + len(w), Field: "version", Message: fmt.Sprintf("no version %q", w), Allowed: []string{"3.1", "3.0", "2.0"}, Hint: "1.0 has no greeting: write v1 identity \"\""}
	}
	g.major, g.minor = byte(a), byte(b)
	return nil
}

func socketType(w []byte, at int) (byte, error) {
	for i, n := range socketTypes {
		if string(w) == n {
			return byte(i), nil
		}
	}
	if n, err := parseUint(w, 0xff); err == nil {
		return byte(n), nil
	}
	return 0, lex.UnknownName("socket type", string(w), at, at+len(w), socketTypes[:])
}

func (g *greetingSpec) attribute(s *Scanner) error {
	name, at := s.Name()
	if name == nil {
		w, at := s.Word()
		if string(w) == "as-server" && g.major != 2 {
			g.asServer = 1
			return nil
		}
		return lex.UnknownName("part of a greeting", string(w), at, s.Pos, []string{"as-server", "padding=", "revision="})
	}
	w, _ := s.Word()
	var err error
	var n uint64
	switch from := s.Pos - len(w); {
	case string(name) == "padding":
		g.padding, err = uintOf(w, from, "padding", ^uint64(0))
	case string(name) == "revision" && g.major == 2:
		n, err = uintOf(w, from, "revision", 0xff)
		g.revision = byte(n)
	default:
		return lex.UnknownName("part of a greeting", string(name), at, at+len(name), []string{"as-server", "padding", "revision"})
	}
	return err
}

func (g *greetingSpec) deviate(d codec.Deviation) (err error) {
	switch {
	case d.Name == devSigEnd:
		g.sigEnd, err = deviationByte(d)
	case d.Name == devAsServer && g.major != 2:
		g.asServer, err = deviationByte(d)
	case d.Name == devFiller && g.major != 2:
		g.filler, err = hex.DecodeString(d.Value)
		if err != nil || len(g.filler) > GreetingLenV3-offFiller {
			return deviationError(d, "up to 31 bytes in hexadecimal digits are expected")
		}
	default:
		return unknownDeviation(d, devSigEnd, devAsServer, devFiller)
	}
	return err
}

// A header is what is asked for beside what a sender must write.
type header struct {
	flags    byte
	hasFlags bool
	long     bool
}

// set reads a deviation of a header.
func (h *header) set(d codec.Deviation) (err error) {
	switch d.Name {
	case devLong:
		h.long = true
	case devFlags:
		h.hasFlags = true
		h.flags, err = deviationByte(d)
	default:
		return unknownDeviation(d, devLong, devFlags)
	}
	return err
}

// add appends a frame with the header that is asked for.
func (p *Parser) add(h header, body []byte, more, command bool, at int) error {
	f := &p.f
	flags := plainFlags(f.ver, len(body), more, command)
	if h.hasFlags {
		flags = h.flags
	}
	long := h.long || needsLong(f.ver, len(body))
	if f.ver != V1 {
		if h.long {
			flags |= FlagLong
		}
		if flags&FlagLong == 0 && long {
			return &codec.TextError{Start: at, End: at, Field: "flags", Message: fmt.Sprintf("a body of %d bytes needs the flag LONG (2); the flags are 0x%02x", len(body), flags)}
		}
	}
	f.addPart(flags, long, body)
	return nil
}

// message reads the frames of a message or of an identity.
func (p *Parser) message(s *Scanner, devs []codec.Deviation, kind Kind) error {
	p.f.kind = kind
	var first header
	for _, d := range devs {
		if err := first.set(d); err != nil {
			return err
		}
	}
	if kind == Message && p.f.ver == V3 && len(devs) == 0 {
		p.plainParts(s)
	}
	h := first
	for n := len(p.f.parts); s.Skip(); n++ {
		if n == 1 && len(devs) > 0 {
			return deviationError(devs[0], "a message of several frames has its deviations before the frames that they are about")
		}
		var err error
		if h, err = inlineDeviations(s, h); err != nil {
			return err
		}
		at := s.Pos
		if p.buf, err = s.Quoted(p.buf[:0]); err != nil {
			return err
		}
		more := s.Skip() && kind == Message
		if err := p.add(h, p.buf, more, false, at); err != nil {
			return err
		}
		if kind == Identity {
			return nil
		}
		h = header{}
	}
	if len(p.f.parts) == 0 {
		return &codec.TextError{Start: s.Pos, End: s.Pos, Field: kind.String(), Message: "one frame or more is expected", Hint: kind.String() + ` "…"; an empty frame is ""`}
	}
	return nil
}

// plainParts reads the frames of a message of 3.x as far as there is a blank and
// a string before each of them. It stops before another, and before what is
// wrong.
func (p *Parser) plainParts(s *Scanner) {
	text, at, raw, parts := s.Text, s.Pos, p.f.raw, p.f.parts
	for at+1 < len(text) && text[at] == ' ' && text[at+1] == '"' {
		f := part{head: len(raw), body: len(raw) + 2}
		out, n := lex.TryQuoted(append(raw, 0, 0), text[at+1:]) // mostly the header is short
		end := at + 1 + n
		if end+1 < len(text) && text[end] == ' ' && text[end+1] != ' ' {
			f.flags = FlagMore
		} else if end < len(text) || n == 0 {
			break
		}
		length := len(out) - f.body
		out[f.head+1] = byte(length)
		if length > maxShort {
			f.flags, f.body = f.flags|FlagLong, f.head+9
			out = append(out, 0, 0, 0, 0, 0, 0, 0)
			copy(out[f.body:], out[f.head+2:f.head+2+length])
			binary.BigEndian.PutUint64(out[f.head+1:], uint64(length))
		}
		out[f.head], f.end = f.flags, len(out)
		parts, raw, at = append(parts, f), out, end
	}
	s.Pos, p.f.raw, p.f.parts = at, raw, parts
}

// inlineDeviations reads what stands before a frame of a message.
func inlineDeviations(s *Scanner, h header) (header, error) {
	for s.Skip() && s.Peek('!') {
		w, at := s.Word()
		name, value, _ := bytes.Cut(w[1:], []byte("="))
		if err := h.set(codec.Deviation{Name: string(name), Value: string(value), Pos: at}); err != nil {
			return h, err
		}
	}
	return h, nil
}
