package synapse

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Measure implements [codec.Measured]: rows and positions count by stream,
// ERROR lines by what they say up to the first colon or bracket.
func (f *Frame) Measure(m *codec.Measure) {
	switch f.cmd {
	case cmdRData, cmdPosition:
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "stream", Name: f.part(0)})
	case cmdReplicate:
		if l := f.layout(); l != nil && len(l.parts) > 0 {
			m.Subjects = append(m.Subjects, codec.Subject{Kind: "stream", Name: f.part(0)})
		}
	case cmdError:
		m.Error = string(errorClass(f.part(0)))
	}
}

// maxClass is the longest class of an error.
const maxClass = 60

// errorClass takes what is different each time off the text of an ERROR.
func errorClass(text []byte) []byte {
	if i := bytes.IndexAny(text, ":(["); i > 0 {
		text = text[:i]
	}
	text = bytes.TrimSpace(text)
	return text[:min(len(text), maxClass)]
}
