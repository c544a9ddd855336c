package msgq

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of a [Client]. An empty instance is "*" in all of them.
type (
	// Subscribe joins a group. Join before loading the state that the group
	// tells changes of: so an update may come twice, but is never missed. A
	// [Ping] shows when it has been done.
	Subscribe struct{ Group, Instance string }

	// Unsubscribe leaves a group.
	Unsubscribe struct{ Group, Instance string }

	// Ping asks the daemon for a pong with the same body, which is delivered.
	// All that was sent before has been done then.
	Ping struct{ Body []byte }

	// Send sends a message for which nobody waits.
	Send struct {
		To              string // an lname, or "" for the group
		Group, Instance string
		Body            []byte
	}

	// Call sends a command and waits for the answer of one: of the client
	// with the lname To, or of the one member of the group. It ends with
	// exactly one [Outcome].
	Call struct {
		ID              uint64 // the caller's number, of no other open call
		To              string
		Group, Instance string
		Body            []byte        // such as {"command": ["status"]}
		Timeout         time.Duration // 0 means that of the options
	}

	// CallAll sends a command to all members of a group, each by its lname.
	// It ends with an [Outcome] for each; the last one says so.
	CallAll struct {
		ID      uint64
		Group   string
		Body    []byte
		Timeout time.Duration
	}

	// Answer answers a command.
	Answer struct {
		Request uint64 // the number in the Run
		Rcode   int64  // 0 for success
		Value   []byte // as JSON, nil for none; a text with an rcode other than 0
	}
)

// input handles what our own side wants.
func (c *Client) input(now time.Time, v any, dst []reactor.Action) []reactor.Action {
	if c.state != clientRunning {
		return append(dst, reactor.Reject{Message: "the client is not running: " + string(c.state)})
	}
	reject := func(format string, args ...any) []reactor.Action {
		return append(dst, reactor.Reject{Message: fmt.Sprintf(format, args...)})
	}
	switch v := v.(type) {
	case Subscribe:
		s := subscribed(v.Group, v.Instance)
		c.subs[s] = true
		return c.sendFrames(dst, membershipFrame("subscribe", s))
	case Unsubscribe:
		s := subscribed(v.Group, v.Instance)
		delete(c.subs, s)
		if s == watched() && !c.o.Unwatched {
			return append(dst, reactor.Noop{Why: "the client itself watches that group"})
		}
		return c.sendFrames(dst, membershipFrame("unsubscribe", s))
	case Ping:
		c.pings = append(c.pings, true)
		return c.sendFrames(dst, &msgq.Frame{Header: object(member{"type", quote("ping")}), Body: slices.Clone(v.Body)})
	case Send:
		return c.sendFrames(dst, c.message(or(v.To, msgq.ToGroup), v.Group, or(v.Instance, msgq.AnyInstance), false, slices.Clone(v.Body)))
	case Call:
		if why := c.busy(v.ID); why != "" {
			return reject("%s", why)
		}
		k := call{id: v.ID, group: v.Group}
		if v.To != msgq.ToGroup {
			k.lname = v.To
		}
		return c.call(now, k, or(v.To, msgq.ToGroup), or(v.Instance, msgq.AnyInstance), slices.Clone(v.Body), v.Timeout, dst)
	case CallAll:
		if why := c.busy(v.ID); why != "" {
			return reject("%s", why)
		}
		c.many[v.ID] = &callAll{id: v.ID, group: v.Group, body: slices.Clone(v.Body), timeout: v.Timeout, open: 1}
		asks := object(member{"command", list(quote("members"), object(member{"group", quote(v.Group)}))})
		k := call{id: v.ID, group: msgq.DaemonGroup, many: true, lists: true}
		return c.call(now, k, msgq.ToGroup, msgq.AnyInstance, asks, v.Timeout, dst)
	case Answer:
		h, open := c.requests[int(v.Request)]
		if !open {
			return reject("request %d is not open", v.Request)
		}
		delete(c.requests, int(v.Request))
		values := [][]byte{strconv.AppendInt(nil, v.Rcode, 10)}
		if v.Value != nil {
			values = append(values, v.Value)
		}
		return c.sendFrames(dst, c.reply(h, result(values...)))
	}
	return reject("a %T is no input of this machine", v)
}

// busy says why no call with a number can begin, "" when one can.
func (c *Client) busy(id uint64) string {
	if len(c.calls) >= c.o.MaxCalls {
		return fmt.Sprintf("too many open calls: %d", c.o.MaxCalls)
	}
	for _, k := range c.calls {
		if k.id == id {
			return fmt.Sprintf("call %d is open", id)
		}
	}
	return ""
}

func subscribed(group, instance string) subscription {
	return subscription{string(quote(group)), string(quote(or(instance, msgq.AnyInstance)))}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

var clientInputs = []string{
	"open", "subscribe GROUP[/INSTANCE]", "unsubscribe GROUP[/INSTANCE]", "ping [BODY]",
	"send GROUP[/INSTANCE] [to=LNAME] BODY", "call ID GROUP[/INSTANCE] [to=LNAME] command:NAME [ARG]",
	"call-all ID GROUP command:NAME [ARG]", "answer REQUEST RCODE [VALUE]",
}

// InputNames implements [reactor.Inputs].
func (c *Client) InputNames() []string { return clientInputs }

// Input implements [reactor.Inputs]. Groups and bodies stand as in the short
// form of the notation.
func (c *Client) Input(name, args string) (reactor.Event, error) {
	switch name {
	case "open":
		return reactor.Opened{}, nil
	case "subscribe", "unsubscribe", "ping", "send":
		f, err := shortForm(name, args, 0)
		if err != nil {
			return nil, err
		}
		return reactor.Input{Value: f.input(name, 0)}, nil
	case "call", "call-all":
		number, rest, _ := strings.Cut(args, " ")
		id, err := lex.Uint([]byte(number), 1<<53)
		if err != nil {
			return nil, err
		}
		f, err := shortForm("send", rest, len(number)+1)
		if err != nil {
			return nil, err
		}
		return reactor.Input{Value: f.input(name, id)}, nil
	case "answer":
		return answerInput(args)
	}
	names := make([]string, len(clientInputs))
	for i, usage := range clientInputs {
		names[i], _, _ = strings.Cut(usage, " ")
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: names}
}

// A parsed is what the short form of a message says.
type parsed struct {
	to, group, instance string
	body                []byte
}

func (p parsed) input(name string, id uint64) any {
	switch name {
	case "subscribe":
		return Subscribe{p.group, p.instance}
	case "unsubscribe":
		return Unsubscribe{p.group, p.instance}
	case "ping":
		return Ping{p.body}
	case "send":
		return Send{p.to, p.group, p.instance, p.body}
	case "call-all":
		return CallAll{ID: id, Group: p.group, Body: p.body}
	}
	return Call{ID: id, To: p.to, Group: p.group, Instance: p.instance, Body: p.body}
}

// shortForm reads the arguments of a directive, which begin at offset at, as
// the short form of a message.
func shortForm(verb, args string, at int) (parsed, error) {
	p, err := msgq.Protocol{}.Parser(codec.Options{})
	if err != nil {
		return parsed{}, err
	}
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(verb + " " + args)})
	if err != nil {
		return parsed{}, lex.Shift(err, at-len(verb)-1)
	}
	frame := f.(*msgq.Frame)
	text := func(key string) string {
		raw, _ := jsonv.Get(frame.Header, key)
		s, _ := jsonv.StringValue(raw)
		return s
	}
	return parsed{text("to"), text("group"), text("instance"), slices.Clone(frame.Body)}, nil
}

// answerInput reads REQUEST RCODE [VALUE].
func answerInput(args string) (reactor.Event, error) {
	words := strings.SplitN(args, " ", 3)
	if len(words) < 2 {
		return nil, &codec.TextError{End: len(args), Field: "@answer", Message: "it wants a request and an rcode", Hint: `such as @answer 1 0 {"x": 1}`}
	}
	request, err := lex.Uint([]byte(words[0]), 1<<53)
	if err != nil {
		return nil, err
	}
	at := len(words[0]) + 1
	rcode, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return nil, &codec.TextError{Start: at, End: at + len(words[1]), Field: "@answer", Message: fmt.Sprintf("the rcode %q is no integer", words[1])}
	}
	a := Answer{Request: request, Rcode: rcode}
	if len(words) == 3 {
		at += len(words[1]) + 1
		if err := jsonv.CheckWhole([]byte(words[2]), jsonv.Options{Allow: jsonv.Python}); err != nil {
			return nil, &codec.TextError{Start: at, End: len(args), Field: "@answer", Message: "the value is no JSON: " + err.Error()}
		}
		a.Value = []byte(words[2])
	}
	return reactor.Input{Value: a}, nil
}
