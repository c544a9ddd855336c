package hg

import "github.com/wirectl/wirectl/pkg/codec/value/cbor"

// appendMessage appends the message that the map at node i has, in either of
// the two shapes: as the document has it, an array of atoms; and as the
// program sends it, a byte string beside its arguments. It says false when
// there is none.
//
//	{message: [{msg, args?, labels?}, …]}
//	{message: b'…', args?: [b'…', …]}
func appendMessage(dst []byte, t *cbor.Tree, i int) ([]byte, bool) {
	m, ok := t.Get(i, "message")
	if !ok {
		return dst, false
	}
	switch t.Nodes[m].Kind {
	case cbor.Array:
		return appendAtomsText(dst, t, m), true
	case cbor.Bytes:
		args, ok := t.Get(i, "args")
		if !ok {
			args = -1
		}
		return appendFormat(dst, t, m, args), true
	}
	return dst, false
}

// appendAtomsText appends the text of an array of maps msg, args, labels.
func appendAtomsText(dst []byte, t *cbor.Tree, i int) []byte {
	if t.Nodes[i].Kind != cbor.Array {
		return dst
	}
	for j := i + 1; j < int(t.Nodes[i].Next); j = int(t.Nodes[j].Next) {
		msg, ok := t.Get(j, "msg")
		if !ok || t.Nodes[msg].Kind != cbor.Bytes {
			continue
		}
		args, ok := t.Get(j, "args")
		if !ok {
			args = -1
		}
		dst = appendFormat(dst, t, msg, args)
	}
	return dst
}

// appendFormat appends a format with each %s replaced by the next argument
// and %% by a percent sign. Where the arguments run out %s stays.
func appendFormat(dst []byte, t *cbor.Tree, format, args int) []byte {
	next, end := 0, 0
	if args >= 0 && t.Nodes[args].Kind == cbor.Array {
		next, end = args+1, int(t.Nodes[args].Next)
	}
	b := t.Joined(format)
	for i := 0; i < len(b); i++ {
		if b[i] != '%' || i+1 == len(b) {
			dst = append(dst, b[i])
			continue
		}
		switch {
		case b[i+1] == '%':
			dst = append(dst, '%')
		case b[i+1] == 's' && next < end && t.Nodes[next].Kind != cbor.Break:
			if k := t.Nodes[next].Kind; k == cbor.Bytes || k == cbor.Text {
				dst = append(dst, t.Joined(next)...)
			} else {
				dst = t.AppendDiag(dst, next)
			}
			next = int(t.Nodes[next].Next)
		default:
			dst = append(dst, '%', b[i+1])
		}
		i++
	}
	return dst
}
