package reactor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Independent returns a hub of machines that know nothing of each other, one
// for each connection, made by the function. So a driver of hubs can drive
// any server. The hub takes the inputs of these machines, in a [From].
func Independent(makes func() Machine) Hub {
	return &independent{makes: makes, machines: map[int]Machine{}}
}

type independent struct {
	makes    func() Machine
	machines map[int]Machine // by connection
}

// Conns implements [Hub].
func (h *independent) Conns() []int { return slices.Sorted(maps.Keys(h.machines)) }

// Step implements [Machine].
func (h *independent) Step(now time.Time, ev Event, dst []Action) []Action {
	from, ok := ev.(From)
	if !ok {
		return append(dst, Reject{Message: "the event is of no connection"})
	}
	m := h.machines[from.Conn]
	if _, opened := from.Event.(Opened); opened {
		if m != nil {
			return append(dst, To{from.Conn, Reject{Message: fmt.Sprintf("connection %d is open", from.Conn)}})
		}
		h.machines[from.Conn] = h.makes()
		return dst
	}
	if m == nil {
		return dst // it has been closed meanwhile
	}
	for _, a := range m.Step(now, from.Event, nil) {
		dst = append(dst, To{from.Conn, a})
		switch a.(type) {
		case Close, Drop:
			delete(h.machines, from.Conn)
			return dst
		}
	}
	return dst
}

// State implements [Machine]: the state of each connection is one text.
func (h *independent) State() State {
	state := State{{Name: "connections", Value: h.Conns()}}
	for _, n := range h.Conns() {
		state = append(state, Attr{Name: fmt.Sprintf("#%d", n), Value: h.machines[n].State().String()})
	}
	return state
}

// Snapshot implements [Machine].
func (h *independent) Snapshot() Machine {
	c := &independent{makes: h.makes, machines: make(map[int]Machine, len(h.machines))}
	for n, m := range h.machines {
		c.machines[n] = m.Snapshot()
	}
	return c
}

// Input implements [Inputs].
func (h *independent) Input(name, args string) (Event, error) {
	if in, ok := h.makes().(Inputs); ok {
		return in.Input(name, args)
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name}
}

// InputNames implements [Inputs].
func (h *independent) InputNames() []string {
	if in, ok := h.makes().(Inputs); ok {
		return in.InputNames()
	}
	return nil
}
