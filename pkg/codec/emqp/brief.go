package emqp

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendBrief implements [codec.Briefer]: who tells whom, and the gist of it.
// UUIDs are cut to their first group.
func (f *Frame) AppendBrief(dst []byte, v codec.View) []byte {
	if f.shape == nil {
		return f.AppendText(dst, v)
	}
	if f.from == "" || f.to == "" {
		return f.gist(dst)
	}
	dst = append(append(append(dst, f.from...), " → "...), f.to...)
	end := len(dst)
	dst = append(dst, ": "...)
	if gist := len(dst); len(f.gist(dst)) == gist {
		return dst[:end]
	}
	return f.gist(dst)
}

// gist appends what a message is about; nothing when its command tells all.
func (f *Frame) gist(dst []byte) []byte {
	switch f.cmd.name {
	case "INFORM":
		dst = append(dst, f.body("type")...)
		if q := f.body("queues"); len(q) > 0 {
			dst = append(append(dst, ' '), q...)
		}
	case "ACK":
		dst = append(dst, short(f.body("acked"))...)
	case "HEARTBEAT":
		dst = append(dst, f.body("timestamp")...)
	case "REQUEST":
		dst = append(append(dst, short(f.MsgID())...), ' ')
		dst = f.task(dst)
	case "SCHEDULE", "UNSCHEDULE":
		if cron := f.body("cron"); len(cron) > 0 {
			dst = append(append(dst, cron...), ' ')
		} else {
			dst = append(append(append(dst, "every "...), f.body("interval")...), " s "...)
		}
		dst = f.task(dst)
	case "PUBLISH":
		dst = append(append(dst, f.body("topic")...), ' ')
		dst = append(dst, f.body("message")...)
	case "REPLY":
		switch f.shape.name {
		case replyHandedOver:
			dst = append(append(dst, short(f.body("orig_msgid"))...), " is handed over"...)
		case replyResult:
			dst = append(append(dst, short(f.body("orig_msgid"))...), ' ')
			dst = append(dst, f.body("reply")...)
		default:
			dst = append(dst, f.body("reply")...)
		}
	}
	return dst
}

// body returns a part that is there.
func (f *Frame) body(name string) []byte {
	b, _ := f.Part(name)
	return b
}

// task appends queue, function, arguments and headers of a job.
func (f *Frame) task(dst []byte) []byte {
	dst = append(append(dst, f.body("queue")...), ' ')
	job := f.body("job")
	what, _ := jsonv.Index(job, 1)
	path, ok1 := jsonv.Get(what, "path")
	callable, ok2 := jsonv.Get(what, "callable")
	if !ok1 || !ok2 || jsonv.KindOf(path) != jsonv.String || jsonv.KindOf(callable) != jsonv.String {
		dst = append(dst, job...)
	} else {
		dst = append(jsonv.AppendText(dst, path), '.')
		dst = jsonv.AppendText(dst, callable)
		if args, ok := jsonv.Get(what, "args"); ok && jsonv.Len(args) > 0 {
			dst = append(append(dst, ' '), args...)
		}
		if kwargs, ok := jsonv.Get(what, "kwargs"); ok && jsonv.Len(kwargs) > 0 {
			dst = append(append(dst, ' '), kwargs...)
		}
	}
	if h := f.body("headers"); len(h) > 0 {
		dst = append(append(append(dst, " ["...), h...), ']')
	}
	return dst
}

// short cuts a UUID to its first group.
func short(id []byte) []byte {
	if len(id) == 36 && id[8] == '-' {
		return id[:8]
	}
	return id
}
