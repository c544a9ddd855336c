package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/tap"
)

// tapOptions is what tap can be asked for.
type tapOptions struct {
	listen, to, addressFile string
	cert, key, keyLog       string // of the side of the clients; keyLog of both
	ca, ownCert, ownKey     string // of the side of the server
	insecure                bool
	record                  string
	maxBytes                int64
	maxConns                int
	timeout, idle           time.Duration
	connect, grace          time.Duration

	hold time.Duration

	ruleOptions
	decodeOptions // how to read and show; count is that of connections
}

// noOutput is the output that shows nothing.
const noOutput = "none"

func tapCommand(e *env) *cli.Command {
	var o tapOptions
	return &cli.Command{
		Name:      "tap",
		Usage:     "stand between a client and a server, and show what they say",
		ArgsUsage: "PROTOCOL",
		Description: describe(`Listens at an address, makes a connection to the server for each that comes in, passes on what both sides say, and shows it as it is said. Every byte is passed on at once and as it is, whether it can be decoded or not.

With --rule frames are held back, dropped, said twice, changed or cut on purpose: "wirectl spec tap" describes the rules.

An address is tcp://HOST:PORT, unix:PATH or tls://HOST:PORT, on either side. Without a host it is the loopback interface; port 0 is one that is free. The address to connect to goes to standard error, and to --address-file for scripts. With TLS what is shown and recorded is what is inside. PROTOCOL may be auto: then it is found out for each connection.

SIGINT and SIGTERM end the tap and its connections; then a summary goes to standard error.

  $ wirectl tap zeo --listen tcp://:8101 --to tcp://:8100 --record today.pcapng
  $ wirectl tap zeo --to tcp://:8100 --rule 'name == "invalidateTransaction" => delay 2s nth=3'`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "listen", Destination: &o.listen, Value: defaultListen, Usage: "listen for clients at `ADDRESS`"},
			&cli.StringFlag{Name: "to", Destination: &o.to, Usage: "connect to the server at `ADDRESS`"},
			&cli.StringFlag{Name: "address-file", Destination: &o.addressFile, Usage: "write the address to connect to to `FILE` once connections are taken"},
			choiceFlag(&o.output, "output", "o", "wire", "format", append(decodeOutputs, "csv", "tsv", noOutput), "the `FORMAT` to show: that of decode, or none"),
			&cli.StringFlag{Name: "record", Destination: &o.record, Usage: recordUsage},
			dialectFlag(&o.dialect),
			secretsFlag(&o.secrets),
			&cli.IntFlag{Name: "depth", Destination: &o.depth, Usage: "open `N` levels of opaque payload"},
			&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "show long fields whole in a dump"},
			&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "end with status 0 even if something could not be decoded"},
			&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Destination: &o.count, Usage: "end after `N` connections"},
			&cli.IntFlag{Name: "max-connections", Destination: &o.maxConns, Value: tap.DefaultConnections, Usage: "take at most `N` connections at a time"},
			sizeFlag(&o.maxBytes, "max-bytes", 0, "pass at most `SIZE` on a connection; 0 is any number"),
			sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "take what is over `SIZE` for no frame; it passes all the same"),
			&cli.DurationFlag{Name: "connect-timeout", Destination: &o.connect, Value: tap.DefaultConnect, Usage: "wait for the server to take a connection at most `TIME`; 0 for any"},
			&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Usage: "end a connection after `TIME`"},
			&cli.DurationFlag{Name: "idle-timeout", Destination: &o.idle, Usage: "end a connection on which nothing is said for `TIME`; 0 for none"},
			&cli.DurationFlag{Name: "grace", Destination: &o.grace, Value: tap.DefaultGrace, Usage: "when ending, take at most `TIME` to write what has been read"},
			&cli.DurationFlag{Name: "hold", Destination: &o.hold, Value: tap.DefaultHold, Usage: "with rules, hold back what is part of a frame at most `TIME`; 0 for any"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.cert, Usage: "the certificate to show clients, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.key, Usage: "its private key, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-ca", Destination: &o.ca, Usage: "trust the server's certificate by those in `FILE`, in PEM, instead of the system's"},
			&cli.BoolFlag{Name: "tls-insecure", Destination: &o.insecure, Usage: "trust any certificate of the server"},
			&cli.StringFlag{Name: "to-tls-cert", Destination: &o.ownCert, Usage: "show the server a certificate, a `FILE` in PEM"},
			&cli.StringFlag{Name: "to-tls-key", Destination: &o.ownKey, Usage: "its private key, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key-log", Destination: &o.keyLog, Usage: "append the keys of both sides to `FILE`, with which others can decrypt them"},
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
		}, slices.Concat(o.ruleOptions.flags(), whereFlags(&o.choosing), pickFlags(&o.picking))...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return &hinted{ui.Usagef("tap takes one PROTOCOL"), "there is: " + strings.Join(append(registry.Names(), decode.Auto), ", ")}
			}
			o.protocol, o.ruleOptions.rules = c.Args().First(), c.StringSlice("rule")
			if err := o.compilePick(c.IsSet("output")); err != nil {
				return err
			}
			return runTap(c.Context, e, &o)
		},
	}
}

// runTap passes connections on until ctx ends, or there were enough.
func runTap(ctx context.Context, e *env, o *tapOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := o.proxy()
	if err != nil {
		return err
	}
	if p.Rules, err = o.read(ctx, e, o.protocol); err != nil {
		return err
	}
	ends, err := o.ends()
	if err != nil {
		return err
	}
	defer ends.done()
	p.Dial = ends.dial
	l, got, err := ends.from.listen(ends.secure)
	if err != nil {
		return ui.With(ui.ExitIO, err)
	}
	watch, err := newTapWatch(e, o, cancel)
	if err != nil {
		return errors.Join(err, closeAll(l))
	}
	p.Observer = watch
	watch.Note(0, fmt.Sprintf("listening at %s, for %s", got[0], ends.to))
	if o.addressFile != "" {
		if err := writeAddresses(o.addressFile, got); err != nil {
			return errors.Join(err, closeAll(l))
		}
	}
	err = ui.With(ui.ExitIO, p.Serve(ctx, l[0].Listener))
	return errors.Join(err, watch.finish(ctx, p.Summary()))
}

// proxy returns the proxy, which cannot dial yet.
func (o *tapOptions) proxy() (*tap.Proxy, error) {
	opts, err := o.session()
	if err == nil {
		_, err = decode.NewSession(opts)
	}
	if err == nil {
		err = o.choosing.compile(o.protocol)
	}
	if err == nil {
		err = o.checkAhead(true)
	}
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	return &tap.Proxy{Decode: opts, Limits: tap.Limits{
		Connections: o.maxConns, Bytes: o.maxBytes, Idle: o.idle, Total: o.timeout,
		Connect: noneIfZero(o.connect), Grace: o.grace, Hold: noneIfZero(o.hold),
	}}, nil
}

// tapEnds are the two sides of a tap.
type tapEnds struct {
	from   places
	to     live.Address
	secure *tls.Config // of the side of the clients
	dial   func(context.Context) (net.Conn, error)
	done   func()
}

// ends returns the two sides.
func (o *tapOptions) ends() (*tapEnds, error) {
	if o.to == "" {
		return nil, &hinted{ui.Usagef("tap wants to know the server"), "--to ADDRESS says where it is"}
	}
	from := serveOptions{listen: []string{o.listen}, cert: o.cert, key: o.key, keyLog: o.keyLog}
	to := connectOptions{ca: o.ca, insecure: o.insecure, cert: o.ownCert, key: o.ownKey, keyLog: o.keyLog}
	at, err := from.places()
	if err != nil {
		return nil, err
	}
	if at.stdio() || at.web() {
		return nil, &hinted{ui.Usagef("tap cannot listen at %s", at[0]), "there are tcp://HOST:PORT, unix:PATH and tls://HOST:PORT; HTTP passes as well"}
	}
	e := &tapEnds{from: at}
	if e.to, err = live.ParseAddress(o.to); err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	// One of the sides may be encrypted alone.
	if !at[0].TLS() && e.to.TLS() {
		from.keyLog = ""
	}
	if at[0].TLS() && !e.to.TLS() {
		to.keyLog = ""
	}
	dial, closeTo, err := to.dialer(o.to)
	if err != nil {
		return nil, err
	}
	secure, closeFrom, err := from.tls(at)
	if err != nil {
		closeTo()
		return nil, err
	}
	e.secure, e.done = secure, func() { closeFrom(); closeTo() }
	e.dial = func(ctx context.Context) (net.Conn, error) {
		rw, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return rw.(net.Conn), nil
	}
	return e, nil
}
