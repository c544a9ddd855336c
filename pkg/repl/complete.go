package repl

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Candidate is a word that may stand where one is being typed.
type Candidate struct {
	Word string
	What string // in a few words; may be empty
}

// Complete returns what may stand in the place of the last word of a line, of
// which the part up to the cursor is given, and whether names of files may.
func (c *Console) Complete(line string) (list []Candidate, withFiles bool) {
	before, typed := "", line
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		before, typed = strings.TrimSpace(line[:i]), line[i+1:]
	}
	for _, k := range c.candidates(before, typed) {
		if k.Word == files {
			withFiles = true
			continue
		}
		if strings.HasPrefix(k.Word, typed) && !slices.ContainsFunc(list, func(o Candidate) bool { return o.Word == k.Word }) {
			list = append(list, k)
		}
	}
	return list, withFiles
}

func (c *Console) candidates(before, typed string) []Candidate {
	first, rest, _ := strings.Cut(before, " ")
	if c.world().two() && (first == "client" || first == "server") {
		if rest == "" {
			return c.eventWords(reactor.Role(first))
		}
		return c.inputWords(rest)
	}
	if cmd := c.find(first); cmd != nil {
		if cmd.words == nil {
			return nil
		}
		return cmd.words(c, strings.TrimSpace(rest), typed)
	}
	if strings.HasPrefix(before, "@") {
		return c.inputWords(before)
	}
	if before == "" && strings.HasPrefix(typed, "@") {
		return c.eventWords("")
	}
	var list []Candidate
	if before == "" {
		for _, cmd := range commands() {
			if c.find(cmd.name) != nil {
				list = append(list, Candidate{cmd.name, cmd.usage})
			}
		}
		if c.world().two() {
			list = append(list, Candidate{"client", "an event of the client"}, Candidate{"server", "an event of the server"})
		}
	}
	return append(list, c.frameWords(before, typed)...)
}

// eventWords are the directives that a machine takes.
func (c *Console) eventWords(role reactor.Role) []Candidate {
	list := []Candidate{{"@eof", "the peer says no more"}, {"@sent", "frames are out"}, {"@timer", "a timer goes off"}}
	for _, e := range c.world().ends {
		if role != "" && e.role != role {
			continue
		}
		for _, usage := range inputsOf(e) {
			name, args, _ := strings.Cut(usage, " ")
			list = append(list, Candidate{"@" + name, args})
		}
		if e.hub {
			list = append(list, Candidate{"@open", "a connection"}, Candidate{"@close", "a connection is lost"})
		}
	}
	return list
}

// inputsOf returns what the directives of a machine take.
func inputsOf(e end) []string {
	if in, ok := e.m.(reactor.Inputs); ok {
		return in.InputNames()
	}
	return nil
}

// inputWords are what may stand next in a directive, of which some words are
// there: its usage says of which kind they are.
func (c *Console) inputWords(before string) []Candidate {
	words := strings.Fields(before)
	if words[0] == "@timer" {
		var list []Candidate
		for _, t := range c.world().timers {
			list = append(list, Candidate{Word: t.name})
		}
		return list
	}
	var list []Candidate
	for _, e := range c.world().ends {
		for _, usage := range inputsOf(e) {
			places := strings.Fields(usage)
			if "@"+places[0] != words[0] || len(words) >= len(places) {
				continue
			}
			list = append(list, c.placeWords(places[len(words)])...)
			// What is in brackets may be missing.
			if next := len(words) + 1; strings.HasPrefix(places[next-1], "[") && next < len(places) {
				list = append(list, c.placeWords(places[next])...)
			}
		}
	}
	return list
}

// placeWords are the words that a place of a usage stands for.
func (c *Console) placeWords(place string) []Candidate {
	place = strings.Trim(place, "[]…,")
	name, _, _ := strings.Cut(place, "[")
	name, _, called := strings.Cut(strings.TrimSuffix(name, "]"), "(")
	switch name {
	case "METHOD":
		return c.named("method", "(")
	case "STREAM":
		return c.named("stream", "")
	case "GROUP":
		return append(c.known("group"), c.exampleGroups()...)
	case "QUEUE", "QUEUE/":
		return c.known("queue")
	case "IDENTITY":
		return c.known("to")
	case "NAME":
		return plainWords(c.o.Commands)
	case "COMMAND":
		return c.named("command", "")
	case "HEADERS":
		return c.named("header", "")
	}
	if called || strings.ToUpper(name) == name && strings.ToLower(name) != name {
		return nil
	}
	var list []Candidate
	for w := range strings.SplitSeq(place, "|") {
		if key, _, ok := strings.Cut(w, "="); ok {
			w = key + "="
		} else if key, _, ok := strings.Cut(w, ":"); ok {
			w = key + ":"
		}
		if w != "" && !strings.ContainsAny(w, "{[(") {
			list = append(list, Candidate{Word: w})
		}
	}
	return list
}

func plainWords(words []string) []Candidate {
	list := make([]Candidate, len(words))
	for i, w := range words {
		list[i].Word = w
	}
	return list
}

// question cuts the question mark off a line that asks what may come next.
func question(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "?" {
		return "", true
	}
	return strings.CutSuffix(text, " ?")
}

// ask says what may come next in a line, with an example where there is one.
func (c *Console) ask(text string) error {
	before := strings.TrimSpace(text)
	if text != "" && !strings.HasSuffix(text, "@") {
		text += " "
	}
	list, withFiles := c.Complete(text)
	width := 0
	for _, k := range list {
		width = max(width, dump.Cells(k.Word))
	}
	for _, k := range list {
		pad := ""
		if k.What != "" {
			pad = strings.Repeat(" ", width-dump.Cells(k.Word)+2)
		}
		c.say("  %s%s%s", c.styled(c.o.Styles.Name, k.Word), pad, k.What)
	}
	if withFiles {
		c.say("  a file")
	}
	hints := c.hints(before)
	for _, h := range hints {
		c.say("  %s", c.clipped(h, 2))
	}
	if len(list) == 0 && !withFiles && len(hints) == 0 {
		c.say("  nothing is known of what may come here")
	}
	return nil
}

// hints are examples and usages of what a line has begun to be.
func (c *Console) hints(before string) []string {
	first, rest, _ := strings.Cut(before, " ")
	if c.world().two() && (first == "client" || first == "server") {
		first, before = rest, rest
	}
	switch {
	case before == "":
		return nil
	case c.find(first) != nil:
		cmd := c.find(first)
		return []string{strings.TrimSpace(cmd.name + " " + cmd.args)}
	case strings.HasPrefix(first, "@"):
		var list []string
		for _, e := range c.world().ends {
			for _, usage := range inputsOf(e) {
				if name, _, _ := strings.Cut(usage, " "); "@"+name == first && !slices.Contains(list, "@"+usage) {
					list = append(list, "@"+usage)
				}
			}
		}
		return list
	}
	return c.examplesFor(before)
}
