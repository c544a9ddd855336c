package emqp

import (
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// A service is what workers and schedulers have in common: they introduce
// themselves, give signs of life and look for those of the broker.
//
//	Opened ─▶ INFORM ─▶ ACK ─▶ running ─▶ silence, EOF ─▶ Connect ─▶ Opened
type service struct {
	dealer
	own     Options
	fault   error  // in the settings: the machine does nothing else than say so
	kind    string // of INFORM
	running bool   // there was an ACK
	heard   time.Time
}

// Timers of a service, beside timerReconnect and timerHeartbeat.
const timerSilence = "silence"

// newService returns a service whose connection is not there yet. Its holder
// sets o to the address of own, which moves with it.
func newService(o Options, kind string) service {
	return service{dealer: dealer{ids: ids{seed: o.Seed}, comeBack: true}, own: o.withDefaults(), kind: kind}
}

// Fault implements [reactor.Faulty].
func (s *service) Fault() error { return s.fault }

// handle has an event handled, and returns the actions.
func (s *service) handle(now time.Time, ev reactor.Event, dst []reactor.Action, on func(reactor.Event)) []reactor.Action {
	if s.fault != nil {
		return append(dst, reactor.Fail{Message: s.fault.Error()})
	}
	s.now, s.dst = now, dst
	on(ev)
	dst, s.dst = s.dst, nil
	return dst
}

// onEvent handles an event of the connection and the timers, and returns the
// messages that are for the worker or scheduler, and whether it has begun to
// run. queues are what INFORM tells.
func (s *service) onEvent(ev reactor.Event, queues []byte) (messages []message, begun bool) {
	if e, ok := ev.(reactor.Expired); ok && e.Timer != timerReconnect {
		s.expired(e.Timer)
		return nil, false
	}
	if _, opened := ev.(reactor.Opened); opened && !s.open {
		s.running, s.heard = false, s.now
		s.do(reactor.SetTimer{Timer: timerSilence, At: s.now.Add(s.patience())})
	}
	came, established := s.event(ev)
	if established {
		s.send("INFORM", queues, []byte(s.kind))
		s.do(reactor.SetTimer{Timer: timerHeartbeat, At: s.now.Add(s.o.Heartbeat)})
	}
	for _, m := range came {
		s.heard = s.now
		m.command = strings.ToUpper(m.command)
		switch {
		case m.command == "ACK" && !s.running:
			s.running, begun = true, true
			s.tell("running", "%s", s.kind)
		case m.command == "ACK", m.command == "HEARTBEAT":
		case s.o.isGoodbye(m.command):
			s.tell("goodbye", "the broker leaves")
		case !s.running && m.command != "DISCONNECT":
			s.tell("ignored", "%.40s before the ACK", m.command)
		default:
			messages = append(messages, m)
		}
	}
	return messages, begun
}

// patience is the silence after which the broker counts as gone.
func (s *service) patience() time.Duration { return s.o.Timeout * time.Duration(s.o.Liveness) }

func (s *service) expired(timer string) {
	switch {
	case !s.open:
	case timer == timerHeartbeat && s.up:
		s.send("HEARTBEAT", timestamp(s.now))
		s.do(reactor.SetTimer{Timer: timerHeartbeat, At: s.now.Add(s.o.Heartbeat)})
	case timer == timerSilence:
		if due := s.heard.Add(s.patience()); s.now.Before(due) {
			s.do(reactor.SetTimer{Timer: timerSilence, At: due})
			return
		}
		s.running = false
		s.hangUp("the broker has been silent for " + s.patience().String())
	}
}

// quiet takes the timers back, for one that leaves.
func (s *service) quiet() {
	for _, timer := range []string{timerHeartbeat, timerSilence, timerReconnect} {
		s.do(reactor.SetTimer{Timer: timer})
	}
}

// Ready implements [reactor.Readier].
func (s *service) Ready() bool { return s.running && s.up }
