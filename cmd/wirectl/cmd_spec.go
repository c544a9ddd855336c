package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/docs"
	"github.com/wirectl/wirectl/pkg/codec"
)

func specCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "spec",
		Usage:       "print the notation's specification, or a protocol's page",
		ArgsUsage:   "[notation|PROTOCOL]",
		Description: describe("Prints a document of the project, in Markdown: the specification of the notation, or what there is to know about a protocol. Without a name it lists the documents.", ui.ExitUsage),
		Action: func(c *cli.Context) error {
			switch c.NArg() {
			case 0:
				return listSpecs(e.Stdout)
			case 1:
				return printSpec(e.Stdout, c.Args().First())
			}
			return ui.Usagef("spec takes at most one document")
		},
	}
}

func printSpec(s *ui.Stream, name string) error {
	text, ok := docs.Read(name)
	if !ok {
		return &codec.UnknownNameError{What: "document", Name: name, Allowed: docs.Names()}
	}
	_, err := s.WriteString(text)
	return err
}

// listSpecs prints the names of the documents and their titles.
func listSpecs(s *ui.Stream) error {
	t := ui.Table{Styles: []ui.Style{s.Styles().Name}}
	for _, name := range docs.Names() {
		text, _ := docs.Read(name)
		title, _, _ := strings.Cut(text, "\n")
		t.Add(name, strings.TrimSpace(strings.TrimPrefix(title, "#")))
	}
	if err := t.Write(s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s, "\nwirectl spec NAME prints one of them.")
	return err
}
