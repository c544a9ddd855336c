package msgq

import (
	"bytes"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// AppendText implements [codec.Frame]: header and body verbatim, with a blank
// between. What is no JSON on one line stands as header:"…" or body:"…"
// instead, with escapes. The word Skan in front says that the JSON is to be
// put in that encoding.
func (f *Frame) AppendText(dst []byte, _ codec.View) []byte {
	if f.wrong.set {
		dst = f.wrong.appendText(dst)
	}
	if f.Skan {
		return f.appendSkanText(dst)
	}
	if f.plainHeader() {
		dst = append(dst, f.Header...)
	} else {
		dst = lex.AppendQuoted(append(dst, headerPart...), f.Header)
	}
	if len(f.Body) == 0 {
		return dst
	}
	if dst = append(dst, ' '); f.bodyKind() != bodyBytes && (f.outer.OneLine(f.Body) || oneLine(f.Body)) {
		return append(dst, f.Body...)
	}
	return lex.AppendQuoted(append(dst, bodyPart...), f.Body)
}

// Certain implements [codec.Certain]: what stands as it is, is JSON on one line.
func (f *Frame) Certain() codec.Certainty {
	if f.Skan {
		return 0
	}
	return codec.Printable
}

const (
	headerPart = "header:"
	bodyPart   = "body:"
	skanWord   = skanMark + " "
)

func (w *wrongLengths) appendText(dst []byte) []byte {
	for _, l := range [...]struct {
		name  string
		value int64
	}{{"total", w.total}, {"header-length", w.header}} {
		if l.value != unknownLen {
			dst = append(append(dst, '!'), l.name...)
			dst = append(strconv.AppendInt(append(dst, '='), l.value, 10), ' ')
		}
	}
	return dst
}

// plainHeader says whether the header can stand in a text as it is.
func (f *Frame) plainHeader() bool {
	if f.checked && f.heads.OneLine(f.Header) {
		return true
	}
	return oneLine(f.Header) && f.Header[0] == '{' && (f.checked ||
		jsonv.CheckWhole(f.Header, jsonv.Options{Allow: jsonv.Python, MaxDepth: f.nesting}) == nil)
}

// oneLine says whether b, if it is UTF-8, is text without control characters,
// and without blanks around it.
func oneLine(b []byte) bool {
	return len(b) > 0 && b[0] != ' ' && b[len(b)-1] != ' ' && lex.OneLine(b)
}

// appendSkanText appends a frame in the old encoding. A part that AppendSkan
// would not make again stands in escapes.
func (f *Frame) appendSkanText(dst []byte) []byte {
	header, headerOK := f.skanText(f.Header)
	body, bodyOK := f.skanText(f.Body)
	if headerOK || bodyOK {
		dst = append(dst, skanWord...)
	}
	if headerOK {
		dst = append(dst, header...)
	} else {
		dst = lex.AppendQuoted(append(dst, headerPart...), f.Header)
	}
	switch {
	case len(f.Body) == 0:
		return dst
	case bodyOK:
		return append(append(dst, ' '), body...)
	}
	return lex.AppendQuoted(append(append(dst, ' '), bodyPart...), f.Body)
}

// skanText returns the JSON from which AppendSkan makes part again.
func (f *Frame) skanText(part []byte) ([]byte, bool) {
	text, err := SkanToJSON(nil, part, min(f.nesting, codec.DefaultMaxNesting))
	if err != nil {
		return nil, false
	}
	again, err := AppendSkan(nil, text)
	return text, err == nil && bytes.Equal(again, part)
}
