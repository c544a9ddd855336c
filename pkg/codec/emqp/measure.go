package emqp

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Measure implements [codec.Measured]: jobs count by queue, what is published
// by topic. The way of a REQUEST has steps: it waits in its queue until the
// router passes it on, and the notice says that it did.
func (f *Frame) Measure(m *codec.Measure) {
	if f.shape == nil {
		if !f.envelope {
			f.z.Measure(m)
		}
		return
	}
	switch f.cmd.name {
	case "REQUEST":
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "queue", Name: f.body("queue")})
		if f.to == JobManager {
			m.Step = "queue wait"
		}
	case "SCHEDULE", "UNSCHEDULE":
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "queue", Name: f.body("queue")})
	case "PUBLISH":
		m.Subjects = append(m.Subjects, codec.Subject{Kind: "topic", Name: f.body("topic")})
	case "REPLY":
		switch f.shape.name {
		case replyHandedOver:
			if !f.last {
				m.Step = "hand-over"
			}
		case replyResult:
			if v, ok := jsonv.Get(f.body("reply"), "value"); ok && jsonv.EqualText(v, "TimeoutError") {
				m.Error = "TimeoutError"
			}
		}
	}
}
