package main

import (
	"context"
	"runtime"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// decodeParallel decodes on several goroutines.
func decodeParallel(ctx context.Context, e *env, o *decodeOptions, opts decode.Options, src capture.Source, show *shower) ([]*decode.Summary, error) {
	lines := show.printer != nil && o.straight()
	p, err := decode.NewParallel(opts, runtime.GOMAXPROCS(0), func(start time.Time) decode.Render {
		if lines {
			return o.renderLine()
		}
		return o.render(e, start)
	})
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	p.Links, p.Around, p.Closed = o.joins(), o.choosing.around > 0, show.closed
	if o.chooses() {
		p.Choose = func(start time.Time) decode.Choose { return o.choose(e, start) }
	}
	if lines {
		p.Lead = func(start time.Time) decode.Render { return o.renderLead(start, show.printer.Marks) }
	}
	err = p.Run(ctx, src, func(b *decode.Batch, err error) error {
		if err != nil {
			return show.fault(err)
		}
		start, _ := p.Start()
		show.begin(start)
		return show.batch(b)
	})
	if err != nil {
		return nil, err
	}
	if start, begun := p.Start(); begun { // there may be no records
		show.begin(start)
	}
	return p.Summaries(), context.Cause(ctx)
}

// renderLine returns what makes all of a line of the notation that depends on
// its record alone.
func (o *decodeOptions) renderLine() decode.Render {
	p := o.printer()
	return func(dst []byte, r *codec.Record) []byte { return append(p.AppendBody(dst, r), '\n') }
}

// renderLead returns what makes what stands before that.
func (o *decodeOptions) renderLead(start time.Time, marks bool) decode.Render {
	p := o.printer()
	p.Start, p.Marks = start, marks
	return p.AppendLead
}

// batch shows records of which the texts have been made, if they were chosen or
// stand near one that was.
func (s *shower) batch(b *decode.Batch) error {
	if s.straight {
		return s.batchStraight(b)
	}
	for i := range b.Len() {
		r := b.Record(i)
		s.judge(r)
		s.now = showing{r: *r, text: b.Text(i, i+1)}
		s.now.chosen, s.now.later = b.Choice(i)
		link := b.Link(i)
		s.join(&s.now, link)
		if _, err := s.take(&s.now, link); err != nil {
			return err
		}
	}
	return nil
}

// batchStraight is batch when nothing is chosen and nothing waits. Texts to
// which nothing is to be added are not copied.
func (s *shower) batchStraight(b *decode.Batch) error {
	shown := 0
	for i := range b.Len() {
		r := b.Record(i)
		if r.Err != nil || r.Bytes == nil || !s.frames { // seldom
			s.judge(r)
		}
		if s.joiner == nil {
			continue
		}
		if j := s.joined(r, b.Link(i)); j != nil {
			s.buf = append(s.buf, b.Text(shown, i+1)...)
			s.buf = s.replier.AppendJoined(s.buf, r.Conn, j)
			shown = i + 1
		}
	}
	s.records += b.Len()
	return s.pass(b.Text(shown, b.Len()))
}

// pass writes text after what waits, without a copy if it is long.
func (s *shower) pass(text []byte) error {
	if len(s.buf)+len(text) < flushAt {
		s.buf = append(s.buf, text...)
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	_, err := s.e.Stdout.Write(text)
	return err
}
