package hg

import "github.com/wirectl/wirectl/pkg/codec"

// Measure implements [codec.Measured]: requests count by command, failures by
// their kind, and payloads of encoded streams by encoding.
func (f *Frame) Measure(m *codec.Measure) {
	if f.Dialect() == final {
		f.measureFinal(m)
		return
	}
	switch f.TypeID {
	case TypeCommandName:
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "command", Name: f.Payload})
	case TypeErrorResponse:
		switch f.Flags {
		case ErrorResponseProtocol:
			m.Error = "protocol error"
		case ErrorResponseApplication:
			m.Error = "application error"
		default:
			m.Error = "error"
		}
	}
}

func (f *Frame) measureFinal(m *codec.Measure) {
	c := f.look()
	switch f.TypeID {
	case FinalCommandRequest:
		if name, ok := c.member("name"); ok {
			m.Subjects = append(m.Subjects, codec.Subject{Kind: "command", Name: name})
		}
	case FinalErrorResponse:
		m.Error = "error"
		if kind, ok := c.member("type"); ok {
			m.Error = string(kind[:min(len(kind), maxName)]) + " error"
		}
	case FinalCommandResponse:
		if status, ok := c.member("status"); ok && word(status) == "error" {
			m.Error = "command error"
		}
	}
	if c.encoded && c.fault == nil {
		m.Encoding, m.Encoded, m.Plain = c.encoding, int64(len(f.Payload)), int64(len(c.body))
	}
}
