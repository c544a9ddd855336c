package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Prefixes of payloads in the final dialect.
const (
	prefixCBOR   = "cbor:"   // a Python literal; hg knows it for every type
	prefixEncode = "encode:" // a payload to go through the stream's encoding
)

// appendLiteral appends cbor: and the payload as a Python literal, when the
// payload is one item, from its beginning, as Mercurial writes it.
func (f *Frame) appendLiteral(dst []byte) ([]byte, bool) {
	var own cbor.Tree
	tree := &own
	if c := f.content; c != nil {
		if c.packed() || len(c.items) != 1 || c.items[0].n != len(f.Payload) || c.skip > 0 {
			return dst, false
		}
		tree = &c.tree
	}
	if n, err := tree.Parse(f.Payload, cbor.Limits{}); err != nil || n != len(f.Payload) {
		return dst, false
	}
	at := len(dst)
	out, ok := tree.AppendLiteral(append(dst, prefixCBOR...), 0)
	if !ok {
		return out[:at], false
	}
	return out, true
}

// An outbound is what a parser keeps of the streams of one direction.
type outbound struct {
	names    map[uint8]string
	encoders map[uint8]stream.Encoder
}

// follow learns from a frame which encoding its stream has.
func (o *outbound) follow(f *Frame) {
	if f.StreamFlags&StreamBegin != 0 {
		delete(o.names, f.StreamID)
		delete(o.encoders, f.StreamID)
	}
	if f.TypeID != FinalStreamSettings {
		return
	}
	var tree cbor.Tree
	if _, err := tree.Parse(f.Payload, cbor.Limits{}); err != nil || tree.Nodes[0].Kind != cbor.Bytes {
		return
	}
	if o.names == nil {
		o.names, o.encoders = map[uint8]string{}, map[uint8]stream.Encoder{}
	}
	o.names[f.StreamID] = string(tree.Joined(0))
	delete(o.encoders, f.StreamID)
}

// encode appends a body as the stream of f carries it. Where a message ends,
// all that the encoder held back comes out.
func (o *outbound) encode(dst, body []byte, f *Frame) ([]byte, error) {
	name, ok := o.names[f.StreamID]
	if !ok {
		return dst, &codec.TextError{
			Message: "the stream has no encoding", Hint: "a stream-settings frame on the same stream must come before",
		}
	}
	e := o.encoders[f.StreamID]
	if e == nil {
		var err error
		if e, err = stream.NewEncoder(name); err != nil {
			return dst, &codec.TextError{Message: err.Error(), Allowed: encodings}
		}
		o.encoders[f.StreamID] = e
	}
	dst = e.Encode(dst, body)
	if f.ends() {
		dst = e.Flush(dst)
	}
	return dst, nil
}

// literal reads what stands behind cbor:.
func (p *parser) literal(dst, text []byte) ([]byte, error) {
	v, err := cbor.ParseLiteral(text, p.lim)
	if err != nil {
		return dst, err
	}
	if dst, err = v.Append(dst); err != nil {
		return dst, &codec.TextError{End: len(text), Message: err.Error()}
	}
	return dst, nil
}

// encode reads what stands behind encode:.
func (p *parser) encode(dst, text []byte) ([]byte, error) {
	body, err := p.plain(nil, text)
	if err != nil {
		return dst, lex.Shift(err, len(prefixEncode))
	}
	dst, err = p.out[side(p.dir)].encode(dst, body, &p.f)
	if e, ok := err.(*codec.TextError); ok {
		e.End = len(prefixEncode)
	}
	return dst, err
}

func side(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}

// finalOnly are the types that only the final dialect has by name, or by that
// name with flags.
var finalOnly = []string{"command-request", "command-response", "progress", "sender-protocol-settings"}

// chooseByText settles a dialect that nobody named by the first text that
// tells: a type or flags that one dialect alone has.
func (p *parser) chooseByText(parts *[6]part) {
	name, flags := string(parts[3].text), string(parts[4].text)
	_, known := seed.typeNumber(name)
	switch {
	case slices.Contains(finalOnly, name), name == "stream-settings" && (flags == "eos" || flags == "continuation"):
		p.dialect, p.open = final, false
	case known && name != "command-data" && name != "error-response" && name != "text-output" && name != "stream-settings":
		p.open = false
	}
}
