package emqp

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// The names of a [Publisher]'s listeners.
const (
	Incoming = "publish"   // clients
	Outgoing = "subscribe" // subscribers
)

// A Publisher passes on what clients publish: PUBLISH with a topic and a
// message comes in at one listener, or at the one without a name; the two go
// out at the other, to those who have subscribed to the topic.
type Publisher struct {
	o     Options
	fault error // in the settings: the publisher does nothing else than say so
	board board
	now   time.Time
	dst   []reactor.Action
}

// NewPublisher returns a publisher without connections.
func NewPublisher(o Options) *Publisher {
	p := &Publisher{o: o.withDefaults(), board: newBoard()}
	id := ids{seed: o.Seed}
	identity := o.Identity
	if identity == "" {
		identity = id.uuid()
	}
	p.board.sockets[Incoming] = p.o.socketOf("ROUTER", identity)
	p.board.sockets[""] = p.o.socketOf("ROUTER", identity)
	p.board.sockets[Outgoing] = p.o.socketOf("PUB", identity)
	return p
}

// PublisherOf returns a publisher with the settings of o; see [OptionsOf]. If
// one is wrong, the publisher answers every event with that.
func PublisherOf(o reactor.Options) *Publisher {
	own, err := OptionsOf(o)
	p := NewPublisher(own)
	p.fault = err
	return p
}

// Fault implements [reactor.Faulty].
func (p *Publisher) Fault() error { return p.fault }

// Listeners implements [reactor.Ported].
func (p *Publisher) Listeners() []string { return []string{Incoming, Outgoing} }

// Conns implements [reactor.Hub].
func (p *Publisher) Conns() []int { return p.board.conns() }

// Publish is the input by which our own side publishes.
type Publish struct {
	Topic   string
	Message []byte
}

// Step implements [reactor.Machine].
func (p *Publisher) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if p.fault != nil {
		return append(dst, reactor.Fail{Message: p.fault.Error()})
	}
	p.now, p.dst = now, dst
	switch ev := ev.(type) {
	case reactor.From:
		var calls []call
		p.dst, calls = p.board.onConn(now, ev, p.dst)
		for _, c := range calls {
			if err := p.receive(c); err != nil {
				p.dst = append(p.dst, to(c.conn, reactor.Deliver{Kind: "refused", Body: []byte(err.Error())}))
			}
		}
	case reactor.Input:
		switch v := ev.Value.(type) {
		case Publish:
			p.publish([]byte(v.Topic), v.Message)
		case Stop:
			p.dst = append(p.dst, reactor.Close{Why: "asked by our own side"})
		default:
			p.dst = append(p.dst, reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
		}
	default:
		p.dst = append(p.dst, reactor.Reject{Message: "the event is of no connection"})
	}
	dst, p.dst = p.dst, nil
	return dst
}

// receive takes a message of a client. The program publishes the second part,
// whatever comes behind it; the document has headers there.
func (p *Publisher) receive(c call) error {
	m, err := read(c.from, c.frames)
	switch {
	case err != nil:
		return err
	case m.command != "PUBLISH":
		return fmt.Errorf("%.40s, which no publisher knows", m.command)
	case len(m.body) < 2:
		return fmt.Errorf("PUBLISH with %d of its 2 parts", len(m.body))
	case len(m.body) > 2 && p.o.AsDocumented:
		p.publish(m.body[0], m.body[2])
	default:
		p.publish(m.body[0], m.body[1])
	}
	return nil
}

func (p *Publisher) publish(topic, text []byte) {
	p.dst, _ = p.board.step(p.now, Outgoing, reactor.Input{Value: zmtp.Send{Parts: [][]byte{topic, text}}}, p.dst)
}

// InputNames implements [reactor.Inputs].
func (p *Publisher) InputNames() []string { return []string{"publish TOPIC MESSAGE", "stop"} }

// Input implements [reactor.Inputs]. The message is all that follows the topic.
func (p *Publisher) Input(name, args string) (reactor.Event, error) {
	switch name {
	case "stop":
		if args != "" {
			return nil, &codec.TextError{End: len(args), Field: "@stop", Message: "nothing follows it"}
		}
		return reactor.Input{Value: Stop{}}, nil
	case "publish":
		topic, n, err := word(args)
		if err != nil || n == 0 || n == len(args) {
			return nil, &codec.TextError{End: len(args), Field: "@publish", Message: "a topic and a message are expected", Hint: p.InputNames()[0]}
		}
		return reactor.Input{Value: Publish{Topic: string(topic), Message: []byte(args[n+1:])}}, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"publish", "stop"}}
}

// State implements [reactor.Machine].
func (p *Publisher) State() reactor.State {
	return reactor.State{{Name: "connections", Value: p.Conns()}}
}

// Snapshot implements [reactor.Machine].
func (p *Publisher) Snapshot() reactor.Machine {
	c := *p
	c.dst, c.board = nil, p.board.clone()
	return &c
}

var (
	_ reactor.Ported = (*Publisher)(nil)
	_ reactor.Inputs = (*Publisher)(nil)
	_ reactor.Faulty = (*Publisher)(nil)
)
