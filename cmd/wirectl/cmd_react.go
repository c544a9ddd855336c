package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
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
	r := &reacting{e: e, o: o, proto: p, machine: m, peer: peer, encoder: humanframe.NewEncoder(registry.Lookup, peer, codec.Options{})}
	if _, hub := m.(reactor.Hub); hub {
		r.opened = map[int]bool{}
	}
	if err := r.encoder.Use(proto, opts.Dialect); err != nil {
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
	proto   codec.Protocol
	machine reactor.Machine
	peer    codec.Direction
	encoder *humanframe.Encoder
	opened  map[int]bool // connections of a hub; nil for other machines
	now     time.Time    // of the last line that had one
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
	events, err := r.events(l)
	if err != nil || events == nil {
		return err
	}
	events = r.ofConn(l, events)
	if l.Timed {
		start := r.encoder.Start()
		if start.IsZero() {
			start = time.Unix(0, 0)
		}
		r.now = start.Add(l.At)
	}
	before := r.machine.State()
	var actions []reactor.Action
	for _, ev := range events {
		actions = r.machine.Step(r.now, ev, actions)
	}
	r.heed(actions)
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

// events returns what a line stands for; nil for a line that is none.
func (r *reacting) events(l *humanframe.Line) ([]reactor.Event, error) {
	switch {
	case l.Directive != "":
		return r.directive(l)
	case l.Marked && l.Dir != r.peer:
		return nil, nil // what our own side said: the machine says it itself
	case l.Raw != nil:
		return r.raw(l.Raw)
	}
	f, err := r.encoder.Parse(l)
	if err != nil {
		return nil, err
	}
	return []reactor.Event{reactor.Received{Frame: f}}, nil
}

func (r *reacting) directive(l *humanframe.Line) ([]reactor.Event, error) {
	if events, err := r.hubDirective(l); events != nil || err != nil {
		return events, err
	}
	switch l.Directive {
	case "eof":
		return []reactor.Event{reactor.EOF{}}, nil
	case "timer":
		return []reactor.Event{reactor.Expired{Timer: l.Rest()}}, nil
	case "sent":
		n, err := lex.Uint([]byte(l.Rest()), 1<<31-1)
		if err != nil {
			return nil, l.ArgError(err)
		}
		return []reactor.Event{reactor.Sent{ID: int(n)}}, nil
	}
	if humanframe.Directive(l.Directive) {
		_, _, err := r.encoder.Encode(l)
		return nil, err
	}
	in, ok := r.machine.(reactor.Inputs)
	if !ok {
		return nil, l.ArgError(&codec.UnknownNameError{What: "directive", Name: l.Directive, Allowed: r.commonEvents()})
	}
	ev, err := in.Input(l.Directive, l.Rest())
	if unknown, ok := err.(*codec.UnknownNameError); ok {
		unknown.Allowed = append(append([]string(nil), unknown.Allowed...), r.commonEvents()...)
	}
	if err != nil {
		return nil, l.ArgError(err)
	}
	return []reactor.Event{ev}, nil
}

// commonEvents are the directives that any machine takes.
func (r *reacting) commonEvents() []string {
	names := []string{"eof", "sent", "timer"}
	if r.opened != nil {
		names = append(names, hubEvents...)
	}
	return names
}

// raw takes bytes for what the peer sent.
func (r *reacting) raw(b []byte) ([]reactor.Event, error) {
	c, err := r.proto.Open(codec.Options{Dialect: r.o.dialect})
	if err != nil {
		return nil, err
	}
	var events []reactor.Event
	d := c.Decoder(r.peer)
	for len(b) > 0 {
		f, n, err := d.Decode(b, true)
		if err != nil && f == nil {
			return append(events, reactor.Broken{Err: err}), nil
		} // a frame with a fault is for the machine to judge
		events = append(events, reactor.Received{Frame: f.Clone()})
		b = b[n:]
	}
	return events, nil
}

// heed tells the reader of the lines to come what the machine said: it may be
// where they get a name or a number from that they leave out.
func (r *reacting) heed(actions []reactor.Action) {
	for _, a := range actions {
		conn, inside := reactor.Unwrap(a)
		send, ok := inside.(reactor.Send)
		if !ok {
			continue
		}
		for _, f := range send.Frames {
			said := codec.Text{Body: f.AppendText(nil, codec.View{Secrets: true})}
			// What it cannot read, it has nothing to learn from.
			_, _ = r.encoder.Parse(&humanframe.Line{Marked: true, Dir: r.peer.Reverse(), Conn: conn, Frame: said})
		}
	}
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
