package zeo

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of a [Server].
type (
	// Stop ends all connections and the server.
	Stop struct{}

	// Invalidate tells all clients that a storage was changed behind the
	// server's back: they drop what they keep. It ends their connections,
	// and when they come back they learn nothing of what changed.
	Invalidate struct{}
)

// InputNames implements [reactor.Inputs].
func (s *Server) InputNames() []string { return []string{"stop", "invalidate"} }

// Input implements [reactor.Inputs].
func (s *Server) Input(name, args string) (reactor.Event, error) {
	if args != "" {
		return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "nothing follows it"}
	}
	switch name {
	case "stop":
		return reactor.Input{Value: Stop{}}, nil
	case "invalidate":
		return reactor.Input{Value: Invalidate{}}, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: s.InputNames()}
}

func (s *Server) input(v any) {
	switch v.(type) {
	case Stop:
		for _, conn := range s.Conns() {
			s.sessions[conn].end(reactor.Close{Why: "the server stops"})
		}
		s.do(reactor.Close{Why: "asked by our own side"})
	case Invalidate:
		s.changes = nil
		for _, conn := range s.Conns() {
			s.sessions[conn].end(reactor.Close{Why: "the storage has changed"})
		}
	default:
		s.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}
