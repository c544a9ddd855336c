package emqp

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// A dealer is the DEALER socket of a client, which has one connection after
// another. As in the program each has another identity, so that the broker
// takes it for somebody else.
type dealer struct {
	o    *Options
	ids  ids
	sock *zmtp.Socket
	conn int  // the last one
	open bool // it is there
	up   bool // its handshake is through
	comeBack,
	over bool // our own side has had enough

	now time.Time
	dst []reactor.Action
}

// timerReconnect is when another connection is wanted.
const timerReconnect = "reconnect"

func (d *dealer) do(a reactor.Action) { d.dst = append(d.dst, a) }

// tell says what is worth a remark.
func (d *dealer) tell(kind, format string, args ...any) {
	d.do(reactor.Deliver{Kind: kind, Body: fmt.Appendf(nil, format, args...)})
}

// event handles an event of the connection, and returns the messages that
// came, and whether the handshake got through with it.
func (d *dealer) event(ev reactor.Event) (messages []message, established bool) {
	switch e := ev.(type) {
	case reactor.Opened:
		if d.open {
			d.do(reactor.Reject{Message: "there is a connection already"})
			return nil, false
		}
		identity := d.o.Identity
		if identity == "" {
			identity = d.ids.uuid()
		}
		d.sock = d.o.socketOf("DEALER", identity)
		d.conn++
		d.open, d.up, d.over = true, false, false
	case reactor.Expired:
		if e.Timer == timerReconnect && !d.open && d.comeBack && !d.over {
			d.do(reactor.Connect{})
		}
		return nil, false
	case reactor.Received:
		f, ok := unwrap(e.Frame)
		if !ok {
			d.do(reactor.Reject{Message: fmt.Sprintf("a %T is no frame of emqp", e.Frame)})
			return nil, false
		}
		ev = reactor.Received{Frame: f}
	case reactor.Broken:
		if !d.open { // the connection could not be made
			d.lost()
			return nil, false
		}
	}
	if !d.open {
		d.do(reactor.Noop{Why: "there is no connection"})
		return nil, false
	}
	return d.step(reactor.From{Conn: d.conn, Event: ev})
}

// step steps the socket.
func (d *dealer) step(ev reactor.Event) (messages []message, established bool) {
	for _, a := range d.sock.Step(d.now, ev, nil) {
		_, inside := reactor.Unwrap(a)
		switch a := inside.(type) {
		case zmtp.Message:
			m, err := read("", a.Parts)
			if err != nil {
				d.tell("refused", "%v", err)
				continue
			}
			messages = append(messages, m)
			continue
		case reactor.Send:
			d.do(wrap(a))
			continue
		case reactor.Deliver:
			established = a.Kind == "peer"
		case reactor.Close, reactor.Drop:
			d.do(inside)
			d.lost()
			continue
		}
		d.do(inside)
	}
	d.up = d.up || established
	return messages, established
}

// lost is the end of a connection: another one is wanted later, perhaps.
func (d *dealer) lost() {
	d.open, d.up = false, false
	if d.comeBack && !d.over {
		d.do(reactor.SetTimer{Timer: timerReconnect, At: d.now.Add(d.o.Reconnect)})
	}
}

// hangUp ends the connection for want of a sign of life.
func (d *dealer) hangUp(why string) {
	d.do(reactor.Drop{Why: why})
	d.lost()
}

// leave ends the connection for good, once all is out.
func (d *dealer) leave() {
	d.over, d.open, d.up = true, false, false
	d.do(reactor.SetTimer{Timer: timerReconnect})
	d.do(reactor.Close{})
}

// send sends a message and returns its id.
func (d *dealer) send(command string, parts ...[]byte) string {
	frames := d.ids.write(command, parts...)
	d.put(frames)
	return string(frames[atID])
}

func (d *dealer) put(frames [][]byte) {
	d.step(reactor.Input{Value: zmtp.Send{Parts: frames}})
}

func (d *dealer) clone() dealer {
	c := *d
	c.dst = nil
	if d.sock != nil {
		c.sock = d.sock.Snapshot().(*zmtp.Socket)
	}
	return c
}

// state says how far the connection is.
func (d *dealer) state() string {
	switch {
	case d.up:
		return "connected"
	case d.open:
		return "connecting"
	case d.over:
		return "left"
	}
	return "closed"
}
