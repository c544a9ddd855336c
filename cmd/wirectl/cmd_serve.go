package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/faults"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
	"github.com/wirectl/wirectl/pkg/reactor/msgq"
	"github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// serveOptions is what serve can be asked for.
type serveOptions struct {
	listen, addressFile       string
	dialect, log, record      string
	cert, key, keyLog, repo   string
	events, fault             string
	settings                  []string
	maxFrame, maxBytes, queue int64
	maxConns, count           int
	timeout, idle, grace      time.Duration
	secrets, compat           bool
}

func serveCommand(e *env) *cli.Command {
	var o serveOptions
	return &cli.Command{
		Name:      "serve",
		Usage:     "play a protocol's server on a socket",
		ArgsUsage: "PROTOCOL",
		Description: describe(`Listens at an address, runs the protocol's server for each connection, and prints what is said as it is said, in the notation. The address it got goes to standard error, and to --address-file for scripts.

An address is tcp://HOST:PORT, unix:PATH, tls://HOST:PORT, http://HOST:PORT, https://HOST:PORT or stdio: for one connection on standard input and output. Without a host it is the loopback interface; port 0 is one that is free. For hg frames are in the bodies of http, as Mercurial has them.

A client that breaks the protocol is told so, if the protocol has words for it, and loses its connection; one that is slow or stuck holds up no other. SIGINT and SIGTERM end the server: what has been received is answered, then a summary goes to standard error.

  $ wirectl serve hg --listen http://127.0.0.1:8000`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Destination: &o.listen, Value: "tcp://127.0.0.1:0", Usage: "listen at `ADDRESS`"},
			&cli.StringFlag{Name: "address-file", Destination: &o.addressFile, Usage: "write the address to `FILE` once connections are taken"},
			dialectFlag(&o.dialect),
			choiceFlag(&o.log, "log", "", "wire", "format", []string{"wire", "json", "none"}, "print what is said in a `FORMAT`: wire, json or none"),
			&cli.StringFlag{Name: "record", Destination: &o.record, Usage: "record to `FILE`: .wire is a document of the notation, .pcapng a capture"},
			&cli.StringFlag{Name: "repository", Destination: &o.repo, Usage: "hg: serve the repository that `FILE` describes, which may be packed by gzip"},
			&cli.IntFlag{Name: "max-connections", Destination: &o.maxConns, Value: live.DefaultConnections, Usage: "take at most `N` connections at a time"},
			sizeFlag(&o.maxBytes, "max-bytes", 0, "take at most `SIZE` from a connection; 0 is any number"),
			sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
			sizeFlag(&o.queue, "max-queue", live.DefaultQueue, "end a connection when over `SIZE` waits for a client that does not read"),
			&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Usage: "end a connection after `TIME`"},
			&cli.DurationFlag{Name: "idle-timeout", Destination: &o.idle, Value: live.DefaultIdle, Usage: "end a connection on which nothing is said for `TIME`; 0 for none"},
			&cli.DurationFlag{Name: "grace", Destination: &o.grace, Value: live.DefaultGrace, Usage: "when ending, wait for clients at most `TIME`"},
			&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Destination: &o.count, Usage: "end after `N` connections"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.cert, Usage: "the certificate for tls and https, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.key, Usage: "its private key, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key-log", Destination: &o.keyLog, Usage: "append the connections' keys to `FILE`, with which others can decrypt them"},
			&cli.StringSliceFlag{Name: "set", Usage: "a setting of the machine, as `NAME=VALUE`; the protocols' pages list them"},
			&cli.StringFlag{Name: "events", Destination: &o.events, Usage: "feed a machine with many connections the directives in `FILE`, such as @row of synapse; - is standard input"},
			&cli.StringFlag{Name: "fault", Destination: &o.fault, Usage: "misbehave on purpose, as the plan in `FILE` says"},
			secretsFlag(&o.secrets),
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return &hinted{ui.Usagef("serve takes one PROTOCOL"), "there is: " + strings.Join(machines.Protocols(), ", ")}
			}
			o.settings = c.StringSlice("set")
			return runServe(c.Context, e, &o, c.Args().First())
		},
	}
}

func runServe(ctx context.Context, e *env, o *serveOptions, proto string) error {
	at, err := live.ParseAddress(o.listen)
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	s, web, err := o.server(e, at, proto)
	if err != nil {
		return err
	}
	secure, closeKeys, err := o.tls(at)
	if err != nil {
		return err
	}
	defer closeKeys()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := newServeWatch(e, o, at, cancel)
	if err != nil {
		return err
	}
	s.Observer = watch
	err = o.serve(ctx, e, s, web, at, secure)
	err = errors.Join(err, watch.finish(s.Summary()))
	return err
}

// server returns the server, and how HTTP carries its protocol.
func (o *serveOptions) server(e *env, at live.Address, proto string) (*live.Server, live.Web, error) {
	p, err := registry.Lookup(proto)
	if err != nil {
		return nil, nil, err
	}
	opts := reactor.Options{Role: reactor.Server, Compat: o.compat}
	if opts.Extra, err = settings(o.settings); err != nil {
		return nil, nil, err
	}
	if o.dialect != "" {
		d, err := p.Info().Dialect(o.dialect)
		if err != nil {
			return nil, nil, err
		}
		opts.Dialect = d.Name
	}
	m, err := machines.New(proto, opts)
	if err != nil {
		return nil, nil, err
	}
	s := &live.Server{
		Protocol: p,
		Codec:    codec.Options{Dialect: opts.Dialect, MaxFrame: int(o.maxFrame), Compat: o.compat},
		Limits: live.Limits{
			Connections: o.maxConns, Bytes: o.maxBytes, Idle: noneIfZero(o.idle), Total: o.timeout,
			Queue: o.queue, Grace: o.grace,
		},
	}
	if err := o.plan(e, s, proto); err != nil {
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
	if s.Codec.Dialect == "" && !at.Web() {
		s.Codec.Dialect = servedDialect(proto)
	}
	if proto == "synapse" && o.maxFrame == codec.DefaultMaxFrame {
		s.Codec.MaxFrame = synapse.MaxFrame
	}
	if proto != "hg" {
		if at.Web() || o.repo != "" {
			return nil, nil, ui.Usagef("%s has neither http nor a repository: those are hg's", proto)
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

// servedDialect returns the dialect of the server that is made when none is
// asked for.
func servedDialect(proto string) string {
	for _, k := range machines.All() {
		if k.Proto == proto && k.Role == reactor.Server {
			return k.Dialect
		}
	}
	return ""
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

// tls returns the settings of encrypted connections.
func (o *serveOptions) tls(at live.Address) (t *tls.Config, done func(), err error) {
	done = func() {}
	if !at.TLS() {
		if o.cert != "" || o.key != "" || o.keyLog != "" {
			return nil, done, ui.Usagef("%s is not encrypted: --tls-cert, --tls-key and --tls-key-log are for tls and https", at)
		}
		return nil, done, nil
	}
	if o.cert == "" || o.key == "" {
		return nil, done, ui.Usagef("%s wants --tls-cert and --tls-key", at)
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
func (o *serveOptions) serve(ctx context.Context, e *env, s *live.Server, web live.Web, at live.Address, secure *tls.Config) error {
	if at.Scheme == "stdio" {
		err := s.ServeConn(ctx, newStdio(e))
		if _, ok := errors.AsType[*codec.SyntaxError](err); ok {
			return ui.With(ui.ExitDamage, err)
		}
		return ui.With(ui.ExitIO, err)
	}
	l, got, err := at.Listen(secure)
	if err != nil {
		return ui.With(ui.ExitIO, err)
	}
	s.Note(0, fmt.Sprintf("listening at %s", got))
	if o.events != "" {
		in, err := newServeEvents(ctx, e, s, o.events)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		defer in.Close()
		go in.run()
	}
	if o.addressFile != "" {
		if err := writeAddress(o.addressFile, got); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	if at.Web() {
		return ui.With(ui.ExitIO, s.ServeHTTP(ctx, l, web))
	}
	return ui.With(ui.ExitIO, s.Serve(ctx, l))
}

// writeAddress writes the file whole or not at all: somebody may wait for it.
func writeAddress(name string, at live.Address) error {
	f, err := createAtomic(name)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := fmt.Fprintln(f, at); err != nil {
		return ui.IOf("%s: %w", name, pathCause(err))
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

// wrongIDs make the ID of an answer wrong, in the protocols that have one.
var wrongIDs = map[string]faults.WrongID{"hg": hgserve.WrongID, "msgq": msgq.WrongID}

// noneIfZero makes a limit of 0 none: to package live 0 is the default.
func noneIfZero(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
