package msgq

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A conversation is one connection. Its directions share only the dialect.
type conversation struct {
	to, from decoder
	dialect  string // as seen or asked for; "" while not known
	why      string
}

// Decoder implements [codec.Conversation].
func (c *conversation) Decoder(dir codec.Direction) codec.Decoder {
	if dir == codec.ToClient {
		return &c.from
	}
	return &c.to
}

// Dialect implements [codec.Conversation].
func (c *conversation) Dialect() (name, why string) { return c.dialect, c.why }

// saw takes note of a frame's encoding.
func (c *conversation) saw(skan bool) {
	switch {
	case skan && c.dialect != dialectSkan:
		c.dialect, c.why = dialectSkan, `the header begins with "Skan"`
	case !skan && c.dialect != dialectJSON:
		c.dialect, c.why = dialectJSON, "the header is a JSON object"
	}
}

// A decoder cuts the frames of one direction. What it does depends on the
// bytes alone.
type decoder struct {
	c      *conversation
	dir    codec.Direction
	only   string // the dialect that was asked for; "" for any
	limit  int    // largest frame
	depth  int    // deepest nesting of JSON
	frame  Frame
	checks jsonv.Options

	shapes  jsonv.Shapes // of headers
	headers bool         // the JSON is not to be read
}

// prefix reads the two lengths.
func prefix(src []byte) (total, header int64) {
	return int64(binary.BigEndian.Uint32(src)), int64(binary.BigEndian.Uint16(src[lengthSize:]))
}

// Decode implements [codec.Decoder].
//
// A total length that nothing can have, or over the limit, means that the
// place is lost. Any other fault costs as many bytes as the total length
// says: the daemon closes the connection there or, where the header is no
// JSON, dies of it, but the bytes behind may still be frames.
func (d *decoder) Decode(src []byte, _ bool) (codec.Frame, int, error) {
	if len(src) < prefixSize {
		if len(src) >= lengthSize {
			if fault := d.checkTotal(int64(binary.BigEndian.Uint32(src))); fault != nil {
				return nil, 0, fault
			}
		}
		return nil, 0, codec.ErrShort
	}
	total, header := prefix(src)
	if fault := d.checkTotal(total); fault != nil {
		return nil, 0, fault
	}
	n := lengthSize + int(total)
	if len(src) < n {
		return nil, n, codec.ErrShort
	}
	switch {
	case header == 0:
		return nil, n, codec.Faultf(codec.CodeSyntax, lengthSize, "header length", "0, but a frame has a header")
	case header > total-2:
		return nil, n, codec.Faultf(codec.CodeSyntax, lengthSize, "header length", "%d does not fit in the total length of %d", header, total)
	}
	end := prefixSize + int(header)
	f := &d.frame
	f.Header, f.Body = src[prefixSize:end:end], src[end:n:n]
	f.dir, f.nesting = d.dir, d.depth
	f.Skan, f.checked, f.strict, f.kind, f.header.parsed = false, false, false, bodyUnknown, false
	f.heads.Forget()
	if d.headers {
		f.Skan = d.only != dialectJSON && isSkan(f.Header)
		return f, n, nil
	}
	if fault := d.checkHeader(f); fault != nil {
		return nil, n, fault
	}
	f.checked = true
	d.c.saw(f.Skan)
	return f, n, nil
}

// checkTotal refuses total lengths after which nothing is worth waiting for.
func (d *decoder) checkTotal(total int64) *codec.SyntaxError {
	switch {
	case total < 2:
		return codec.Faultf(codec.CodeSyntax, 0, "total length", "%d, but the header length alone takes 2", total)
	case total+lengthSize > int64(d.limit):
		return codec.Faultf(codec.CodeLimit, 0, "total length", "%d makes a frame over the limit of %d octets", total, d.limit)
	}
	return nil
}

// checkHeader finds out how the header is encoded and whether it is valid.
func (d *decoder) checkHeader(f *Frame) *codec.SyntaxError {
	if d.only != dialectJSON && isSkan(f.Header) {
		f.Skan = true
		return inPart(checkSkan(f.Header, d.depth), prefixSize, "header")
	}
	if d.only == dialectSkan {
		return codec.Faultf(codec.CodeSyntax, prefixSize, "header", `"Skan" expected, not %q`, f.Header[:min(4, len(f.Header))])
	}
	f.strict = d.shapes.CheckWhole(f.Header, jsonv.Options{MaxDepth: d.depth}, &f.heads) == nil
	if !f.strict {
		if err := f.heads.CheckWhole(f.Header, d.checks); err != nil {
			return inPart(err, prefixSize, "header")
		}
	}
	if jsonv.KindOf(f.Header) != jsonv.Object {
		return codec.Faultf(codec.CodeSyntax, prefixSize, "header", "a JSON object expected, not %s", jsonv.Show(f.Header))
	}
	return nil
}

// inPart puts a fault of a part of the frame in its place. What is truncated
// there is no less wrong: the length said that this is all.
func inPart(err error, at int, part string) *codec.SyntaxError {
	fault, ok := err.(*codec.SyntaxError)
	if !ok || fault == nil {
		return nil
	}
	moved := *fault
	moved.Offset += int64(at)
	moved.Path = part + fault.Path
	if moved.Code == codec.CodeTruncated {
		moved.Code = codec.CodeSyntax
	}
	return &moved
}
