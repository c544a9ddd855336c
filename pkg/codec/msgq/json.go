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
func (f *Frame) AppendJSON(dst []byte, _ codec.View) []byte {
	dst = append(dst, `{"header":`...)
	dst = jsonv.AppendTyped(dst, f.headerJSON())
	if len(f.Body) > 0 {
		dst = append(dst, `,"body":`...)
		if body := f.bodyJSON(); body != nil {
			dst = jsonv.AppendTyped(dst, body)
		} else {
			dst = jsonenc.AppendBytes(dst, f.Body)
		}
	}
	return append(dst, '}')
}
