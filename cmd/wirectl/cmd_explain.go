package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
)

func explainCommand(e *env) *cli.Command {
	var dialect, direction string
	var secrets bool
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what a name, a value or bytes mean",
		ArgsUsage: "PROTOCOL [TOPIC|0xNN|BYTES…]",
		Description: describe("Says what a type, a flag, a field or a command is, by its name or by its value, or takes bytes apart, given in hexadecimal, and names each of them. With only a PROTOCOL it lists what there is to explain.\n\n"+
			"Examples:\n\n  wirectl explain hg command-name\n  wirectl explain hg 0x41\n  wirectl explain hg 05 00 00 01 00 01 01 11 68 65 61 64 73", ui.ExitUsage, ui.ExitDamage),
		Flags: []cli.Flag{dialectFlag(&dialect), directionFlag(&direction), secretsFlag(&secrets)},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return ui.Usagef("explain takes a PROTOCOL and what to explain")
			}
			p, d, err := protocolAndDialect(c.Args().First(), dialect)
			if err != nil {
				return err
			}
			x := explainer{s: e.Stdout, st: e.Stdout.Styles(), p: p, dialect: d, topics: p.Topics(d), view: codec.View{Secrets: secrets}, dir: codec.ToServer}
			if direction == "<" {
				x.dir = codec.ToClient
			}
			return x.explain(c.Args().Tail())
		},
	}
}

// An explainer knows all about one dialect of a protocol.
type explainer struct {
	s       *ui.Stream
	st      *ui.Styles
	p       codec.Protocol
	dialect string
	dir     codec.Direction
	topics  []codec.Topic
	view    codec.View
}

// explain finds out what the words are: the name of a topic, a value that
// the protocol knows, bytes, or a topic's number.
func (x *explainer) explain(words []string) error {
	if len(words) == 0 {
		return x.list()
	}
	text := strings.Join(words, " ")
	if found := x.named(text); len(found) > 0 {
		return x.print(found)
	}
	if v, ok := x.p.(codec.ValueExplainer); ok {
		if said, ok := v.ExplainValue(x.dialect, text); ok {
			_, err := fmt.Fprintln(x.s, strings.TrimRight(said, "\n"))
			return err
		}
	}
	if b, ok := parseHex(text); ok && len(b) > 1 {
		return x.bytes(b)
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		if found := x.numbered(n); len(found) > 0 {
			return x.print(found)
		}
	}
	var names []string
	for _, t := range x.topics {
		names = append(names, t.Name)
	}
	return &hinted{
		ui.Usagef("%s: nothing known of %q", x.p.Info().Name, text),
		strings.TrimSpace(nearestHint(text, names) + " wirectl explain " + x.p.Info().Name + " lists what there is"),
	}
}

func (x *explainer) named(name string) []codec.Topic {
	var found []codec.Topic
	for _, t := range x.topics {
		if strings.EqualFold(t.Name, name) {
			found = append(found, t)
		}
	}
	return found
}

func (x *explainer) numbered(n int64) []codec.Topic {
	var found []codec.Topic
	for _, t := range x.topics {
		if t.Number >= 0 && int64(t.Number) == n {
			found = append(found, t)
		}
	}
	return found
}

// list prints the names of the topics, a table for each kind.
func (x *explainer) list() error {
	var kinds []string
	tables := make(map[string]*ui.Table)
	for _, t := range x.topics {
		tab := tables[t.Kind]
		if tab == nil {
			kinds = append(kinds, t.Kind)
			tab = &ui.Table{Indent: "  ", Right: []bool{true}, Styles: []ui.Style{x.st.Number, x.st.Name}}
			tables[t.Kind] = tab
		}
		name := t.Name
		if t.Of != "" {
			name += " of " + t.Of
		}
		tab.Add(number(t.Number), name, t.Title)
	}
	for i, k := range kinds {
		if i > 0 {
			fmt.Fprintln(x.s)
		}
		fmt.Fprintln(x.s, x.st.Heading.Text(k))
		if err := tables[k].Write(x.s); err != nil {
			return err
		}
	}
	return nil
}

// number returns the text of a topic's value on the wire.
func number(n int) string {
	switch {
	case n < 0:
		return ""
	case n < 10:
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d (0x%x)", n, n)
}

// print prints all there is to know about topics.
func (x *explainer) print(topics []codec.Topic) error {
	for i, t := range topics {
		if i > 0 {
			fmt.Fprintln(x.s)
		}
		head := t.Kind
		if t.Number >= 0 {
			head += " " + number(t.Number)
		}
		if t.Of != "" {
			head += " of " + t.Of
		}
		fmt.Fprintf(x.s, "%s  %s\n%s\n", x.st.Heading.Text(t.Name), x.st.Dim.Text(head), t.Title)
		if t.Text != "" {
			fmt.Fprintf(x.s, "\n%s\n", strings.Trim(t.Text, "\n"))
		}
		if err := x.parts(t); err != nil {
			return err
		}
		if t.Example != "" {
			fmt.Fprintf(x.s, "\n%s\n", x.st.Heading.Text("example"))
			for line := range strings.Lines(t.Example) {
				fmt.Fprintf(x.s, "  %s\n", strings.TrimSuffix(line, "\n"))
			}
		}
		if t.Source != "" {
			fmt.Fprintf(x.s, "\n%s\n", x.st.Dim.Text("source: "+t.Source))
		}
	}
	return nil
}

// parts prints what belongs to a topic: a type's flags and fields.
func (x *explainer) parts(of codec.Topic) error {
	tab := &ui.Table{Indent: "  ", Right: []bool{false, true}, Styles: []ui.Style{x.st.Dim, x.st.Number, x.st.Name}}
	for _, t := range x.topics {
		if t.Of == of.Name {
			tab.Add(t.Kind, number(t.Number), t.Name, t.Title)
		}
	}
	if tab.Len() == 0 {
		return nil
	}
	fmt.Fprintln(x.s)
	return tab.Write(x.s)
}

// bytes decodes b and names every byte of it.
func (x *explainer) bytes(b []byte) error {
	conv, err := x.p.Open(codec.Options{Dialect: x.dialect})
	if err != nil {
		return err
	}
	stream := codec.NewStream(conv.Decoder(x.dir), x.dir)
	stream.Feed(b)
	stream.End()
	damaged := 0
	hex := dump.NewHex(dump.Options{View: x.view, Width: x.s.Columns(dump.DefaultWidth), Styles: x.s.Dump()})
	out := hex.AppendHeader(nil)
	for {
		r, ok := stream.Next()
		if !ok {
			break
		}
		if r.Err != nil {
			damaged++
		}
		r.Proto, r.Dialect, r.Conn = x.p.Info().Name, x.dialect, 1
		out = hex.AppendRecord(out, &r)
		if _, err := x.s.Write(out); err != nil {
			return err
		}
		if err := x.about(&r); err != nil {
			return err
		}
		out = append(out[:0], '\n')
	}
	if damaged > 0 {
		return ui.Silent(ui.ExitDamage)
	}
	return nil
}

// about prints the titles of the topics that a record's fields name.
func (x *explainer) about(r *codec.Record) error {
	if r.Frame == nil {
		return nil
	}
	kind := r.Frame.Type()
	names := []string{kind}
	for _, f := range r.Frame.AppendFields(nil, 0, x.view) {
		names = append(names, f.Name, f.Value)
		names = append(names, strings.FieldsFunc(f.Note, func(c rune) bool { return c == ' ' || c == ',' || c == '|' })...)
	}
	tab := &ui.Table{Indent: "  ", Styles: []ui.Style{x.st.Name, x.st.Dim}}
	seen := make(map[string]bool)
	for _, n := range names {
		for _, t := range x.topics {
			if key := t.Kind + " " + t.Name; t.Name == n && (t.Of == "" || t.Of == kind) && !seen[key] {
				seen[key] = true
				tab.Add(t.Name, t.Kind, t.Title)
			}
		}
	}
	if tab.Len() == 0 {
		return nil
	}
	fmt.Fprintln(x.s)
	return tab.Write(x.s)
}

// parseHex reads hexadecimal bytes, with blanks and "0x" before them or not.
func parseHex(text string) ([]byte, bool) {
	var digits strings.Builder
	for w := range strings.FieldsSeq(text) {
		digits.WriteString(strings.TrimPrefix(w, "0x"))
	}
	b, err := hex.DecodeString(digits.String())
	return b, err == nil
}
