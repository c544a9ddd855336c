package emqp

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// rules are what lint holds traffic to, beside those of ZMTP. What the
// programs do was seen with EventMQ 0.3.13, which has no error command: it is
// silent, exits, or connects anew.
var rules = []codec.Rule{
	{ID: "emqp/document-form", Severity: codec.Error, Title: "a message in the form of the document", Text: "The document's REPLY ends the router, its SCHEDULE and UNSCHEDULE end the scheduler, its PUBLISH publishes the headers in place of the message, its KBAI is ignored. The programs send other forms."},
	{ID: "emqp/body-frames", Severity: codec.Error, Title: "a number of frames that no program sends", Text: "INFORM with too few ends the router, SCHEDULE the scheduler, PUBLISH the publisher; with others a jobmanager connects anew."},
	{ID: "emqp/not-utf8", Severity: codec.Error, Title: "a frame that is not UTF-8", Text: "Every receiver decodes every frame: router, scheduler and publisher exit, a jobmanager connects anew."},
	{ID: "emqp/missing-delimiter", Severity: codec.Error, Title: "no empty frame at the front", Text: "All frames are taken for the ones before them: the message is dropped."},
	{ID: "emqp/delimiter", Severity: codec.Warning, Title: "the first frame is not empty", Text: "It is accepted all the same."},
	{ID: "emqp/version", Severity: codec.Warning, Title: "another version than eMQP/1.0", Text: "Nothing checks it."},
	{ID: "emqp/too-few-frames", Severity: codec.Error, Title: "fewer than four frames", Text: "Logged as invalid and ignored; the publisher exits."},
	{ID: "emqp/lower-case", Severity: codec.Warning, Title: "a command that is not in upper case", Text: "The backend, jobmanagers and schedulers accept it, the frontend and the admin port ignore it."},
	{ID: "emqp/unknown-command", Severity: codec.Warning, Title: "a command that is not known", Text: "It is ignored."},
	{ID: "emqp/wrong-port", Severity: codec.Error, Title: "a message to the wrong port", Text: "INFORM is registered and its ACK lost; other commands are ignored."},
	{ID: "emqp/disconnect", Severity: codec.Error, Title: "a DISCONNECT that is no admin's", Text: "On the frontend anybody can shut the router down; on the backend it exits with an error, and so does a scheduler."},
	{ID: "emqp/inform-type", Severity: codec.Error, Title: "INFORM of an unknown type", Text: "worker or scheduler: to others there is no answer."},
	{ID: "emqp/queues", Severity: codec.Error, Title: "queues that the router cannot read", Text: "A JSON list of [priority, name]. No list, or priorities of several kinds, ends the router; what is no JSON is logged, without ACK."},
	{ID: "emqp/job", Severity: codec.Error, Title: "a job that cannot be run", Text: "The router passes it on, and the jobmanager connects anew, a poison message; a scheduler exits."},
	{ID: "emqp/subcommand", Severity: codec.Note, Title: "a subcommand other than run", Text: "Nothing looks at it: the job runs."},
	{ID: "emqp/timeout", Severity: codec.Error, Title: "a timeout without a number", Text: "The jobmanager connects anew."},
	{ID: "emqp/reply-requested", Severity: codec.Warning, Title: "reply-requested inside another header", Text: "It is searched for anywhere in the headers: a result is sent."},
	{ID: "emqp/interval", Severity: codec.Error, Title: "an interval that is no integer", Text: "The scheduler exits."},
	{ID: "emqp/cron", Severity: codec.Error, Title: "a cron line with a wrong number of columns", Text: "5 or 6 are expected: the scheduler exits."},
	{ID: "emqp/run-count", Severity: codec.Error, Title: "run_count with cron", Text: "The scheduler exits."},
	{ID: "emqp/unschedule-cron", Severity: codec.Warning, Title: "UNSCHEDULE of a cron job", Text: "Only interval jobs are looked for: a job that was scheduled by cron goes on firing."},
	{ID: "emqp/timestamp", Severity: codec.Note, Title: "a heartbeat without a decimal time", Text: "The Go port sends one character here. Nobody reads it."},
	{ID: "emqp/not-informed", Severity: codec.Error, Title: "a worker or scheduler speaks before INFORM", Text: "From an identity that it does not know the router takes INFORM only; all else is logged and dropped without an answer."},
	{ID: "emqp/before-ack", Severity: codec.Warning, Title: "a worker is ready before its ACK", Text: "The router's ACK says that it knows the worker. A jobmanager waits for it."},
	{ID: "emqp/id-reuse", Severity: codec.Warning, Title: "a message id comes again", Text: "REPLY and ACK are matched by it: the second hides the first."},
	{ID: "emqp/reply-to-nothing", Severity: codec.Warning, Title: "a result of a job that was not given out", Text: "No REQUEST with that id went to the worker on this connection."},
	{ID: "emqp/silence", Severity: codec.Warning, Title: "a peer is silent for longer than the other waits", Text: "The router drops a worker or scheduler that was silent for 5 s when it looks, every 10 s; these give the router up after 15 s. Heartbeats come every 3 to 4 s."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule {
	return append(rules[:len(rules):len(rules)], zmtp.Protocol{}.Rules()...)
}
