package msgq

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A call is a command whose answer is awaited.
//
//	reply, rcode 0 ───────────────────────────▶ Answered
//	reply, rcode > 0 ─────────────────────────▶ Failed
//	reply, rcode -1 ──────────────────────────▶ NoRecipient
//	disconnected, the callee (by lname) ──────▶ Gone
//	unsubscribed, the group (by group) ───────▶ Gone
//	timer ────────────────────────────────────▶ TimedOut; a late reply is dropped
//	end of the connection ────────────────────▶ Closed
type call struct {
	id    uint64 // the caller's number
	seq   int
	lname string // the callee, "" when a group was called
	group string
	many  bool // one of a callAll
	lists bool // asks for the members of a callAll
}

func (k *call) target() string {
	if k.lname != "" {
		return k.lname
	}
	return k.group
}

// A callAll calls the members of a group one by one. They are asked for first
// and then called by lname: one message to the group could reach others than
// those of the list, and it would not be known whose answers to wait for.
type callAll struct {
	id      uint64
	group   string
	body    []byte
	timeout time.Duration
	open    int // calls without outcome
}

// timeout returns how long a call may take.
func (c *Client) timeout(asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	return c.o.Timeout
}

// call starts a call.
func (c *Client) call(now time.Time, k call, to, instance string, body []byte, timeout time.Duration, dst []reactor.Action) []reactor.Action {
	f := c.message(to, k.group, instance, true, body)
	k.seq = c.seq
	c.calls[k.seq] = &k
	dst = c.sendFrames(dst, f)
	return append(dst, reactor.SetTimer{Timer: timerCall + strconv.Itoa(k.seq), At: now.Add(c.timeout(timeout))})
}

// message makes a send, with the next sequence number.
func (c *Client) message(to, group, instance string, wantAnswer bool, body []byte) *msgq.Frame {
	c.seq++
	return &msgq.Frame{Body: body, Header: object(
		member{"type", quote("send")}, member{"from", quote(c.lname)}, member{"to", quote(to)}, member{"group", quote(group)},
		member{"instance", quote(instance)}, member{"seq", strconv.AppendInt(nil, int64(c.seq), 10)},
		member{"want_answer", strconv.AppendBool(nil, wantAnswer)},
	)}
}

// answered takes a reply.
func (c *Client) answered(now time.Time, h header, f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	seq, err := strconv.Atoi(string(h.reply))
	k := c.calls[seq]
	if err != nil || k == nil {
		return append(dst, reactor.Noop{Why: "nobody waits for the reply to " + jsonv.Show(h.reply)})
	}
	o := outcomeOf(f.Body)
	o.From, _ = jsonv.StringValue(h.from)
	if k.lists && o.Kind == Answered {
		return c.callMembers(now, k, o.Value, dst)
	}
	return c.end(k, o, dst)
}

// outcomeOf reads an answer.
func outcomeOf(body []byte) Outcome {
	rcode, value, err := msgq.ParseAnswer(body)
	value = slices.Clone(value)
	switch {
	case err != nil:
		return Outcome{Kind: Malformed, Text: err.Error(), Value: slices.Clone(body)}
	case rcode == msgq.Success:
		return Outcome{Kind: Answered, Value: value}
	case rcode == msgq.NoRecipient:
		return Outcome{Kind: NoRecipient}
	}
	text, _ := jsonv.StringValue(value)
	return Outcome{Kind: Failed, Rcode: rcode, Text: text}
}

// end tells what became of a call, and of a callAll when it was its last.
func (c *Client) end(k *call, o Outcome, dst []reactor.Action) []reactor.Action {
	delete(c.calls, k.seq)
	if o.Kind != TimedOut {
		dst = append(dst, reactor.SetTimer{Timer: timerCall + strconv.Itoa(k.seq)})
	}
	o.Call, o.Callee, o.Last = k.id, k.target(), true
	if k.many {
		m := c.many[k.id]
		m.open--
		if o.Last = m.open == 0; o.Last {
			delete(c.many, k.id)
		}
	}
	return append(dst, o)
}

// callMembers calls all that the list has, but not ourselves: the daemon
// gives nobody his own messages.
func (c *Client) callMembers(now time.Time, k *call, names []byte, dst []reactor.Action) []reactor.Action {
	var lnames []string
	for _, raw := range jsonv.Elements(names) {
		if name, ok := jsonv.StringValue(raw); ok && name != c.lname && name != "" && name != msgq.ToGroup && !slices.Contains(lnames, name) {
			lnames = append(lnames, name)
		}
		if len(c.calls)+len(lnames) > c.o.MaxCalls {
			return c.end(k, Outcome{Kind: Failed, Text: fmt.Sprintf("more members than calls may be open: %d", c.o.MaxCalls)}, dst)
		}
	}
	m := c.many[k.id]
	if len(lnames) == 0 {
		return c.end(k, Outcome{Kind: Nobody}, dst)
	}
	delete(c.calls, k.seq)
	dst = append(dst, reactor.SetTimer{Timer: timerCall + strconv.Itoa(k.seq)})
	m.open = len(lnames)
	for _, name := range lnames {
		dst = c.call(now, call{id: m.id, lname: name, group: m.group, many: true}, name, msgq.AnyInstance, m.body, m.timeout, dst)
	}
	return dst
}

// gone ends the calls that a notification of cc_members makes hopeless.
func (c *Client) gone(body []byte, dst []reactor.Action) []reactor.Action {
	event, params, _ := msgq.ParseNotification(body)
	raw, _ := jsonv.Get(params, "client")
	client, _ := jsonv.StringValue(raw)
	raw, _ = jsonv.Get(params, "group")
	group, _ := jsonv.StringValue(raw)
	for _, seq := range slices.Sorted(maps.Keys(c.calls)) {
		k := c.calls[seq]
		byName := event == "disconnected" && k.lname != "" && k.lname == client
		byGroup := event == "unsubscribed" && k.lname == "" && k.group == group && !k.lists
		if byName || byGroup {
			dst = c.end(k, Outcome{Kind: Gone, From: client}, dst)
		}
	}
	return dst
}
