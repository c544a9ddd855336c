package repl

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
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
		before, typed = line[:i], line[i+1:]
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
	before = strings.TrimSpace(before)
	if c.world().two() {
		for _, role := range []string{"client", "server"} {
			if before == role {
				return c.eventWords(reactor.Role(role))
			}
		}
	}
	first, rest, _ := strings.Cut(before, " ")
	if cmd := find(first); cmd != nil {
		if cmd.words == nil {
			return nil
		}
		var list []Candidate
		for _, w := range cmd.words(c) {
			list = append(list, Candidate{Word: w})
		}
		return list
	}
	if before == "" && strings.HasPrefix(typed, "@") {
		return c.eventWords("")
	}
	var list []Candidate
	if before == "" {
		for _, cmd := range commands() {
			list = append(list, Candidate{cmd.name, cmd.usage})
		}
		if c.world().two() {
			list = append(list, Candidate{"client", "an event of the client"}, Candidate{"server", "an event of the server"})
		}
	}
	if first == ">" || first == "<" {
		before = strings.TrimSpace(rest)
	}
	return append(list, c.frameWords(before, typed)...)
}

// eventWords are the directives that a machine takes.
func (c *Console) eventWords(role reactor.Role) []Candidate {
	list := []Candidate{{"@eof", "the peer says no more"}, {"@sent", "frames are out"}, {"@timer", "a timer goes off"}}
	for _, e := range c.world().ends {
		in, ok := e.m.(reactor.Inputs)
		if !ok || role != "" && e.role != role {
			continue
		}
		for _, usage := range in.InputNames() {
			name, args, _ := strings.Cut(usage, " ")
			list = append(list, Candidate{"@" + name, args})
		}
		if e.hub {
			list = append(list, Candidate{"@open", "a connection"}, Candidate{"@close", "a connection is lost"})
		}
	}
	return list
}

// frameWords are what may stand next in a frame, of which some words are
// there: the protocol's names. Where a protocol has an example of each type,
// it says in which place which kind of name stands.
func (c *Console) frameWords(before, typed string) []Candidate {
	all := c.o.Protocol.Topics(c.o.Dialect)
	n := len(strings.Fields(before))
	lead := ""
	if i := strings.LastIndexByte(typed, '|'); i >= 0 {
		lead = typed[:i+1] // flags are joined
	}
	var list []Candidate
	places := map[string]bool{}
	for _, t := range all {
		words := strings.Fields(exampleLine(t.Example))
		if n < len(words) && t.Kind != "" && sameLead(all, words[:n], before) {
			places[kindOf(all, words[n])] = true
		}
	}
	for _, t := range all {
		if t.Name == "" || strings.Contains(t.Name, " ") {
			continue
		}
		if places[t.Kind] && (t.Of == "" || strings.Contains(" "+before+" ", " "+t.Of+" ")) {
			list = append(list, Candidate{lead + t.Name, t.Title})
		}
	}
	return list
}

// kindOf returns of which kind of topic a word of an example is: the kind of
// the first of the names that are joined in it, "" for no name.
func kindOf(all []codec.Topic, word string) string {
	name, _, _ := strings.Cut(word, "|")
	for _, t := range all {
		if t.Name == name {
			return t.Kind
		}
	}
	return ""
}

// sameLead says whether the words typed so far can be those of an example:
// names of the same kinds stand in the same places.
func sameLead(all []codec.Topic, words []string, before string) bool {
	for i, typed := range strings.Fields(before) {
		if i >= len(words) {
			return false
		}
		a, b := kindOf(all, words[i]), kindOf(all, typed)
		if a == "type" && b == "type" && words[i] != typed {
			return false
		}
		if a != "" && b != "" && a != b {
			return false
		}
	}
	return true
}

// exampleLine returns the frame of an example: the last line that is one,
// without its direction.
func exampleLine(example string) string {
	found := ""
	for line := range strings.Lines(example) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '@' {
			continue
		}
		found = strings.TrimPrefix(strings.TrimPrefix(line, "> "), "< ")
	}
	return found
}

// question cuts the question mark off a line that asks what may come next.
func question(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "?" {
		return "", true
	}
	return strings.CutSuffix(text, " ?")
}

// ask says what may come next in a line.
func (c *Console) ask(text string) error {
	if text != "" && !strings.HasSuffix(text, "@") {
		text += " "
	}
	list, withFiles := c.Complete(text)
	width := 0
	for _, k := range list {
		width = max(width, len([]rune(k.Word)))
	}
	for _, k := range list {
		c.say("  %s%s  %s", c.styled(c.o.Styles.Name, k.Word), strings.Repeat(" ", width-len([]rune(k.Word))), k.What)
	}
	if withFiles {
		c.say("  a file")
	}
	if len(list) == 0 && !withFiles {
		c.say("  nothing is known of what may come here")
	}
	return nil
}

// words makes a function of a list.
func words(list ...string) func(*Console) []string {
	return func(*Console) []string { return list }
}

func stateWords(c *Console) []string {
	names := []string{"diff", "off"}
	for _, a := range c.world().State() {
		names = append(names, a.Name)
	}
	return names
}

// exprWords are the names that an expression can use: of records, and the
// protocol's fields.
func exprWords(c *Console) []string {
	names := []string{"off", "type", "dir", "conn", "length", "wire", "error", "findings", "action", "actions", "state"}
	for _, t := range c.o.Protocol.Topics(c.o.Dialect) {
		if t.Kind == "field" && !strings.Contains(t.Name, " ") {
			names = append(names, "fields."+strings.ReplaceAll(t.Name, "-", "_"))
		}
	}
	for _, a := range c.world().State() {
		names = append(names, "state."+a.Name)
	}
	return names
}

func topicWords(c *Console) []string {
	var names []string
	for _, t := range c.o.Protocol.Topics(c.o.Dialect) {
		names = append(names, t.Name)
	}
	return names
}

func exampleWords(c *Console) []string {
	var names []string
	for _, t := range c.o.Protocol.Topics(c.o.Dialect) {
		if t.Example != "" {
			names = append(names, t.Name)
		}
	}
	return names
}

func helpWords(*Console) []string {
	names := topicNames()
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	return names
}
