package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
	"github.com/wirectl/wirectl/pkg/repl"
)

// replOptions is what repl can be asked for.
type replOptions struct {
	mode, dialect string
	scripts       []string
	settings      []string
	keepGoing     bool
	secrets       bool
	byHand        bool
	deferOutput   bool
	compat        bool

	connect, listen string
	tls             connectOptions // of which it has those of TLS alone
	alive           bool           // there is, or has been, a live peer
	show            func([]byte)
}

func replCommand(e *env) *cli.Command {
	var o replOptions
	return &cli.Command{
		Name:      "repl",
		Usage:     "play with a protocol's state machine, back and forth in time",
		ArgsUsage: "[PROTOCOL]",
		Description: describe(`A console for the machine of a server, of a client, or for both with each other. What is typed in the notation, the machine gets as if the peer had said it; lines that begin with @ are other events; all else are commands, of which "help" tells. Each step shows the frame's bytes, what the machine does, and what changed in what it knows. "back" goes back, exactly.

With --connect or --listen there is a live peer, and the machine beside it: it says what it has to say, and what is typed goes out too. What the peer says is shown as it comes; in a script "await" waits for it. The commands connect, listen and mode go from one to the other without leaving.

Without a PROTOCOL it is hg. From a pipe or a file the same lines do the same: they are shown with their prompts, and the first error ends the session, unless --keep-going is there. A line that ends in a backslash goes on in the next.

  $ printf '%s\n' '1 1 stream-begin command-name eos heads' 'back' 'state' | wirectl repl hg`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage, ui.ExitTimeout),
		Flags: []cli.Flag{
			choiceFlag(&o.mode, "mode", "m", string(repl.ServerMode), "mode", repl.Modes(), "which machines there are: `MODE` is server, client or both"),
			dialectFlag(&o.dialect),
			&cli.StringSliceFlag{Name: "script", Usage: "do the lines of `FILE`; - is standard input"},
			&cli.BoolFlag{Name: "keep-going", Aliases: []string{"k"}, Destination: &o.keepGoing, Usage: "go on after an error; the first decides the exit status"},
			&cli.BoolFlag{Name: "by-hand", Destination: &o.byHand, Usage: "a machine is told that what it sends is out by @sent N alone"},
			&cli.BoolFlag{Name: "defer-output", Destination: &o.deferOutput, Usage: "keep answers until the end of input, as over HTTP"},
			&cli.StringSliceFlag{Name: "set", Usage: "a setting of the machines, as `NAME=VALUE`; the protocols' pages list them"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
			&cli.StringFlag{Name: "connect", Destination: &o.connect, Usage: "be a client, live with the server at `ADDRESS`: tcp://HOST:PORT, unix:PATH or tls://HOST:PORT"},
			&cli.StringFlag{Name: "listen", Destination: &o.listen, Usage: "be a server, live with who connects to `ADDRESS`"},
			&cli.StringFlag{Name: "tls-ca", Destination: &o.tls.ca, Usage: "trust the certificates in `FILE`, in PEM, instead of the system's"},
			&cli.BoolFlag{Name: "tls-insecure", Destination: &o.tls.insecure, Usage: "trust any certificate"},
			&cli.StringFlag{Name: "tls-name", Destination: &o.tls.name, Usage: "ask for the server `NAME` and check its certificate for it, whatever the address is"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.tls.cert, Usage: "show the peer a certificate, a `FILE` in PEM; a server has to"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.tls.key, Usage: "its private key, a `FILE` in PEM"},
			secretsFlag(&o.secrets),
		},
		Action: func(c *cli.Context) error {
			if o.connect != "" && (o.listen != "" || c.IsSet("mode")) || o.listen != "" && c.IsSet("mode") {
				return ui.Usagef("--connect, --listen and --mode exclude each other")
			}
			if c.NArg() > 1 {
				return &hinted{ui.Usagef("repl takes one PROTOCOL"), "there is: " + strings.Join(machines.Protocols(), ", ")}
			}
			proto := "hg"
			if c.NArg() == 1 {
				proto = c.Args().First()
			}
			o.scripts, o.settings = c.StringSlice("script"), c.StringSlice("set")
			return runRepl(c.Context, e, &o, proto)
		},
	}
}

// runRepl runs a session: the lines of the scripts, or of standard input.
func runRepl(ctx context.Context, e *env, o *replOptions, proto string) error {
	opts, err := o.console(ctx, e, proto)
	if err != nil {
		return err
	}
	stopped := newInterrupt(ctx)
	opts.Stopped, opts.Sleep = stopped.is, stopped.sleep
	opts.Live, opts.Now = o.live(ctx, opts.Machine), time.Now
	opts.Show = func(b []byte) { o.show(b) }
	c, err := repl.New(opts)
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	defer c.Close()
	first := bytes.Clone(c.Banner())
	for verb, address := range map[string]string{"connect": o.connect, "listen": o.listen} {
		if address == "" {
			continue
		}
		out, err := c.Do("--"+verb, 1, verb+" "+address)
		if err != nil {
			return err
		}
		first = append(first, out...)
	}
	if in, ok := e.terminal(); ok && len(o.scripts) == 0 {
		return replOnTerminal(ctx, e, c, o, first, in, stopped)
	}
	return o.run(ctx, e, c, first)
}

// run does the lines of the scripts.
func (o *replOptions) run(ctx context.Context, e *env, c *repl.Console, first []byte) error {
	if len(o.scripts) == 0 {
		o.scripts = []string{"-"}
	}
	s := &replScript{ctx: ctx, e: e, c: c, keepGoing: o.keepGoing}
	o.show = func(b []byte) { _, _ = e.Stdout.Write(b); _ = e.Stdout.Flush() } // the next write tells
	if _, err := e.Stdout.Write(first); err != nil {
		return err
	}
	for _, name := range o.scripts {
		in, _, err := e.Open(ctx, name)
		if err != nil {
			return err
		}
		if err := errors.Join(s.run(display(name), in), in.Close()); err != nil {
			return err
		}
	}
	return s.first
}

// console returns the settings of the console.
func (o *replOptions) console(ctx context.Context, e *env, proto string) (repl.Options, error) {
	p, err := registry.Lookup(proto)
	if err != nil {
		return repl.Options{}, err
	}
	opts := reactor.Options{DeferOutput: o.deferOutput, Compat: o.compat}
	if err := machineOptions(&opts, p, o.dialect, o.settings); err != nil {
		return repl.Options{}, err
	}
	role := reactor.Server
	if o.mode == string(repl.ClientMode) {
		role = reactor.Client
	}
	opts.Role = role
	dialect := spokenDialect(proto, opts)
	st := e.Stdout.Styles()
	out := repl.Options{
		Protocol: p, Dialect: dialect, Mode: repl.Mode(o.mode), Secrets: o.secrets, ByHand: o.byHand,
		Machine: func(r reactor.Role) (reactor.Machine, error) {
			opts := opts
			opts.Role, opts.Dialect = r, dialect
			if o.alive { // what the real ones take for unique has to be
				opts.Extra = maps.Clone(opts.Extra)
				freshSeed(proto, &opts)
			}
			return newMachine(proto, opts)
		},
		Lookup: registry.Lookup,
		Codec:  codec.Options{MaxFrame: maxFrame(proto, codec.DefaultMaxFrame), Compat: o.compat},
		Width:  e.Stdout.Columns(dump.DefaultWidth),
		Styles: repl.Styles{Styles: e.Stdout.Dump(), Prompt: dumpStyle(st.Heading), Good: dumpStyle(st.Good)},

		Capture:   func(name string) ([]*codec.Record, error) { return replCapture(ctx, e, name, proto, o.dialect) },
		ReadFile:  func(name string) ([]byte, error) { return replRead(ctx, e, name) },
		WriteFile: replWrite,
		Explain: func(words []string) ([]byte, error) {
			return printed(e, func(s *ui.Stream) error {
				x := explainer{s: s, st: s.Styles(), p: p, dialect: dialect, topics: p.Topics(dialect), view: codec.View{Secrets: o.secrets}, dir: codec.ToServer}
				return x.explain(words)
			})
		},
		Template: func(words []string) ([]byte, error) {
			return printed(e, func(s *ui.Stream) error { return printTemplates(s, p, dialect, strings.Join(words, " ")) })
		},
	}
	if proto == "hg" {
		r, err := repo.Parse(hgserve.Sample)
		if err != nil {
			return out, err
		}
		h := hgserve.New(r)
		out.Commands = slices.Sorted(maps.Keys(h.Commands.Seed))
		if dialect == "final" {
			out.Commands = slices.Sorted(maps.Keys(h.Commands.Final))
		}
		out.Answer = func(conn int, a reactor.Action) ([]reactor.Event, bool) { return h.Handle(ctx, conn, a) }
	}
	return out, nil
}

// dumpStyle makes a style of package dump of one of ours.
func dumpStyle(s ui.Style) dump.Style { return dump.StyleOf(s.Text) }

// printed returns what a function prints.
func printed(e *env, print func(*ui.Stream) error) ([]byte, error) {
	var b bytes.Buffer
	s := ui.NewStream(&b, e.Getenv)
	s.Color, s.Width = e.Stdout.Color, e.Stdout.Width
	err := errors.Join(print(s), s.Flush())
	return b.Bytes(), err
}

// replRead reads a file whole.
func replRead(ctx context.Context, e *env, name string) ([]byte, error) {
	in, _, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(in)
	return b, ui.With(ui.ExitIO, errors.Join(err, in.Close()))
}

// replWrite writes a file.
func replWrite(name string, b []byte) error {
	return ui.With(ui.ExitIO, os.WriteFile(name, b, 0o666))
}

// A replScript is a session whose lines come from a file or a pipe.
type replScript struct {
	ctx       context.Context
	e         *env
	c         *repl.Console
	keepGoing bool
	first     error // the first error, when the session goes on
}

// run does the lines of one input, and shows them with their prompts.
func (s *replScript) run(name string, in io.Reader) error {
	lines := repl.NewLines(name, in)
	st := s.e.Stdout.Styles()
	for !s.c.Quit() {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ui.With(ui.ExitIO, err)
		}
		if strings.TrimSpace(l.Text) == "" {
			continue
		}
		if strings.HasPrefix(l.Text, "#") {
			_, _ = s.e.Stdout.WriteString(st.Dim.Text(l.Text) + "\n")
			continue
		}
		_, _ = s.e.Stdout.WriteString(st.Heading.Text(s.c.Prompt()) + l.Text + "\n")
		out, err := s.c.Do(l.File, l.Number, l.Text)
		if _, werr := s.e.Stdout.Write(out); werr != nil {
			return werr
		}
		if werr := s.e.Stdout.Flush(); werr != nil { // errors come after what led to them
			return werr
		}
		if err == nil {
			continue
		}
		err = replError(err)
		if !s.keepGoing {
			return err
		}
		ui.Report(s.e.Stderr, err)
		_ = s.e.Stderr.Flush() // there is nobody left to tell
		if s.first == nil {
			s.first = ui.Silent(ui.Code(err))
		}
	}
	return nil
}

// replError gives an error of the console its status: without one of its own
// what was typed is wrong.
func replError(err error) error {
	if errors.Is(err, repl.ErrTimeout) {
		return ui.With(ui.ExitTimeout, err)
	}
	if code := ui.Code(err); code != ui.ExitInternal {
		return ui.With(code, err)
	}
	return ui.With(ui.ExitUsage, err)
}
