package main

import (
	"context"
	"errors"
	"io"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A serveEvents gives the server what lines of the notation say that its own
// side wants: "@row events 3 …", or of one connection "> [#2] @…".
type serveEvents struct {
	io.Closer
	ctx   context.Context
	s     *live.Server
	lines *humanframe.Scanner
	in    reactor.Inputs
}

func newServeEvents(ctx context.Context, e *env, s *live.Server, name string) (*serveEvents, error) {
	in, _, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	inputs, _ := s.Hub.(reactor.Inputs)
	return &serveEvents{in, ctx, s, humanframe.NewScanner(display(name), in), inputs}, nil
}

// run gives all there is. A line that is wrong is told, and the next is taken.
func (v *serveEvents) run() {
	for {
		l, err := v.lines.Next()
		if err == nil {
			err = v.line(l)
		}
		var fault *humanframe.Error
		switch {
		case err == nil:
		case errors.As(err, &fault):
			v.s.Note(0, err.Error())
		default: // the end of the input, or of the server
			return
		}
	}
}

func (v *serveEvents) line(l *humanframe.Line) error {
	switch {
	case l.Directive == "":
		v.s.Note(0, "events: "+l.Text()+": only directives can be given to the server")
		return nil
	case l.Directive == "timer":
		v.s.Input(v.ctx, 0, reactor.Expired{Timer: l.Rest()})
		return nil
	case v.in == nil:
		return l.ArgError(&codec.UnknownNameError{What: "directive", Name: l.Directive})
	}
	ev, err := v.in.Input(l.Directive, l.Rest())
	if err != nil {
		return l.ArgError(err)
	}
	if !v.s.Input(v.ctx, l.Conn, ev) {
		v.s.Note(l.Conn, "events: there is no such connection")
	}
	return nil
}
