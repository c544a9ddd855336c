package main

import (
	_ "embed"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
)

var (
	//go:embed completion/wirectl.bash
	bashScript string
	//go:embed completion/wirectl.zsh
	zshScript string
	//go:embed completion/wirectl.fish
	fishScript string
)

// shells are those that there is a completion for.
var shells = []string{"bash", "zsh", "fish"}

func completionCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a shell's completion script",
		ArgsUsage: "bash|zsh|fish",
		Description: describe("Prints the script that makes a shell complete commands, flags and their values: protocols, dialects, types, formats. Put one of these lines into the shell's start-up file.\n\n"+
			"Examples:\n\n  source <(wirectl completion bash)      # ~/.bashrc\n  source <(wirectl completion zsh)       # ~/.zshrc, after compinit\n  wirectl completion fish | source       # ~/.config/fish/config.fish", ui.ExitUsage),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return ui.Usagef("completion takes one shell: bash, zsh or fish")
			}
			i := slices.Index(shells, c.Args().First())
			if i < 0 {
				return &codec.UnknownNameError{What: "completion for", Name: c.Args().First(), Allowed: shells}
			}
			_, err := e.Stdout.WriteString([]string{bashScript, zshScript, fishScript}[i])
			return err
		},
	}
}
