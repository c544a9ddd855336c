package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendJSON implements [codec.Frame]: "header" and "body", the values of
// their JSON as jsonv.AppendTyped writes them. A body that is no JSON is in
// its byte form, {"text":…} or {"hex":…}, and there is no "body" when the
// frame has none.
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	dst = append(dst, '{')
	dst, value := v.Member(dst, "header")
	if value {
		if f.Skan {
			dst = jsonv.AppendTyped(dst, f.headerJSON())
		} else {
			dst = f.heads.AppendTyped(dst, f.Header)
		}
	}
	if len(f.Body) == 0 {
		return append(dst, '}')
	}
	if c := f.Body[0]; c != '{' && c != '[' || f.Skan {
		v.Only = nil // it may be null, which is as good as not there
	}
	if dst, value = v.Member(dst, "body"); value {
		switch body := f.bodyJSON(); {
		case body == nil:
			dst = jsonenc.AppendBytes(dst, f.Body)
		case f.Skan:
			dst = jsonv.AppendTyped(dst, body)
		default:
			dst = f.outer.AppendTyped(dst, body)
		}
	}
	return append(dst, '}')
}
