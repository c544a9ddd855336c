package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/faults"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/emqp"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
	"github.com/wirectl/wirectl/pkg/reactor/msgq"
	"github.com/wirectl/wirectl/pkg/reactor/synapse"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/standin"
)

// server returns the server, and how HTTP carries its protocol.
func (o *serveOptions) server(e *env, at places, proto string) (*live.Server, live.Web, error) {
	p, err := registry.Lookup(proto)
	if err != nil {
		return nil, nil, err
	}
	opts := reactor.Options{Role: reactor.Server, Compat: o.compat}
	if err := machineOptions(&opts, p, o.dialect, o.settings); err != nil {
		return nil, nil, err
	}
	freshSeed(proto, &opts)
	m, err := o.machine(e, proto, opts)
	if err != nil {
		return nil, nil, err
	}
	if r, ok := m.(*standin.StandIn); ok && opts.Dialect == "" {
		opts.Dialect = r.Dialect()
	}
	s := &live.Server{
		Protocol: p,
		Codec:    codec.Options{Dialect: opts.Dialect, MaxFrame: maxFrame(proto, o.maxFrame), Compat: o.compat},
		Limits: live.Limits{
			Connections: o.maxConns, Bytes: o.maxBytes, Idle: noneIfZero(o.idle), Total: o.timeout,
			Queue: o.queue, Grace: o.grace,
		},
	}
	if err := o.plan(e, s, proto); err != nil {
		return nil, nil, err
	}
	if err := at.known(m); err != nil {
		return nil, nil, err
	}
	if hub, ok := m.(reactor.Hub); ok {
		s.Hub = hub
	} else if o.events != "" {
		return nil, nil, ui.Usagef("--events is for machines with many connections, which %s has not", proto)
	} else {
		s.Machine = func() reactor.Machine {
			m, _ := machines.New(proto, opts) // it could be made before
			return m
		}
	}
	if !at.web() {
		s.Codec.Dialect = spokenDialect(proto, opts)
	}
	if proto != "hg" || o.from != "" {
		if at.web() || o.repo != "" {
			return nil, nil, ui.Usagef("%s has neither http nor a repository here: those are hg's", proto)
		}
		return s, nil, nil
	}
	r, err := o.repository(e)
	if err != nil {
		return nil, nil, err
	}
	h := hgserve.New(r)
	s.Handler = h
	return s, &hgserve.Web{Handler: h, Options: opts}, nil
}

// plan reads the plan of what is to go wrong.
func (o *serveOptions) plan(e *env, s *live.Server, proto string) error {
	if o.fault == "" {
		return nil
	}
	in, _, err := e.Open(context.Background(), o.fault)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return ui.IOf("%s: %w", o.fault, err)
	}
	plan, err := faults.Parse(string(text), wrongIDs[proto])
	if err != nil {
		return ui.Usagef("%s: %w", o.fault, err)
	}
	s.Faults = plan
	return nil
}

// spokenDialect returns the dialect of the machine that is made with options.
func spokenDialect(proto string, o reactor.Options) string {
	for _, k := range machines.All() {
		if o.Dialect == "" && k.Proto == proto && k.Role == o.Role {
			return k.Dialect
		}
	}
	return o.Dialect
}

// maxFrame returns the limit on frames: what was asked for, or the
// protocol's own.
func maxFrame(proto string, asked int64) int {
	if asked == codec.DefaultMaxFrame {
		switch proto {
		case "synapse":
			return synapse.MaxFrame
		case "zeo":
			return zeo.MaxFrame
		}
	}
	return int(asked)
}

// repository returns what serve hg serves.
func (o *serveOptions) repository(e *env) (*repo.Repo, error) {
	text := hgserve.Sample
	if o.repo != "" {
		in, _, err := e.Open(context.Background(), o.repo)
		if err != nil {
			return nil, err
		}
		text, err = readPacked(in)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, ui.IOf("%s: %w", o.repo, err)
		}
	}
	r, err := repo.Parse(text)
	if err != nil {
		return nil, ui.Usagef("%s: %w", o.repo, err)
	}
	return r, nil
}

// readPacked reads all of r, unpacked if it is packed by gzip.
func readPacked(r io.Reader) ([]byte, error) {
	b := bufio.NewReader(r)
	if magic, err := b.Peek(2); err != nil || string(magic) != "\x1f\x8b" {
		return io.ReadAll(b)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// wrongIDs make the ID of an answer wrong, in the protocols that have one.
var wrongIDs = map[string]faults.WrongID{"hg": hgserve.WrongID, "msgq": msgq.WrongID, "zeo": zeo.WrongID, "emqp": emqp.WrongID}

// noneIfZero makes a limit of 0 none: to package live 0 is the default.
func noneIfZero(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
