package msgq

import (
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// ownConn is the connection of the daemon's own session.
const ownConn = 0

// A session is the daemon as a client of itself.
type session struct {
	step    ownStep
	ready   bool      // it answers and notifies
	seq     int       // of the last message sent
	waiting []message // commands that came before it was ready
}

// A message is one that was routed to the session.
type message struct {
	h    header
	body []byte
}

// An ownStep is how far the session is with its configuration, of which only
// [MembershipConfigManager] has any.
type ownStep int

const (
	ownAbsent     ownStep = iota
	ownConnecting         // until the timer "session"
	ownAsking             // the first of ownQuestions
)

// ownQuestions are the commands that the session asks the config manager.
var ownQuestions = []string{
	`{"command": ["get_config", {"module_name": "Logging"}]}`,
	`{"command": ["module_spec", {"module_name": "Msgq", "module_description": "The message queue", "config_data": [], ` +
		`"commands": [{"command_name": "members", "command_description": "Provide the list of members of a group or of the whole MsgQ if no group is given.", ` +
		`"command_args": [{"item_name": "group", "item_optional": true, "item_type": "string"}]}]}]}`,
	`{"command": ["get_config", {"module_name": "Msgq"}]}`,
}

const (
	configManager = `"ConfigManager"`
	timerSession  = "session" // when the session connects
	timerConfig   = "config"  // when the config manager must have answered
	configTimeout = 4 * time.Second
	firstSeq      = 2 // as the Python client counts
	mostWaiting   = 1000
)

// connectOwn makes the session.
func (d *Daemon) connectOwn() {
	p := d.add(ownConn)
	d.own.seq = firstSeq - 1
	for i, group := range []string{msgq.DaemonGroup, "Logging"} {
		s := subscription{string(quote(group)), string(star)}
		p.subs[s] = i
		d.members[s] = append(d.members[s], ownConn)
	}
}

// expired handles a timer of the session.
func (d *Daemon) expired(timer string, dst []reactor.Action) []reactor.Action {
	switch {
	case d.stopped:
		return dst
	case timer == timerSession && d.own.step == ownConnecting:
		d.connectOwn()
		d.own.step = ownAsking
		return d.ask(dst)
	case timer == timerConfig && d.own.asks():
		return d.configured(append(dst, reactor.Noop{Why: "the config manager does not answer: going on without"}))
	}
	return append(dst, reactor.Noop{})
}

// asks says whether an answer of the config manager is awaited.
func (s *session) asks() bool { return s.step >= ownAsking && !s.ready }

// ask sends the next question to the config manager.
func (d *Daemon) ask(dst []reactor.Action) []reactor.Action {
	body := []byte(ownQuestions[d.own.step-ownAsking])
	dst = d.sendOwn(configManager, body, dst)
	return append(dst, reactor.SetTimer{Timer: timerConfig, At: d.now.Add(configTimeout)})
}

// configured makes the session ready.
func (d *Daemon) configured(dst []reactor.Action) []reactor.Action {
	d.own.ready = true
	dst = append(dst, reactor.SetTimer{Timer: timerConfig})
	waiting := d.own.waiting
	d.own.waiting = nil
	for _, m := range waiting {
		dst = d.toOwn(m.h, m.body, dst)
	}
	return dst
}

// tell queues a notification of an event; group is JSON, nil for none.
func (d *Daemon) tell(event, lname string, group []byte) {
	if !d.own.ready {
		return
	}
	params := []member{{"client", quote(lname)}}
	if group != nil {
		params = append(params, member{"group", group})
	}
	d.notices = append(d.notices, object(member{"notification", list(quote(event), object(params...))}))
}

// notify sends the notifications that an event led to, and those that sending
// them leads to.
func (d *Daemon) notify(dst []reactor.Action) []reactor.Action {
	for len(d.notices) > 0 {
		body := d.notices[0]
		d.notices = d.notices[1:]
		dst = d.sendOwn(string(quote(msgq.MembersGroup)), body, dst)
	}
	d.notices = nil
	return dst
}

// sendOwn sends a message of the session to a group.
func (d *Daemon) sendOwn(group string, body []byte, dst []reactor.Action) []reactor.Action {
	p := d.peers[ownConn]
	d.own.seq++
	h := header{kind: quote("send"), from: quote(p.lname), to: star, group: []byte(group), instance: star, seq: d.seq(), wantAnswer: []byte("false")}
	h.text = object(
		member{"type", h.kind}, member{"from", h.from}, member{"to", h.to}, member{"group", h.group},
		member{"instance", h.instance}, member{"seq", h.seq}, member{"want_answer", h.wantAnswer},
	)
	return d.send(p, h, body, dst)
}

func (d *Daemon) seq() []byte { return strconv.AppendInt(nil, int64(d.own.seq), 10) }

// toOwn takes a message for the session: the config manager's answer, or a
// command.
func (d *Daemon) toOwn(h header, body []byte, dst []reactor.Action) []reactor.Action {
	switch {
	case d.own.asks() && string(h.reply) == strconv.Itoa(d.own.seq):
		d.own.step++
		if int(d.own.step-ownAsking) == len(ownQuestions) {
			return d.configured(dst)
		}
		return d.ask(dst)
	case h.reply != nil || len(body) == 0 || string(h.group) != string(quote(msgq.DaemonGroup)):
		return dst
	case !d.own.ready:
		if len(d.own.waiting) < mostWaiting {
			d.own.waiting = append(d.own.waiting, message{h, body})
		}
		return dst
	case h.from == nil || h.seq == nil:
		return dst // nobody to answer
	}
	answer := d.command(body)
	if answer == nil || !hashable(h.from) {
		return dst
	}
	p := d.peers[ownConn]
	d.own.seq++
	reply := header{kind: quote("send"), from: quote(p.lname), to: h.from, group: h.group, instance: h.instance, seq: d.seq(), reply: h.seq}
	reply.text = object(
		member{"type", reply.kind}, member{"from", reply.from}, member{"to", reply.to}, member{"group", reply.group},
		member{"instance", reply.instance}, member{"seq", reply.seq}, member{"reply", reply.reply},
	)
	return d.send(p, reply, answer, dst)
}

// command does a command and returns the answer's body, nil when the body is
// an answer or a notification itself.
func (d *Daemon) command(body []byte) []byte {
	for _, key := range []string{"result", "notification"} {
		if _, has := jsonv.Get(body, key); has {
			return nil
		}
	}
	name, arg, ok := msgq.ParseCommand(body)
	switch {
	case !ok:
		return failed("not a command")
	case name == "members":
		return d.membersCommand(arg)
	case name == "config_update":
		for key := range jsonv.Members(arg) {
			item, _ := jsonv.StringValue(key)
			return failed("unknown item " + item)
		}
		return result([]byte("0"))
	}
	return failed("unknown command: " + name)
}

// membersCommand lists all lnames, or those that subscribe to all instances of
// a group or to the instance "".
func (d *Daemon) membersCommand(arg []byte) []byte {
	var group []byte
	if jsonv.Truthy(arg) {
		if kind := jsonv.KindOf(arg); kind != jsonv.Object {
			return failed("'" + pythonType(kind) + "' object has no attribute 'get'")
		}
		raw, _ := jsonv.Get(arg, "group")
		group, _ = jsonv.AppendPython(nil, raw)
	}
	conns := d.order
	if jsonv.Truthy(group) {
		if !hashable(group) {
			return failed("unhashable type: '" + pythonType(jsonv.KindOf(group)) + "'")
		}
		conns = slices.Clone(d.members[subscription{string(group), `""`}])
		for _, conn := range d.members[subscription{string(group), string(star)}] {
			if _, both := d.peers[conn].subs[subscription{string(group), `""`}]; !both {
				conns = append(conns, conn)
			}
		}
	}
	names := make([][]byte, len(conns))
	for i, conn := range conns {
		names[i] = quote(d.peers[conn].lname)
	}
	return result([]byte("0"), list(names...))
}

// pythonType is the name that Python's errors use.
func pythonType(k jsonv.Kind) string {
	switch k {
	case jsonv.Bool:
		return "bool"
	case jsonv.Number:
		return "int"
	case jsonv.String:
		return "str"
	case jsonv.Array:
		return "list"
	case jsonv.Object:
		return "dict"
	}
	return ""
}

func result(values ...[]byte) []byte { return object(member{"result", list(values...)}) }

func failed(text string) []byte { return result([]byte("1"), quote(text)) }
