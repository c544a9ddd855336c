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
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

// serveOptions is what serve can be asked for.
type serveOptions struct {
	listen                    []string
	ports                     [len(portNames)]string // the addresses of the flags of these names
	addressFile               string
	dialect                   string
	cert, key, keyLog, repo   string
	events, fault             string
	storage, from             string
	settings                  []string
	maxFrame, maxBytes, queue int64
	maxConns                  int
	timeout, idle, grace      time.Duration
	saveEvery                 time.Duration
	compat, anyOrder          bool

	watchOptions
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
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "listen", Usage: "listen at `ADDRESS`, by default at " + defaultListen + "; NAME=ADDRESS, several times, for a machine with several ports"},
			&cli.StringFlag{Name: "frontend", Destination: &o.ports[0], Usage: "emqp: listen for clients and schedulers at `ADDRESS`"},
			&cli.StringFlag{Name: "backend", Destination: &o.ports[1], Usage: "emqp: listen for workers at `ADDRESS`"},
			&cli.StringFlag{Name: "admin", Destination: &o.ports[2], Usage: "emqp: listen for admin commands at `ADDRESS`"},
			&cli.StringFlag{Name: "address-file", Destination: &o.addressFile, Usage: "write the address to `FILE` once connections are taken"},
			dialectFlag(&o.dialect),
			&cli.StringFlag{Name: "repository", Destination: &o.repo, Usage: "hg: serve the repository that `FILE` describes, which may be packed by gzip"},
			&cli.StringFlag{Name: "storage", Destination: &o.storage, Usage: "zeo: serve the storage in `FILE`, if there is one, and write it back"},
			&cli.DurationFlag{Name: "save-every", Destination: &o.saveEvery, Value: time.Minute, Usage: "zeo: write the storage back every `TIME`, if it has changed, and at the end; 0 for at the end only"},
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
			&cli.StringFlag{Name: "from", Destination: &o.from, Usage: "answer as the server in a recording does: a session document, or a capture, in `FILE`"},
			&cli.BoolFlag{Name: "any-order", Destination: &o.anyOrder, Usage: "with --from, take what clients say in any order, and as often as they like"},
			&cli.StringFlag{Name: "fault", Destination: &o.fault, Usage: "misbehave on purpose, as the plan in `FILE` says"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "do what the reference program does where it is known to be wrong"},
		}, o.flags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return &hinted{ui.Usagef("serve takes one PROTOCOL"), "there is: " + strings.Join(machines.Protocols(), ", ")}
			}
			o.settings, o.listen = c.StringSlice("set"), c.StringSlice("listen")
			return runServe(c.Context, e, &o, c.Args().First())
		},
	}
}

func runServe(ctx context.Context, e *env, o *serveOptions, proto string) error {
	at, err := o.places()
	if err != nil {
		return err
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
	watch, err := newServeWatch(e, o.watchOptions, at.stdio(), cancel)
	if err != nil {
		return err
	}
	s.Observer = watch
	keep := o.keepStorage(s)
	err = errors.Join(o.serve(ctx, e, s, web, at, secure), keep.finish(), played(s))
	sum := s.Summary()
	err = errors.Join(err, watch.finish(sum, fmt.Sprintf("%d served, %d refused", sum.Connections, sum.Refused)))
	return err
}
