package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
	"github.com/wirectl/wirectl/pkg/repl"
)

// reactOptions is what react can be asked for.
type reactOptions struct {
	role, dialect, output string
	files, settings       []string
	deferOutput, compat   bool
}

func reactCommand(e *env) *cli.Command {
	var o reactOptions
	return &cli.Command{
		Name:      "react",
		Usage:     "feed a protocol's state machine by hand",
		ArgsUsage: "PROTOCOL",
		Description: describe(`Reads lines of the notation, gives each to the machine of one end of a connection as if it had come from the peer, and prints what the machine would do and what it then knows. There is no network and no clock: the time is that of the last line with one, such as "> [+1.5] ping".

Lines that begin with @ are other events: @eof (the peer sends no more), @sent N (the frames of sendframes N are out), @timer NAME, and those of the protocol, such as "@response 1 2 some text" for hg.

A machine with many connections, such as the daemon of msgq, takes the bracket of a line for the connection: "> [#2] getlname", without one it is connection 1. @open N opens a connection, @open N backend one that came in at the listener of this name, but its first frame opens it too; @eof N and @close N (it is lost) end one. "> [#2] @sent 1" is the event of a connection, "@timer NAME" that of the whole.

  $ printf '%s\n' '1 1 stream-begin command-name eos heads' '@response 1 2 0123' | wirectl react hg`, ui.ExitUsage, ui.ExitIO),
		Flags: []cli.Flag{
			choiceFlag(&o.role, "role", "", "server", "role", []string{"server", "client"}, "the `ROLE` that the machine plays: server or client"),
			dialectFlag(&o.dialect),
			choiceFlag(&o.output, "output", "o", "text", "format", []string{"text", "json"}, "the `FORMAT` to print: text or json"),
			&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "read the events from `FILE`; - is standard input"},
			&cli.BoolFlag{Name: "defer-output", Destination: &o.deferOutput, Usage: "keep answers until the end of input, as over HTTP"},
			&cli.StringSliceFlag{Name: "set", Usage: "a setting of the machine, as `NAME=VALUE`; the protocols' pages list them"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return &hinted{ui.Usagef("react takes one PROTOCOL"), "there is: " + strings.Join(machines.Protocols(), ", ")}
			}
			o.files, o.settings = c.StringSlice("file"), c.StringSlice("set")
			return react(c.Context, e, o, c.Args().First())
		},
	}
}

func react(ctx context.Context, e *env, o reactOptions, proto string) error {
	p, err := registry.Lookup(proto)
	if err != nil {
		return err
	}
	opts := reactor.Options{Role: reactor.Role(o.role), DeferOutput: o.deferOutput, Compat: o.compat}
	if err := machineOptions(&opts, p, o.dialect, o.settings); err != nil {
		return err
	}
	m, err := newMachine(proto, opts)
	if err != nil {
		return err
	}
	peer := codec.ToServer
	if opts.Role == reactor.Client {
		peer = codec.ToClient
	}
	_, hub := m.(reactor.Hub)
	r := &reacting{e: e, o: o, machine: m}
	if r.reader, err = repl.NewReader(p, codec.Options{Dialect: opts.Dialect}, peer, hub, registry.Lookup); err != nil {
		return err
	}
	if len(o.files) == 0 {
		o.files = []string{"-"}
	}
	for _, name := range o.files {
		in, _, err := e.Open(ctx, name)
		if err != nil {
			return err
		}
		if err := errors.Join(r.read(display(name), in), in.Close()); err != nil {
			return err
		}
	}
	return nil
}

// machineOptions completes the options of a machine with what --dialect and
// --set say.
func machineOptions(o *reactor.Options, p codec.Protocol, dialect string, set []string) (err error) {
	if o.Extra, err = settings(set); err != nil || dialect == "" {
		return err
	}
	d, err := p.Info().Dialect(dialect)
	o.Dialect = d.Name
	return err
}

// newMachine returns a machine. If it cannot be made, what was asked for is
// wrong.
func newMachine(proto string, o reactor.Options) (reactor.Machine, error) {
	m, err := machines.New(proto, o)
	return m, ui.With(ui.ExitUsage, err)
}

// settings reads the values of --set.
func settings(list []string) (map[string]string, error) {
	extra := map[string]string{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, &hinted{ui.Usagef("--set %s: a name and a value expected", s), "write NAME=VALUE"}
		}
		extra[name] = value
	}
	return extra, nil
}

// A reacting is a run of react.
type reacting struct {
	e       *env
	o       reactOptions
	machine reactor.Machine
	reader  *repl.Reader
	buf     []byte
}

// read gives the lines of a document to the machine. It stops at the first
// that is wrong.
func (r *reacting) read(name string, in io.Reader) error {
	lines := humanframe.NewScanner(name, in)
	for {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.line(l)
		}
		if err != nil {
			return err
		}
	}
}

// line makes the events of a line, and prints what they lead to.
func (r *reacting) line(l *humanframe.Line) error {
	events, err := r.reader.Read(r.machine, l)
	if err != nil || events == nil {
		return err
	}
	before := r.machine.State()
	var actions []reactor.Action
	for _, ev := range events {
		actions = r.machine.Step(r.reader.Now(), ev, actions)
	}
	r.reader.Heed(actions)
	r.buf = r.buf[:0]
	if r.o.output == "json" {
		r.appendJSON(l, actions)
	} else {
		r.appendText(l, actions, before)
	}
	if _, err := r.e.Stdout.Write(r.buf); err != nil {
		return err
	}
	return r.e.Stdout.Flush()
}

func (r *reacting) appendJSON(l *humanframe.Line, actions []reactor.Action) {
	r.buf = append(r.buf, `{"event":`...)
	r.buf = jsonenc.AppendString(r.buf, l.Text())
	r.buf = append(r.buf, `,"actions":[`...)
	for i, a := range actions {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = reactor.AppendJSON(r.buf, a)
	}
	r.buf = append(r.buf, `],"state":`...)
	r.buf = r.machine.State().AppendJSON(r.buf)
	r.buf = append(r.buf, '}', '\n')
}

func (r *reacting) appendText(l *humanframe.Line, actions []reactor.Action, before reactor.State) {
	st := r.e.Stdout.Styles()
	r.buf = append(r.buf, "← "...)
	r.buf = st.ToServer.Append(r.buf, l.Text())
	r.buf = append(r.buf, '\n')
	for _, a := range actions {
		text := strings.ReplaceAll(a.String(), "\n", "\n  ")
		style := st.Name
		_, inside := reactor.Unwrap(a)
		if _, failed := inside.(reactor.Fail); failed {
			style = st.Error
		}
		r.buf = append(r.buf, "→ "...)
		r.buf = style.Append(r.buf, text)
		r.buf = append(r.buf, '\n')
	}
	if changes := reactor.Diff(before, r.machine.State()); len(changes) > 0 {
		r.buf = append(r.buf, "  "...)
		r.buf = st.Dim.Append(r.buf, strings.Join(changes, "   "))
		r.buf = append(r.buf, '\n')
	}
}
