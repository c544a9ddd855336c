package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// defaultListen is where to listen when nothing is said.
const defaultListen = "tcp://127.0.0.1:0"

// portNames are the flags that name the listeners of a machine with several.
var portNames = [...]string{"frontend", "backend", "admin"}

// A place is where to listen.
type place struct {
	name string // for a machine with several ports
	live.Address
}

func (p place) String() string {
	if p.name == "" {
		return p.Address.String()
	}
	return p.name + "=" + p.Address.String()
}

type places []place

// places returns where to listen.
func (o *serveOptions) places() (places, error) {
	list := slices.Clone(o.listen)
	for i, text := range o.ports {
		if text != "" {
			list = append(list, portNames[i]+"="+text)
		}
	}
	if len(list) == 0 {
		list = []string{defaultListen}
	}
	var at places
	for _, text := range list {
		name, rest, named := strings.Cut(text, "=")
		if !named || strings.Contains(name, ":") { // a path may have one
			name, rest = "", text
		}
		address, err := live.ParseAddress(rest)
		if err != nil {
			return nil, ui.With(ui.ExitUsage, err)
		}
		if slices.ContainsFunc(at, func(p place) bool { return p.name == name }) {
			return nil, &hinted{ui.Usagef("two listeners with the name %q", name), "name them: --listen NAME=ADDRESS"}
		}
		at = append(at, place{name, address})
	}
	if len(at) > 1 && (at.stdio() || at.web()) {
		return nil, ui.Usagef("stdio and http stand alone, and there are %d listeners", len(at))
	}
	return at, nil
}

// stdio says whether the one place is standard input and output.
func (at places) stdio() bool { return at.any(func(p place) bool { return p.Scheme == "stdio" }) }

// web says whether HTTP is spoken at the one place.
func (at places) web() bool { return at.any(func(p place) bool { return p.Web() }) }

func (at places) any(is func(place) bool) bool { return slices.ContainsFunc(at, is) }

// known returns an error if a machine does not know one of the names.
func (at places) known(m reactor.Machine) error {
	var names []string
	if p, ok := m.(reactor.Ported); ok {
		names = p.Listeners()
	}
	for _, p := range at {
		if p.name != "" && !slices.Contains(names, p.name) {
			return ui.With(ui.ExitUsage, &codec.UnknownNameError{What: "listener of this machine", Name: p.name, Allowed: names})
		}
	}
	return nil
}

// listen listens at all places. It returns them with the ports that they got.
func (at places) listen(secure *tls.Config) ([]live.Listener, places, error) {
	var list []live.Listener
	var got places
	for _, p := range at {
		l, address, err := p.Listen(secure)
		if err != nil {
			return nil, nil, errors.Join(err, closeAll(list))
		}
		list, got = append(list, live.Listener{Listener: l, Name: p.name}), append(got, place{p.name, address})
	}
	return list, got, nil
}

func closeAll(list []live.Listener) (err error) {
	for _, l := range list {
		err = errors.Join(err, l.Close())
	}
	return err
}

// tls returns the settings of encrypted connections.
func (o *serveOptions) tls(at places) (t *tls.Config, done func(), err error) {
	done = func() {}
	if !at.any(func(p place) bool { return p.TLS() }) {
		if o.cert != "" || o.key != "" || o.keyLog != "" {
			return nil, done, ui.Usagef("%s is not encrypted: --tls-cert, --tls-key and --tls-key-log are for tls and https", at[0])
		}
		return nil, done, nil
	}
	if o.cert == "" || o.key == "" {
		return nil, done, ui.Usagef("%s wants --tls-cert and --tls-key", at[0])
	}
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, done, ui.IOf("certificate: %w", err)
	}
	t = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if o.keyLog != "" {
		f, err := os.OpenFile(o.keyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, done, ui.With(ui.ExitIO, err)
		}
		t.KeyLogWriter, done = f, func() { _ = f.Close() } // a lost key shows when it is used
	}
	return t, done, nil
}

// serve serves until ctx ends, or the one connection of stdio does.
func (o *serveOptions) serve(ctx context.Context, e *env, s *live.Server, web live.Web, at places, secure *tls.Config) error {
	if at.stdio() {
		err := s.ServeConn(ctx, newStdio(e))
		if _, ok := errors.AsType[*codec.SyntaxError](err); ok {
			return ui.With(ui.ExitDamage, err)
		}
		return ui.With(ui.ExitIO, err)
	}
	list, got, err := at.listen(secure)
	if err != nil {
		return ui.With(ui.ExitIO, err)
	}
	for _, p := range got {
		s.Note(0, fmt.Sprintf("listening at %s", p))
	}
	if o.events != "" {
		in, err := newServeEvents(ctx, e, s, o.events)
		if err != nil {
			return errors.Join(err, closeAll(list))
		}
		defer in.Close()
		go in.run()
	}
	if o.addressFile != "" {
		if err := writeAddresses(o.addressFile, got); err != nil {
			return errors.Join(err, closeAll(list))
		}
	}
	if at.web() {
		return ui.With(ui.ExitIO, s.ServeHTTP(ctx, list[0], web))
	}
	return ui.With(ui.ExitIO, s.ServeAll(ctx, list...))
}

// writeAddresses writes the file whole or not at all: somebody may wait for
// it. It has a line for each listener.
func writeAddresses(name string, at places) error {
	f, err := createAtomic(name)
	if err != nil {
		return err
	}
	defer f.abort()
	for _, p := range at {
		if _, err := fmt.Fprintln(f, p); err != nil {
			return ui.IOf("%s: %w", name, pathCause(err))
		}
	}
	return f.commit()
}

// stdio is standard input and output as a connection.
type stdio struct {
	*io.PipeReader // its Close ends a Read that waits
	out            *ui.Stream
}

func newStdio(e *env) *stdio {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, e.Stdin)
		_ = w.CloseWithError(err) // it never fails
	}()
	return &stdio{r, e.Stdout}
}

func (s *stdio) Write(p []byte) (int, error) {
	n, err := s.out.Write(p)
	return n, errors.Join(err, s.out.Flush())
}
