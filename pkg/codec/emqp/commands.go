package emqp

import "sync"

// Version is the only version that was ever sent.
const Version = "eMQP/1.0"

// Where things are in a message.
const (
	frameDelimiter = 0
	frameVersion   = 1
	frameCommand   = 2
	frameMsgID     = 3
	frameBody      = 4
)

// A partKind is how a part is shown.
type partKind byte

const (
	wordPart    partKind = iota // name=word or name="…"
	numberPart                  // the same; an integer is a number in JSON
	headersPart                 // name=[a,b]
	jsonPart                    // JSON text, verbatim at the end of the line
	queuesPart                  // the same, or empty
	secretPart                  // name=word, masked
)

// A part is one frame of a command's body.
type part struct {
	name string
	kind partKind
	opt  bool // not shown when empty
}

// A shape is one layout of a command's body.
type shape struct {
	name  string // tells the shapes of REPLY apart; else empty
	parts []part
}

// last returns the index of the part that ends the line, or -1.
func (s *shape) last() int {
	for i, p := range s.parts {
		if p.kind == jsonPart || p.kind == queuesPart {
			return i
		}
	}
	return -1
}

// A command is what EventMQ's programs send under one name.
type command struct {
	name    string
	shapes  []shape
	title   string
	text    string
	example string
}

// The shapes of REPLY.
const (
	replyHandedOver = "handed-over" // router → client, scheduler: the REQUEST has a worker
	replyResult     = "result"      // jobmanager → router: what the job returned
	replyReport     = "report"      // router → admin: the answer to STATUS and the like
)

var none = []shape{{}}

var jobParts = []part{{name: "queue"}, {name: "headers", kind: headersPart}, {name: "interval", kind: numberPart}, {name: "job", kind: jsonPart}, {name: "cron", opt: true}}

const exampleJob = `["run", {"callable": "add", "path": "emqjobs", "args": [1, 2], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`

const exampleID = "id=3f2a6a2e-0d57-4b7e-9d0a-0a6f3f0d5b11"

// commands is every command that document or code has.
var commands = []command{
	{"INFORM", []shape{{parts: []part{{name: "queues", kind: queuesPart}, {name: "type"}}}},
		"a jobmanager or scheduler introduces itself",
		"Queues: a JSON list of [priority, name], larger first; empty for the router's own list. Type: worker or scheduler. Answered by ACK.",
		"INFORM " + exampleID + ` type=worker [[10, "default"]]`},
	{"ACK", []shape{{parts: []part{{name: "acked"}}}},
		"the router answers INFORM, and DISCONNECT on the admin port",
		"acked: the id of the message that is acknowledged.",
		"ACK " + exampleID + " acked=84dc3a66-088b-487a-9256-cb95d7d7a500"},
	{"READY", none, "a jobmanager has a free slot",
		"One for each job process, and one after each job. Answered by REQUEST if something waits.", "READY " + exampleID},
	{"REQUEST", []shape{{parts: []part{{name: "queue"}, {name: "headers", kind: headersPart}, {name: "job", kind: jsonPart}}}},
		"run a job: client or scheduler → router → jobmanager, the same frames with the same id",
		"Headers, comma separated: reply-requested, guarantee (no effect), retry-count:N (no effect), timeout:N in s. An unknown queue becomes default. Bad JSON makes the jobmanager reconnect.",
		"REQUEST " + exampleID + " queue=default headers=[reply-requested] " + exampleJob},
	{"REPLY", []shape{
		{replyHandedOver, []part{{name: "orig_msgid"}}},
		{replyResult, []part{{name: "reply", kind: jsonPart}, {name: "orig_msgid"}}},
		{replyReport, []part{{name: "reply", kind: jsonPart}}},
	}, "three things: handed over, a result, a report",
		"handed-over, router → client or scheduler: the REQUEST orig_msgid has a worker; it says nothing about the result. result, jobmanager → router: what the job returned, only with the header reply-requested; it ends at the router. report, router → admin: the answer to STATUS and the like.",
		"REPLY " + exampleID + ` orig_msgid=83e61e8f-340f-4893-9201-f5bddafb0194 {"value": 3}`},
	{"HEARTBEAT", []shape{{parts: []part{{name: "timestamp"}}}},
		"a sign of life, every 3 s, all pairs",
		"timestamp: UNIX time in s, decimal with a fraction. The jobmanager makes its job processes at the first one from the router.",
		"HEARTBEAT " + exampleID + " timestamp=1795211302.4373188"},
	{"SCHEDULE", []shape{{parts: jobParts}}, "run a job again and again",
		"client → router → one scheduler. interval in s, or -1 for cron. Headers: nohaste (not at once), run_count:N.",
		"SCHEDULE " + exampleID + " queue=default headers=[guarantee] interval=-1 cron=\"* * * * *\" " + exampleJob},
	{"UNSCHEDULE", []shape{{parts: jobParts}}, "ends a schedule of that job",
		"client → router → all schedulers. A cron job goes on firing all the same.",
		"UNSCHEDULE " + exampleID + " queue=default headers=[guarantee] interval=2 " + exampleJob},
	{"PUBLISH", []shape{{parts: []part{{name: "topic"}, {name: "message", kind: jsonPart}}}},
		"client → publisher, whose PUB socket sends [topic, message]",
		"On the publisher's own port only.", "PUBLISH " + exampleID + ` topic=news ["update", "1"]`},
	{"DISCONNECT", []shape{{}, {parts: []part{{name: "secret", kind: secretPart}}}}, "shuts the router down",
		"On the admin port it is answered by ACK; on the frontend anybody can send it, without authentication. Jobmanager and scheduler fail on it. A secret is ours: wirectl's broker can demand one, the program does not look at it.", ""},
	{"KBYE", none, "a jobmanager or the router leaves", "The document calls it KBAI, which is ignored.", "KBYE " + exampleID},
	{"STATUS", none, "admin: counters by queue and worker", "Answered by a REPLY with a report.", "STATUS " + exampleID},
	{"ROUTER_SHOW_WORKERS", none, "admin: the jobmanagers and their queues", "Answered by a REPLY with a report.", "ROUTER_SHOW_WORKERS " + exampleID},
	{"ROUTER_SHOW_SCHEDULERS", none, "admin: the schedulers", "Answered by a REPLY with a report.", "ROUTER_SHOW_SCHEDULERS " + exampleID},
	{"HELLO", none, "emq-cli sends it on connect", "The router does not know it and drops it.", "HELLO " + exampleID},
}

// byName finds a command. Nothing changes it.
var byName = sync.OnceValue(func() map[string]*command {
	m := make(map[string]*command, len(commands))
	for i := range commands {
		m[commands[i].name] = &commands[i]
	}
	return m
})

// shape returns the layout of a body of n frames, the first of which is
// first, or nil.
func (c *command) shape(n int, first []byte) *shape {
	if c.name == "REPLY" && n == 1 {
		if len(first) > 0 && (first[0] == '{' || first[0] == '[') {
			return &c.shapes[2]
		}
		return &c.shapes[0]
	}
	for i := range c.shapes {
		if len(c.shapes[i].parts) == n {
			return &c.shapes[i]
		}
	}
	return nil
}

// names lists the commands.
func names() []string {
	list := make([]string, len(commands))
	for i := range commands {
		list[i] = commands[i].name
	}
	return list
}
