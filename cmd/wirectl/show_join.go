package main

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// A showing is a record on its way to the output.
type showing struct {
	r      codec.Record
	text   []byte
	joined codec.Joined
	chosen bool
	later  decode.Later // says whether it is chosen, if not nil
}

// alone returns x without what was only lent to it, text included.
func (x *showing) alone() showing {
	c := *x
	c.text, c.r.Frame = nil, nil
	if c.r.Bytes != nil {
		c.r.Bytes = []byte{} // not nil: it is no gap
	}
	return c
}

// itemSize is about what a record takes beside its text.
const itemSize = 300

// join finds out what the records before tell of one.
func (s *shower) join(x *showing, link codec.Link) {
	x.joined = codec.Joined{Outstanding: -1}
	if s.joiner != nil {
		x.joined = s.joiner.Add(&x.r, link)
	}
}

// take takes a record that was joined. It is shown now, or when it is known
// what answers it. It says whether the record was chosen, if that is known now.
func (s *shower) take(x *showing, link codec.Link) (chosen bool, err error) {
	if s.ahead == nil {
		return s.settle(x)
	}
	s.ahead.Answer(&x.r, &x.joined)
	if err := s.settleAhead(); err != nil {
		return false, err
	}
	switch {
	case !x.chosen && x.later == nil && s.around.n == 0:
		return false, nil
	case s.ahead.Empty() && !x.joined.Asks:
		return s.settle(x)
	}
	c, size := x.alone(), len(x.text)
	c.text = bytes.Clone(x.text)
	if s.sink != nil { // which wants all of it
		if size = 2 * len(x.r.Bytes); x.r.Frame != nil {
			c.r.Frame = x.r.Frame.Clone()
		}
		c.r.Bytes = bytes.Clone(x.r.Bytes)
	}
	s.ahead.Push(&x.r, link, x.joined, size+itemSize, c)
	return false, s.settleAhead()
}

// settleAhead shows what need not wait any more.
func (s *shower) settleAhead() error {
	for {
		x, joined, ok := s.ahead.Next()
		if !ok {
			return nil
		}
		x.joined = joined
		if _, err := s.settle(&x); err != nil {
			return err
		}
	}
}

// settle shows a record about which all is known, if it was chosen or stands
// near one that was.
func (s *shower) settle(x *showing) (chosen bool, err error) {
	if x.later != nil {
		x.text, x.chosen = x.later(x.text, &x.joined)
	}
	x.chosen = x.chosen && !s.sated()
	return x.chosen, s.put(x)
}

// closed is told that a conversation is over: no answer comes any more.
func (s *shower) closed(conn int) {
	if s.ahead != nil {
		s.ahead.Forget(conn)
	}
	if s.joiner != nil && !s.o.list && s.sink == nil { // they want to tell of them
		s.joiner.Forget(conn)
	}
}

// settleAll shows all that still waits: the capture ends here.
func (s *shower) settleAll() error {
	if s.ahead == nil {
		return nil
	}
	s.ahead.Finish()
	return s.settleAhead()
}

// limits says which limits of joining were hit.
func (s *shower) limits() {
	if s.joiner != nil && s.joiner.Full {
		fmt.Fprintf(s.e.Stderr, "wirectl: requests had no answer within the next %s requests, and were given up: an answer that came later is not joined\n", grouped(decode.MaxAsks/2))
	}
	if s.ahead != nil && s.ahead.Lost > 0 {
		fmt.Fprintf(s.e.Stderr, "wirectl: %s requests had no answer within the next %s records or %s of output: one that came later is not joined\n",
			grouped(int64(s.ahead.Lost)), grouped(int64(s.ahead.MaxRecords)), ui.Size(int64(s.ahead.MaxBytes)))
	}
}
