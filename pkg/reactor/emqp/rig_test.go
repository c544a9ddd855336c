package emqp

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A rig drives a hub with the bytes of connections. Time is what the test
// says.
type rig struct {
	t      *testing.T
	hub    reactor.Hub
	now    time.Time
	in     map[int]*codec.Stream // what the others say
	out    map[int][]string      // messages and commands that they are sent, as texts
	ended  map[int]string        // why
	over   bool
	told   []string
	timers map[string]time.Time // bare ones
	steps  int
}

func newRig(t *testing.T, hub reactor.Hub) *rig {
	return &rig{
		t: t, hub: hub, now: time.Unix(1795211120, 0), in: map[int]*codec.Stream{}, out: map[int][]string{},
		ended: map[int]string{}, timers: map[string]time.Time{},
	}
}

// step gives the hub an event and does what it says.
func (r *rig) step(ev reactor.Event) {
	r.t.Helper()
	r.steps++
	for _, a := range r.hub.Step(r.now, ev, nil) {
		conn, inside := reactor.Unwrap(a)
		switch a := inside.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				r.out[conn] = append(r.out[conn], string(f.AppendText(nil, codec.View{})))
			}
			r.step(reactor.From{Conn: conn, Event: reactor.Sent{ID: a.ID}})
		case reactor.Close:
			if r.over = r.over || conn == 0; conn > 0 {
				r.ended[conn] = a.Why
			}
		case reactor.Drop:
			r.ended[conn] = a.Why
		case reactor.SetTimer:
			if conn == 0 {
				delete(r.timers, a.Timer)
				if !a.At.IsZero() {
					r.timers[a.Timer] = a.At
				}
			}
		case reactor.Deliver:
			r.told = append(r.told, a.Kind+" "+string(a.Body))
		case reactor.Reject, reactor.Fail:
			r.told = append(r.told, a.(fmt.Stringer).String())
		}
	}
}

// pass lets time pass, with what is due meanwhile.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	for end := r.now.Add(d); ; {
		name, at := "", end
		for n, t := range r.timers {
			if t.Before(at) || t.Equal(at) && (name == "" || n < name) {
				name, at = n, t
			}
		}
		if r.now = at; name == "" {
			return
		}
		delete(r.timers, name)
		r.step(reactor.Expired{Timer: name})
	}
}

func conversation(t *testing.T, dir codec.Direction) *codec.Stream {
	t.Helper()
	c, err := emqp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return codec.NewStream(c.Decoder(dir), dir)
}

func (r *rig) open(conn int, listener string) {
	r.t.Helper()
	r.in[conn] = conversation(r.t, codec.ToServer)
	r.step(reactor.From{Conn: conn, Event: reactor.Opened{Listener: listener}})
}

// bytes feeds what one of the others says.
func (r *rig) bytes(conn int, b []byte) {
	r.t.Helper()
	if _, ended := r.ended[conn]; ended {
		return
	}
	s := r.in[conn]
	s.Feed(b)
	for {
		rec, ok := s.Next()
		if !ok {
			return
		}
		if rec.Frame == nil || rec.Err != nil {
			r.step(reactor.From{Conn: conn, Event: reactor.Broken{Err: fmt.Errorf("no frame: %w", rec.Err)}})
			return
		}
		r.step(reactor.From{Conn: conn, Event: reactor.Received{Frame: rec.Frame}})
	}
}

// say feeds a frame in the notation.
func (r *rig) say(conn int, lines ...string) {
	r.t.Helper()
	for _, line := range lines {
		r.bytes(conn, encode(r.t, line))
	}
}

func encode(t *testing.T, line string) []byte {
	t.Helper()
	p, err := emqp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	b, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dealer opens a connection of a DEALER with an identity.
func (r *rig) dealer(conn int, listener, identity string) {
	r.t.Helper()
	r.open(conn, listener)
	r.say(conn, "greeting 3.1 NULL", "command READY Socket-Type=DEALER Identity="+identity)
	r.out[conn] = nil
}

// heard returns what a connection was sent since it was asked last, without
// the ids of messages, which are made up, and without heartbeats.
func (r *rig) heard(conn int) []string {
	var list []string
	for _, text := range r.out[conn] {
		if !strings.HasPrefix(text, "HEARTBEAT") {
			list = append(list, anonymous(text))
		}
	}
	r.out[conn] = nil
	return list
}

// anonymous takes the id out of a message that a broker makes itself.
func anonymous(text string) string {
	if strings.HasPrefix(text, "ACK") || strings.HasPrefix(text, "REPLY") || strings.HasPrefix(text, "KB") {
		command, rest, _ := strings.Cut(text, " ")
		_, rest, _ = strings.Cut(rest, " ")
		return strings.TrimSpace(command + " " + rest)
	}
	return text
}

func (r *rig) toldOf(kind string) []string {
	var list []string
	for _, text := range r.told {
		if rest, ok := strings.CutPrefix(text, kind+" "); ok {
			list = append(list, rest)
		}
	}
	return list
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nexpected:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// message3 makes a frame of ZMTP 3 of the frames of a message.
func message3(frames [][]byte) *zmtp.Frame { return zmtp.NewMessage(frames...) }

// fromHex returns the frames of a vector: they are hexadecimal where they are
// not empty.
func fromHex(texts []string) [][]byte {
	list := make([][]byte, len(texts))
	for i, text := range texts {
		list[i] = []byte(text)
		if b, err := hex.DecodeString(text); err == nil && i > 0 {
			list[i] = b
		}
	}
	return list
}

func textOf(frames [][]byte) string {
	return string(emqp.New(message3(frames)).AppendText(nil, codec.View{}))
}

// asking is a REQUEST of a job.
func asking(id, queue, headers, callable string, args string) string {
	return fmt.Sprintf(`REQUEST id=%s queue=%s headers=[%s] ["run", {"callable": "%s", "path": "emqjobs", "args": %s, "kwargs": {}, "class_args": [], "class_kwargs": {}}]`, id, queue, headers, callable, args)
}
