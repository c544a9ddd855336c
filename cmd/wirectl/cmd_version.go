package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// The versions of what others rely on. They grow only when something that
// was accepted before is not any more, or means something else.
const (
	notationVersion = 1 // docs/notation.md
	schemaVersion   = 1 // the JSON records, "v" in each
)

// A versionInfo is what "version --json" prints.
type versionInfo struct {
	Version   string                `json:"version"`
	Commit    string                `json:"commit,omitempty"`
	Time      string                `json:"time,omitempty"`
	Modified  bool                  `json:"modified"`
	Go        string                `json:"go"`
	Platform  string                `json:"platform"`
	Notation  int                   `json:"notation"`
	Schema    int                   `json:"schema"`
	Protocols []versionInfoProtocol `json:"protocols"`
}

type versionInfoProtocol struct {
	Name     string   `json:"name"`
	Dialects []string `json:"dialects"`
}

func versionCommand(e *env) *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		Description: describe("Prints the version, in one line, or as JSON with the commit, the versions of Go, of the notation and of the JSON records, and the protocols with their dialects.", ui.ExitUsage),
		Flags:       []cli.Flag{jsonFlag(&asJSON)},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return ui.Usagef("version takes no arguments")
			}
			if !asJSON {
				return printVersion(e)
			}
			v := currentVersion()
			for _, p := range registry.All() {
				v.Protocols = append(v.Protocols, versionInfoProtocol{p.Info().Name, dialectNames(p.Info())})
			}
			enc := json.NewEncoder(e.Stdout)
			enc.SetIndent("", "  ")
			return enc.Encode(v)
		},
	}
}

// printVersion prints the version in one line.
func printVersion(e *env) error {
	v := currentVersion()
	commit := ""
	if len(v.Commit) >= 12 {
		commit = " commit " + v.Commit[:12]
		if v.Modified {
			commit += " modified"
		}
	}
	_, err := fmt.Fprintf(e.Stdout, "wirectl %s%s (%s, %s)\n", v.Version, commit, v.Go, v.Platform)
	return err
}

func currentVersion() versionInfo {
	v := versionInfo{
		Version:   "(devel)",
		Go:        runtime.Version(),
		Platform:  runtime.GOOS + "/" + runtime.GOARCH,
		Notation:  notationVersion,
		Schema:    schemaVersion,
		Protocols: []versionInfoProtocol{},
	}
	if b, ok := debug.ReadBuildInfo(); ok {
		if b.Main.Version != "" {
			v.Version = b.Main.Version
		}
		for _, s := range b.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.time":
				v.Time = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	return v
}
