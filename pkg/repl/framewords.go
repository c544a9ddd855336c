package repl

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// maxHints is how many examples are shown of what a line has begun to be.
const maxHints = 3

// An example is the frame of a topic, as words up to its payload.
type example struct {
	line  string
	words []string
	title string
}

// examples returns the frames that the protocol's topics have as examples.
// They stand for its grammar: in which place which kind of name stands.
func (c *Console) examples() []example {
	var list []example
	for _, t := range c.topics() {
		line := exampleLine(t.Example)
		if line == "" {
			continue
		}
		e := example{line: line, title: t.Title}
		for _, w := range strings.Split(line, " ") {
			if w == "" || strings.ContainsAny(w[:1], `"{[(`) {
				break // the payload
			}
			e.words = append(e.words, w)
			if strings.Contains(w, "(") {
				break
			}
		}
		if len(e.words) > 0 {
			list = append(list, e)
		}
	}
	return list
}

// topics returns what there is to know about the protocol.
func (c *Console) topics() []codec.Topic {
	if c.about.topics == nil || c.about.dialect != c.o.Dialect {
		c.about.topics, c.about.dialect = c.o.Protocol.Topics(c.o.Dialect), c.o.Dialect
	}
	return c.about.topics
}

// exampleLine returns the frame of an example: the last line that is one,
// without its direction.
func exampleLine(text string) string {
	found := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '@' {
			continue
		}
		found = strings.TrimPrefix(strings.TrimPrefix(line, "> "), "< ")
	}
	return found
}

// frameOnly cuts direction and bracket off the beginning of a line.
func frameOnly(before string) []string {
	words := strings.Fields(before)
	if len(words) > 0 && (words[0] == ">" || words[0] == "<") {
		words = words[1:]
		if len(words) > 0 && strings.HasPrefix(words[0], "[") {
			for len(words) > 0 && !strings.HasSuffix(words[0], "]") {
				words = words[1:]
			}
			words = words[min(1, len(words)):]
		}
	}
	return words
}

// frameWords are what may stand next in a frame, of which some words are
// there.
func (c *Console) frameWords(before, typed string) []Candidate {
	have := frameOnly(before)
	if before != "" && len(have) == 0 && strings.HasPrefix(typed, "[") {
		return nil
	}
	var list []Candidate
	for _, e := range c.examples() {
		if c.begins(e, have) {
			list = append(list, c.nextWords(e, have, typed)...)
		}
	}
	return list
}

// examplesFor returns the examples that a line can become.
func (c *Console) examplesFor(before string) []string {
	have := frameOnly(before)
	var list []string
	for _, e := range c.examples() {
		if len(have) > 0 && len(list) < maxHints && c.begins(e, have) && len(e.line) > len(before) && !slices.Contains(list, "such as  "+e.line) {
			list = append(list, "such as  "+e.line)
		}
	}
	return list
}

// begins says whether words can be the first of an example: the same words,
// names of the same kinds in the same places, or what is free.
func (c *Console) begins(e example, have []string) bool {
	if len(have) > len(e.words) {
		// Parts with names may stand in any order, and any number of them.
		return len(e.words) > 0 && have[0] == e.words[0] && strings.Contains(e.words[len(e.words)-1], "=")
	}
	for i, typed := range have {
		want := e.words[i]
		a, b := c.kindOf(want), c.kindOf(typed)
		switch {
		case typed == want, digits(typed) && (digits(want) || choice(a)):
		case choice(a) && a == b && (b != "flag" || c.flagOf(typed, have)):
		case i > 0 && a == "" && b == "" && !digits(want):
		case i > 0 && strings.Contains(want, "=") && strings.Contains(typed, "="):
		default:
			return false
		}
	}
	return true
}

// choice says whether names of a kind can stand for each other in a frame
// without making it one of another type.
func choice(kind string) bool {
	switch kind {
	case "", "type", "command", "method", "message", "layout", "deviation":
		return false
	}
	return true
}

// nextWords are what may stand in an example after some words.
func (c *Console) nextWords(e example, have []string, typed string) []Candidate {
	var list []Candidate
	n := len(have)
	if n > 0 { // parts with names
		for _, w := range e.words[1:] {
			key, value, ok := strings.Cut(w, "=")
			if !ok || strings.Contains(key, ":") || slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, key+"=") }) {
				continue
			}
			list = append(list, Candidate{Word: key + "="})
			if strings.HasPrefix(typed, key+"=") {
				list = append(list, c.values(key, value)...)
			}
		}
	}
	if n >= len(e.words) {
		return list
	}
	w := e.words[n]
	if helper, _, ok := strings.Cut(w, ":"); ok && n > 0 && helper != "" && plainName(helper) {
		return append(list, Candidate{helper + ":", ""})
	}
	if strings.Contains(w, "=") && n > 0 {
		return list
	}
	name, _, called := strings.Cut(w, "(")
	kind := c.kindOf(name)
	switch {
	case called && kind == "method":
		return append(list, c.named(kind, "(")...)
	case kind == "type" && n > 0, choice(kind):
		lead := ""
		if i := strings.LastIndexByte(typed, '|'); i >= 0 {
			lead = typed[:i+1] // flags are joined
		}
		for _, t := range c.topics() {
			if t.Kind == kind && t.Name != "" && !strings.Contains(t.Name, " ") && (t.Of == "" || slices.Contains(have, t.Of) || !c.isFrame(t.Of)) {
				list = append(list, Candidate{lead + t.Name, t.Title})
			}
		}
		return list
	case n == 0 && strings.HasPrefix(w, "!"):
		key, _, _ := strings.Cut(w, "=")
		return append(list, Candidate{key + "=", e.title})
	case digits(w), called:
		return list
	case n == 0 || kind != "":
		return append(list, Candidate{w, e.title})
	}
	if c.o.Protocol.Info().Name == "msgq" {
		list = append(list, c.known("group")...)
	}
	if len(c.o.Commands) > 0 && c.kindOf(e.words[n-1]) == "flag" {
		return append(list, plainWords(c.o.Commands)...)
	}
	return append(list, Candidate{Word: w})
}

// isFrame says whether a topic is about a type of frame.
func (c *Console) isFrame(name string) bool { return c.kindOf(name) == "type" }

// flagOf says whether a flag belongs to the type that is there.
func (c *Console) flagOf(flag string, have []string) bool {
	flag, _, _ = strings.Cut(flag, "|")
	for _, t := range c.topics() {
		if t.Kind == "flag" && t.Name == flag && (t.Of == "" || slices.Contains(have, t.Of)) {
			return true
		}
	}
	return false
}

// kindOf returns of which kind of topic a word is: the kind of the first of
// the names that are joined in it, "" for no name.
func (c *Console) kindOf(word string) string {
	name, _, _ := strings.Cut(word, "|")
	for _, t := range c.topics() {
		if t.Name == name {
			return t.Kind
		}
	}
	return ""
}

func digits(w string) bool { return w != "" && strings.Trim(w, "0123456789") == "" }

// named returns the topics of a kind, with what follows their name.
func (c *Console) named(kind, after string) []Candidate {
	var list []Candidate
	for _, t := range c.topics() {
		if t.Kind == kind && t.Name != "" && !strings.Contains(t.Name, " ") {
			list = append(list, Candidate{t.Name + after, t.Title})
		}
	}
	return list
}
