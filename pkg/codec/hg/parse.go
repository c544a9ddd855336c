package hg

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A parser reads the notation of one dialect. It hands out the same frame
// each time.
type parser struct {
	dialect  *Dialect
	open     bool // nobody named the dialect
	lim      cbor.Limits
	dir      codec.Direction
	out      [2]outbound
	compat   bool
	readFile func(string) ([]byte, error)
	f        Frame
	parts    [6]part
	words    [32]words // that stood in the last texts
	buf      []byte    // holds the payload of f
}

// Parse implements [codec.Parser].
func (p *parser) Parse(dir codec.Direction, t codec.Text) (codec.Frame, error) {
	b, err := p.AppendParsed(p.buf[:0], dir, t)
	if err != nil {
		return nil, err
	}
	p.buf = b
	return &p.f, nil
}

// AppendParsed implements [codec.BinaryParser]. The payload of p.f is that in
// dst.
func (p *parser) AppendParsed(dst []byte, dir codec.Direction, t codec.Text) ([]byte, error) {
	p.dir = dir
	p.f.Lies, p.f.Length = false, 0
	p.f.dialect = p.dialect
	var payload part
	var err error
	if !p.open && len(t.Deviations) == 0 {
		payload.at = p.plainHeader(t.Body)
	}
	if payload.at > 0 {
		payload.text = t.Body[payload.at:]
	} else if payload, err = p.head(t); err != nil {
		return nil, err
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0) // the header, when the length is known
	if dst, err = p.payload(dst, payload.text); err != nil {
		return nil, named("payload", lex.Shift(err, payload.at))
	}
	p.f.Payload = dst[at+HeaderLen:]
	if p.dialect == final {
		p.out[side(dir)].follow(&p.f)
	}
	if len(p.f.Payload) > MaxPayload && !p.f.Lies {
		if !p.compat {
			return nil, &codec.TextError{
				Start: payload.at, End: payload.end(), Field: "payload",
				Message: fmt.Sprintf("%d bytes are more than a frame can hold, which is %d", len(p.f.Payload), MaxPayload),
				Hint:    "cut it over several frames",
			}
		}
		p.f.Length, p.f.Lies = uint32(len(p.f.Payload))&MaxPayload, true // the reference wraps
	}
	p.f.putHeader(dst[at:])
	return dst, nil
}

// head reads what stands before the payload, and returns the payload.
func (p *parser) head(t codec.Text) (payload part, err error) {
	anyType, err := p.deviations(t)
	if err != nil {
		return payload, err
	}
	parts := &p.parts
	if err := split(parts, t.Body); err != nil {
		return payload, err
	}
	if p.open {
		p.chooseByText(parts)
		p.f.dialect = p.dialect
	}
	return parts[5], p.header(parts, anyType)
}

// deviations reads what stands before the frame: !type lets the type be any
// number, !length=N makes the header claim a length of N.
func (p *parser) deviations(t codec.Text) (anyType bool, err error) {
	for _, d := range t.Deviations {
		end := d.Pos + 1 + len(d.Name)
		if d.Value != "" {
			end += 1 + len(d.Value)
		}
		switch {
		case d.Name == "type" && d.Value == "":
			anyType = true
		case d.Name == "length":
			n, err := strconv.ParseUint(d.Value, 10, 24)
			if err != nil {
				return false, &codec.TextError{Start: d.Pos, End: end, Field: "!length", Message: fmt.Sprintf("%q is no length", d.Value), Hint: fmt.Sprintf("write !length=0 to !length=%d", MaxPayload)}
			}
			p.f.Length, p.f.Lies = uint32(n), true
		default:
			return false, lex.UnknownName("deviation", d.Name, d.Pos, end, []string{"type", "length"})
		}
	}
	return anyType, nil
}

// A part is a piece of the text and where it stands.
type part struct {
	text []byte
	at   int
}

func (p part) end() int { return p.at + len(p.text) }

var partNames = [6]string{"request id", "stream id", "stream flags", "type", "flags", "payload"}

const shape = "<request-id> <stream-id> <stream-flags> <type> <flags> <payload>"

// split cuts text at its first five blanks.
func split(parts *[6]part, text []byte) error {
	at := 0
	for i := range 5 {
		n := 0 // the parts are short: a loop is faster than bytes.IndexByte
		for at+n < len(text) && text[at+n] != ' ' {
			n++
		}
		if at+n == len(text) {
			hint := "a frame is " + shape
			if i == 4 {
				hint = "an empty payload needs the blank before it"
			}
			return &codec.TextError{
				Start: len(text), End: len(text), Field: partNames[i+1],
				Message: fmt.Sprintf("the text ends after the %s", partNames[i]), Hint: hint,
			}
		}
		parts[i] = part{text[at : at+n], at}
		if n == 0 {
			return &codec.TextError{Start: at, End: at + 1, Field: partNames[i], Message: "nothing stands between two blanks", Hint: "one blank separates the parts"}
		}
		at += n + 1
	}
	parts[5] = part{text[at:], at}
	return nil
}

// header reads the five parts before the payload.
func (p *parser) header(parts *[6]part, anyType bool) error {
	request, err := number(parts[0], 0, 0xffff)
	if err != nil {
		return err
	}
	stream, err := number(parts[1], 1, 0xff)
	if err != nil {
		return err
	}
	streamFlags, err := flags(parts[2], "stream flags", "", streamFlagNames, 0xff)
	if err != nil {
		return err
	}
	typeID, err := p.typeNumber(parts[3], anyType)
	if err != nil {
		return err
	}
	info := &p.dialect.types[typeID]
	limit := uint64(0xf)
	if p.compat {
		limit = 0xff
	}
	bits, err := flags(parts[4], "flags", info.name, info.flags, limit)
	if err != nil {
		return err
	}
	p.f.RequestID, p.f.StreamID, p.f.StreamFlags = uint16(request), uint8(stream), uint8(streamFlags)
	octet := typeID<<4 | uint8(bits) // in compat mode bits may spill into the type
	p.f.TypeID, p.f.Flags = octet>>4, octet&0xf
	return nil
}

func number(p part, i int, max uint64) (uint64, error) {
	n, err := lex.Uint(p.text, max)
	return n, named(partNames[i], lex.Shift(err, p.at))
}

// flags reads names and numbers joined by "|". The names are those of the
// type of, if it has a name.
func flags(p part, field, of string, names []string, max uint64) (uint64, error) {
	var bits uint64
	at := p.at
	for word := range bytes.SplitSeq(p.text, []byte("|")) {
		bit, err := flag(word, at, field, of, names, max)
		if err != nil {
			return 0, err
		}
		bits |= bit
		at += len(word) + 1
	}
	return bits, nil
}

func flag(word []byte, at int, field, of string, names []string, max uint64) (uint64, error) {
	for i, name := range names {
		if string(word) == name {
			return 1 << i, nil
		}
	}
	n, err := lex.Uint(word, max)
	if err == nil {
		return n, nil
	}
	if numeric(word) {
		return 0, named(field, lex.Shift(err, at))
	}
	what := "flag"
	if of != "" {
		what += " of " + of
	}
	e := lex.UnknownName(what, string(word), at, at+len(word), names)
	e.Field = field
	if len(word) == 0 {
		e.Message, e.End = `nothing stands beside a "|"`, at+1
	}
	for i := range e.Allowed {
		e.Allowed[i] = fmt.Sprintf("%s (%d)", e.Allowed[i], 1<<i)
	}
	e.Allowed = append(e.Allowed, "or a number; join with |")
	return 0, e
}

// numeric says whether word looks like a number rather than a name.
func numeric(word []byte) bool {
	return len(word) > 0 && strings.IndexByte("0123456789+-", word[0]) >= 0
}

// typeNumber reads a type's name or number.
func (p *parser) typeNumber(t part, anyType bool) (uint8, error) {
	if n, ok := p.dialect.typeNumber(string(t.text)); ok {
		return n, nil
	}
	n, err := lex.Uint(t.text, 15)
	switch {
	case err == nil && (anyType || p.dialect.types[n].name != ""):
		return uint8(n), nil
	case err == nil || numeric(t.text):
		return 0, &codec.TextError{
			Start: t.at, End: t.end(), Field: "type",
			Message: fmt.Sprintf("the %s dialect has no type %s", p.dialect.Name, t.text),
			Allowed: p.dialect.typeList(),
			Hint:    "write !type before the frame to send it all the same",
		}
	}
	e := lex.UnknownName("type", string(t.text), t.at, t.end(), p.dialect.typeNames())
	e.Field, e.Allowed = "type", p.dialect.typeList()
	return 0, e
}

// typeList lists the types with their numbers.
func (d *Dialect) typeList() []string {
	var list []string
	for n, t := range d.types {
		if t.name != "" {
			list = append(list, fmt.Sprintf("%s (%d)", t.name, n))
		}
	}
	return list
}

// named says in which part of the frame an error is.
func named(field string, err error) error {
	if e, ok := err.(*codec.TextError); ok && e.Field == "" {
		e.Field = field
	}
	return err
}
