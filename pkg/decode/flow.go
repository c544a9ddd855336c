package decode

import (
	"bytes"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A flow is one conversation while it is decoded. Until its protocol is known
// its events wait.
type flow struct {
	s    *Session
	conn *capture.Conn
	sum  *Summary
	emit func(*codec.Record) bool
	gone bool // emit said no

	talk *talk // the frames straight on the connection
	web  *web  // the frames in HTTP bodies
	none bool  // no protocol of ours
	at   [2]int64

	waiting []capture.Event
	waits   int       // bytes in waiting
	heads   [2][]byte // the first bytes of each direction

	seq  int
	time time.Time
	rec  codec.Record
}

// A talk is a pair of streams that share a conversation's state.
type talk struct {
	proto   string
	conv    codec.Conversation
	streams [2]*codec.Stream
}

func newTalk(p codec.Protocol, o codec.Options, b *codec.Buffers) *talk {
	conv, err := p.Open(o)
	if err != nil { // NewSession has tried the dialect: another was found in the traffic
		o.Dialect = ""
		conv, _ = p.Open(o)
	}
	t := &talk{proto: p.Info().Name, conv: conv}
	for i, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
		t.streams[i] = codec.NewStream(conv.Decoder(d), d)
		t.streams[i].Share(b)
	}
	return t
}

func (f *flow) event(ev *capture.Event) {
	if ev.Parts != nil {
		f.run(ev)
		return
	}
	if !ev.Time.IsZero() {
		f.time = ev.Time
	}
	switch {
	case !f.decided():
		f.wait(ev)
	case ev.Kind == capture.KindData:
		f.data(ev.Dir, ev.Data)
	default:
		f.decode(ev)
	}
}

// run takes bytes that several packets brought, each at its time.
func (f *flow) run(ev *capture.Event) {
	if f.talk == nil {
		for one := range ev.Each() {
			f.event(&one)
		}
		return
	}
	s := f.talk.streams[side(ev.Dir)]
	data := f.s.buffers.Keep(ev.Data)
	from, last := 0, len(ev.Parts)-1
	for i := range ev.Parts {
		p := &ev.Parts[i]
		if !p.Time.IsZero() {
			f.time = p.Time
		}
		if s.FeedRun(data[:p.End], from, i < last) {
			f.drain(f.talk, s, nil)
		}
		from = p.End
	}
}

// decided says whether it is known how to read the conversation.
func (f *flow) decided() bool { return f.talk != nil || f.web != nil || f.none }

// decode takes an event once it is known what it is part of.
func (f *flow) decode(ev *capture.Event) {
	switch ev.Kind {
	case capture.KindData:
		f.data(ev.Dir, ev.Data)
	case capture.KindGap:
		f.missing(ev.Dir, ev.Gap)
	case capture.KindClose:
		f.end()
	}
}

func (f *flow) data(d codec.Direction, b []byte) {
	switch {
	case f.web != nil:
		f.web.parts(f.web.http.Feed(d, b))
	case f.talk != nil:
		s := f.talk.streams[side(d)]
		s.Feed(b)
		f.drain(f.talk, s, nil)
	default:
		f.unknown(d, b)
	}
}

func (f *flow) missing(d codec.Direction, n int64) {
	switch {
	case f.web != nil:
		f.web.parts(f.web.http.Gap(d, n))
	case f.talk != nil:
		s := f.talk.streams[side(d)]
		s.Gap(n)
		f.drain(f.talk, s, nil)
	default:
		at := &f.at[side(d)]
		f.show(&codec.Record{Dir: d, Span: codec.Span{Start: *at, End: *at + n}})
		*at += n
	}
}

// end flushes what the decoders still hold.
func (f *flow) end() {
	if !f.decided() {
		f.decide(true)
	}
	switch {
	case f.web != nil:
		f.web.end()
	case f.talk != nil:
		for _, s := range f.talk.streams {
			s.End()
			f.drain(f.talk, s, nil)
		}
		f.sum.finish(f.talk.conv)
	}
}

// drain shows the records that a stream has ready. x is the exchange of HTTP
// that they are part of, or nil.
func (f *flow) drain(t *talk, s *codec.Stream, x *exchange) {
	r := &f.rec
	if !s.Read(r) {
		return
	}
	r.Proto, r.Conn, r.Time = t.proto, f.conn.ID, f.time
	r.Exchange, r.HTTP = 0, nil
	if x != nil {
		r.Exchange, r.HTTP = x.number, x.http[side(r.Dir)]
	}
	for more := true; more; more = s.Read(r) {
		r.Dialect, _ = t.conv.Dialect()
		f.give(r)
	}
}

// show hands on r, which did not come from a stream.
func (f *flow) show(r *codec.Record) {
	r.Conn, r.Time = f.conn.ID, f.time
	f.give(r)
}

// give numbers r and hands it on.
func (f *flow) give(r *codec.Record) {
	if f.gone || f.s.o.Only != 0 && r.Dir != f.s.o.Only {
		return
	}
	r.Seq = f.seq
	f.seq++
	f.sum.count(r)
	f.gone = !f.emit(r)
}

// unknown shows bytes of a protocol that is none of ours.
func (f *flow) unknown(d codec.Direction, b []byte) {
	at := &f.at[side(d)]
	f.show(&codec.Record{
		Dir: d, Bytes: f.s.buffers.Keep(b), Span: codec.Span{Start: *at, End: *at + int64(len(b))},
		Err: &codec.SyntaxError{Code: CodeUnknown, Offset: *at, Err: fmt.Errorf("no protocol of ours: %s", f.sum.Why)},
	})
	*at += int64(len(b))
}

// choose settles the protocol. What waited is decoded now.
func (f *flow) choose(p codec.Protocol, why string) {
	f.sum.Protocol, f.sum.Why = p.Info().Name, why
	o := f.s.o.Codec
	if a := f.conn.Server.Addr; a.IsValid() {
		o.ServerPort = a.Port()
	}
	f.talk = newTalk(p, o, &f.s.buffers)
	if f.conn.JoinedMidstream {
		for _, s := range f.talk.streams {
			s.Join()
		}
	}
	f.replay()
}

// giveUp settles that the protocol is none of ours.
func (f *flow) giveUp(why string) {
	f.none, f.sum.Why = true, why
	f.replay()
}

func (f *flow) replay() {
	waiting := f.waiting
	f.waiting, f.heads = nil, [2][]byte{}
	now := f.time
	for i := range waiting {
		if !waiting[i].Time.IsZero() {
			f.time = waiting[i].Time
		}
		f.decode(&waiting[i])
	}
	f.time = now
}

// wait keeps an event until the protocol is known.
func (f *flow) wait(ev *capture.Event) {
	if ev.Kind == capture.KindClose {
		f.end()
		return
	}
	kept := *ev
	kept.Data = bytes.Clone(ev.Data)
	f.waiting = append(f.waiting, kept)
	f.waits += len(kept.Data)
	if head := &f.heads[side(ev.Dir)]; ev.Kind == capture.KindData && len(*head) < probeSize {
		*head = append(*head, kept.Data...)
	}
	f.decide(false)
}
