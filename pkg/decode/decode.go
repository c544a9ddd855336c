// Package decode makes records of captures: it chooses the protocol of each
// conversation, cuts both directions into frames and keeps them in the order
// of their times.
//
//	capture.Event ──▶ Session ──▶ codec.Record
//	                   └ one flow for each conversation: protocol, two Streams
package decode

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// Options say how to decode. The zero value finds out everything.
type Options struct {
	Protocol string          // "" or Auto means: find out, for each conversation
	Codec    codec.Options   // for every conversation; Dialect is "" to find out
	Rules    []Rule          // protocols of ports, before all else when finding out
	Only     codec.Direction // show only this direction; 0 means both
}

// Auto is the name that stands for finding out the protocol.
const Auto = "auto"

// Codes of records that are no damage, though they are no frames.
const (
	CodeUnknown   = "unknown-protocol" // no protocol of ours
	CodeNotFrames = "not-frames"       // an HTTP body that holds something else
)

// Damaged says whether r shows that the capture is not whole or not right.
func Damaged(r *codec.Record) bool {
	if r.IsGap() {
		return true
	}
	return r.Err != nil && r.Err.Code != CodeUnknown && r.Err.Code != CodeNotFrames
}

// A Session decodes the conversations of one capture.
type Session struct {
	o     Options
	fixed codec.Protocol // nil when it is to be found out
	flows map[int]*flow
	last  *flow // of the event before
	list  []*Summary

	buffers codec.Buffers // of all streams
}

// NewSession returns a Session. It fails when o names a protocol or a dialect
// that does not exist.
func NewSession(o Options) (*Session, error) {
	s := &Session{o: o, flows: map[int]*flow{}}
	if o.Protocol == "" || o.Protocol == Auto {
		if o.Codec.Dialect != "" {
			return nil, errors.New("a dialect is named, but not its protocol")
		}
		return s, nil
	}
	p, err := registry.Lookup(o.Protocol)
	if err != nil {
		return nil, err
	}
	if _, err := p.Open(o.Codec); err != nil {
		return nil, err
	}
	s.fixed = p
	return s, nil
}

// Records decodes all that src holds. A record is good until the next one is
// asked for. Errors are those of src: after a [*capture.Damage] decoding goes
// on.
func (s *Session) Records(src capture.Source) iter.Seq2[*codec.Record, error] {
	return func(yield func(*codec.Record, error) bool) {
		stopped := false
		emit := func(r *codec.Record) bool {
			stopped = !yield(r, nil)
			return !stopped
		}
		for ev, err := range src.Events() {
			switch {
			case err != nil:
				stopped = !yield(nil, err)
			default:
				s.Event(&ev, emit)
			}
			if stopped {
				return
			}
		}
		s.Finish(emit)
	}
}

// Event decodes what an event brings. It stops when emit returns false.
func (s *Session) Event(ev *capture.Event, emit func(*codec.Record) bool) {
	if ev.Conn == nil {
		return
	}
	f := s.last
	if f == nil || f.conn != ev.Conn {
		if f = s.flows[ev.Conn.ID]; f == nil {
			f = s.open(ev.Conn)
		}
		s.last = f
	}
	f.emit = emit
	f.event(ev)
	if ev.Kind == capture.KindClose {
		delete(s.flows, ev.Conn.ID)
		s.last = nil
	}
}

// Finish ends the conversations that are still open, as their inputs do when
// they are cut off.
func (s *Session) Finish(emit func(*codec.Record) bool) {
	for _, sum := range s.list {
		if f := s.flows[sum.Conn.ID]; f != nil {
			f.emit = emit
			f.end()
			delete(s.flows, sum.Conn.ID)
		}
	}
}

func (s *Session) open(c *capture.Conn) *flow {
	sum := &Summary{Conn: c}
	f := &flow{s: s, conn: c, sum: sum}
	s.flows[c.ID] = f
	s.list = append(s.list, sum)
	if s.fixed != nil && !f.mayBeHTTP() {
		f.choose(s.fixed, asked)
	}
	return f
}

// asked is why a protocol was chosen that the caller named.
const asked = "as asked"

// A Summary says what a conversation was.
type Summary struct {
	Conn     *capture.Conn
	Protocol string // "" when it is none of ours
	Dialect  string
	Why      string // why that protocol, or what else it looks like
	Frames   [2]int // to the server, to the client
	Damage   int    // records that show damage
	Gaps     int
	Missing  int64 // bytes in the gaps

	// Unfinished says what began and never ended; Columns and Rows are the
	// protocol's own account of the conversation. They are known at its end.
	Unfinished []string
	Ends       []End // the same, with codes
	Columns    []string
	Rows       [][]string
}

// An End says what a direction left unfinished.
type End struct {
	codec.Finding
	Exchange int
	Dir      codec.Direction
}

// Summaries returns what is known about the conversations, in the order of
// their numbers.
func (s *Session) Summaries() []*Summary { return s.list }

// count adds a record to the summary.
func (sum *Summary) count(r *codec.Record) {
	if r.Frame != nil && r.Err == nil {
		sum.Frames[side(r.Dir)]++
		return
	}
	if Damaged(r) {
		sum.Damage++
	}
	if r.IsGap() {
		sum.Gaps++
		sum.Missing += r.Span.Len()
	}
}

// maxRows is how many rows the accounts of exchanges may have together.
const maxRows = 10000

// finishExchange is finish for one of several exchanges, each of which is a
// conversation to the protocol.
func (sum *Summary) finishExchange(number int, c codec.Conversation) {
	var part Summary
	part.finish(c)
	sum.Dialect = part.Dialect
	sum.addAccount(&part, number)
}

// addAccount adds the account of an exchange, or with 0 of all.
func (sum *Summary) addAccount(part *Summary, number int) {
	if number == 0 {
		sum.Unfinished, sum.Ends, sum.Columns, sum.Rows = part.Unfinished, part.Ends, part.Columns, part.Rows
		return
	}
	if len(sum.Rows)+len(part.Rows)+len(sum.Unfinished) > maxRows {
		return
	}
	for _, e := range part.Ends {
		e.Exchange = number
		sum.Ends = append(sum.Ends, e)
	}
	for _, text := range part.Unfinished {
		sum.Unfinished = append(sum.Unfinished, fmt.Sprintf("exchange %d: %s", number, text))
	}
	if part.Columns != nil {
		sum.Columns = append([]string{"exchange"}, part.Columns...)
	}
	for _, row := range part.Rows {
		sum.Rows = append(sum.Rows, append([]string{strconv.Itoa(number)}, row...))
	}
}

// finish asks the conversation for its account.
func (sum *Summary) finish(c codec.Conversation) {
	sum.Dialect, _ = c.Dialect()
	if e, ok := c.(codec.Ender); ok {
		for _, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
			for _, f := range e.AppendEnd(nil, d) {
				sum.Unfinished = append(sum.Unfinished, f.Message)
				sum.Ends = append(sum.Ends, End{Finding: f, Dir: d})
			}
		}
	}
	if s, ok := c.(codec.Summarizer); ok {
		sum.Columns, sum.Rows = s.Summary()
	}
}

func side(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}
