package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/filter"
)

// A fieldInfo is what "fields -o json" prints for each field.
type fieldInfo struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	About   string `json:"about"`
	Example string `json:"example,omitempty"`
	Record  bool   `json:"record"`
}

func fieldsCommand(e *env) *cli.Command {
	var output string
	return &cli.Command{
		Name:        "fields",
		Usage:       "list what can be asked of a protocol's records",
		ArgsUsage:   "PROTOCOL",
		Description: describe("Lists the names for --where, --field and --format: the fields of the protocol, then what all records have, each with its type, what it is, and a value from a recording. A byte string is .text, or .hex when it is not text.", ui.ExitUsage),
		Flags: []cli.Flag{
			choiceFlag(&output, "output", "o", "table", "format", []string{"table", "json"}, "the `FORMAT`: table or json"),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return &hinted{ui.Usagef("fields takes one PROTOCOL"), "there is: " + strings.Join(registry.Names(), ", ")}
			}
			list, err := filter.Fields(c.Args().First())
			if err != nil {
				return ui.With(ui.ExitUsage, err)
			}
			if output == "json" {
				return printFieldsJSON(e.Stdout, list)
			}
			return printFields(e.Stdout, list)
		},
	}
}

func printFields(s *ui.Stream, list []filter.Field) error {
	st := s.Styles()
	t := ui.Table{Head: []string{"name", "type", "what it is", "example"}, HeadStyle: st.Heading, Styles: []ui.Style{st.Name}}
	record := false
	for _, f := range list {
		if f.Record && !record {
			record = true
			t.Add("", "", "", "")
		}
		t.Add(f.Name, f.Type, f.About, f.Example)
	}
	return t.Write(s)
}

func printFieldsJSON(s *ui.Stream, list []filter.Field) error {
	enc := json.NewEncoder(s)
	enc.SetEscapeHTML(false)
	for _, f := range list {
		if err := enc.Encode(fieldInfo{Name: f.Name, Type: f.Type, About: f.About, Example: f.Example, Record: f.Record}); err != nil {
			return fmt.Errorf("fields: %w", err)
		}
	}
	return nil
}
