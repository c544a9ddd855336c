package hg

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
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
	s.buf = append([]byte(nil), s.buf...)
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

// items returns the first two of the items that are whole.
func (s *settings) items() ([]cbor.Value, error) {
	var list []cbor.Value
	for rest := s.buf; len(rest) > 0 && len(list) < 2; {
		v, n, err := parseValue(rest)
		if errors.Is(err, codec.ErrShort) {
			break
		}
		if err != nil {
			return nil, err
		}
		list, rest = append(list, v), rest[n:]
	}
	return list, nil
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

// A walker looks for what Mercurial's reader of CBOR refuses (cborutil.py of
// hg 5.8.1), in its words: text strings, floats, other tags than 258,
// indefinite lengths but of byte strings. It goes from head to head and stops
// at one that is not whole.
type walker struct {
	pos    int
	chunks bool // in a byte string of indefinite length
}

// check goes on where it stopped. The bytes before that must be the same.
func (w *walker) check(b []byte) error {
	for w.pos < len(b) {
		major, info := b[w.pos]>>5, b[w.pos]&31
		switch major {
		case 3:
			return errors.New("string major type not supported")
		case 7:
			switch {
			case info == 31 && w.chunks:
				w.chunks = false
			case info == 31:
				return errors.New("unhandled special state: 5")
			case info < 20 || info > 22:
				return fmt.Errorf("special type %d not allowed", info)
			}
			w.pos++
			continue
		}
		if info == 31 && (major != 2 || w.chunks) {
			return errors.New("indefinite length uint not allowed")
		}
		if info == 31 {
			w.chunks = true
			w.pos++
			continue
		}
		arg, n, err := argument(b[w.pos:], info)
		if err != nil || n == 0 {
			return err
		}
		if major == 6 && arg != cbor.TagSet {
			return fmt.Errorf("unsupported semantic tag: %d", arg)
		}
		if major == 2 {
			if arg > uint64(len(b)-w.pos-n) {
				return nil
			}
			n += int(arg)
		}
		w.pos += n
	}
	return nil
}

// argument reads a head's argument and returns the head's length, 0 when it
// is not whole.
func argument(b []byte, info byte) (uint64, int, error) {
	if info < 24 {
		return uint64(info), 1, nil
	}
	if info > 27 {
		return 0, 0, fmt.Errorf("unsupported subtype on integer type: %d", info)
	}
	size := 1 << (info - 24)
	if len(b) < 1+size {
		return 0, 0, nil
	}
	var arg uint64
	for _, c := range b[1 : 1+size] {
		arg = arg<<8 | uint64(c)
	}
	return arg, 1 + size, nil
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
