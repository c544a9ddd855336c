package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/session"
)

// A duty does what the client of a protocol does by itself: the handshake
// before the document's first frame, and signs of life. Its methods are
// called with the peer's lock held.
type duty struct {
	m     servant
	p     *peer
	ready bool
	why   string          // why the handshake failed; "" while it has not
	heard []*codec.Record // of the handshake, for what the document expects of it

	timers map[string]*time.Timer
	over   bool
}

// A servant is a client's machine, as a duty sees it.
type servant interface {
	open(now time.Time) []reactor.Action
	// received is called with all records of a handshake, and with those
	// after it that the servant wants. It says whether the record was its own.
	received(now time.Time, r *codec.Record) (actions []reactor.Action, mine bool)
	expired(now time.Time, timer string) []reactor.Action
	ready() bool
	values() map[string]string // variables that the handshake sets
}

// open begins the handshake.
func (d *duty) open(now time.Time) { d.do(now, d.m.open(now)) }

// received takes a record. It says whether the document has nothing to do
// with it.
func (d *duty) received(now time.Time, r *codec.Record) (mine bool) {
	shaking := !d.ready && d.why == ""
	actions, mine := d.m.received(now, r)
	if shaking {
		d.heard = append(d.heard, r)
		mine = true
	}
	d.do(now, actions)
	return mine
}

// do does the actions of the servant.
func (d *duty) do(now time.Time, actions []reactor.Action) {
	for _, a := range actions {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				if h, ok := d.p.conv.(codec.Hearer); ok {
					h.Hear(d.p.client, f)
				}
				b, _ := f.AppendBinary(nil) // the machine has made it
				d.p.out.add(b)
			}
			d.p.sent = now
		case reactor.SetTimer:
			d.timer(a)
		case reactor.Fail:
			d.fail(a.Message)
		case reactor.Close:
			d.fail(a.Why)
		case reactor.Drop:
			d.fail(a.Why)
		}
	}
	d.ready = d.ready || d.m.ready()
}

// fail notes why the handshake failed. After it, failures are the document's
// to find.
func (d *duty) fail(why string) {
	if !d.ready && d.why == "" {
		d.why = why
	}
}

func (d *duty) timer(a reactor.SetTimer) {
	if t := d.timers[a.Timer]; t != nil {
		t.Stop()
		delete(d.timers, a.Timer)
	}
	if a.At.IsZero() || d.over {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(time.Until(a.At), func() {
		d.p.mu.Lock()
		if d.timers[a.Timer] == t && !d.over {
			delete(d.timers, a.Timer)
			now := d.p.now()
			d.do(now, d.m.expired(now, a.Timer))
		}
		d.p.mu.Unlock()
		d.p.signal()
	})
	d.timers[a.Timer] = t
}

// stop ends the timers.
func (d *duty) stop() {
	d.over = true
	for _, t := range d.timers {
		t.Stop()
	}
	clear(d.timers)
}

// newDuty returns the duty of a connection whose steps are these, nil when
// there is none: its protocol has none, or the document does it itself.
func newDuty(rn *session.Run, steps []session.Step, proto string, o *Options) (*duty, error) {
	var s servant
	var err error
	if first, ok := firstSend(steps); ok && first.Raw {
		return nil, nil // what is no frame comes first: the document knows why
	}
	switch proto {
	case "zmtp", "emqp":
		s, err = newZMTPDuty(rn, steps, o)
	case "msgq":
		if !has(steps, func(body string) bool { return strings.Contains(body, `"getlname"`) }) {
			s, err = newStart("msgq", "", map[string]string{"membership": "ignore"}, o)
		}
	case "zeo":
		if !has(steps, func(body string) bool { return strings.HasPrefix(body, "hello") }) {
			s, err = newStart("zeo", dialectOf(steps), nil, o)
		}
	}
	if s == nil || err != nil {
		return nil, err
	}
	return &duty{m: s, timers: map[string]*time.Timer{}}, nil
}

// firstSend returns the first frame that is sent.
func firstSend(steps []session.Step) (*session.Send, bool) {
	for _, s := range steps {
		if s, ok := s.(*session.Send); ok {
			return s, true
		}
	}
	return nil, false
}

// has says whether a frame with such a text is sent or expected.
func has(steps []session.Step, like func(body string) bool) bool {
	for _, s := range steps {
		if like(body(s.Where())) {
			return true
		}
	}
	return false
}

// dialectOf returns the dialect that the document names, or "".
func dialectOf(steps []session.Step) string {
	for _, s := range steps {
		if h := headOf(s); h != nil && h.Dialect != "" {
			return h.Dialect
		}
	}
	return ""
}

// body returns a line's text without what stands before the frame.
func body(p session.Place) string {
	l, err := humanframe.ParseLine(p.File, p.Line, p.Text)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(p.Text[l.Lead():])
}

// ofHandshake says whether a line of the document is of the handshake that
// the duty does, or of its signs of life.
func (d *duty) ofHandshake(p session.Place) bool {
	if _, ok := d.m.(*zmtpDuty); !ok {
		return false
	}
	words := strings.Fields(body(p))
	if len(words) == 0 {
		return false
	}
	if words[0] == "command" && len(words) > 1 {
		switch words[1] {
		case "READY", "HELLO", "WELCOME", "INITIATE", "PING", "PONG":
			return true
		}
	}
	return words[0] == "greeting"
}

// isChatter says whether a record is one that peers send at any time to show
// that they are alive. None has to be awaited.
func isChatter(r *codec.Record) bool {
	if r.Frame == nil {
		return false
	}
	return chatter(r.Proto) != "" && r.Frame.Type() == chatter(r.Proto)
}

// chatter is the type of such frames, "" in a protocol that has none.
func chatter(proto string) string {
	switch proto {
	case "synapse":
		return "PING"
	case "emqp":
		return "HEARTBEAT"
	}
	return ""
}

// awaitsChatter says whether a line is about such a frame.
func awaitsChatter(h *session.Head) bool {
	word, _, _ := strings.Cut(body(h.Place), " ")
	return chatter(h.Proto) != "" && word == chatter(h.Proto)
}

// failure tells why there is no handshake.
func (d *duty) failure() error {
	if d.why == "" {
		return nil
	}
	return fmt.Errorf("the handshake: %s", d.why)
}
