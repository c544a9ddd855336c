package hg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// maxSettings is the most that the CBOR of settings may have. What is known
// of them fits into a hundred bytes.
const maxSettings = 64 << 10

// settings collects the CBOR of a settings frame and those that go on with it.
type settings struct {
	buf  []byte
	walk walker
}

func (s settings) clone() settings {
	s.buf, s.walk.stack = slices.Clone(s.buf), slices.Clone(s.walk.stack)
	return s
}

// add takes a payload. An error is in the words of Mercurial's reader.
func (s *settings) add(payload []byte) error {
	if len(s.buf)+len(payload) > maxSettings {
		return fmt.Errorf("settings of more than %d bytes", maxSettings)
	}
	s.buf = append(s.buf, payload...)
	return s.walk.check(s.buf)
}

// items returns the first of the items that are whole, and how many there
// are.
func (s *settings) items() (first cbor.Value, n int, err error) {
	if s.walk.values == 0 {
		return first, 0, nil
	}
	if s.buf[0] == 0x5f { // its chunks are items for Mercurial, the end is one too
		first, _, err = parseValue(s.buf[1:])
		if _, ok := first.Bytes(); !ok || err != nil { // the end, or a number: no text
			first = cbor.ByteString(nil)
		}
		return first, s.walk.values, nil
	}
	first, _, err = parseValue(s.buf)
	return first, s.walk.values, err
}

var errNoValue = errors.New("a key or an element that cannot be one")

// parseItem reads the item at the front of src, which it shares memory with.
func parseItem(src []byte) (cbor.Value, int, error) {
	var w walker
	if err := w.check(src); err != nil {
		return cbor.Value{}, 0, err
	}
	return parseValue(src)
}

// parseValue is parseItem for bytes that were looked at.
func parseValue(src []byte) (cbor.Value, int, error) {
	var t cbor.Tree
	n, err := t.Parse(src, cbor.Limits{})
	if err != nil {
		return cbor.Value{}, 0, err
	}
	v, ok := t.Value(0)
	if !ok {
		return v, 0, errNoValue
	}
	return v, n, nil
}

// stringsOf returns the elements of a list of byte strings.
func stringsOf(v cbor.Value) ([]string, bool) {
	if v.Type() != "list" {
		return nil, false
	}
	list := []string{}
	for _, e := range v.Items() {
		b, ok := e.Bytes()
		if !ok {
			return nil, false
		}
		list = append(list, string(b))
	}
	return list, true
}

// lookedFor returns the encodings that Mercurial finds in what stands for a
// list of them: it asks whether a name is in it, whatever it is.
func lookedFor(v cbor.Value) []string {
	names := []string{}
	if b, ok := v.Bytes(); ok {
		for _, name := range []string{stream.Zstd8MB, stream.Zlib, stream.Identity} {
			if strings.Contains(string(b), name) {
				names = append(names, name)
			}
		}
		return names
	}
	step := 1
	if v.Type() == "dict" {
		step = 2 // keys and values
	}
	for i := 0; i < len(v.Items()); i += step {
		if b, ok := v.Items()[i].Bytes(); ok {
			names = append(names, string(b))
		}
	}
	return names
}

// messageOf returns the message that a map of an error has, in either shape:
// an array of atoms, as the document says, or a format beside its arguments,
// as Mercurial sends it for a command that fails.
func messageOf(m cbor.Value) (string, bool) {
	v, ok := m.Get("message")
	if !ok {
		return "", false
	}
	if v.Type() == "list" {
		return atomsText(v)
	}
	format, ok := v.Bytes()
	args, _ := m.Get("args")
	return formatted(string(format), args), ok
}

// atomsText returns the text of an array of maps msg, args, labels.
func atomsText(v cbor.Value) (string, bool) {
	if v.Type() != "list" {
		return "", false
	}
	var b strings.Builder
	for _, atom := range v.Items() {
		msg, _ := atom.Get("msg")
		format, ok := msg.Bytes()
		if !ok {
			return "", false
		}
		args, _ := atom.Get("args")
		b.WriteString(formatted(string(format), args))
	}
	return b.String(), true
}

// formatted puts arguments in the places of %s. Where they run out %s stays.
func formatted(format string, args cbor.Value) string {
	rest := args.Items()
	var b strings.Builder
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			b.WriteString(format)
			return b.String()
		}
		b.WriteString(format[:i])
		switch c := format[i+1]; {
		case c == '%':
			b.WriteByte('%')
		case c == 's' && len(rest) > 0:
			b.WriteString(argText(rest[0]))
			rest = rest[1:]
		default:
			b.WriteString(format[i : i+2])
		}
		format = format[i+2:]
	}
}

func argText(v cbor.Value) string {
	if b, ok := v.Bytes(); ok {
		return string(b)
	}
	return literal(v)
}

// literal returns a value as Python prints it.
func literal(v cbor.Value) string {
	b, err := v.Append(nil)
	if err != nil {
		return v.Type()
	}
	var t cbor.Tree
	if _, err := t.Parse(b, cbor.Limits{}); err != nil {
		return v.Type()
	}
	text, ok := t.AppendLiteral(nil, 0)
	if !ok {
		return v.Type()
	}
	return string(text)
}

// appendJSON appends a value as the fields of frames show it.
func appendJSON(dst []byte, v cbor.Value) []byte {
	b, err := v.Append(nil)
	if err != nil {
		return append(dst, "null"...)
	}
	var t cbor.Tree
	if _, err := t.Parse(b, cbor.Limits{}); err != nil {
		return append(dst, "null"...)
	}
	return t.AppendJSON(dst, 0)
}
