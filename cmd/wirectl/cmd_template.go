package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

func templateCommand(e *env) *cli.Command {
	var dialect string
	return &cli.Command{
		Name:      "template",
		Usage:     "print examples of frames, ready to be edited",
		ArgsUsage: "PROTOCOL [TYPE]",
		Description: describe("Prints a document in the notation with an example of each type of frame, or of one type. Edit it and give it to wirectl encode.\n\n"+
			"Examples:\n\n  wirectl template hg > mine.wire\n  wirectl template hg command-name | wirectl encode -o hex", ui.ExitUsage),
		Flags: []cli.Flag{dialectFlag(&dialect)},
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.NArg() > 2 {
				return ui.Usagef("template takes a PROTOCOL and perhaps a TYPE")
			}
			p, d, err := protocolAndDialect(c.Args().First(), dialect)
			if err != nil {
				return err
			}
			return printTemplates(e.Stdout, p, d, c.Args().Get(1))
		},
	}
}

// protocolAndDialect looks up a protocol and one of its dialects by their
// names; without one it is the default. Protocols without dialects have "".
func protocolAndDialect(name, dialect string) (codec.Protocol, string, error) {
	p, err := registry.Lookup(name)
	if err != nil {
		return nil, "", err
	}
	if dialect != "" {
		d, err := p.Info().Dialect(dialect)
		return p, d.Name, err
	}
	if all := p.Info().Dialects; len(all) > 0 {
		return p, all[0].Name, nil
	}
	return p, "", nil
}

// printTemplates prints the examples of a protocol, or of one type.
func printTemplates(s *ui.Stream, p codec.Protocol, dialect, name string) error {
	var names []string
	st := s.Styles()
	head := "@proto " + p.Info().Name
	if dialect != "" {
		head += " dialect=" + dialect
	}
	var b strings.Builder
	fmt.Fprintln(&b, head)
	for _, t := range p.Topics(dialect) {
		if t.Example == "" {
			continue
		}
		names = append(names, t.Name)
		if name == "" || t.Name == name {
			fmt.Fprintf(&b, "\n%s\n%s\n", st.Dim.Text("# "+t.Name+": "+t.Title), strings.TrimSuffix(t.Example, "\n"))
		}
	}
	if name != "" && !strings.Contains(b.String(), "\n\n") {
		return &codec.UnknownNameError{What: "example of a " + p.Info().Name + " frame", Name: name, Allowed: names}
	}
	_, err := s.WriteString(b.String())
	return err
}
