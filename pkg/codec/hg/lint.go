package hg

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Checker implements [codec.Linter].
func (Protocol) Checker() codec.Checker { return &checker{midstream: map[int]bool{}} }

// A checker follows streams and requests. In HTTP each exchange is on its own,
// as it is for the reactors.
type checker struct {
	exchanges codec.States[checked]
	midstream map[int]bool // conversations that were not seen from the beginning
	findings  []codec.Finding
}

// A checked is what the rules need to know of an exchange.
type checked struct {
	lost     bool
	streams  map[uint8]*checkedStream
	requests map[uint16]*checkedRequest
	sent     [2]bool // frames of client, of server
}

type checkedStream struct {
	open, settled bool
	first         codec.Place
}

// A checkedRequest is a request that was begun.
type checkedRequest struct {
	at                   codec.Place
	wantsArgs, wantsData bool
	argsDone, dataDone   bool
	more                 bool // of the request itself, in the final dialect
	ended                bool // the answer
}

// maxRequests is how many requests of an exchange are followed.
const maxRequests = 4096

// Open implements [codec.Checker].
func (c *checker) Open(conn int, _ string, whole bool) {
	if !whole && len(c.midstream) < maxRequests {
		c.midstream[conn] = true
	}
}

// Lost implements [codec.Checker].
func (c *checker) Lost(conn int) {
	c.midstream[conn] = true
	c.exchanges.All(func(of, _ int, s *checked) {
		if of == conn {
			s.lost = true
		}
	})
}

// End implements [codec.Checker].
func (c *checker) End(report func(codec.Violation)) {
	c.exchanges.All(func(_, _ int, s *checked) {
		for id := range 256 {
			if w := s.streams[uint8(id)]; w != nil && w.open {
				report(codec.Violation{Rule: "hg/stream-never-ended", Message: fmt.Sprintf("stream %d has no stream-end", id), Place: w.first})
			}
		}
	})
}

// Check implements [codec.Checker].
func (c *checker) Check(r *codec.Record, report func(codec.Violation)) {
	f, ok := r.Frame.(*Frame)
	if !ok {
		return
	}
	c.findings = f.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "hg/", c.findings, report)
	s := c.exchanges.Of(r.Conn, r.Exchange)
	if s == nil {
		return
	}
	if s.streams == nil {
		s.streams, s.requests = map[uint8]*checkedStream{}, map[uint16]*checkedRequest{}
		s.lost = c.midstream[r.Conn] && r.Exchange == 0
	}
	w := checking{s, f, r, report}
	client := f.StreamID%2 == 1 // who wrote it, when the direction does not say
	if r.Dir != 0 {
		client = r.Dir == codec.ToServer
		w.parity(client)
	}
	w.stream()
	if client {
		w.request()
	} else {
		w.answer()
	}
	s.sent[side(map[bool]codec.Direction{true: codec.ToServer, false: codec.ToClient}[client])] = true
}

// A checking is a frame that is looked at.
type checking struct {
	s      *checked
	f      *Frame
	r      *codec.Record
	report func(codec.Violation)
}

func (w *checking) say(rule, format string, args ...any) {
	codec.Report(w.r, w.report, "hg/"+rule, fmt.Sprintf(format, args...))
}

// about is say for what has to do with an earlier record.
func (w *checking) about(at codec.Place, rule, format string, args ...any) {
	codec.Report(w.r, w.report, "hg/"+rule, fmt.Sprintf(format, args...), at)
}

func (w *checking) parity(client bool) {
	switch id := w.f.StreamID; {
	case client && id%2 == 0:
		w.say("stream-parity", "the client writes on stream %d: even ones are the server's", id)
	case !client && id%2 == 1:
		w.say("stream-parity", "the server writes on stream %d: odd ones are the client's", id)
	}
}

func (w *checking) stream() {
	id, begins := w.f.StreamID, w.f.StreamFlags&StreamBegin != 0
	t := w.s.streams[id]
	if t == nil {
		t = &checkedStream{first: codec.PlaceOf(w.r)}
		w.s.streams[id] = t
		if w.s.lost {
			t.open = true
		}
	}
	switch {
	case !t.open && !begins:
		w.say("stream-not-begun", "stream %d is not open, and the frame has no stream-begin", id)
	case t.open && begins && !w.s.lost:
		w.about(t.first, "stream-begin-again", "stream %d is open already", id)
	}
	if w.f.Dialect() == final && w.f.TypeID == FinalStreamSettings && t.settled && !begins {
		w.about(t.first, "settings-late", "stream-settings after other frames of stream %d", id)
	}
	if begins {
		t.first = codec.PlaceOf(w.r)
	}
	t.settled = w.f.Dialect() != final || w.f.TypeID != FinalStreamSettings || w.f.Flags&DataEOS != 0
	t.open = w.f.StreamFlags&StreamEnd == 0
}

// begin takes the first frame of a request.
func (w *checking) begin() *checkedRequest {
	id := w.f.RequestID
	if id%2 == 0 {
		w.say("request-parity", "request %d: even ids are the server's", id)
	}
	if before := w.s.requests[id]; before != nil && !before.ended {
		w.about(before.at, "request-again", "request %d has no answer yet", id)
	}
	if len(w.s.requests) >= maxRequests {
		return &checkedRequest{}
	}
	q := &checkedRequest{at: codec.PlaceOf(w.r)}
	w.s.requests[id] = q
	return q
}

// request checks a frame of the client.
func (w *checking) request() {
	if w.f.Dialect() == final {
		w.finalRequest()
		return
	}
	f := w.f
	if f.TypeID == TypeCommandName {
		q := w.begin()
		q.wantsArgs, q.wantsData = f.Flags&CommandNameHaveArgs != 0, f.Flags&CommandNameHaveData != 0
		return
	}
	q := w.known()
	if q == nil {
		return
	}
	switch f.TypeID {
	case TypeCommandArgument:
		switch {
		case !q.wantsArgs:
			w.about(q.at, "unexpected-frame", "request %d announced no arguments", f.RequestID)
		case q.argsDone:
			w.about(q.at, "after-eos", "an argument of request %d after the last one", f.RequestID)
		}
		q.argsDone = q.argsDone || f.Flags&CommandArgumentEOA != 0
	case TypeCommandData:
		if q.wantsArgs && !q.argsDone && q.wantsData {
			w.about(q.at, "data-before-eoa", "data of request %d before its last argument", f.RequestID)
		}
		w.data(q)
	case TypeStreamSettings, TypeTextOutput:
	default:
		w.about(q.at, "unexpected-frame", "%s is not what a client sends", f.Type())
	}
}

// known returns the request that a frame goes on with, nil when there is none.
func (w *checking) known() *checkedRequest {
	q := w.s.requests[w.f.RequestID]
	name := w.f.Type()
	stray := w.f.TypeID == TypeStreamSettings || w.f.Dialect() == final && w.f.TypeID == FinalStreamSettings
	switch {
	case q == nil && !w.s.lost && !stray && len(w.s.requests) < maxRequests:
		w.say("unexpected-frame", "%s of request %d, which was not begun", name, w.f.RequestID)
	case q != nil && q.ended && !stray:
		w.about(q.at, "unexpected-frame", "%s of request %d, which has been answered", name, w.f.RequestID)
		return nil
	}
	return q
}

// data checks a command-data frame, which both dialects have.
func (w *checking) data(q *checkedRequest) {
	switch {
	case !q.wantsData:
		w.about(q.at, "unexpected-frame", "request %d announced no data", w.f.RequestID)
	case q.dataDone:
		w.about(q.at, "after-eos", "data of request %d after its eos", w.f.RequestID)
	}
	q.dataDone = q.dataDone || w.f.Flags&DataEOS != 0
}

func (w *checking) finalRequest() {
	f := w.f
	switch {
	case f.TypeID == FinalProtocolSettings:
		if len(w.s.requests) > 0 {
			w.say("settings-late", "sender-protocol-settings after a request")
		}
		return
	case f.TypeID == FinalCommandRequest && f.Flags&RequestNew != 0:
		q := w.begin()
		q.wantsData, q.more = f.Flags&RequestHaveData != 0, f.Flags&RequestMore != 0
		return
	}
	q := w.known()
	if q == nil {
		return
	}
	switch f.TypeID {
	case FinalCommandRequest:
		switch {
		case !q.more:
			w.about(q.at, "after-eos", "request %d goes on after its last frame", f.RequestID)
		case q.wantsData != (f.Flags&RequestHaveData != 0):
			w.about(q.at, "data-flag", "have-data is not what the first frame of request %d says", f.RequestID)
		}
		q.more = f.Flags&RequestMore != 0
	case FinalCommandData:
		w.data(q)
	case FinalStreamSettings:
	default:
		w.about(q.at, "unexpected-frame", "%s is not what a client sends", f.Type())
	}
}

// answer checks a frame of the server.
func (w *checking) answer() {
	f := w.f
	if !f.answers() || !w.s.sent[0] || w.s.lost {
		return
	}
	q := w.s.requests[f.RequestID]
	switch {
	case q == nil && len(w.s.requests) < maxRequests:
		w.say("answer-to-nothing", "nobody asked with the id %d", f.RequestID)
		return
	case q == nil:
		return
	case q.ended:
		w.about(q.at, "answer-after-end", "the answer to request %d has ended", f.RequestID)
	}
	if f.Dialect() == final {
		q.ended = q.ended || f.TypeID == FinalErrorResponse || f.Flags&DataEOS != 0
	} else {
		q.ended = q.ended || f.TypeID == TypeErrorResponse || f.Flags&DataEOS != 0
	}
}
