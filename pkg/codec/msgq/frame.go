package msgq

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A Frame is one message. The zero value is not a legal one: it has no header.
type Frame struct {
	// Header is the header as it stands on the wire, 1 to 65535 octets: one
	// JSON object, or a Skan message when Skan is set. A Frame from a Decoder
	// shares it, and Body, with the bytes decoded.
	Header []byte

	// Body is the body as it stands on the wire; empty when there is none.
	Body []byte

	// Skan says that Header, and Body if it can be read at all, are in the
	// encoding of before 2010-06.
	Skan bool

	known
	header header // what the header says, once it was asked for
}

// known is what is known about a frame that holds for every copy of it.
type known struct {
	dir     codec.Direction // who sent it, 0 when not known
	nesting int             // deepest nesting to look into
	checked bool            // the header is known to be valid
	strict  bool            // and to be JSON of RFC 8259
	kind    bodyKind        // of the body, once it was asked for
	outer   jsonv.Notes     // about the body, when its kind is known
	heads   jsonv.Notes     // about the header, nothing when it was not checked
	wrong   wrongLengths
}

// wrongLengths are the lengths that a text asked for instead of the true ones.
type wrongLengths struct {
	set           bool
	total, header int64 // unknownLen for the true one
}

// lengths returns what the two length fields hold.
func (f *Frame) lengths() (total, header int64) {
	total, header = int64(2+len(f.Header)+len(f.Body)), int64(len(f.Header))
	if f.wrong.set {
		if f.wrong.total != unknownLen {
			total = f.wrong.total
		}
		if f.wrong.header != unknownLen {
			header = f.wrong.header
		}
	}
	return total, header
}

// AppendBinary implements [codec.Frame]. It fails when a length does not fit
// its field, as the Python client does ("Envelope too large"); the C++ client
// cuts the length off and writes a corrupt frame.
func (f *Frame) AppendBinary(dst []byte) ([]byte, error) {
	total, header := f.lengths()
	if header > maxHeader {
		return dst, fmt.Errorf("header: %d octets, at most %d fit", header, maxHeader)
	}
	if total > maxTotal {
		return dst, fmt.Errorf("total length: %d octets, at most %d fit", total, maxTotal)
	}
	dst = slices.Grow(dst, prefixSize+len(f.Header)+len(f.Body))
	dst = binary.BigEndian.AppendUint32(dst, uint32(total))
	dst = binary.BigEndian.AppendUint16(dst, uint16(header))
	dst = append(dst, f.Header...)
	return append(dst, f.Body...), nil
}

// Type implements [codec.Frame]: the header's "type", or "message" when it
// has none that can be shown.
func (f *Frame) Type() string {
	h := f.head()
	if h.kind != nil {
		return h.kind.name
	}
	if name := h.text(keyType); showable(name) {
		return name
	}
	return noType
}

// showable says whether a type can stand in a table.
func showable(name string) bool {
	const most = 64
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return name != "" && len(name) <= most
}

// Clone implements [codec.Frame].
func (f *Frame) Clone() codec.Frame {
	return &Frame{Header: slices.Clone(f.Header), Body: slices.Clone(f.Body), Skan: f.Skan, known: f.known}
}

// MoveTo implements [codec.Mover].
func (f *Frame) MoveTo(raw []byte, into codec.Frame) codec.Frame {
	const lengths = 6
	end := lengths + len(f.Header)
	if len(raw) != end+len(f.Body) {
		return f.Clone()
	}
	c, ok := into.(*Frame)
	if !ok {
		c = new(Frame)
	}
	c.Header, c.Body, c.Skan = raw[lengths:end:end], raw[end:], f.Skan
	c.known = f.known
	c.header.parsed = false
	return c
}

// headerJSON returns the header as JSON. The result may be Header itself.
func (f *Frame) headerJSON() []byte {
	if f.Skan {
		text, err := SkanToJSON(nil, f.Header, f.nesting)
		if err != nil {
			return nil
		}
		return text
	}
	return f.Header
}

// A bodyKind says what can be made of a body.
type bodyKind byte

const (
	bodyUnknown bodyKind = iota // nobody has looked
	bodyAbsent
	bodyJSON   // for every reader
	bodyPython // JSON for Python's json only: NaN, raw control characters
	bodyCpp    // JSON for the C++ library only
	bodyBytes  // no JSON
)

// bodyKind judges the body, once.
func (f *Frame) bodyKind() bodyKind {
	if f.kind == bodyUnknown {
		f.kind = f.judgeBody()
	}
	return f.kind
}

func (f *Frame) judgeBody() bodyKind {
	if len(f.Body) == 0 {
		return bodyAbsent
	}
	if f.Skan {
		if checkSkan(f.Body, f.nesting) == nil {
			return bodyJSON
		}
		return bodyBytes
	}
	for _, try := range [...]struct {
		allow jsonv.Allow
		kind  bodyKind
	}{{0, bodyJSON}, {jsonv.Python, bodyPython}, {jsonv.Cpp, bodyCpp}} {
		if f.outer.CheckWhole(f.Body, jsonv.Options{Allow: try.allow, MaxDepth: f.nesting}) == nil {
			return try.kind
		}
	}
	return bodyBytes
}

// bodyMembers are what matters of the members of a body: raw values, of keys
// that come again the last.
type bodyMembers struct {
	command, result []byte // nil when there is none
	others          bool   // there are others
}

func (m *bodyMembers) add(key, value []byte) {
	switch {
	case string(key) == `"command"` || jsonv.EqualText(key, "command"):
		m.command = value
	case string(key) == `"result"` || jsonv.EqualText(key, "result"):
		m.result = value
	default:
		m.others = true
	}
}

// isCommand says whether the body is what ParseCommand takes.
func (m *bodyMembers) isCommand() bool {
	return m.command != nil && m.result == nil && !m.others && isNamed(m.command)
}

// bodyMembers returns the members of the body. There are none when it is no
// object.
func (f *Frame) bodyMembers() (m bodyMembers) {
	text, n := f.bodyJSON(), 0
	if !f.Skan {
		n = f.outer.Len()
	}
	switch {
	case text == nil:
	case n > 0:
		for i := range n {
			m.add(f.outer.Member(text, i))
		}
	default:
		for key, value := range jsonv.Members(text) {
			m.add(key, value)
		}
	}
	return m
}

// bodyJSON returns the body as JSON, nil when it is absent or none. The
// result may be Body itself.
func (f *Frame) bodyJSON() []byte {
	switch kind := f.bodyKind(); {
	case kind == bodyAbsent || kind == bodyBytes:
		return nil
	case f.Skan:
		text, _ := SkanToJSON(nil, f.Body, f.nesting)
		return text
	}
	return f.Body
}
