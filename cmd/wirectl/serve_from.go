package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/session"
	"github.com/wirectl/wirectl/pkg/standin"
)

// recording returns the machine that plays the server of a recording.
func (o *serveOptions) recording(e *env, proto string, opts reactor.Options) (reactor.Machine, error) {
	if o.storage != "" || o.repo != "" || o.events != "" || len(o.settings) > 0 {
		return nil, ui.Usagef("--from plays what is recorded: there is nothing to be set, fed or stored")
	}
	in, _, err := e.Open(context.Background(), o.from)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, ui.IOf("%s: %w", o.from, err)
	}
	doc, err := standin.Load(display(o.from), src, session.Options{
		Lookup: registry.Lookup, Proto: proto, Dialect: opts.Dialect,
		Codec: codec.Options{Dialect: opts.Dialect, Fresh: newFresh(0, false).value},
	})
	if err != nil {
		return nil, notPlayed(src, err)
	}
	s, err := standin.New(doc, standin.Options{AnyOrder: o.anyOrder, MaxConnections: o.maxConns, Forget: true})
	if err != nil {
		return nil, notPlayed(src, fmt.Errorf("%s: %w", o.from, err))
	}
	return s, nil
}

// notPlayed says what to do about a recording that cannot be played. One that
// record made is for the other side: it says what a server may answer.
func notPlayed(src []byte, err error) error {
	if line := []byte("@recorded "); bytes.HasPrefix(src, line) || bytes.Contains(src, append([]byte("\n"), line...)) {
		err = errors.Join(err, errors.New("it is a document of wirectl record, which leaves open what a server says: give --from the capture itself"))
	}
	return ui.With(ui.ExitUsage, err)
}

// played returns what a server of a recording found: clients that said what is
// not in it.
func played(s *live.Server) error {
	if m, ok := s.Hub.(*standin.StandIn); ok && m.Faults() > 0 {
		return ui.With(ui.ExitFinding, fmt.Errorf("what clients said was not in the recording, or they left something out: %d", m.Faults()))
	}
	return nil
}
