package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diagram"
)

// diagramOptions is what diagram can be asked for.
type diagramOptions struct {
	decodeOptions
	everything, each bool
	max, width       int
	conns            map[int]bool
}

var diagramOutputs = []string{"text", "mermaid", "svg"}

// diagramWidth is how wide a drawing is that goes to no terminal.
const diagramWidth = 100

func diagramCommand(e *env) *cli.Command {
	var o diagramOptions
	return &cli.Command{
		Name:      "diagram",
		Usage:     "draw who says what to whom in captures",
		ArgsUsage: "[FILE…]",
		Description: describe(`Draws a sequence diagram of captures: an arrow for each message between applications, named where they name themselves, with the times that answers took. What says the same again is drawn once, and so are runs of messages that come again and again. Handshakes and heartbeats are left out.

  $ wirectl diagram zeo.pcap
  $ wirectl diagram --conn 2,3 -o svg zeo.pcap > zeo.svg`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append([]cli.Flag{
			choiceFlag(&o.output, "output", "o", "text", "format", diagramOutputs, "the `FORMAT` to draw in: text, mermaid or svg"),
			&cli.StringSliceFlag{Name: "conn", Usage: "draw only the conversations of these `NUMBERS`, separated by commas"},
			&cli.BoolFlag{Name: "everything", Destination: &o.everything, Usage: "draw what is below the applications, too: handshakes, heartbeats"},
			&cli.BoolFlag{Name: "each", Destination: &o.each, Usage: "draw every message, instead of repeats once"},
			&cli.IntFlag{Name: "max", Destination: &o.max, Value: 500, Usage: "draw at most `N` arrows; the others are counted"},
			&cli.IntFlag{Name: "width", Destination: &o.width, Usage: "draw text `N` columns wide instead of as the terminal is, or 100"},
			secretsFlag(&o.secrets),
		}, append(takeFlags(&o.choosing, "draw"), readFlags(&o.decodeOptions)...)...),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			if err := o.parse(commas(c.StringSlice("conn"))); err != nil {
				return err
			}
			return runDiagram(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// parse looks at the options.
func (o *diagramOptions) parse(conns []string) error {
	for _, text := range conns {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return ui.Usagef("--conn: %q is no number of a conversation", text)
		}
		if o.conns == nil {
			o.conns = map[int]bool{}
		}
		o.conns[n] = true
	}
	if o.max < 1 || o.width < 0 {
		return ui.Usagef("--max is not below 1, and --width not below 0")
	}
	return nil
}

// runDiagram draws captures.
func runDiagram(ctx context.Context, e *env, o *diagramOptions, args []string) error {
	b := diagram.New(diagram.Options{View: o.view(), All: o.everything, Conns: o.conns, Max: o.max, Each: o.each})
	damage := 0
	in, err := readRecords(ctx, e, &o.decodeOptions, args, func(_ *reading, r *codec.Record) error {
		b.Add(r)
		if decode.Damaged(r) {
			damage++
		}
		return nil
	})
	if err != nil {
		return err
	}
	d := b.Finish(in.conn)
	var out []byte
	switch o.output {
	case "mermaid":
		out = d.AppendMermaid(nil)
	case "svg":
		out = d.AppendSVG(nil)
	default:
		width := o.width
		if width == 0 {
			width = e.Stdout.Columns(diagramWidth)
		}
		st := e.Stdout.Dump()
		out = d.AppendText(nil, diagram.Text{Width: width, Styles: diagram.Styles{
			Actor: st.Name, Line: st.Dim, Time: st.Dim, Label: st.ToServer, Answer: st.ToClient, Error: st.Error,
		}})
	}
	if _, err := e.Stdout.Write(out); err != nil {
		return err
	}
	err = in.fault(&o.decodeOptions)
	if damage > 0 && !o.allowDamage {
		err = errors.Join(err, damageOf(int64(damage)))
	}
	return err
}
