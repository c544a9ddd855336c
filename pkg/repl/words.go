package repl

import (
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
)

// holders are the things of states that hold names of a kind: each item is the
// name, a mark, and more.
func holders() map[string][]string {
	return map[string][]string{
		"group": {"groups", "subscriptions"},
		"queue": {"queues", "waiting"},
		"to":    {"clients", "lname", "peers", "workers", "connections"},
		"from":  {"clients", "lname"},
	}
}

// known returns the names of a kind that the machines know.
func (c *Console) known(kind string) []Candidate {
	var list []Candidate
	for _, e := range c.world().ends {
		state := e.m.State()
		for _, holder := range holders()[kind] {
			items, ok := wordsOf(state.Get(holder))
			if s, is := state.Get(holder).(string); is && s != "" {
				items, ok = []string{s}, true
			}
			if !ok {
				continue
			}
			for _, item := range items {
				name, value, has := strings.Cut(item, "=")
				switch {
				case kind == "group":
					name = name[:max(0, strings.LastIndexByte(name, '/'))]
				case has && (kind == "to" || kind == "from") && (strings.HasPrefix(name, "#") || name == "own"):
					name = strings.Trim(value[strings.LastIndexByte(value, '/')+1:], `"`)
				}
				if name != "" && !strings.ContainsAny(name, " \"\\") {
					list = append(list, Candidate{Word: name})
				}
			}
		}
	}
	return list
}

// exampleGroups are the groups that the protocol itself has.
func (c *Console) exampleGroups() []Candidate {
	var list []Candidate
	for _, e := range c.examples() {
		if len(e.words) > 1 && e.words[0] == "send" && !strings.ContainsAny(e.words[1], "=:") {
			list = append(list, Candidate{Word: e.words[1]})
		}
	}
	return list
}

// values are what may stand for a named part of a frame.
func (c *Console) values(key, like string) []Candidate {
	var list []Candidate
	if kind := c.kindOf(like); choice(kind) {
		for _, k := range c.named(kind, "") {
			list = append(list, Candidate{key + "=" + k.Word, k.What})
		}
		return list
	}
	for _, k := range c.known(strings.ToLower(key)) {
		list = append(list, Candidate{Word: key + "=" + k.Word})
	}
	return list
}

// A wordList is what may stand after a command: of what is before the word
// and of the beginning of the word.
type wordList func(c *Console, before, typed string) []Candidate

// words makes a wordList of a list; only the first word is one of it.
func words(list ...string) wordList {
	return func(_ *Console, before, _ string) []Candidate {
		if before != "" && !slices.Contains(list, files) {
			return nil
		}
		return plainWords(list)
	}
}

// firstOf makes a wordList of a function.
func firstOf(list func(*Console) []string) wordList {
	return func(c *Console, _, _ string) []Candidate { return plainWords(list(c)) }
}

func stateWords(c *Console) []string {
	names := []string{"diff", "off"}
	for _, a := range c.world().State() {
		names = append(names, a.Name)
	}
	return names
}

// watchWords are those of the state, and of expressions.
func watchWords(c *Console, before, typed string) []Candidate {
	return append(firstOf(stateWords)(c, before, typed), exprWords(c, before, typed)...)
}

// operators end a word of an expression.
const operators = `([!,&|=<>+-*/`

// exprWords are the names that an expression can use: of records, of the
// protocol's fields and what is in them, and of states; in quotes, types.
func exprWords(c *Console, before, typed string) []Candidate {
	i := strings.LastIndexAny(typed, operators) + 1
	lead, word := typed[:i], typed[i:]
	var names []string
	if strings.HasPrefix(word, `"`) {
		for _, t := range c.topics() {
			if t.Kind == "type" || t.Kind == "command" || t.Kind == "method" {
				names = append(names, `"`+t.Name+`"`)
			}
		}
		for name := range c.actionNames() {
			names = append(names, `"`+name+`"`)
		}
	} else {
		names = append([]string{"type", "dir", "conn", "length", "wire", "error", "findings", "action", "actions", "state"}, c.fieldPaths()...)
		for _, a := range c.world().State() {
			names = append(names, "state."+a.Name)
		}
		if before == "" && lead == "" {
			names = append(names, "off")
		}
	}
	list := make([]Candidate, len(names))
	for k, n := range names {
		list[k].Word = lead + n
	}
	return list
}

// actionNames are those of the actions so far.
func (c *Console) actionNames() map[string]bool {
	names := map[string]bool{}
	for _, s := range c.step.Steps() {
		for _, a := range s.Actions {
			names[a.Name()] = true
		}
	}
	return names
}

// fieldPaths returns the paths of fields: those that the protocol is known to
// have, and those of the frames of the session.
func (c *Console) fieldPaths() []string {
	paths := map[string]bool{}
	for _, n := range filter.Names(c.o.Protocol.Info().Name) {
		paths[n] = true
	}
	for i := range c.step.Steps() {
		for _, e := range c.envs(&c.step.Steps()[i]) {
			for name, value := range e.Fields {
				if name != "actions" && name != "action" && name != "state" {
					addPaths(paths, name, value)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

func addPaths(paths map[string]bool, name string, value any) {
	paths[name] = true
	inside, ok := value.(map[string]any)
	if !ok || len(paths) > 1000 {
		return
	}
	for k, v := range inside {
		if plainName(k) {
			addPaths(paths, name+"."+k, v)
		}
	}
}

// plainName says whether a name can be written in an expression.
func plainName(k string) bool {
	for i, r := range k {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return k != ""
}

func topicWords(c *Console, _, _ string) []Candidate { return topicList(c.topics(), false) }

func exampleWords(c *Console, _, _ string) []Candidate { return topicList(c.topics(), true) }

func topicList(topics []codec.Topic, examples bool) []Candidate {
	var list []Candidate
	for _, t := range topics {
		if t.Name != "" && (!examples || t.Example != "") {
			list = append(list, Candidate{t.Name, t.Title})
		}
	}
	return list
}

func helpWords(c *Console, _, _ string) []Candidate { return plainWords(helpNames(c)) }

func helpNames(c *Console) []string {
	names := topicNames()
	for _, cmd := range commands() {
		if c.find(cmd.name) != nil {
			names = append(names, cmd.name)
		}
	}
	return names
}
