package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// readFlags are the flags of the commands that read captures and show
// something else than their records.
func readFlags(o *decodeOptions) []cli.Flag {
	return []cli.Flag{
		protocolFlag(&o.protocol, decode.Auto, decode.Auto),
		dialectFlag(&o.dialect),
		choiceFlag(&o.input, "input", "i", capture.Auto.String(), "format", append(capture.Formats(), mentionInput, documentInput), "the `FORMAT` of the input, as for decode; wire is a document of the notation"),
		directionFlag(&o.direction),
		&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}, Usage: "decode a port's conversations by a protocol: `RULE` is tcp.port==N,PROTOCOL"},
		&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "do not end with status 4 because the capture is damaged"},
		sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
		&cli.StringFlag{Name: "log-pattern", Destination: &o.logPattern, Usage: "read lines of a log by `PATTERN`, as decode does"},
		&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
	}
}

// A reading is captures that are read once, record by record.
type reading struct {
	about      conversations
	damage     []*capture.Damage
	undirected bool // the input does not tell who sent it
	start      time.Time

	some  bool         // not all records are chosen
	taken map[int]bool // then, the conversations that have one that is
}

// readRecords gives the records of captures that are chosen to visit, in
// order. Damage of a file is kept, and reading goes on.
func readRecords(ctx context.Context, e *env, o *decodeOptions, args []string, visit func(*reading, *codec.Record) error) (*reading, error) {
	if len(args) == 0 && e.StdinTTY {
		return nil, &hinted{ui.Usagef("there is nothing to read"), "name a FILE, or give standard input"}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	opts, err := o.session()
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	session, err := decode.NewSession(opts)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	if err := o.compileWants(); err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	o.documents = true
	src, done, err := o.source(ctx, e, args)
	if err != nil {
		return nil, err
	}
	defer done()
	in := &reading{about: sessionConversations{session}, undirected: oneDirection(src.Info().Format), some: o.choosing.any(), taken: map[int]bool{}}
	var failed error
	wants := o.wants(func(*codec.Record) time.Time { return in.start })
	emit := func(r *codec.Record) bool {
		if wants(r) {
			if in.some {
				in.taken[r.Conn] = true
			}
			failed = visit(in, r)
		}
		return failed == nil
	}
	if text, ok := src.(*documentSource); ok {
		defer text.tell(e)
		in.about = text.reader(opts, o.dir())
		for r, err := range text.records() {
			if err != nil {
				return nil, err
			}
			if in.start.IsZero() {
				in.start = r.Time
			}
			if !emit(r) {
				return nil, failed
			}
		}
		return in, context.Cause(ctx)
	}
	for ev, err := range src.Events() {
		d, isDamage := errors.AsType[*capture.Damage](err)
		switch {
		case isDamage:
			in.damage = append(in.damage, d)
		case err != nil:
			return nil, ui.With(ui.ExitIO, err)
		default:
			if in.start.IsZero() {
				in.start = ev.Time
			}
			session.Event(&ev, emit)
		}
		if failed != nil {
			return nil, failed
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	session.Finish(emit)
	return in, failed
}

// summaries returns those of the conversations that have a record that was
// chosen.
func (in *reading) summaries() []*decode.Summary {
	if !in.some {
		return in.about.Summaries()
	}
	return slices.DeleteFunc(slices.Clone(in.about.Summaries()), func(s *decode.Summary) bool { return !in.taken[s.Conn.ID] })
}

// conn returns a conversation, nil when there is none of that number.
func (in *reading) conn(id int) *capture.Conn { return in.about.Conn(id) }

// server names the server of a conversation.
func (in *reading) server(id int) string {
	if c := in.conn(id); c != nil {
		return c.Server.String()
	}
	return ""
}

// fault returns what is wrong with the file itself, unless that is allowed.
func (in *reading) fault(o *decodeOptions) error {
	if len(in.damage) == 0 || o.allowDamage {
		return nil
	}
	return ui.With(ui.ExitDamage, &hinted{in.damage[0], damageHint})
}

// damageOf is the error of so many records that show damage.
func damageOf(n int64) error {
	return &hinted{ui.Damagef("%s %s of damage", grouped(n), plural(n, "record")), damageHint}
}
