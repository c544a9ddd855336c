package repl

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A learning is what the readers of lines and of bytes have learnt from the
// steps so far. It cannot go back: it is made anew.
type learning struct {
	readers []*Reader // of each end
	conv    codec.Conversation
	streams map[codec.Direction]*codec.Stream
	conn    int // that conv and streams are of
}

// learn makes the learning of the steps that have happened.
func (c *Console) learn() error {
	w := c.world()
	k := &learning{}
	o := c.o.Codec
	o.Dialect = c.o.Dialect
	for i, e := range w.ends {
		peer := says(1 - i)
		if !w.two() && e.role == reactor.Server {
			peer = codec.ToServer
		} else if !w.two() {
			peer = codec.ToClient
		}
		r, err := NewReader(c.o.Protocol, o, peer, e.hub, c.o.Lookup)
		if err != nil {
			return err
		}
		k.readers = append(k.readers, r)
	}
	c.learnt = k
	for i := range c.step.At() {
		s := &c.step.Steps()[i]
		in, _ := s.Event.(reactor.Input)
		switch o := in.Value.(type) {
		case feed:
			if l, err := humanframe.ParseLine("", 0, o.line); err == nil && o.line != "" {
				_, _ = k.readers[o.end].Read(w.ends[o.end].m, l) // it was read before
			}
		case delivery:
			c.decode(o.p)
		}
		c.heed(s)
	}
	return nil
}

// reader returns the Reader of an end.
func (c *Console) reader(n int) (*Reader, error) {
	if c.learnt == nil {
		if err := c.learn(); err != nil {
			return nil, err
		}
	}
	return c.learnt.readers[n], nil
}

// heed learns from a step what was said in it. The line itself has been read.
func (c *Console) heed(s *reactor.Step) {
	k := c.learnt
	if k == nil {
		return
	}
	in, _ := s.Event.(reactor.Input)
	switch o := in.Value.(type) {
	case feed:
		for _, f := range o.frames {
			k.readers[o.end].heed(f.dir, f.conn, []codec.Frame{f.frame})
			k.opened(o.end, f.conn)
		}
		if o.line == "" {
			for _, ev := range o.events {
				if from, ok := ev.(reactor.From); ok {
					k.opened(o.end, from.Conn)
				}
			}
		}
	case connecting:
		k.conv, k.streams = nil, nil
		k.conn++
		for i := range k.readers {
			k.opened(i, k.conn)
		}
	case injection:
		k.hear(o.p.dir, max(o.p.conn, k.conn), o.p.frame)
	case overheard:
		k.hear(c.peerOf(0), o.conn, o.frame)
		k.opened(0, o.conn)
	case opening:
		k.conn = o.conn
		k.opened(0, o.conn)
	}
	for _, a := range s.Actions {
		role, conn, inside := unwrap(a)
		send, ok := inside.(reactor.Send)
		if !ok {
			continue
		}
		if role == "" {
			k.readers[0].Heed([]reactor.Action{a})
			continue
		}
		dir := codec.ToServer
		if role == reactor.Server {
			dir = codec.ToClient
		}
		for _, r := range k.readers {
			r.heed(dir, conn, send.Frames)
		}
	}
}

// decode makes events of what is delivered. They are those that a driver would
// make of the bytes; none of half a frame.
func (c *Console) decode(p packet) []reactor.Event {
	switch {
	case p.broken:
		return []reactor.Event{reactor.Broken{Err: errLost}}
	case p.eof:
		return []reactor.Event{reactor.EOF{}}
	}
	k := c.learnt
	if k.conv == nil {
		o := c.o.Codec
		o.Dialect = c.o.Dialect
		conv, err := c.o.Protocol.Open(o)
		if err != nil {
			return []reactor.Event{reactor.Broken{Err: err}}
		}
		k.conv, k.streams = conv, map[codec.Direction]*codec.Stream{}
		for _, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
			k.streams[d] = codec.NewStream(conv.Decoder(d), d)
		}
	}
	var events []reactor.Event
	s := k.streams[p.dir]
	s.Feed(p.bytes)
	for {
		r, ok := s.Next()
		switch {
		case !ok:
			if rest := s.Rest(); len(rest) > 0 && c.peeks(hears(p.dir), c.world().conn) {
				events = append(events, reactor.Partial{Bytes: slices.Clone(rest)})
			}
			return events
		case r.Err != nil:
			events = append(events, reactor.Broken{Err: r.Err})
		default:
			events = append(events, reactor.Received{Frame: r.Frame.Clone()})
		}
	}
}

// peeks says whether an end wants to see the beginning of a frame.
func (c *Console) peeks(n, conn int) bool {
	e := c.world().ends[n]
	p, ok := e.m.(reactor.Peeker)
	if !e.hub {
		conn = 0
	}
	return ok && p.Peeks(conn)
}

// opened notes that a connection of a hub is there.
func (k *learning) opened(n, conn int) {
	if m := k.readers[n].opened; m != nil {
		m[max(1, conn)] = true
	}
}

// hear tells all readers of a frame that was typed.
func (k *learning) hear(dir codec.Direction, conn int, f codec.Frame) {
	if f == nil {
		return
	}
	for _, r := range k.readers {
		r.heed(dir, conn, []codec.Frame{f})
	}
}
