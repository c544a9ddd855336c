package zeo

import (
	"maps"
	"slices"

	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// State implements [reactor.Machine].
func (c *Client) State() reactor.State {
	var calls []string
	for _, key := range c.order {
		calls = append(calls, key+"="+c.calls[key].name)
	}
	txn := "none"
	if c.txn != nil {
		txn = string(c.txn.step)
	}
	return reactor.State{
		{Name: "state", Value: string(c.state)},
		{Name: "protocol", Value: c.version},
		{Name: "read_only", Value: c.readOnly},
		{Name: "last_tid", Value: c.lastTID.String()},
		{Name: "calls", Value: calls},
		{Name: "transaction", Value: txn},
		{Name: "commits", Value: len(c.commits)},
		{Name: "waiting", Value: len(c.queue)},
		{Name: "serials", Value: len(c.serials)},
		{Name: "blobs", Value: len(c.blobs)},
		{Name: "next_id", Value: int(c.nextID)},
	}
}

// Snapshot implements [reactor.Machine].
func (c *Client) Snapshot() reactor.Machine {
	s := *c
	if c.in != nil {
		s.in, s.out = c.in.Clone(), c.out.Clone()
	}
	s.calls = make(map[string]*clientCall, len(c.calls))
	for key, k := range c.calls {
		copied := *k
		copied.waiters = slices.Clone(k.waiters)
		s.calls[key] = &copied
	}
	s.order, s.early, s.queue, s.commits = slices.Clone(c.order), slices.Clone(c.early), slices.Clone(c.queue), slices.Clone(c.commits)
	s.serials, s.unsent = maps.Clone(c.serials), maps.Clone(c.unsent)
	s.blobs = make(map[clientBlobKey]*clientBlob, len(c.blobs))
	for key, b := range c.blobs {
		copied := *b
		copied.data = slices.Clone(b.data)
		s.blobs[key] = &copied
	}
	if c.txn != nil {
		copied := *c.txn
		copied.resolved = maps.Clone(c.txn.resolved)
		s.txn = &copied
	}
	s.dst = nil
	return &s
}

// Ready implements [reactor.Readier].
func (c *Client) Ready() bool { return c.state == clientReady }

// LastTID returns the transaction up to which the server has told all changes.
func (c *Client) LastTID() storage.TID { return c.lastTID }

var (
	_ reactor.Inputs  = (*Client)(nil)
	_ reactor.Readier = (*Client)(nil)
)
