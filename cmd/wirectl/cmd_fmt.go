package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/session"
)

// fmtOptions is what fmt can be asked for.
type fmtOptions struct {
	protocol     string
	write, check bool
}

func fmtCommand(e *env) *cli.Command {
	var o fmtOptions
	return &cli.Command{
		Name:      "fmt",
		Usage:     "lay out documents of the notation",
		ArgsUsage: "[FILE…]",
		Description: describe(`Prints documents of the notation and sessions (wirectl spec session) in their canonical layout: one blank line between what stands apart, one blank between words, the marks before a frame as decode prints them. Comments stay where they are, and so do frames, letter by letter, since their blanks are data. Block scripts of hg debugwireproto become documents of the notation.

Without FILE the document is standard input. With --write each FILE is rewritten in its place if that changes it, and with --check the names of those that it would change are printed.

  $ echo '> [+1.5 #1] ruok' | wirectl fmt
  > [#1 +1.500000] ruok`, ui.ExitFinding, ui.ExitUsage, ui.ExitIO),
		Flags: []cli.Flag{
			protocolFlag(&o.protocol, ""),
			&cli.BoolFlag{Name: "write", Aliases: []string{"w"}, Destination: &o.write, Usage: "rewrite the files instead of printing them"},
			&cli.BoolFlag{Name: "check", Destination: &o.check, Usage: "print the names of files that are laid out otherwise, and end with status 1 if there is one"},
		},
		Action: func(c *cli.Context) error {
			files := c.Args().Slice()
			switch {
			case o.write && o.check:
				return ui.Usagef("fmt takes --write or --check, not both")
			case o.write && len(files) == 0:
				return &hinted{ui.Usagef("--write has no FILE to rewrite"), "without it standard input goes to standard output"}
			case len(files) == 0 && e.StdinTTY:
				return &hinted{ui.Usagef("fmt has nothing to read"), "give FILE or standard input"}
			case len(files) == 0:
				files = []string{"-"}
			}
			return formatFiles(c.Context, e, o, files)
		},
	}
}

// formatFiles goes on after a file with errors, so that all are told.
func formatFiles(ctx context.Context, e *env, o fmtOptions, files []string) error {
	var faults []error
	found := false
	for _, name := range files {
		changed, err := formatFile(ctx, e, o, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		found = found || changed
	}
	switch err := errors.Join(faults...); {
	case err != nil:
		return err
	case o.check && found:
		return ui.Silent(ui.ExitFinding)
	}
	return nil
}

// formatFile lays out one file and says whether that changes it.
func formatFile(ctx context.Context, e *env, o fmtOptions, name string) (changed bool, err error) {
	r, _, err := e.Open(ctx, name)
	if err != nil {
		return false, err
	}
	src, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return false, ui.With(ui.ExitIO, fmt.Errorf("%s: %w", name, pathCause(err)))
	}
	shown := name
	if name == "-" {
		shown = "standard input"
	}
	out, err := session.Format(shown, src, o.protocol)
	if err != nil {
		return false, ui.With(ui.ExitUsage, err)
	}
	changed = !bytes.Equal(out, src)
	switch {
	case o.check && changed:
		_, err = fmt.Fprintln(e.Stdout, shown)
	case o.check:
	case !o.write || name == "-":
		_, err = e.Stdout.Write(out)
	case changed:
		err = rewrite(name, out)
	}
	return changed, err
}

// rewrite gives a file another content, at once and with its permissions.
func rewrite(name string, content []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return ui.IOf("%s: %w", name, pathCause(err))
	}
	info, err := os.Stat(target)
	if err != nil {
		return ui.IOf("%s: %w", name, pathCause(err))
	}
	f, err := createAtomic(target)
	if err != nil {
		return err
	}
	defer f.abort()
	f.mode = info.Mode().Perm()
	if _, err := f.Write(content); err != nil {
		return ui.IOf("%s: %w", name, pathCause(err))
	}
	return f.commit()
}
