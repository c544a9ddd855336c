package main

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/replay"
)

// replayOptions is what replay can be asked for.
type replayOptions struct {
	to, vars, settings    []string
	protocol, dialect     string
	timeout, total, drain time.Duration
	retry                 time.Duration
	speed                 string
	literal, keepGoing    bool
	strict, all, env      bool
	sideEffects, programs bool
	from, until, jobs     int
	maxFrame              int64
	compat                bool
	tls                   connectOptions
	errors                *sharedStream

	output string

	loadOptions
	replayReports
}

func replayCommand(e *env) *cli.Command {
	var o replayOptions
	return &cli.Command{
		Name:      "replay",
		Usage:     "run sessions against a server, and say what it does otherwise",
		ArgsUsage: "SESSION…",
		Description: describe(`Does what session documents (wirectl spec session) say: sends what the client sends, waits for each answer that is expected, and shows field by field where another one comes. SESSION is a file, - for standard input, or a pattern such as 'tests/*.wire'. A document with an error is refused before a byte of any is sent.

An address is tcp://HOST:PORT, tls://HOST:PORT, unix:PATH, exec:COMMAND, whose standard input and output are the connection, or for hg http://HOST:PORT/PATH or https. --to goes before what @connect says; --to 2=ADDRESS is for connection 2 alone.

The handshakes of zmtp and emqp, and those of zeo and msgq where a document has none, are the client's own; --literal sends nothing but what the document says.

With --duration or --sessions it makes load: sessions begin at the times that --rate says, however fast the server is, and a table tells how long they took from when each was to begin. --threshold judges that.

  $ wirectl replay heads.wire --to tcp://localhost:8000
  $ wirectl replay heads.wire --to tcp://localhost:8000 --rate 100/s --duration 30s --threshold 'p99<20ms'`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO, ui.ExitTimeout, ui.ExitThreshold),
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "to", Usage: "connect to `ADDRESS`; N=ADDRESS, several times, for connection N"},
			protocolFlag(&o.protocol, ""),
			dialectFlag(&o.dialect),
			&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Value: replay.DefaultTimeout, Usage: "wait for one answer, and for a connection, at most `TIME`, where the document says nothing else"},
			&cli.DurationFlag{Name: "retry", Destination: &o.retry, Usage: "try again, each `TIME`, to connect to a server that cannot be reached, within --timeout; 0 does not"},
			&cli.DurationFlag{Name: "total-timeout", Destination: &o.total, Usage: "let a document take at most `TIME`; 0 for any"},
			&cli.DurationFlag{Name: "drain", Destination: &o.drain, Value: replay.DefaultDrain, Usage: "listen at the end, for what nobody awaits, for `TIME`"},
			&cli.StringFlag{Name: "speed", Destination: &o.speed, Value: "0", Usage: "send at the recorded times, `N` times as fast; 0 sends as soon as the answers before have come, max without waiting for them"},
			&cli.BoolFlag{Name: "literal", Destination: &o.literal, Usage: "send nothing but what the document says"},
			&cli.BoolFlag{Name: "keep-going", Aliases: []string{"k"}, Destination: &o.keepGoing, Usage: "go on with a document after a failure"},
			&cli.BoolFlag{Name: "strict", Destination: &o.strict, Usage: "fail when something comes at the end that nobody awaits"},
			choiceFlag(&o.output, "output", "o", "text", "format", replayOutputs, "the `FORMAT` to show: text, or json, an object for each session"),
			&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "tell of the steps that pass, too"},
			&cli.IntFlag{Name: "from-line", Destination: &o.from, Usage: "begin at line `N` of the document"},
			&cli.IntFlag{Name: "to-line", Destination: &o.until, Usage: "end with line `N` of the document"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Destination: &o.jobs, Value: 1, Usage: "run `N` documents at a time"},
			&cli.StringSliceFlag{Name: "var", Usage: "a variable of the documents, as `NAME=VALUE`"},
			&cli.BoolFlag{Name: "env", Destination: &o.env, Usage: "let documents read the environment, by @set NAME=env:VARIABLE"},
			&cli.StringSliceFlag{Name: "set", Usage: "a setting of the client that does the handshake, as `NAME=VALUE`; the protocols' pages list them"},
			&cli.BoolFlag{Name: "allow-side-effects", Destination: &o.sideEffects, Usage: "send what changes the server for good even when it was recorded"},
			&cli.BoolFlag{Name: "allow-exec", Destination: &o.programs, Usage: "let documents run programs, by @connect exec:COMMAND"},
			sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "take what is over `SIZE` for no frame"),
			&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
			&cli.StringFlag{Name: "tls-ca", Destination: &o.tls.ca, Usage: "trust the certificates in `FILE`, in PEM, instead of the system's"},
			&cli.BoolFlag{Name: "tls-insecure", Destination: &o.tls.insecure, Usage: "trust any certificate"},
			&cli.StringFlag{Name: "tls-name", Destination: &o.tls.name, Usage: "ask for the server `NAME` and check its certificate for it, whatever the address is"},
			&cli.StringFlag{Name: "tls-cert", Destination: &o.tls.cert, Usage: "show the server a certificate, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key", Destination: &o.tls.key, Usage: "its private key, a `FILE` in PEM"},
			&cli.StringFlag{Name: "tls-key-log", Destination: &o.tls.keyLog, Usage: "append the connections' keys to `FILE`, with which others can decrypt them"},
		}, append(o.loadOptions.flags(), o.replayReports.flags()...)...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return &hinted{ui.Usagef("replay has no SESSION"), "wirectl record makes one of a capture; - is standard input"}
			}
			o.to, o.vars, o.settings = c.StringSlice("to"), c.StringSlice("var"), c.StringSlice("set")
			o.given(c)
			return runReplay(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// replayOutputs are the forms in which replay tells what became of sessions.
var replayOutputs = []string{"text", "json"}

// runReplay runs the documents, and reports what became of them, also when
// ctx ends first.
func runReplay(ctx context.Context, e *env, o *replayOptions, patterns []string) error {
	if o.jobs < 1 || o.from < 0 || o.until < 0 {
		return ui.Usagef("--jobs, --from-line and --to-line are no negative numbers, and --jobs is no 0")
	}
	opts, done, err := o.options(e)
	if err != nil {
		return err
	}
	defer done()
	docs, err := o.documents(ctx, e, patterns)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	run := &replayRun{e: e, o: o, opts: opts, docs: docs}
	if !o.wanted {
		return run.all(ctx)
	}
	hard, thresholds, err := o.loadOptions.options(opts, docs)
	if err != nil {
		return err
	}
	return run.load(ctx, hard, thresholds)
}

// speeds reads the value of --speed.
func speeds(text string) (speed float64, ahead bool, err error) {
	switch text {
	case "":
		return 0, false, nil
	case "max":
		return 0, true, nil
	}
	number := strings.TrimPrefix(strings.TrimPrefix(text, "x"), "×")
	speed, err = strconv.ParseFloat(number, 64)
	if err != nil || !(speed >= 0) || math.IsInf(speed, 0) {
		return 0, false, &hinted{ui.Usagef("--speed %s: no such speed", text), "1 is as recorded, 10 ten times as fast, 0 as fast as the answers come, max faster"}
	}
	return speed, false, nil
}

// splitVars reads the values of --var.
func splitVars(list []string) (map[string]string, error) {
	vars := map[string]string{"lname": ""} // what the start of msgq sets
	for _, v := range list {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, &hinted{ui.Usagef("--var %s: a name and a value expected", v), "write NAME=VALUE"}
		}
		vars[name] = value
	}
	return vars, nil
}
