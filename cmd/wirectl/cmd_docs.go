package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

func docsCommand(e *env) *cli.Command {
	var man, markdown bool
	var dir string
	return &cli.Command{
		Name:      "docs",
		Usage:     "print the manual, made from the tables of commands and flags",
		ArgsUsage: "[COMMAND]",
		Description: describe("Prints the manual page, or the Markdown page of the list of commands or of one COMMAND. With --dir it writes the Markdown pages of all commands.\n\n"+
			"Examples:\n\n  wirectl docs --man > wirectl.1\n  wirectl docs --markdown --dir docs/cli", ui.ExitUsage, ui.ExitIO),
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "man", Destination: &man, Usage: "print the manual page wirectl(1)"},
			&cli.BoolFlag{Name: "markdown", Destination: &markdown, Usage: "print Markdown"},
			&cli.StringFlag{Name: "dir", Destination: &dir, Usage: "write the pages into the folder `DIR`"},
		},
		Action: func(c *cli.Context) error {
			switch {
			case man == markdown:
				return ui.Usagef("docs takes one of --man and --markdown")
			case man && (dir != "" || c.NArg() > 0):
				return ui.Usagef("the manual page is one for all commands")
			case man:
				_, err := e.Stdout.WriteString(manPage(c.App))
				return err
			case dir != "":
				return writePages(dir, markdownPages(c.App))
			}
			return printMarkdown(e, c)
		},
	}
}

// printMarkdown prints the page of one command, or the list.
func printMarkdown(e *env, c *cli.Context) error {
	name := "README.md"
	switch c.NArg() {
	case 0:
	case 1:
		if findCommand(c.App.Commands, c.Args().First()) == nil {
			return unknownCommand(c.App.Commands, c.Args().First())
		}
		name = c.Args().First() + ".md"
	default:
		return ui.Usagef("docs takes at most one COMMAND")
	}
	_, err := e.Stdout.WriteString(markdownPages(c.App)[name])
	return err
}

func writePages(dir string, pages map[string]string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// markdownPages returns the pages of all commands, and the list of commands
// as README.md.
func markdownPages(app *cli.App) map[string]string {
	pages := make(map[string]string)
	var list strings.Builder
	fmt.Fprintf(&list, "# The commands\n\n`wirectl COMMAND [flags] [arguments]`. Flags may stand before or after arguments, `--` ends them,\nand each has an environment variable: `%[1]sNAME` for `--name`, and before it `%[1]sCOMMAND_NAME`\nfor `--name` of one command. What the exit statuses mean in general is in\n[exit-codes.md](../exit-codes.md). These pages are made by `wirectl docs`.\n\n| command | what it does |\n|---|---|\n", envPrefix)
	for _, c := range app.Commands {
		if c.Hidden {
			continue
		}
		fmt.Fprintf(&list, "| [%s](%s.md) | %s |\n", c.Name, c.Name, markdownText(c.Usage))
		pages[c.Name+".md"] = markdownPage(c)
	}
	pages["README.md"] = list.String()
	return pages
}

func markdownPage(c *cli.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# wirectl %s\n\n%s.\n\n```text\n%s\n```\n", c.Name, markdownText(upperFirst(c.Usage)), synopsis(c))
	for _, bl := range blocks(c.Description) {
		switch bl.kind {
		case blockTitle:
			fmt.Fprintf(&b, "\n## %s\n", bl.text)
		case blockVerbatim:
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", unindent(bl.text))
		case blockText:
			fmt.Fprintf(&b, "\n%s\n", markdownText(bl.text))
		}
	}
	fmt.Fprintf(&b, "\n## Flags\n\n| flag | meaning | default | environment |\n|---|---|---|---|\n")
	for _, f := range flagDocs(c) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(f.form()), markdownText(f.usage), code(f.def), code(f.env))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

var markdownEscapes = strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", `\|`, "*", `\*`, "_", `\_`)

func markdownText(s string) string { return markdownEscapes.Replace(s) }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// unindent takes the two blanks off that verbatim lines begin with.
func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.Join(lines, "\n")
}

// manPage returns wirectl(1), in the man macros of troff.
func manPage(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH WIRECTL 1 \"\" \"wirectl\" \"wirectl manual\"\n.SH NAME\nwirectl \\- %s\n.SH SYNOPSIS\n.B wirectl\n\\fICOMMAND\\fR [\\fIflags\\fR] [\\fIarguments\\fR]\n", manText(app.Usage))
	fmt.Fprintf(&b, ".SH DESCRIPTION\nFlags may stand before or after arguments; \\-\\- ends them.\nEach flag has an environment variable, %[1]sNAME for \\-\\-name,\nand before it %[1]sCOMMAND_NAME for \\-\\-name of one command.\nData goes to standard output, everything else to standard error.\n.SH COMMANDS\n", envPrefix)
	for _, c := range app.Commands {
		if c.Hidden {
			continue
		}
		fmt.Fprintf(&b, ".SS %s\n%s.\n.PP\n.B %s\n", manText(strings.TrimPrefix(synopsis(c), "wirectl ")), manText(upperFirst(c.Usage)), manText(synopsis(c)))
		for _, bl := range blocks(c.Description) {
			switch bl.kind {
			case blockTitle:
				if bl.text != "Exit status" {
					fmt.Fprintf(&b, ".PP\n%s:\n", manText(bl.text))
				} else {
					fmt.Fprintf(&b, ".PP\nIt ends with status:\n")
				}
			case blockVerbatim:
				fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", manLines(bl.text))
			case blockText:
				fmt.Fprintf(&b, ".PP\n%s\n", manText(bl.text))
			}
		}
		for _, f := range flagDocs(c) {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", manText(f.form()), manText(f.text()))
		}
	}
	fmt.Fprintf(&b, ".SH EXIT STATUS\n")
	for _, s := range ui.Statuses() {
		label, text := ui.Meaning(s)
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", label, manText(text))
	}
	return b.String()
}

// manText escapes one line for troff.
func manText(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func manLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = manText(l)
	}
	return strings.Join(lines, "\n")
}
