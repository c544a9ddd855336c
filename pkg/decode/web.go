package decode

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wirectl/wirectl/pkg/capture/http1"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// A web decodes the bodies of HTTP messages whose media types are a
// protocol's. Each exchange is a conversation of its own, as it is for the
// programs. Heads are no records.
type web struct {
	f         *flow
	http      *http1.Conversation
	exchanges map[int]*exchange
}

// An exchange is a request and its answer.
type exchange struct {
	number int
	http   [2]*codec.HTTP
	talk   *talk     // nil until a body is a protocol's
	frames [2]bool   // the body is the protocol's
	other  [2][]byte // what waits of a body that is something else
	at     [2]int64  // offset of other
	ended  [2]bool
}

// browse settles that the conversation is HTTP.
func (f *flow) browse() {
	f.web = &web{f: f, http: http1.New(f.conn.JoinedMidstream), exchanges: map[int]*exchange{}}
	f.sum.Why = "HTTP"
	f.replay()
}

// end ends both directions.
func (w *web) end() {
	w.parts(w.http.End(codec.ToServer))
	w.parts(w.http.End(codec.ToClient))
	for _, n := range slices.Sorted(maps.Keys(w.exchanges)) {
		w.account(w.exchanges[n])
	}
}

// account adds to the summary what the protocol knows of an exchange.
func (w *web) account(x *exchange) {
	if x.talk != nil {
		w.f.sum.finishExchange(x.number, x.talk.conv)
	}
}

func (w *web) parts(parts []http1.Part) {
	for i := range parts {
		w.part(&parts[i])
	}
}

func (w *web) part(p *http1.Part) {
	i := side(p.Dir)
	switch p.Kind {
	case http1.SkipPart:
		w.f.show(&codec.Record{
			Dir: p.Dir, Bytes: w.f.s.buffers.Keep(p.Data), Span: codec.Span{Start: p.Offset, End: p.Offset + int64(len(p.Data))},
			Err: &codec.SyntaxError{Code: codec.CodeSkipped, Offset: p.Offset, Err: fmt.Errorf("no HTTP: %s", p.Why)},
		})
		return
	case http1.LossPart:
		w.f.show(&codec.Record{Dir: p.Dir, Span: codec.Span{Start: p.Offset, End: p.Offset + p.Gap}})
		return
	case http1.HeadPart:
		w.head(p, i)
		return
	}
	x := w.exchanges[p.Exchange]
	if x == nil {
		return // its messages have ended
	}
	switch {
	case p.Kind == http1.EndPart:
		w.finish(x, i, p.Dir)
	case x.frames[i] && p.Kind == http1.GapPart:
		x.talk.streams[i].Gap(p.Gap)
		w.f.drain(x.talk, x.talk.streams[i], x)
	case x.frames[i]:
		x.talk.streams[i].Feed(p.Data)
		w.f.drain(x.talk, x.talk.streams[i], x)
	case p.Kind == http1.GapPart:
		w.flush(x, i, p.Dir)
		w.f.show(&codec.Record{Dir: p.Dir, Exchange: x.number, HTTP: x.http[i], Span: codec.Span{Start: x.at[i], End: x.at[i] + p.Gap}})
		x.at[i] += p.Gap
	default:
		w.body(x, i, p)
	}
}

// head begins a message.
func (w *web) head(p *http1.Part, i int) {
	x := w.exchanges[p.Exchange]
	if x == nil {
		x = &exchange{number: p.Exchange}
		w.exchanges[p.Exchange] = x
	}
	request := p.Head
	if p.Dir == codec.ToClient {
		request = p.Head.Request
	}
	h := &codec.HTTP{Status: p.Head.Status, MediaType: p.Head.MediaType}
	if request != nil {
		h.Method, h.Target = request.Method, request.Target
		for _, f := range request.Fields {
			h.Header = append(h.Header, codec.HTTPField(f))
		}
	}
	x.http[i] = h
	if p.Head.Encoding != "" && p.Head.Encoding != "identity" {
		return
	}
	if proto := w.f.protocolOf(p.Head.MediaType); proto != nil {
		w.carry(x, proto, p.Head.MediaType)
		x.frames[i] = true
	}
}

// carry makes the streams of an exchange that carries frames of p.
func (w *web) carry(x *exchange, p codec.Protocol, mediaType string) {
	w.f.sum.Protocol, w.f.sum.Why = p.Info().Name, "media type "+mediaType
	if x.talk == nil {
		o := w.f.s.o.Codec
		o.MediaType = mediaType
		x.talk = newTalk(p, o, &w.f.s.buffers)
		w.f.sum.Dialect, _ = x.talk.conv.Dialect()
	}
}

// protocolOf returns the protocol that has a media type, or nil.
func (f *flow) protocolOf(mediaType string) codec.Protocol {
	for _, p := range registry.All() {
		if f.s.fixed != nil && p.Info().Name != f.s.fixed.Info().Name {
			continue
		}
		for _, m := range p.Info().MediaTypes {
			if m.Type == mediaType {
				return p
			}
		}
	}
	return nil
}

// maxOther is the longest record of a body that is something else.
const maxOther = 64 << 10

// body keeps bytes of a body that is something else, so that it is shown in
// as few records as may be.
func (w *web) body(x *exchange, i int, p *http1.Part) {
	for b := p.Data; len(b) > 0; {
		n := min(len(b), maxOther-len(x.other[i]))
		x.other[i] = append(x.other[i], b[:n]...)
		if b = b[n:]; len(x.other[i]) == maxOther {
			w.flush(x, i, p.Dir)
		}
	}
}

// flush shows what waits of a body that is something else.
func (w *web) flush(x *exchange, i int, d codec.Direction) {
	b := x.other[i]
	if len(b) == 0 {
		return
	}
	h := x.http[i]
	kind := h.MediaType
	if kind == "" {
		kind = "a body without media type"
	}
	w.f.show(&codec.Record{
		Dir: d, Exchange: x.number, HTTP: h, Bytes: w.f.s.buffers.Keep(b),
		Span: codec.Span{Start: x.at[i], End: x.at[i] + int64(len(b))},
		Err:  &codec.SyntaxError{Code: CodeNotFrames, Offset: x.at[i], Err: fmt.Errorf("%s: %s, no frames", h, kind)},
	})
	x.at[i] += int64(len(b))
	x.other[i] = b[:0]
}

// finish ends a message, and the exchange when both are over.
func (w *web) finish(x *exchange, i int, d codec.Direction) {
	if x.frames[i] {
		s := x.talk.streams[i]
		s.End()
		w.f.drain(x.talk, s, x)
	} else {
		w.flush(x, i, d)
	}
	x.ended[i] = true
	if x.ended[0] && x.ended[1] {
		w.account(x)
		delete(w.exchanges, x.number)
	}
}
