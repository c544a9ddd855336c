package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// appendUsualJSON is AppendJSON for a usual message, with all its members.
func (f *Frame) appendUsualJSON(dst []byte) []byte {
	u := &f.usual
	dst = jsonenc.AppendUint(append(dst, `{"id":`...), uint64(u.id))
	if f.shape != nil {
		return f.shape.append(dst, &f.shape.json, f.tail(), false)
	}
	dst = f.appendMiddleJSON(dst)
	b := f.body()[u.args:]
	if u.count < 0 {
		it, _ := pickle.NextItem(b)
		dst = appendItemJSON(dst, it)
	} else {
		dst = append(appendItemsJSON(append(dst, `{"$t":[`...), b, int(u.count)), "]}"...)
	}
	return append(dst, usualEndJSON...)
}

// usualEndJSON is what follows the arguments.
const usualEndJSON = `,"encoding":"p3"}`

// appendMiddleJSON appends what stands between the id and the arguments.
func (f *Frame) appendMiddleJSON(dst []byte) []byte {
	dst = append(dst, `,"flag":`...)
	switch fl := f.usual.flag; {
	case fl.isInt:
		dst = append(dst, '0'+byte(fl.n))
	case fl.n != 0:
		dst = append(dst, "true"...)
	default:
		dst = append(dst, "false"...)
	}
	dst = append(dst, `,"name":"`...)
	dst = append(dst, f.usualName()...) // letters and digits
	return append(dst, `","args":`...)
}

// appendItemsJSON appends so many items, with commas between them.
func appendItemsJSON(dst, b []byte, count int) []byte {
	for i := range count {
		it, n := pickle.NextItem(b)
		b = b[n:]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendItemJSON(dst, it)
	}
	return dst
}

// appendItemJSON is [value.AppendInert] for an item.
func appendItemJSON(dst []byte, it pickle.Item) []byte {
	switch it.Kind {
	case value.Bytes:
		return append(jsonenc.AppendHex(append(dst, `{"$b":"`...), it.Bytes), `"}`...)
	case value.None:
		return append(dst, "null"...)
	case value.Int:
		return jsonenc.AppendInt(dst, it.Num)
	case value.Bool:
		if it.Num != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case value.List:
		return append(appendItemsJSON(append(dst, '['), it.Bytes, int(it.Num)), ']')
	}
	return jsonenc.AppendString(dst, it.Bytes)
}

// asExpected says whether there is nothing odd about a usual message.
func (f *Frame) asExpected() bool {
	if f.shape != nil {
		return f.shape.expected
	}
	if f.kind != KindReply && methodOf(f.usualName()) == nil {
		return false
	}
	d := f.defaults()
	return !d.tags() || d.encoding == P3 && f.usual.flag == d.flagOf(f.kind) // as AppendFindings has it
}
