package hg

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// States of a request of the client.
const (
	requestPending   = "pending"   // waits for Flush
	requestSending   = "sending"   // a Send has it
	requestSent      = "sent"      // that Send is out
	requestReceiving = "receiving" // some of the answer is there
)

// FinalClient is the client of the final dialect. It follows the
// clientreactor class of mercurial/wireprotoframing.py of hg 5.8.1. Its
// errors do not stick: what comes after them is handled.
//
// [reactor.Options].DeferOutput makes it the client of one HTTP request:
// commands wait for [Flush], of which there may be one. Without it every
// command goes out at once. [ClientSettings], which may
// also stand in Extra, change that.
//
// Without [reactor.Options].Compat text-output and progress are delivered,
// a [ResponseStatus] follows the data that ends it, and an answer may come as
// soon as there is a Send, not only when that is out.
type FinalClient struct {
	o         reactor.Options
	buffers   bool
	multiple  bool
	encodings []string

	w        hg.FinalWriter
	told     bool // the server knows the encodings
	canIssue bool
	canSend  bool
	ended    bool // no more input comes
	next     uint16
	waiting  []codec.Frame // for Flush
	held     int64         // bytes of them
	requests map[uint16]*clientRequest
	incoming map[uint8]*incoming
	sends    int
	unsent   map[int][]uint16 // requests whose frames a Send has
}

// A clientRequest is a command without the end of its answer.
type clientRequest struct {
	state  string
	status status
}

// active says whether frames may come for the request.
func (r *clientRequest) active(compat bool) bool {
	return r.state != requestPending && !(compat && r.state == requestSending)
}

// NewFinalClient returns a client that has sent nothing.
func NewFinalClient(o reactor.Options) *FinalClient {
	c := &FinalClient{
		o: o, buffers: o.DeferOutput, multiple: !o.DeferOutput,
		w: hg.FinalWriter{StreamID: 1}, canIssue: true, canSend: true, next: 1,
		requests: map[uint16]*clientRequest{}, incoming: map[uint8]*incoming{}, unsent: map[int][]uint16{},
	}
	c.set(o.Extra)
	return c
}

// State implements [reactor.Machine].
func (c *FinalClient) State() reactor.State {
	var pending, active []int
	states := []string{}
	for _, id := range sorted(c.requests) {
		r := c.requests[uint16(id)]
		if r.active(c.o.Compat) {
			active = append(active, id)
		} else if r.state == requestPending {
			pending = append(pending, id)
		}
		states = append(states, fmt.Sprintf("%d %s", id, r.state))
	}
	return reactor.State{
		{Name: "pending", Value: append([]int{}, pending...)},
		{Name: "active", Value: append([]int{}, active...)},
		{Name: "can_issue", Value: c.canIssue},
		{Name: "can_send", Value: c.canSend},
		{Name: "incoming_streams", Value: sorted(c.incoming)},
		{Name: "request_states", Value: states},
	}
}

// Snapshot implements [reactor.Machine]. A stream through which more than
// 16 MiB of compressed bytes came cannot be read in the copy.
func (c *FinalClient) Snapshot() reactor.Machine {
	d := *c
	d.waiting = slices.Clone(c.waiting)
	d.unsent = maps.Clone(c.unsent)
	d.requests = make(map[uint16]*clientRequest, len(c.requests))
	for id, r := range c.requests {
		d.requests[id] = &clientRequest{state: r.state, status: r.status.clone()}
	}
	d.incoming = make(map[uint8]*incoming, len(c.incoming))
	for id, in := range c.incoming {
		d.incoming[id] = in.clone()
	}
	return &d
}

// Step implements [reactor.Machine].
func (c *FinalClient) Step(_ time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*hg.Frame)
		if !ok {
			return append(dst, reactor.Reject{Message: fmt.Sprintf("a %T is no frame of hg", ev.Frame)})
		}
		return c.receive(f, dst)
	case reactor.Input:
		return append(dst, c.input(ev.Value))
	case reactor.Sent:
		for _, id := range c.unsent[ev.ID] {
			if r := c.requests[id]; r != nil && r.state == requestSending {
				r.state = requestSent
			}
		}
		delete(c.unsent, ev.ID)
		return dst
	case reactor.EOF:
		return append(dst, c.eof())
	case reactor.Broken:
		c.end()
		return append(dst, reactor.Close{Why: ev.Err.Error()})
	}
	return append(dst, reactor.Noop{})
}

// end says that no answers come any more.
func (c *FinalClient) end() { c.ended, c.canIssue, c.canSend = true, false, false }

func (c *FinalClient) eof() reactor.Action {
	already := c.ended
	c.end()
	switch {
	case len(c.requests) > 0 && !already:
		return reactor.Fail{Message: fmt.Sprintf("input ended in the middle of requests: %v", sorted(c.requests))}
	case already:
		return reactor.Noop{}
	}
	for _, id := range sorted(c.incoming) {
		if len(c.incoming[uint8(id)].settings.buf) > 0 {
			return reactor.Fail{Message: fmt.Sprintf("input ended in the middle of the settings of stream %d", id)}
		}
	}
	return reactor.Noop{}
}
