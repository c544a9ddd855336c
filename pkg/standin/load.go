package standin

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/session"
)

// Load reads a recording: a session document, or else a capture of which one is
// made. The options are those of the document, of which Serve need not be set.
func Load(name string, src []byte, o session.Options) (*session.Document, error) {
	o.Serve = true
	if isDocument(src) {
		return session.Parse(name, src, o)
	}
	in, err := capture.Open(name, bytes.NewReader(src), capture.Options{})
	if err != nil {
		return nil, err
	}
	s, err := decode.NewSession(decode.Options{Protocol: o.Proto, Codec: o.Codec})
	if err != nil {
		return nil, err
	}
	p := humanframe.NewPrinter(o.Lookup, codec.View{Secrets: true})
	p.Marks = true
	var text []byte
	for r, err := range s.Records(in) {
		switch {
		case err != nil:
			return nil, err
		case r.HTTP != nil:
			return nil, fmt.Errorf("%s: HTTP cannot be played from a recording", name)
		case r.Proto != "":
			text = p.AppendRecord(text, r)
		}
	}
	return session.Parse(name, text, o)
}

// isDocument says whether src is a session document. No capture begins with
// what one begins with: a line of a directive, a comment, or a direction.
func isDocument(src []byte) bool {
	src = bytes.TrimLeft(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(src) == 0 || bytes.ContainsAny(src[:1], "@#<>")
}
