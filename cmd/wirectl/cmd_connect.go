package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/live/jobs"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

// connectOptions is what connect can be asked for.
type connectOptions struct {
	dialect, events, ca       string
	cert, key, keyLog, exec   string
	name                      string // of the server, where its address is not it
	settings                  []string
	maxFrame, queue           int64
	timeout, idle, grace      time.Duration
	retry, linger             time.Duration
	compat, insecure, forever bool

	watchOptions
}

func connectCommand(e *env) *cli.Command {
	var o connectOptions
	return &cli.Command{
		Name:      "connect",
		Usage:     "play a protocol's client on a socket",
		ArgsUsage: "PROTOCOL ADDRESS",
		Description: describe(`Connects to a server, runs the protocol's client, and prints what is said as it is said, in the notation.

An address is tcp://HOST:PORT, unix:PATH or tls://HOST:PORT. What the client is to do comes from standard input or --events, a directive of the machine a line, such as "@call 1 Auth command:status" for msgq; the protocols' pages list them. "@sleep 1.5" waits. A line is taken when the client is through with its handshake.

When there are no more lines and nothing has been said for a second, or for --linger, the client leaves; with --stay it stays, as a worker does.

  $ echo '@ping' | wirectl connect msgq unix:/run/bind10/msgq_socket`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append([]cli.Flag{
			dialectFlag(&o.dialect),
			&cli.StringFlag{Name: "events", Destination: &o.events, Value: "-", Usage: "read what the client is to do from `FILE`; - is standard input"},
			&cli.BoolFlag{Name: "stay", Destination: &o.forever, Usage: "stay when there is nothing more to do"},
			&cli.DurationFlag{Name: "linger", Destination: &o.linger, Value: time.Second, Usage: "leave when nothing has been said for `TIME` and nothing is to be done"},
			&cli.DurationFlag{Name: "retry", Destination: &o.retry, Usage: "connect again, `TIME` after the server ended the connection or could not be reached; 0 does not"},
			&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Usage: "end a connection after `TIME`"},
			&cli.DurationFlag{Name: "idle-timeout", Destination: &o.idle, Usage: "end a connection on which nothing is said for `TIME`; 0 for none"},
			&cli.DurationFlag{Name: "grace", Destination: &o.grace, Value: live.DefaultGrace, Usage: "when ending, wait for what is under way at most `TIME`"},
			sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
			sizeFlag(&o.queue, "max-queue", live.DefaultQueue, "end a connection when over `SIZE` waits for a server that does not read"),
			&cli.StringFlag{Name: "tls-ca", Destination: &o.ca, Usage: "trust the certificates in `FILE`, in PEM, instead of the system's"},
			&cli.BoolFlag{Name: "tls-insecure", Destination: &o.insecure, Usage: "trust any certificate"},
			&cli.StringFlag{Name: "tls-name", Destination: &o.name, Usage: "ask for the server `NAME` and check its certificate for it, whatever the address is"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.cert, Usage: "show the server a certificate, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.key, Usage: "its private key, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key-log", Destination: &o.keyLog, Usage: "append the connections' keys to `FILE`, with which others can decrypt them"},
			&cli.StringSliceFlag{Name: "set", Usage: "a setting of the machine, as `NAME=VALUE`; the protocols' pages list them"},
			&cli.StringFlag{Name: "exec", Destination: &o.exec, Usage: "run the jobs that a worker is given with `COMMAND`, by sh -c: the job comes on its standard input, and what it writes is the result"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
		}, o.flags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return &hinted{ui.Usagef("connect takes a PROTOCOL and an ADDRESS"), "there is: " + strings.Join(machines.Protocols(), ", ")}
			}
			o.settings = c.StringSlice("set")
			return runConnect(c.Context, e, &o, c.Args().Get(0), c.Args().Get(1))
		},
	}
}

// runConnect runs a client until it has done all, the server has had enough,
// or ctx ends: then the client says its last words first.
func runConnect(ctx context.Context, e *env, o *connectOptions, proto, address string) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c, err := o.client(proto)
	if err != nil {
		return err
	}
	dial, done, err := o.dialer(address)
	if err != nil {
		return err
	}
	defer done()
	c.Dial = dial
	watch, err := newServeWatch(e, o.watchOptions, false, cancel)
	if err != nil {
		return err
	}
	activity := &activity{Observer: watch}
	c.Observer = activity
	in, err := newConnectEvents(ctx, e, o, c)
	if err != nil {
		return err
	}
	defer in.Close()
	said, end := context.WithCancel(ctx)
	defer end()
	go func() {
		in.run(said)
		in.wasReady(said)
		if o.forever {
			<-said.Done()
		} else {
			activity.quiet(said, o.linger)
		}
		leave(running, c, o.grace)
		cancel()
	}()
	err = c.Run(running)
	cancel()
	sum := c.Summary()
	return errors.Join(in.fault(), connectError(err), watch.finish(sum, fmt.Sprintf("%d made", sum.Connections)))
}

// client returns the client, which cannot dial yet.
func (o *connectOptions) client(proto string) (*live.Client, error) {
	p, err := registry.Lookup(proto)
	if err != nil {
		return nil, err
	}
	opts := reactor.Options{Role: reactor.Client, Compat: o.compat}
	if err := machineOptions(&opts, p, o.dialect, o.settings); err != nil {
		return nil, err
	}
	if o.exec != "" {
		opts.Extra["exec"] = "yes"
	}
	freshSeed(proto, &opts)
	if _, err := newMachine(proto, opts); err != nil {
		return nil, err
	}
	c := &live.Client{
		Protocol: p,
		Codec:    codec.Options{Dialect: spokenDialect(proto, opts), MaxFrame: maxFrame(proto, o.maxFrame), Compat: o.compat},
		Machine: func() reactor.Machine {
			m, _ := machines.New(proto, opts) // it could be made before
			return m
		},
		Retry:  o.retry,
		Limits: live.Limits{Idle: noneIfZero(o.idle), Total: o.timeout, Queue: o.queue, Grace: o.grace},
	}
	if o.exec != "" {
		c.Handler = &jobs.Handler{Args: []string{"sh", "-c", o.exec}, Answer: answerTo(c)}
	}
	return c, nil
}

// answerTo returns what gives a client's machine the result of a job, as its
// directives response and error do.
func answerTo(c *live.Client) func(job uint64, value []byte, fault string) {
	return func(job uint64, value []byte, fault string) {
		name, args := "response", fmt.Sprintf("%d %s", job, value)
		if fault != "" {
			name, args = "error", fmt.Sprintf("%d %s", job, fault)
		}
		var ev reactor.Event
		var err error
		c.Look(func(m reactor.Machine) { ev, err = m.(reactor.Inputs).Input(name, args) })
		if err != nil {
			c.Note(err.Error())
			return
		}
		c.Input(ev)
	}
}

// connectError gives an end its exit status: what the server sent was wrong,
// or there is no connection.
func connectError(err error) error {
	if _, ok := errors.AsType[*codec.SyntaxError](err); ok {
		return ui.With(ui.ExitDamage, err)
	}
	return ui.With(ui.ExitIO, err)
}
