package emqp

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// AppendFindings implements [codec.Frame]. What it says a process does was
// seen with EventMQ 0.3.13.
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	dst = f.z.AppendFindings(dst)
	if f.z.Kind() != zmtp.Message {
		return dst
	}
	w := &judge{f: f, dst: dst}
	if !f.envelope {
		if f.z.Len() > 2 && isVersion(f.z.Body(0)) {
			w.say("missing-delimiter", 0, "no empty frame before the version: the frames shift, and the receiver drops the message")
		}
		return w.dst
	}
	w.envelope()
	if f.z.Len() <= frameMsgID {
		return w.dst
	}
	w.port()
	if f.cmd == nil {
		w.unknown()
		return w.dst
	}
	if f.shape == nil {
		w.count()
		return w.dst
	}
	w.parts()
	return w.dst
}

// A judge collects findings about one message.
type judge struct {
	f   *Frame
	dst []codec.Finding
}

// say adds a finding about frame i.
func (w *judge) say(code string, i int, format string, args ...any) {
	head, _, end := w.f.z.PartSpans(min(i, w.f.z.Len()-1))
	w.dst = append(w.dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: codec.Span{Start: int64(head), End: int64(end)}})
}

// envelope judges what all messages have.
func (w *judge) envelope() {
	z := w.f.z
	for i := range z.Len() {
		if !utf8.Valid(z.Body(i)) {
			w.say("not-utf8", i, "frame %d is not UTF-8: router, scheduler and publisher exit on that, a jobmanager reconnects", i)
			break
		}
	}
	if len(z.Body(frameDelimiter)) > 0 {
		w.say("delimiter", frameDelimiter, "the first frame is not empty: it is accepted all the same")
	}
	if v := z.Body(frameVersion); string(v) != Version {
		w.say("version", frameVersion, "version %q, not %s: nothing checks it", v, Version)
	}
	if z.Len() <= frameMsgID {
		w.say("too-few-frames", z.Len()-1, "%d frames, 4 or more are expected: logged as invalid and ignored; the publisher exits", z.Len())
	}
}

// port judges what is sent to one of EventMQ's own ports.
func (w *judge) port() {
	if w.f.cmd == nil || w.f.to != Router && w.f.to != PubSub {
		return
	}
	name := w.f.cmd.name
	switch w.f.port {
	case portBackend, portFrontend:
		kind, other := "scheduler", uint16(portFrontend)
		if w.f.port == portFrontend {
			kind, other = "worker", portBackend
		}
		if t, _ := w.f.Part("type"); name == "INFORM" && string(t) == kind {
			w.say("wrong-port", frameBody+1, "INFORM of a %s on port %d, not %d: it is registered, and its ACK is lost", kind, w.f.port, other)
		}
		switch name {
		case "PUBLISH", "STATUS", "ROUTER_SHOW_WORKERS", "ROUTER_SHOW_SCHEDULERS":
			if w.f.port == portFrontend {
				w.say("wrong-port", frameCommand, "%s on the frontend: ignored", name)
			}
		}
	case portPublish:
		if name != "PUBLISH" {
			w.say("wrong-port", frameCommand, "%s on the publisher's port: ignored", name)
		}
	}
}

// unknown judges a command that is not known.
func (w *judge) unknown() {
	name := string(w.f.z.Body(frameCommand))
	switch {
	case byName()[strings.ToUpper(name)] != nil:
		w.say("lower-case", frameCommand, "%q is not in upper case: the backend, jobmanagers and schedulers accept it, the frontend and the admin port ignore it", name)
	case name == "KBAI":
		w.say("document-form", frameCommand, "KBAI is the document's word; the programs say KBYE and ignore this")
	default:
		w.say("unknown-command", frameCommand, "no command %q: ignored", name)
	}
}

// count judges a body with a number of frames that no program sends.
func (w *judge) count() {
	n := w.f.z.Len() - frameBody
	at := w.f.z.Len() - 1
	switch name := w.f.cmd.name; {
	case name == "PUBLISH" && n == 3:
		w.say("document-form", frameBody+1, "a frame of headers, as in the document: the headers are published in place of the message")
	case (name == "SCHEDULE" || name == "UNSCHEDULE") && n == 3:
		w.say("document-form", at, "7 frames, as in the document; the programs send 9, with interval and cron: the scheduler exits")
	case name == "HEARTBEAT" && n == 0:
		w.say("document-form", at, "no timestamp, as in the document of 2015: accepted")
	case name == "INFORM" && n < 2:
		w.say("body-frames", at, "%d body frames, 2 are expected: the router exits", n)
	case name == "SCHEDULE" || name == "UNSCHEDULE":
		w.say("body-frames", at, "%d body frames, 5 are expected: the scheduler exits", n)
	case name == "PUBLISH" && n < 2:
		w.say("body-frames", at, "%d body frames, 2 are expected: the publisher exits", n)
	case name == "REQUEST" && n < 3:
		w.say("body-frames", at, "%d body frames, 3 are expected: without a queue the router logs an error, else it passes the message on and the jobmanager reconnects", n)
	case name == "ACK" && n == 0:
		w.say("body-frames", at, "no id to acknowledge: the jobmanager reconnects")
	default:
		w.say("body-frames", at, "%d body frames are not what the programs send with %s", n, name)
	}
}

// parts judges the parts of a body that has all its frames.
func (w *judge) parts() {
	f := w.f
	switch f.cmd.name {
	case "DISCONNECT":
		if f.from != Admin {
			w.say("disconnect", frameCommand, "a DISCONNECT that is no admin's: the router's frontend shuts the router down, its backend and the scheduler exit with an error, a jobmanager reconnects")
		}
	case "INFORM":
		w.inform()
	case "REPLY":
		if f.shape.name == replyReport && (f.from == JobManager || f.from == "" && f.to == Router) {
			w.say("document-form", frameBody, "5 frames, as in the document; a jobmanager sends the id of the REQUEST as the 6th: the router exits")
		}
	case "REQUEST":
		w.job(frameBody + 2)
		w.headers(frameBody + 1)
	case "SCHEDULE", "UNSCHEDULE":
		w.schedule()
	case "HEARTBEAT":
		if _, err := strconv.ParseFloat(string(f.z.Body(frameBody)), 64); err != nil {
			w.say("timestamp", frameBody, "no decimal time: the Go port sends one character here")
		}
	}
}

func (w *judge) inform() {
	q, t := w.f.z.Body(frameBody), string(w.f.z.Body(frameBody+1))
	if t != "worker" && t != "scheduler" {
		w.say("inform-type", frameBody+1, "type %q: worker or scheduler is expected; there will be no answer", t)
		return
	}
	if len(q) == 0 || t == "scheduler" {
		return
	}
	if err := jsonv.CheckWhole(q, pythonJSON); err != nil {
		w.say("queues", frameBody, "the queues are no JSON: logged, no ACK")
		return
	}
	if jsonv.KindOf(q) != jsonv.Array {
		w.say("queues", frameBody, "the queues are no list: the router exits")
		return
	}
	var kinds [256]bool
	for _, pair := range jsonv.Elements(q) {
		priority, ok := jsonv.Index(pair, 0)
		if !ok || jsonv.Len(pair) != 2 {
			w.say("queues", frameBody, "a queue is [priority, name], found %s: a name alone is read as its first two letters", pair)
			return
		}
		kinds[jsonv.KindOf(priority)] = true
	}
	if kinds[jsonv.String] && kinds[jsonv.Number] {
		w.say("queues", frameBody, "priorities that are text beside some that are numbers: the router exits")
	}
}

// jobKeys are what a scheduler looks for in a job.
var jobKeys = []string{"callable", "path", "args", "kwargs", "class_args", "class_kwargs"}

// job judges the job at frame i and says whether it is one.
func (w *judge) job(i int) (job []byte, ok bool) {
	reaction := "the router passes it on, and the jobmanager reconnects"
	if w.f.cmd.name != "REQUEST" {
		reaction = "the scheduler exits"
	}
	b := w.f.z.Body(i)
	if err := jsonv.CheckWhole(b, pythonJSON); err != nil {
		if utf8.Valid(b) {
			w.say("job", i, "the job is no JSON (%v): %s", err, reaction)
		}
		return nil, false
	}
	job, ok = jsonv.Index(b, 1)
	if !ok || jsonv.KindOf(job) != jsonv.Object {
		w.say("job", i, "a job is [\"run\", {…}]: %s", reaction)
		return nil, false
	}
	if sub, _ := jsonv.Index(b, 0); string(sub) != `"run"` {
		w.say("subcommand", i, "the subcommand is %s, not \"run\": nothing looks at it", sub)
	}
	if _, ok := jsonv.Get(job, "path"); !ok && w.f.cmd.name == "REQUEST" {
		w.say("job", i, "the job has no path: its result is an error's text")
	}
	return job, true
}

// headers judges the headers of a REQUEST.
func (w *judge) headers(i int) {
	for _, h := range headers(w.f.z.Body(i)) {
		switch {
		case bytes.HasPrefix(h, []byte("timeout:")):
			if _, ok := integer(h[len("timeout:"):]); !ok {
				w.say("timeout", i, "%q has no number: the jobmanager reconnects", h)
			}
		case string(h) != "reply-requested" && bytes.Contains(h, []byte("reply-requested")):
			w.say("reply-requested", i, "%q contains reply-requested, which is searched for anywhere: a result is sent", h)
		}
	}
}

func (w *judge) schedule() {
	const headersAt, intervalAt, jobAt, cronAt = frameBody + 1, frameBody + 2, frameBody + 3, frameBody + 4
	z := w.f.z
	n, isInt := integer(z.Body(intervalAt))
	starts := w.f.cmd.name == "SCHEDULE" // of UNSCHEDULE only the job counts
	if starts && !isInt {
		w.say("interval", intervalAt, "the interval %q is no integer: the scheduler exits", z.Body(intervalAt))
	}
	cron := string(z.Body(cronAt))
	if columns := len(strings.Fields(cron)); starts && isInt && n < 0 && columns != 5 && columns != 6 {
		w.say("cron", cronAt, "cron %q has %d columns, 5 or 6 are expected: the scheduler exits", cron, columns)
	}
	if job, ok := w.job(jobAt); ok {
		for _, k := range jobKeys {
			if _, ok := jsonv.Get(job, k); !ok {
				w.say("job", jobAt, "the job has no %q: the scheduler exits", k)
				break
			}
		}
	}
	if starts && isInt && n < 0 && bytes.Contains(z.Body(headersAt), []byte("run_count:")) {
		w.say("run-count", headersAt, "run_count with cron: the scheduler exits")
	}
	if !starts && isInt && n < 0 {
		w.say("unschedule-cron", intervalAt, "UNSCHEDULE with the interval of a cron job: one that was scheduled by cron goes on firing")
	}
}
