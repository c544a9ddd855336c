package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// A protocolInfo is what "protocols -o json" prints for each protocol.
type protocolInfo struct {
	Name       string            `json:"name"`
	Title      string            `json:"title"`
	Dialects   []dialectInfo     `json:"dialects"`
	Ports      []uint16          `json:"ports"`
	MediaTypes map[string]string `json:"media_types"`
}

type dialectInfo struct {
	Name    string   `json:"name"`
	Aliases []string `json:"aliases"`
	Title   string   `json:"title"`
}

func protocolsCommand(e *env) *cli.Command {
	var output string
	return &cli.Command{
		Name:        "protocols",
		Usage:       "list the protocols and their dialects",
		Description: describe("Lists the protocols with their dialects, the first of which is the default, and with the TCP ports by which captures are taken for theirs.", ui.ExitUsage),
		Flags: []cli.Flag{
			choiceFlag(&output, "output", "o", "table", "format", []string{"table", "json"}, "the `FORMAT`: table or json"),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return ui.Usagef("protocols takes no arguments")
			}
			if output == "json" {
				return printProtocolsJSON(e)
			}
			return printProtocols(e)
		},
	}
}

func printProtocols(e *env) error {
	st := e.Stdout.Styles()
	t := ui.Table{Head: []string{"name", "dialects", "ports", "what it is"}, HeadStyle: st.Heading, Styles: []ui.Style{st.Name}}
	for _, p := range registry.All() {
		i := p.Info()
		ports := make([]string, len(i.Ports))
		for k, n := range i.Ports {
			ports[k] = fmt.Sprint(n)
		}
		t.Add(i.Name, strings.Join(dialectNames(i), " "), strings.Join(ports, " "), i.Title)
	}
	return t.Write(e.Stdout)
}

func printProtocolsJSON(e *env) error {
	infos := []protocolInfo{}
	for _, p := range registry.All() {
		i := p.Info()
		info := protocolInfo{Name: i.Name, Title: i.Title, Dialects: []dialectInfo{}, Ports: []uint16{}, MediaTypes: map[string]string{}}
		for _, d := range i.Dialects {
			info.Dialects = append(info.Dialects, dialectInfo{d.Name, append([]string{}, d.Aliases...), d.Title})
		}
		info.Ports = append(info.Ports, i.Ports...)
		for _, m := range i.MediaTypes {
			info.MediaTypes[m.Type] = m.Dialect
		}
		infos = append(infos, info)
	}
	enc := json.NewEncoder(e.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(infos)
}

func dialectNames(i *codec.Info) []string {
	names := []string{}
	for _, d := range i.Dialects {
		names = append(names, d.Name)
	}
	return names
}
