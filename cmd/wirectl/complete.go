package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/docs"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// completeCommand is what the shells' scripts ask. Its arguments are the
// words after "wirectl", the last of which is being typed. It prints a line
// for each word that could stand there, with a tab and a description if there
// is one; ":files" as a line means that the shell is to offer files.
func completeCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:            "__complete",
		Hidden:          true,
		SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) > 0 && words[0] == "--" {
				words = words[1:]
			}
			if len(words) == 0 {
				words = []string{""}
			}
			k := completion{cmds: c.App.Commands, typed: words[len(words)-1]}
			k.complete(words[:len(words)-1])
			for _, w := range k.found {
				fmt.Fprintln(e.Stdout, w)
			}
			if k.files {
				fmt.Fprintln(e.Stdout, ":files")
			}
			return nil
		},
	}
}

// A completion collects what could stand in the place of the typed word.
type completion struct {
	cmds  []*cli.Command
	typed string
	found []string
	files bool
}

// add offers a word if what is typed is its beginning.
func (k *completion) add(word, what string) {
	if !strings.HasPrefix(word, k.typed) {
		return
	}
	if what != "" {
		word += "\t" + what
	}
	if !slices.Contains(k.found, word) {
		k.found = append(k.found, word)
	}
}

func (k *completion) complete(before []string) {
	if len(before) == 0 {
		for _, c := range k.cmds {
			if !c.Hidden {
				k.add(c.Name, c.Usage)
			}
		}
		if strings.HasPrefix(k.typed, "-") {
			k.add("--help", "list the commands")
			k.add("--version", "print the version")
		}
		return
	}
	cmd := findCommand(k.cmds, before[0])
	if cmd == nil || cmd.SkipFlagParsing {
		return
	}
	w := readWords(cmd, before[1:])
	switch {
	case w.pending != nil:
		k.value(cmd, w, w.pending)
	case w.ended || !strings.HasPrefix(k.typed, "-"):
		k.argument(cmd, w)
	default:
		if name, value, ok := strings.Cut(strings.TrimLeft(k.typed, "-"), "="); ok {
			if f := flagTable(cmd)[name]; f != nil {
				k.within(k.typed[:len(k.typed)-len(value)], func(k *completion) { k.value(cmd, w, f) })
			}
			return
		}
		for _, f := range flagDocs(cmd) {
			k.add("--"+f.name, f.usage)
		}
	}
}

// within completes what stands after a prefix of the typed word.
func (k *completion) within(prefix string, complete func(*completion)) {
	sub := completion{cmds: k.cmds, typed: strings.TrimPrefix(k.typed, prefix)}
	complete(&sub)
	for _, w := range sub.found {
		k.found = append(k.found, prefix+w)
	}
	k.files = k.files || sub.files
}

// wordsBefore is what the words before the typed one say.
type wordsBefore struct {
	args    []string
	values  map[string]string // of flags, by their long names
	pending cli.Flag          // the flag whose value is being typed
	ended   bool              // "--" was there
}

// readWords reads words more kindly than parseLine: half a line is rarely
// right.
func readWords(cmd *cli.Command, words []string) wordsBefore {
	w := wordsBefore{values: make(map[string]string)}
	table := flagTable(cmd)
	for _, word := range words {
		switch {
		case w.pending != nil:
			w.values[w.pending.Names()[0]] = word
			w.pending = nil
		case w.ended || !isFlag(word):
			w.args = append(w.args, word)
		case word == "--":
			w.ended = true
		default:
			name, value, has := strings.Cut(strings.TrimLeft(word, "-"), "=")
			f := table[name]
			if f == nil && name != "" && !strings.HasPrefix(word, "--") { // -ojson
				f, value, has = table[name[:1]], name[1:], true
			}
			switch {
			case f == nil:
			case has:
				w.values[f.Names()[0]] = value
			case takesValue(f):
				w.pending = f
			}
		}
	}
	return w
}

// value offers the values of a flag.
func (k *completion) value(cmd *cli.Command, w wordsBefore, f cli.Flag) {
	name := f.Names()[0]
	if name == "dialect" {
		proto := w.values["protocol"]
		if len(w.args) > 0 && proto == "" {
			proto = w.args[0]
		}
		k.dialects(proto)
		return
	}
	if allowed := choices(f); len(allowed) > 0 {
		for _, v := range allowed {
			k.add(v, describeValue(name, v))
		}
		return
	}
	if complete, ok := flagValues[name]; ok {
		complete(k)
		return
	}
	k.files = fileFlags[name]
}

// choices returns what a flag allows, if it is a choice.
func choices(f cli.Flag) []string {
	if g, ok := f.(*cli.GenericFlag); ok {
		if c, ok := g.Value.(*choice); ok {
			return c.allowed
		}
	}
	return nil
}

// describeValue says what a value of a flag is, where the tables know.
func describeValue(flag, value string) string {
	if flag != "protocol" {
		return ""
	}
	if p, err := registry.Lookup(value); err == nil {
		return p.Info().Title
	}
	return ""
}

// fileFlags are the flags whose values are names of files or folders.
var fileFlags = map[string]bool{"dir": true, "file": true, "write": true}

// flagValues offers the values of flags that take more than a choice.
var flagValues = map[string]func(*completion){
	"decode-as": func(k *completion) {
		if rule, _, ok := strings.Cut(k.typed, ","); ok {
			k.within(rule+",", (*completion).protocols)
			return
		}
		k.add("tcp.port==", "the port of either side, then a comma and the protocol")
	},
}

// argument offers what may stand as an argument.
func (k *completion) argument(cmd *cli.Command, w wordsBefore) {
	switch cmd.Name {
	case "help", "docs":
		if len(w.args) == 0 {
			k.complete(nil)
		}
	case "completion":
		if len(w.args) == 0 {
			for _, s := range shells {
				k.add(s, "")
			}
		}
	case "spec":
		if len(w.args) == 0 {
			for _, n := range docs.Names() {
				k.add(n, "")
			}
		}
	case "explain", "template":
		if len(w.args) == 0 {
			k.protocols()
		} else if len(w.args) == 1 {
			k.topics(w.args[0], w.values["dialect"], cmd.Name == "template")
		}
	case "serve", "react", "tap", "fields":
		if len(w.args) == 0 {
			k.protocols()
		}
	case "encode", "version", "protocols": // texts, or nothing
	default:
		k.files = true
	}
}

func (k *completion) protocols() {
	for _, p := range registry.All() {
		k.add(p.Info().Name, p.Info().Title)
	}
}

// dialects offers the dialects of a protocol, or of all.
func (k *completion) dialects(proto string) {
	for _, p := range registry.All() {
		if proto != "" && proto != "auto" && p.Info().Name != proto {
			continue
		}
		for _, d := range p.Info().Dialects {
			k.add(d.Name, d.Title)
			for _, a := range d.Aliases {
				if k.typed != "" {
					k.add(a, d.Title)
				}
			}
		}
	}
}

// topics offers the names of what a protocol explains, or of what it has
// examples of.
func (k *completion) topics(proto, dialect string, examples bool) {
	p, d, err := protocolAndDialect(proto, dialect)
	if err != nil {
		return
	}
	for _, t := range p.Topics(d) {
		if !examples || t.Example != "" {
			k.add(t.Name, t.Title)
		}
	}
}
