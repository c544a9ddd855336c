package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// decodeOptions is what decode and dump can be asked for.
type decodeOptions struct {
	protocol, dialect, direction string
	input, output                string
	rules                        []string
	each, list, compat           bool
	allowDamage, secrets, all    bool
	depth, count                 int
	maxFrame                     int64
	iface, logPattern, write     string
	follow, stats, join          bool
	documents                    bool // documents of the notation are read as well

	choosing choosing // --where and the like
	picking  picking  // --field and --format
}

// live says whether records are to be shown at once.
func (o *decodeOptions) live() bool { return o.follow || o.iface != "" }

var decodeOutputs = []string{"wire", "json", "dump", "tree", "table"}

func decodeCommand(e *env) *cli.Command {
	var o decodeOptions
	return &cli.Command{
		Name:      "decode",
		Usage:     "show the frames in captured bytes",
		ArgsUsage: "[FILE…]",
		Description: describe(`Reads captures and shows what they hold: frames, stretches of bytes that are no frame, with the reason, and gaps. Every byte is in exactly one record. Without FILE, or for "-", standard input is read.

A capture is a packet capture (pcap, pcapng), the bytes of one direction as they are, or text that holds bytes, such as a hexdump. What it is, is found out by its first bytes unless --input says it.

  $ wirectl decode -p hg -i hex <<< 05000001000101116865616473
  @proto hg dialect=seed
  1 1 stream-begin command-name eos heads

What "decode -o wire" prints, encode turns back to the same bytes.`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: append(append(decodeFlags(&o), pickFlags(&o.picking)...),
			choiceFlag(&o.output, "output", "o", "wire", "format", append(decodeOutputs, columnarOutput, "csv", "tsv"), "the `FORMAT` to show: wire (the notation), json, dump, tree, table or parquet; or of --field table, csv, tsv or json"),
			&cli.BoolFlag{Name: "stats", Destination: &o.stats, Usage: "list the conversations, and what the protocol itself counts in each"},
			&cli.BoolFlag{Name: "list", Aliases: []string{"l"}, Destination: &o.list, Usage: "list the conversations instead of their frames"},
		),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			o.list = o.list || o.stats
			if err := o.compilePick(c.IsSet("output")); err != nil {
				return err
			}
			return runDecode(c.Context, e, &o, c.Args().Slice())
		},
	}
}

func dumpCommand(e *env) *cli.Command {
	o := decodeOptions{output: "dump"}
	return &cli.Command{
		Name:      "dump",
		Usage:     "show every byte of captured frames under its name",
		ArgsUsage: "[FILE…]",
		Description: describe(`Shows captures as "decode -o dump" does: offset, bytes, text, and the field that they are. Every byte stands in one row.

  $ wirectl dump -p hg -i hex <<< 05000001000101116865616473`, ui.ExitUsage, ui.ExitIO, ui.ExitDamage),
		Flags: decodeFlags(&o),
		Action: func(c *cli.Context) error {
			o.rules = c.StringSlice("decode-as")
			return runDecode(c.Context, e, &o, c.Args().Slice())
		},
	}
}

// decodeFlags are the flags of all commands that read captures and show them.
func decodeFlags(o *decodeOptions) []cli.Flag {
	return append([]cli.Flag{
		protocolFlag(&o.protocol, decode.Auto, decode.Auto),
		dialectFlag(&o.dialect),
		choiceFlag(&o.input, "input", "i", capture.Auto.String(), "format", append(capture.Formats(), mentionInput, documentInput), "the `FORMAT` of the input; text is any text whose lines tell of the protocol's frames, wire a document of the notation"),
		directionFlag(&o.direction),
		&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}, Usage: "decode a port's conversations by a protocol: `RULE` is tcp.port==N,PROTOCOL"},
		&cli.BoolFlag{Name: "each", Destination: &o.each, Usage: "take every line of the input for a stream of its own, in hex or base64"},
		&cli.BoolFlag{Name: "allow-damage", Destination: &o.allowDamage, Usage: "end with status 0 even if the capture is damaged"},
		secretsFlag(&o.secrets),
		&cli.IntFlag{Name: "depth", Destination: &o.depth, Usage: "open `N` levels of opaque payload"},
		&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Destination: &o.count, Usage: "stop after `N` records"},
		&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "show long fields whole in a dump"},
		sizeFlag(&o.maxFrame, "max-frame", codec.DefaultMaxFrame, "refuse frames over `SIZE`"),
		&cli.StringFlag{Name: "log-pattern", Destination: &o.logPattern, Usage: "read lines of a log by `PATTERN`: a regular expression with groups named data, and if need be dir and time, or a preset's name"},
		&cli.BoolFlag{Name: "follow", Aliases: []string{"F"}, Destination: &o.follow, Usage: "wait for more at the end of the input, as tail -f does, and show records at once"},
		&cli.StringFlag{Name: "interface", Aliases: []string{"I"}, Destination: &o.iface, Usage: "read packets off the network `INTERFACE`; the arguments are then a filter, such as 'tcp port 8000'"},
		&cli.StringFlag{Name: "write", Aliases: []string{"w"}, Destination: &o.write, Usage: "write the conversations that have frames to `FILE`, as pcapng with the frames as comments"},
		&cli.BoolFlag{Name: "compat", Destination: &o.compat, Usage: "read as the reference program does where it is known to be wrong"},
		&cli.BoolFlag{Name: "join", Destination: &o.join, Usage: "look ahead for answers: requests then have replied_by and elapsed, and both have outstanding"},
	}, chooseFlags(&o.choosing)...)
}

// listConversations prints a table of the conversations.
func listConversations(e *env, list []*decode.Summary, unanswered map[int]int, stats bool) error {
	st := e.Stdout.Styles()
	t := ui.Table{
		Head:      []string{"conn", "client", "server", "start", "duration", "proto", "> frames", "bytes", "< frames", "bytes", "note"},
		HeadStyle: st.Heading,
		Right:     []bool{true, false, false, false, true, false, true, true, true, true},
	}
	for _, s := range list {
		t.Add(conversationRow(s, unanswered[s.Conn.ID])...)
	}
	if err := t.Write(e.Stdout); err != nil || !stats {
		return err
	}
	for _, s := range list {
		if err := writeAccount(e, s); err != nil {
			return err
		}
	}
	return nil
}

// writeAccount prints the protocol's own account of a conversation.
func writeAccount(e *env, s *decode.Summary) error {
	if len(s.Rows) == 0 {
		return nil
	}
	st := e.Stdout.Styles()
	fmt.Fprintf(e.Stdout, "\n%s\n", st.Heading.Text(fmt.Sprintf("connection %d, %s %s", s.Conn.ID, s.Protocol, s.Dialect)))
	t := ui.Table{Head: s.Columns, HeadStyle: st.Heading, Indent: "  "}
	for _, row := range s.Rows {
		t.Add(row...)
	}
	return t.Write(e.Stdout)
}

func conversationRow(s *decode.Summary, unanswered int) []string {
	c := s.Conn
	proto := s.Protocol
	if proto == "" {
		proto = "–"
	} else if s.Dialect != "" {
		proto += " " + s.Dialect
	}
	note := s.Why
	if c.JoinedMidstream {
		note += ", joined mid-stream"
	}
	if s.Gaps > 0 {
		note += fmt.Sprintf(", %d gaps of %s", s.Gaps, ui.Size(s.Missing))
	}
	if unanswered > 0 {
		note += fmt.Sprintf(", %d without an answer", unanswered)
	}
	if len(s.Unfinished) > 0 {
		note += ", " + strings.Join(s.Unfinished, ", ")
	}
	start, took := "", ""
	if !c.Start.IsZero() {
		start, took = c.Start.UTC().Format("15:04:05"), roundDuration(c.End.Sub(c.Start))
	}
	return []string{
		fmt.Sprint(c.ID), c.Client.String(), c.Server.String(), start, took, proto,
		grouped(int64(s.Frames[0])), ui.Size(c.ToServer.Bytes), grouped(int64(s.Frames[1])), ui.Size(c.ToClient.Bytes), note,
	}
}
