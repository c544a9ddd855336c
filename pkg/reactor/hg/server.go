package hg

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// States that the servers of both dialects have.
const (
	stateIdle      = "idle"
	stateReceiving = "command-receiving"
	stateErrored   = "errored"
)

// A server is what differs between the dialects' servers.
type server interface {
	// dispatch handles a frame whose stream is in order.
	dispatch(f *hg.Frame) reactor.Action

	// plain undoes the encoding of a frame of an encoded stream.
	plain(f *hg.Frame) (*hg.Frame, error)

	// input makes frames of what our own side wants to say.
	input(v any) []reactor.Action

	// unfinished says what the end of input cut off, or "".
	unfinished() string
}

// serverCore is what the servers of both dialects have in common: the
// client's streams, the requests that are being answered, and answers that
// wait for the end of input.
type serverCore struct {
	o        reactor.Options
	state    string
	active   map[uint16]bool
	incoming map[uint8]bool
	deferred []answer
	flushed  bool // what was deferred has gone out
	sends    int
	unsent   map[int][]uint16 // requests that end when a Send is out
	buffered int64            // bytes of requests that are not whole
}

// An answer waits for the end of input.
type answer struct {
	request uint16
	frames  []codec.Frame
	ends    bool // the request is over with it
}

func newServerCore(o reactor.Options, state string) serverCore {
	return serverCore{o: o, state: state, active: map[uint16]bool{}, incoming: map[uint8]bool{}, unsent: map[int][]uint16{}}
}

func (c *serverCore) clone() serverCore {
	d := *c
	d.active, d.incoming, d.unsent = maps.Clone(c.active), maps.Clone(c.incoming), maps.Clone(c.unsent)
	d.deferred = slices.Clone(c.deferred)
	return d
}

func sorted[K uint8 | uint16, V any](m map[K]V) []int {
	list := make([]int, 0, len(m))
	for k := range m {
		list = append(list, int(k))
	}
	slices.Sort(list)
	return list
}

// step takes an event for s, of which c is the core.
func (c *serverCore) step(s server, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	switch ev := ev.(type) {
	case reactor.Received:
		f, ok := ev.Frame.(*hg.Frame)
		if !ok {
			return append(dst, reactor.Reject{Message: fmt.Sprintf("a %T is no frame of hg", ev.Frame)})
		}
		return append(dst, c.receive(s, f))
	case reactor.Input:
		return append(dst, s.input(ev.Value)...)
	case reactor.Sent:
		for _, id := range c.unsent[ev.ID] {
			if !c.active[id] { // with Compat, and hg finds out by now
				dst = append(dst, reactor.Reject{Message: fmt.Sprintf("request %d is not active", id)})
			}
			delete(c.active, id)
		}
		delete(c.unsent, ev.ID)
		return dst
	case reactor.EOF:
		return append(dst, c.eof(s))
	case reactor.Broken:
		c.state = stateErrored
		return append(dst, reactor.Close{Why: ev.Err.Error()})
	}
	return append(dst, reactor.Noop{})
}

// fail puts the server into its last state.
func (c *serverCore) fail(format string, args ...any) reactor.Action {
	c.state = stateErrored
	return reactor.Fail{Message: fmt.Sprintf(format, args...)}
}

// receive checks the frame's stream and hands the frame on.
func (c *serverCore) receive(s server, f *hg.Frame) reactor.Action {
	if c.state == stateErrored && !c.o.Compat {
		return c.fail("server already errored")
	}
	open := c.incoming[f.StreamID]
	begins := f.StreamFlags&hg.StreamBegin != 0
	switch {
	case f.StreamID%2 == 0:
		return c.fail("received frame with even numbered stream ID: %d", f.StreamID)
	case !open && !begins:
		return c.fail("received frame on unknown inactive stream without beginning of stream flag set")
	case open && begins && !c.o.Compat:
		return c.fail("received frame with beginning of stream flag set on open stream: %d", f.StreamID)
	}
	c.incoming[f.StreamID] = true
	if f.StreamFlags&hg.StreamEncoded != 0 {
		var err error
		if f, err = s.plain(f); err != nil {
			return c.fail("%v", err)
		}
	}
	ends := f.StreamFlags&hg.StreamEnd != 0
	if ends && c.o.Compat {
		delete(c.incoming, f.StreamID)
	}
	a := s.dispatch(f)
	if ends {
		delete(c.incoming, f.StreamID)
	}
	return a
}

// errNotEncoded is the error for an encoded frame of a stream that has no
// encoding.
func errNotEncoded(f *hg.Frame) error {
	return fmt.Errorf("received encoded frame on stream without encoding: %d", f.StreamID)
}

// hold counts bytes that wait for a request to be whole, and fails when they
// are too many.
func (c *serverCore) hold(n int) reactor.Action {
	if c.buffered+int64(n) > c.o.Buffered() {
		return c.fail("too many bytes of unfinished requests: more than %d", c.o.Buffered())
	}
	c.buffered += int64(n)
	return nil
}

// eof ends the client's half: what was deferred goes out.
func (c *serverCore) eof(s server) reactor.Action {
	if c.state != stateErrored && !c.o.Compat {
		if what := s.unfinished(); what != "" {
			return c.fail("input ended in the middle of %s", what)
		}
	}
	if len(c.deferred) == 0 && !(c.flushed && c.o.Compat) { // hg sends nothing once more
		return reactor.Noop{}
	}
	c.flushed = true
	var frames []codec.Frame
	var ends []uint16
	for _, a := range c.deferred {
		frames = append(frames, a.frames...)
		if a.ends {
			ends = append(ends, a.request)
		}
	}
	c.deferred = nil
	return c.send(frames, ends)
}

// send makes a Send; the requests end once it is out.
func (c *serverCore) send(frames []codec.Frame, ends []uint16) reactor.Action {
	c.sends++
	if len(ends) > 0 {
		c.unsent[c.sends] = ends
	}
	return reactor.Send{ID: c.sends, Frames: frames}
}

// refusal says why a request cannot be answered on a stream, or "".
func (c *serverCore) refusal(id uint16, stream uint8) string {
	switch {
	case stream%2 != 0:
		return fmt.Sprintf("server should only write to even numbered streams; %d is not even", stream)
	case c.o.Compat:
		return "" // hg looks when it has sent
	case !c.active[id]:
		return fmt.Sprintf("request %d is not active", id)
	case c.answered(id):
		return fmt.Sprintf("request %d has been answered", id)
	}
	return ""
}

// answered says whether the last frames of an answer are on their way.
func (c *serverCore) answered(id uint16) bool {
	for _, a := range c.deferred {
		if a.request == id && a.ends {
			return true
		}
	}
	for _, ids := range c.unsent {
		if slices.Contains(ids, id) {
			return true
		}
	}
	return false
}

// answer sends the frames of an answer, or lets them wait for the end of
// input unless they go at once. ends says that the request is over with them.
func (c *serverCore) answer(id uint16, frames []*hg.Frame, ends, atOnce bool) reactor.Action {
	list := make([]codec.Frame, len(frames))
	for i, f := range frames {
		list[i] = f.Clone()
	}
	if c.o.DeferOutput && !atOnce {
		c.deferred = append(c.deferred, answer{id, list, ends})
		return reactor.Noop{Why: "deferred"}
	}
	var over []uint16
	if ends {
		over = []uint16{id}
	}
	return c.send(list, over)
}

func refused(why string) []reactor.Action { return []reactor.Action{reactor.Reject{Message: why}} }

// answerArgs reads what all directives that answer have: a request ID, a
// stream ID, and what is to be said, which begins at the offset at.
func answerArgs(name, args, hint string) (request uint16, stream uint8, said string, at int, err error) {
	words := strings.SplitN(args, " ", 3)
	if len(words) < 3 {
		return 0, 0, "", 0, &codec.TextError{
			End: len(args), Field: "@" + name, Message: "it wants a request ID, a stream ID and what is to be said", Hint: hint,
		}
	}
	r, err := lex.Uint([]byte(words[0]), 0xffff)
	if err != nil {
		return 0, 0, "", 0, err
	}
	at = len(words[0]) + 1
	n, err := lex.Uint([]byte(words[1]), 0xff)
	if err != nil {
		return 0, 0, "", 0, lex.Shift(err, at)
	}
	return uint16(r), uint8(n), words[2], at + len(words[1]) + 1, nil
}
