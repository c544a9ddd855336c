package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// describe makes a command's description: paragraphs, and the exit statuses
// that it can end with beside 0 and 2.
//
// In a paragraph lines that begin with blanks stand as they are. A paragraph
// of one line that ends in a colon is the title of what follows.
func describe(text string, exits ...int) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(text))
	b.WriteString("\n\nExit status:\n")
	for _, code := range append([]int{ui.ExitOK}, exits...) {
		label, meaning := ui.Meaning(code)
		fmt.Fprintf(&b, "\n  %-4s %s", label, meaning)
	}
	return b.String()
}

func helpCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "say what a command does",
		ArgsUsage:   "[COMMAND]",
		Description: describe("Prints the list of the commands, or what one of them does and takes. \"wirectl COMMAND --help\" is the same.", ui.ExitUsage),
		Action: func(c *cli.Context) error {
			switch c.NArg() {
			case 0:
				return printHelp(e.Stdout, c.App)
			case 1:
				cmd := findCommand(c.App.Commands, c.Args().First())
				if cmd == nil {
					return unknownCommand(c.App.Commands, c.Args().First())
				}
				return printCommandHelp(e.Stdout, cmd)
			}
			return ui.Usagef("help takes at most one COMMAND")
		},
	}
}

// printHelp prints the list of commands.
func printHelp(s *ui.Stream, app *cli.App) error {
	st := s.Styles()
	fmt.Fprintf(s, "%s: %s\n\n%s\n  wirectl COMMAND [flags] [arguments]\n\n%s\n", app.Name, app.Usage, st.Heading.Text("Usage"), st.Heading.Text("Commands"))
	for _, c := range app.Commands {
		if !c.Hidden {
			fmt.Fprintf(s, "  %s  %s\n", st.Name.Text(fmt.Sprintf("%-11s", c.Name)), c.Usage)
		}
	}
	_, err := fmt.Fprintf(s, "\nwirectl help COMMAND says more about each. Flags may stand before or after\narguments. Each has an environment variable: %[1]sNAME for --name, and\n%[1]sCOMMAND_NAME for --name of one command.\n", envPrefix)
	return err
}

// printCommandHelp prints what one command does and takes.
func printCommandHelp(s *ui.Stream, c *cli.Command) error {
	st := s.Styles()
	columns := min(s.Columns(80), 100)
	fmt.Fprintf(s, "wirectl %s: %s\n\n%s\n  %s\n", c.Name, c.Usage, st.Heading.Text("Usage"), synopsis(c))
	afterTitle := false
	for _, b := range blocks(c.Description) {
		switch b.kind {
		case blockTitle:
			fmt.Fprintf(s, "\n%s\n", st.Heading.Text(b.text))
		case blockVerbatim:
			if !afterTitle {
				fmt.Fprintln(s)
			}
			fmt.Fprintf(s, "%s\n", b.text)
		case blockText:
			fmt.Fprintln(s)
			writeWrapped(s, b.text, "", columns)
		}
		afterTitle = b.kind == blockTitle
	}
	fmt.Fprintf(s, "\n%s\n", st.Heading.Text("Flags"))
	for _, f := range flagDocs(c) {
		fmt.Fprintf(s, "  %s\n", st.Name.Text(f.form()))
		writeWrapped(s, f.text(), "        ", columns)
	}
	return nil
}

// synopsis is the line that shows how a command is called.
func synopsis(c *cli.Command) string {
	return strings.TrimSpace("wirectl " + c.Name + " [flags] " + c.ArgsUsage)
}

// A flagDoc is what there is to say about one flag.
type flagDoc struct {
	name, letter string
	value        string // placeholder, "" when it takes none
	usage        string
	def          string
	env          string
}

// flagDocs returns the flags of a command as they are told of.
func flagDocs(c *cli.Command) []flagDoc {
	docs := []flagDoc{}
	for _, f := range c.Flags {
		d := f.(cli.DocGenerationFlag)
		doc := flagDoc{name: f.Names()[0], usage: d.GetUsage()}
		for _, n := range f.Names()[1:] {
			if len(n) == 1 {
				doc.letter = n
			}
		}
		if takesValue(f) {
			doc.value = "VALUE"
			if before, rest, ok := strings.Cut(doc.usage, "`"); ok {
				if name, after, ok := strings.Cut(rest, "`"); ok {
					doc.value, doc.usage = name, before+name+after
				}
			}
			if doc.def = d.GetValue(); doc.def == "0" || doc.def == "0s" || doc.def == "[]" {
				doc.def = ""
			}
		}
		if vars := d.GetEnvVars(); len(vars) > 0 {
			doc.env = vars[len(vars)-1]
		}
		docs = append(docs, doc)
	}
	return append(docs, flagDoc{name: "help", letter: "h", usage: "say what the command does"})
}

// form returns "-o, --output FORMAT".
func (f flagDoc) form() string {
	s := "--" + f.name
	if f.letter != "" {
		s = "-" + f.letter + ", " + s
	}
	if f.value != "" {
		s += " " + f.value
	}
	return s
}

func (f flagDoc) text() string {
	s := f.usage
	if f.def != "" {
		s += " (default " + f.def + ")"
	}
	if f.env != "" {
		s += " [$" + f.env + "]"
	}
	return s
}

type blockKind int

const (
	blockText blockKind = iota
	blockTitle
	blockVerbatim
)

// A block is a piece of a description.
type block struct {
	kind blockKind
	text string
}

// blocks takes a description apart.
func blocks(text string) []block {
	var out []block
	for part := range strings.SplitSeq(text, "\n\n") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		b := block{blockText, part}
		title, isTitle := strings.CutSuffix(part, ":")
		switch {
		case strings.HasPrefix(part, " "):
			b.kind = blockVerbatim
		case isTitle && !strings.Contains(part, "\n") && len(title) < 30:
			b = block{blockTitle, title}
		default:
			b.text = strings.ReplaceAll(part, "\n", " ")
		}
		out = append(out, b)
	}
	return out
}

// writeWrapped writes text in lines of at most the given columns.
func writeWrapped(w io.Writer, text, indent string, columns int) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len([]rune(line))+1+len([]rune(word)) > columns {
			fmt.Fprintln(w, line)
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(w, line)
}

// nearestHint is the hint for a name that is not in a list.
func nearestHint(name string, names []string) string {
	if n := lex.Nearest(name, names); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}
