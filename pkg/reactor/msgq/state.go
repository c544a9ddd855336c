package msgq

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Stop is the input that ends the daemon and all connections.
type Stop struct{}

// InputNames implements [reactor.Inputs].
func (d *Daemon) InputNames() []string { return []string{"stop"} }

// Input implements [reactor.Inputs].
func (d *Daemon) Input(name, args string) (reactor.Event, error) {
	switch {
	case name != "stop":
		return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"stop"}}
	case args != "":
		return nil, &codec.TextError{End: len(args), Field: "@stop", Message: "nothing follows it"}
	}
	return reactor.Input{Value: Stop{}}, nil
}

// State implements [reactor.Machine]. Connections are shown as #1, the
// daemon's own session as "own".
func (d *Daemon) State() reactor.State {
	clients := make([]string, 0, len(d.order))
	queued := 0
	for _, conn := range d.order {
		clients = append(clients, shown(conn)+"="+d.peers[conn].lname)
		queued += int(d.peers[conn].queued)
	}
	groups := make([]string, 0, len(d.members))
	for s, conns := range d.members {
		text := s.String() + "="
		for i, conn := range conns {
			if i > 0 {
				text += ","
			}
			text += shown(conn)
		}
		groups = append(groups, text)
	}
	slices.Sort(groups)
	return reactor.State{
		{Name: "clients", Value: clients},
		{Name: "groups", Value: groups},
		{Name: "queued", Value: queued},
		{Name: "own_session", Value: d.own.state()},
		{Name: "stopped", Value: d.stopped},
	}
}

func shown(conn int) string {
	if conn == ownConn {
		return "own"
	}
	return fmt.Sprintf("#%d", conn)
}

// bare returns a name without its quotation marks, where they are not needed.
func bare(name string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(name, `"`), `"`)
	if len(inner) != len(name)-2 || inner == "" || strings.ContainsAny(inner, " ,=/\\") && !strings.HasPrefix(inner, msgq.NotificationPrefix) {
		return name
	}
	return inner
}

// state says how far the session is.
func (s *session) state() string {
	switch {
	case s.ready:
		return "ready"
	case s.step == ownAbsent:
		return "none"
	case s.step == ownConnecting:
		return "connecting"
	}
	return fmt.Sprintf("asking %d of %d", int(s.step-ownAsking)+1, len(ownQuestions))
}

// String returns a subscription as texts show it.
func (s subscription) String() string { return bare(s.group) + "/" + bare(s.instance) }
