package replay

import (
	"maps"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
	zmtpmachine "github.com/wirectl/wirectl/pkg/reactor/zmtp"
	"github.com/wirectl/wirectl/pkg/session"
)

// A zmtpDuty is the servant of ZMTP and what stands on it: greeting and
// handshake, which do not wait for each other in the order of a capture, and
// the answers to PING.
type zmtpDuty struct {
	s    *zmtpmachine.Session
	sent int
}

// newZMTPDuty returns the servant. What kind of socket it is, and who, the
// document's own handshake says, or else the settings.
func newZMTPDuty(rn *session.Run, steps []session.Step, o *Options) (servant, error) {
	extra := map[string]string{}
	for _, s := range steps {
		if s, ok := s.(*session.Send); ok {
			glean(rn, s, extra)
		}
	}
	maps.Copy(extra, o.Settings)
	extra["downgrade"] = "no"
	c, err := zmtpmachine.OptionsOf(reactor.Options{Role: reactor.Client, Extra: extra})
	if err != nil {
		return nil, err
	}
	return &zmtpDuty{s: zmtpmachine.NewSession(c.Config)}, nil
}

// glean reads the settings that a frame of the handshake shows.
func glean(rn *session.Run, s *session.Send, extra map[string]string) {
	if !(&duty{m: &zmtpDuty{}}).ofHandshake(s.Place) {
		return
	}
	f, err := rn.Frame(s)
	if err != nil {
		return // the line is told of when it would be sent
	}
	z := asZMTP(f)
	if z == nil {
		return
	}
	if z.Kind() == zmtp.Greeting {
		extra["mechanism"] = z.Mechanism()
		return
	}
	name, data, err := z.Command()
	switch {
	case err != nil:
	case name == "READY" || name == "INITIATE":
		if v, ok := zmtp.Property(data, "Socket-Type"); ok {
			extra["socket"] = string(v)
		}
		if v, ok := zmtp.Property(data, "Identity"); ok && len(v) > 0 {
			extra["identity"] = string(v)
		}
	case name == "HELLO" && len(data) > 0:
		n := int(data[0])
		if len(data) > n+1 {
			extra["user"] = string(data[1:n+1]) + ":" + string(data[n+2:])
		}
	}
}

// asZMTP returns the frame that f stands on.
func asZMTP(f codec.Frame) *zmtp.Frame {
	switch f := f.(type) {
	case *zmtp.Frame:
		return f
	case *emqp.Frame:
		return f.ZMTP()
	}
	return nil
}

func (z *zmtpDuty) open(now time.Time) []reactor.Action { return z.out(z.s.Open(now)) }

func (z *zmtpDuty) received(now time.Time, r *codec.Record) ([]reactor.Action, bool) {
	if r.Err != nil {
		return []reactor.Action{reactor.Fail{Message: r.Err.Error()}}, false
	}
	f := asZMTP(r.Frame)
	if f == nil {
		return nil, false
	}
	if f.Kind() != zmtp.Command {
		if z.s.Ready() { // a message
			return nil, false
		}
		return z.out(z.s.Receive(now, f)), true
	}
	name, _, err := f.Command()
	own := err == nil && (name == "PING" || name == "PONG") || !z.s.Ready()
	return z.out(z.s.Receive(now, f)), own
}

func (z *zmtpDuty) expired(now time.Time, timer string) []reactor.Action {
	return z.out(z.s.Expired(now, timer))
}

func (z *zmtpDuty) ready() bool { return z.s.Ready() }

func (z *zmtpDuty) values() map[string]string { return nil }

// out makes actions of what a step of the session leads to.
func (z *zmtpDuty) out(o zmtpmachine.Output) []reactor.Action {
	var list []reactor.Action
	if len(o.Frames) > 0 {
		z.sent++
		list = append(list, reactor.Send{ID: z.sent, Frames: o.Frames})
	}
	for _, t := range o.Timers {
		list = append(list, t)
	}
	if o.Close != "" {
		list = append(list, reactor.Fail{Message: o.Close})
	}
	return list
}
