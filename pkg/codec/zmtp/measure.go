package zmtp

import "github.com/wirectl/wirectl/pkg/codec"

// Measure implements [codec.Measured]: commands count by name, and ERROR is
// one.
func (f *Frame) Measure(m *codec.Measure) {
	if f.kind != Command {
		return
	}
	c := f.command()
	if c.form == formError || c.form == formBrokenError {
		m.Error = "refused: ERROR"
	}
	if c.name != nil {
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "command", Name: c.name})
	}
}
