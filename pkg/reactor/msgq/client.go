package msgq

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Client is a client's end of one connection.
//
//	Opened ─▶ getlname ─▶ lname ─▶ subscribe cc_members, ping ─▶ pong ─▶ running
//
// It begins with [reactor.Opened]. When it runs it takes [Subscribe],
// [Unsubscribe], [Send], [Ping], [Call] and [CallAll]. Commands from others
// come out as [reactor.Run] and are answered with [Answer]; all else that is
// for our side comes out as [Message], and what became of calls as [Outcome].
type Client struct {
	o     ClientOptions
	fault error // in the settings: the client does nothing else than say so
	state clientState
	lname string
	seq   int // of the last message sent
	sends int

	subs     map[subscription]bool // what our own side subscribed to
	calls    map[int]*call         // by seq
	many     map[uint64]*callAll   // by the caller's number
	requests map[int]header        // commands to be answered, by number
	asked    int                   // numbers given to commands
	pings    []bool                // pings without pong; true for those of our own side
}

// ClientOptions are the settings of a [Client]. The zero value is usable.
type ClientOptions struct {
	// Timeout is how long a call may take, and the start: 4 s by default, as
	// in both real libraries.
	Timeout time.Duration

	// Unwatched leaves out the subscription to notifications/cc_members:
	// calls to those who disconnect then end with their time-out.
	Unwatched bool

	MaxCalls    int // that are open, each member counted; 1000 by default
	MaxRequests int // commands of others that are not answered; 1000 by default
}

const (
	defaultTimeout = 4 * time.Second
	timerStart     = "start"
	timerCall      = "call " // and the seq
)

type clientState string

const (
	clientNew     clientState = "new"
	clientNaming  clientState = "naming"
	clientJoining clientState = "joining"
	clientRunning clientState = "running"
	clientClosed  clientState = "closed"
)

// NewClient returns a client whose connection is not there yet.
func NewClient(o ClientOptions) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxCalls <= 0 {
		o.MaxCalls = reactor.DefaultMaxRequests
	}
	if o.MaxRequests <= 0 {
		o.MaxRequests = reactor.DefaultMaxRequests
	}
	return &Client{
		o: o, state: clientNew, seq: firstSeq - 1,
		subs: map[subscription]bool{}, calls: map[int]*call{}, many: map[uint64]*callAll{}, requests: map[int]header{},
	}
}

// ClientOf returns a client with the settings of o: timeout, in seconds, and
// membership, watch or ignore. MaxRequests bounds calls and requests. If one
// is wrong, the client answers every event with that.
func ClientOf(o reactor.Options) *Client {
	own := ClientOptions{MaxCalls: o.MaxRequests, MaxRequests: o.MaxRequests}
	var fault error
	for name, value := range o.Extra {
		var err error
		switch name {
		case "timeout":
			var seconds float64
			seconds, err = strconv.ParseFloat(value, 64)
			own.Timeout = time.Duration(seconds * float64(time.Second))
		case extraMembership:
			own.Unwatched = value == "ignore"
			err = oneOf(value, "watch", "ignore")
		default:
			err = &codec.UnknownNameError{What: "setting of the msgq client", Name: name, Allowed: []string{"timeout", extraMembership}}
		}
		if err != nil {
			fault = fmt.Errorf("%s: %w", name, err)
		}
	}
	c := NewClient(own)
	c.fault = fault
	return c
}

// Step implements [reactor.Machine].
func (c *Client) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if c.fault != nil {
		return append(dst, reactor.Fail{Message: c.fault.Error()})
	}
	switch ev := ev.(type) {
	case reactor.Opened:
		return c.opened(now, dst)
	case reactor.Input:
		return c.input(now, ev.Value, dst)
	case reactor.Sent:
		return dst
	}
	if c.state == clientNew || c.state == clientClosed {
		return append(dst, reactor.Noop{Why: "there is no connection"})
	}
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*msgq.Frame)
		if !ok {
			return append(dst, reactor.Reject{Message: fmt.Sprintf("a %T is no frame of msgq", ev.Frame)})
		}
		return c.receive(now, f, dst)
	case reactor.Expired:
		return c.expired(ev.Timer, dst)
	case reactor.EOF:
		return c.close("the daemon ended the connection", dst)
	case reactor.Broken:
		return c.close(ev.Err.Error(), dst)
	}
	return append(dst, reactor.Noop{})
}

// opened asks for the lname.
func (c *Client) opened(now time.Time, dst []reactor.Action) []reactor.Action {
	if c.state != clientNew {
		return append(dst, reactor.Reject{Message: "the connection was opened before"})
	}
	c.state = clientNaming
	dst = c.sendFrames(dst, &msgq.Frame{Header: object(member{"type", quote("getlname")})})
	return append(dst, reactor.SetTimer{Timer: timerStart, At: now.Add(c.o.Timeout)})
}

// named takes the lname and joins the group that tells who comes and goes.
// Only a pong shows that the daemon has done that.
func (c *Client) named(f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	raw, _ := jsonv.Get(f.Body, "lname")
	name, ok := jsonv.StringValue(raw)
	switch {
	case c.state != clientNaming:
		return append(dst, reactor.Noop{Why: "the lname is known"})
	case !ok || name == "":
		return c.fail("getlname was answered without a lname", dst)
	}
	c.lname, c.state = name, clientJoining
	var frames []codec.Frame
	if !c.o.Unwatched {
		frames = append(frames, membershipFrame("subscribe", watched()))
	}
	c.pings = append(c.pings, false)
	return c.sendFrames(dst, append(frames, &msgq.Frame{Header: object(member{"type", quote("ping")})})...)
}

// watched is the subscription that tells who comes and goes.
func watched() subscription {
	return subscription{string(quote(msgq.MembersGroup)), string(star)}
}

// membershipFrame makes a subscribe or unsubscribe.
func membershipFrame(kind string, s subscription) *msgq.Frame {
	return &msgq.Frame{Header: object(member{"type", quote(kind)}, member{"group", []byte(s.group)}, member{"instance", []byte(s.instance)})}
}

// pong takes the answer to the oldest ping.
func (c *Client) pong(f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	if len(c.pings) == 0 {
		return append(dst, reactor.Noop{Why: "a pong without a ping"})
	}
	ours := c.pings[0]
	c.pings = slices.Clone(c.pings[1:])
	if ours {
		return append(dst, reactor.Deliver{Kind: "pong", Body: slices.Clone(f.Body), Last: true})
	}
	c.state = clientRunning
	return append(dst, reactor.SetTimer{Timer: timerStart}, reactor.Deliver{Kind: "ready", Body: []byte(c.lname)})
}

// expired handles the timers of the start and of calls.
func (c *Client) expired(timer string, dst []reactor.Action) []reactor.Action {
	if timer == timerStart && c.state != clientRunning {
		return c.fail("the daemon does not answer", dst)
	}
	for seq, k := range c.calls {
		if timer == timerCall+strconv.Itoa(seq) {
			return c.end(k, Outcome{Kind: TimedOut}, dst)
		}
	}
	return append(dst, reactor.Noop{Why: "that timer is off"})
}

// fail ends the connection because the daemon broke the rules.
func (c *Client) fail(why string, dst []reactor.Action) []reactor.Action {
	return c.close(why, append(dst, reactor.Fail{Message: why}))
}

// close ends the connection: no call will be answered.
func (c *Client) close(why string, dst []reactor.Action) []reactor.Action {
	if c.state != clientRunning {
		dst = append(dst, reactor.SetTimer{Timer: timerStart})
	}
	c.state = clientClosed
	for _, seq := range slices.Sorted(maps.Keys(c.calls)) {
		if k := c.calls[seq]; k != nil {
			dst = c.end(k, Outcome{Kind: Closed, Text: why}, dst)
		}
	}
	clear(c.requests)
	c.pings = nil
	return append(dst, reactor.Close{Why: why})
}

func (c *Client) sendFrames(dst []reactor.Action, frames ...codec.Frame) []reactor.Action {
	c.sends++
	return append(dst, reactor.Send{ID: c.sends, Frames: frames})
}

// State implements [reactor.Machine].
func (c *Client) State() reactor.State {
	subs := make([]string, 0, len(c.subs))
	for s := range c.subs {
		subs = append(subs, s.String())
	}
	slices.Sort(subs)
	calls := make([]string, 0, len(c.calls))
	for _, seq := range slices.Sorted(maps.Keys(c.calls)) {
		calls = append(calls, fmt.Sprintf("%d=%s", seq, c.calls[seq].target()))
	}
	return reactor.State{
		{Name: "state", Value: string(c.state)},
		{Name: "lname", Value: c.lname},
		{Name: "subscriptions", Value: subs},
		{Name: "calls", Value: calls},
		{Name: "requests", Value: slices.Sorted(maps.Keys(c.requests))},
		{Name: "pings", Value: len(c.pings)},
	}
}

// Snapshot implements [reactor.Machine].
func (c *Client) Snapshot() reactor.Machine {
	s := *c
	s.subs, s.requests, s.pings = maps.Clone(c.subs), maps.Clone(c.requests), slices.Clone(c.pings)
	s.many = make(map[uint64]*callAll, len(c.many))
	for id, m := range c.many {
		copied := *m
		s.many[id] = &copied
	}
	s.calls = make(map[int]*call, len(c.calls))
	for seq, k := range c.calls {
		copied := *k
		s.calls[seq] = &copied
	}
	return &s
}

// Ready implements [reactor.Readier].
func (c *Client) Ready() bool { return c.state == clientRunning }

// Fault implements [reactor.Faulty].
func (c *Client) Fault() error { return c.fault }
