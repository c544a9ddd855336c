package repl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A link is a connection with a live peer. What has gone over it does not come
// back when the machine goes back.
type link struct {
	conn   int
	conv   codec.Conversation
	in     *codec.Stream
	open   bool // the peer may say more
	more   bool // there may be a frame to be read
	broken bool
}

// state says how a connection is; "" for one that is over.
func (l *link) state() string {
	switch {
	case l.broken:
		return ""
	case !l.open:
		return "on which the peer says no more"
	}
	return "with the peer"
}

// shortAddress is an address as far as a prompt needs it.
func shortAddress(address string) string {
	if i := strings.LastIndexByte(address, '/'); i >= 0 {
		return address[i+1:]
	}
	return address
}

// link returns a connection, or nil.
func (c *Console) link(conn int) *link {
	i := slices.IndexFunc(c.links, func(l *link) bool { return l.conn == conn })
	if i < 0 {
		return nil
	}
	return c.links[i]
}

// opened takes in a new connection.
func (c *Console) opened(conn int) error {
	o := c.o.Codec
	o.Dialect = c.o.Dialect
	conv, err := c.o.Protocol.Open(o)
	if err != nil {
		return err
	}
	if first, ok := conv.(codec.Starter); ok {
		first.Start()
	}
	dir := c.peerOf(0)
	c.links = append(c.links, &link{conn: conn, conv: conv, in: codec.NewStream(conv.Decoder(dir), dir), open: true})
	var what op = opening{conn}
	if c.aside {
		what = overheard{conn: conn}
	}
	c.do(what, fmt.Sprintf("connection %d", conn), c.now())
	return c.settle()
}

// hear takes in the next frame of a connection, if there is one.
func (c *Console) hear(l *link) {
	r, ok := l.in.Next()
	if !ok {
		l.more = false
		if rest := l.in.Rest(); len(rest) > 0 && !c.aside && c.peeks(0, l.conn) {
			c.happened(l.conn, reactor.Partial{Bytes: slices.Clone(rest)}, "")
		}
		return
	}
	if r.Err != nil {
		l.broken, l.more = true, false
		c.happened(l.conn, reactor.Broken{Err: r.Err}, "raw "+plural(len(r.Bytes), "byte"))
		return
	}
	f := r.Frame.Clone()
	c.happened(l.conn, reactor.Received{Frame: f}, textOf(f))
}

// happened gives the machine an event of a connection.
func (c *Console) happened(conn int, ev reactor.Event, text string) {
	w := c.world()
	o := feed{tape: w.tape}
	if got, ok := ev.(reactor.Received); ok {
		o.frames = []said{{c.peerOf(0), conn, got.Frame}}
	}
	if w.ends[0].hub {
		ev = reactor.From{Conn: conn, Event: ev}
	}
	o.events = []reactor.Event{ev}
	line := c.peerOf(0).String() + " "
	if w.ends[0].hub {
		line += fmt.Sprintf("[#%d] ", conn)
	}
	line += text
	if len(o.frames) > 0 {
		s := reactor.Step{Event: reactor.Input{Value: o}, Text: line}
		c.say("%s", c.arrow(c.peerOf(0), c.clipped(c.stepText(&s), 0)))
	}
	if c.aside {
		h := overheard{conn: conn, what: text}
		if len(o.frames) > 0 {
			h.frame = o.frames[0].frame
		}
		c.do(h, line, c.now())
		return
	}
	c.do(o, line, c.now())
}
