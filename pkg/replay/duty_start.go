package replay

import (
	"maps"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

// A start is a servant that is the client's machine until it is ready:
// msgq asks for its lname, zeo agrees on a protocol and registers. From then
// on the document speaks, and the machine only gives signs of life.
type start struct {
	m    reactor.Machine
	live bool
}

func newStart(proto, dialect string, extra map[string]string, o *Options) (servant, error) {
	settings := map[string]string{}
	maps.Copy(settings, extra)
	maps.Copy(settings, o.Settings)
	m, err := machines.New(proto, reactor.Options{Role: reactor.Client, Dialect: dialect, Extra: settings})
	if err != nil {
		return nil, err
	}
	return &start{m: m}, nil
}

func (s *start) open(now time.Time) []reactor.Action {
	return s.m.Step(now, reactor.Opened{}, nil)
}

func (s *start) received(now time.Time, r *codec.Record) ([]reactor.Action, bool) {
	switch {
	case s.live:
		return nil, false
	case r.Err != nil:
		return s.m.Step(now, reactor.Broken{Err: r.Err}, nil), true
	case r.Frame == nil:
		return nil, true
	}
	actions := s.m.Step(now, reactor.Received{Frame: r.Frame}, nil)
	s.live = s.ready()
	return actions, true
}

func (s *start) expired(now time.Time, timer string) []reactor.Action {
	return s.m.Step(now, reactor.Expired{Timer: timer}, nil)
}

func (s *start) ready() bool {
	r, ok := s.m.(reactor.Readier)
	return !ok || r.Ready()
}

// values returns what the state of the machine tells by name and text.
func (s *start) values() map[string]string {
	for _, f := range s.m.State() {
		if name, ok := f.Value.(string); ok && f.Name == "lname" {
			return map[string]string{"lname": name}
		}
	}
	return nil
}
