package emqp

import (
	"fmt"
	"time"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Client asks a broker or a publisher for something, and hears what comes
// of it. As an admin it is emq-cli: it says HELLO first, and its ids begin
// with "admin:".
//
// It introduces itself to nobody. What comes is delivered: "handed-over" with
// the id of a request, "report", "acked", or the command's own name.
type Client struct {
	dealer
	own   Options
	fault error // in the settings: the client does nothing else than say so
	asked int
}

// NewClient returns a client whose connection is not there yet.
func NewClient(o Options) *Client {
	c := &Client{own: o.withDefaults()}
	c.dealer = dealer{ids: ids{seed: o.Seed}}
	if o.Role == RoleAdmin {
		c.ids.prefix = "admin:"
	}
	c.o = &c.own
	return c
}

// ClientOf returns a client, an admin, a worker or a scheduler with the
// settings of o; see [OptionsOf]. If one is wrong, the machine answers every
// event with that.
func ClientOf(o reactor.Options) reactor.Machine {
	own, err := OptionsOf(o)
	switch own.Role {
	case RoleWorker:
		w := NewWorker(own)
		w.fault = err
		return w
	case RoleScheduler:
		s := NewScheduler(own)
		s.fault = err
		return s
	}
	c := NewClient(own)
	c.fault = err
	return c
}

// ServerOf returns a broker or a publisher with the settings of o, as
// [ClientOf] does.
func ServerOf(o reactor.Options) reactor.Hub {
	own, err := OptionsOf(o)
	if own.Role == RolePublisher {
		p := NewPublisher(own)
		p.fault = err
		return p
	}
	b := NewBroker(own)
	b.fault = err
	return b
}

// Fault implements [reactor.Faulty].
func (c *Client) Fault() error { return c.fault }

// Ready implements [reactor.Readier].
func (c *Client) Ready() bool { return c.up }

// Step implements [reactor.Machine].
func (c *Client) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if c.fault != nil {
		return append(dst, reactor.Fail{Message: c.fault.Error()})
	}
	c.now, c.dst = now, dst
	if in, ok := ev.(reactor.Input); ok {
		c.input(in.Value)
	} else {
		messages, established := c.event(ev)
		if established && c.o.Role == RoleAdmin {
			c.send("HELLO")
		}
		for _, m := range messages {
			c.receive(m)
		}
	}
	dst, c.dst = c.dst, nil
	return dst
}

// receive delivers a message.
func (c *Client) receive(m message) {
	kind, body := m.command, m.part(0)
	switch {
	case m.command == "ACK":
		kind = "acked"
	case m.command == "REPLY" && len(m.body) == 1 && jsonv.KindOf(body) == jsonv.Object && jsonv.CheckWhole(body, python) == nil:
		kind = "report"
	case m.command == "REPLY" && c.o.AsDocumented:
		kind = "result"
	case m.command == "REPLY" && len(m.body) == 1:
		kind = "handed-over"
	}
	c.do(reactor.Deliver{Kind: kind, Body: body})
}

// Say is the input that sends a message: a command with its parts. The id is
// made up.
type Say struct {
	Command string
	Parts   [][]byte
}

// Frames is the input that sends frames as they are.
type Frames struct{ Parts [][]byte }

func (c *Client) input(v any) {
	switch v := v.(type) {
	case Leave:
		c.leave()
	case Say:
		if c.can() {
			c.asked++
			c.send(v.Command, v.Parts...)
		}
	case Frames:
		if c.can() {
			c.asked++
			c.put(v.Parts)
		}
	default:
		c.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}

// can says whether there is a connection.
func (c *Client) can() bool {
	if !c.up {
		c.do(reactor.Reject{Message: "there is no connection yet"})
	}
	return c.up
}

// State implements [reactor.Machine].
func (c *Client) State() reactor.State {
	return reactor.State{{Name: "state", Value: c.state()}, {Name: "asked", Value: c.asked}}
}

// Snapshot implements [reactor.Machine].
func (c *Client) Snapshot() reactor.Machine {
	s := *c
	s.dealer = c.dealer.clone()
	s.o = &s.own
	return &s
}

var (
	_ reactor.Inputs  = (*Client)(nil)
	_ reactor.Readier = (*Client)(nil)
	_ reactor.Faulty  = (*Client)(nil)
)
