package repl

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// maxChange is how many cells the change of one thing of a state may take as
// what it was and what it is. A longer one of a list shows what has come and
// what has gone.
const maxChange = 50

// changes shows what is different from a state.
func (c *Console) changes(before reactor.State) {
	c.changed(before, c.world().State())
}

func (c *Console) changed(before, after reactor.State) {
	line, cells := "", 0
	flush := func() {
		if line != "" {
			c.say("    %s", c.styled(c.o.Styles.Dim, line))
		}
		line, cells = "", 0
	}
	for _, change := range changesOf(before, after) {
		change = c.clipped(change, 4)
		n := dump.Cells(change)
		if line != "" && cells+3+n > c.width()-4 {
			flush()
		}
		if line != "" {
			line, cells = line+"   ", cells+3
		}
		line, cells = line+change, cells+n
	}
	flush()
}

// changesOf returns what has changed, as [reactor.Diff] does, but long lists
// by what has come and gone.
func changesOf(before, after reactor.State) []string {
	var list []string
	for _, a := range after {
		was := before.Get(a.Name)
		if was != nil && reflect.DeepEqual(was, a.Value) {
			continue
		}
		old := reactor.State{}
		if was != nil {
			old = reactor.State{{Name: a.Name, Value: was}}
		}
		for _, change := range reactor.Diff(old, reactor.State{a}) {
			if short := comings(a.Name, was, a.Value); short != "" && dump.Cells(change) > maxChange {
				change = short
			}
			list = append(list, change)
		}
	}
	for _, b := range before {
		if after.Get(b.Name) == nil {
			list = append(list, reactor.Diff(reactor.State{b}, nil)...)
		}
	}
	return list
}

// comings says what has come into a list and gone from it; "" when that does
// not tell all.
func comings(name string, before, after any) string {
	was, ok1 := wordsOf(before)
	is, ok2 := wordsOf(after)
	if !ok1 || !ok2 {
		return ""
	}
	text := name
	for _, w := range was {
		if !slices.Contains(is, w) {
			text += " −" + w
		}
	}
	for _, w := range is {
		if !slices.Contains(was, w) {
			text += " +" + w
		}
	}
	if text == name {
		return "" // the order has changed, or how often something is there
	}
	return text
}

// wordsOf returns the things of a list.
func wordsOf(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return v, true
	case []int:
		words := make([]string, len(v))
		for i, n := range v {
			words[i] = fmt.Sprint(n)
		}
		return words, true
	}
	return nil, false
}

// clipped cuts a text that takes more than two lines, of which the first has
// cells before it, unless all is wanted.
func (c *Console) clipped(text string, before int) string {
	const slack = 60 // a few words more are better than a mark that says so
	whole := c.hexMode == "all" || c.whole || before+dump.Cells(text) <= 2*c.width()+slack
	var out strings.Builder
	cells, limit := before, 2*c.width()-len(" … 1234567 more")
	for i, r := range text {
		if cells += dump.Cells(string(r)); cells > limit && !whole {
			fmt.Fprintf(&out, " … %d more", len(text)-i)
			break
		}
		if unicode.IsControl(r) { // a terminal would do what it says
			out.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// verdict shows what came of what a capture has.
func (c *Console) verdict(v verdict) {
	lead, style, text := "=", c.o.Styles.Good, "as recorded"
	switch v.name {
	case "differs":
		lead, style, text = "≠", c.o.Styles.Error, "differs"
	case "awaited":
		lead, style, text = "?", c.o.Styles.Error, "not said here so far"
	}
	if v.late {
		text = "said only now, " + text
	}
	c.say("  %s %s", lead, c.styled(style, text))
	if v.name != "differs" {
		return
	}
	recorded, here := "raw "+v.want.text, c.textOf(v.got)
	if v.want.frame != nil {
		recorded = c.textOf(v.want.frame)
	}
	if recorded == here {
		c.say("      in what is not shown: --show-secrets shows it")
		return
	}
	recorded, here = c.fromDifference(recorded, here)
	c.say("      recorded %s", c.clipped(recorded, 15))
	c.say("      here     %s", c.clipped(here, 15))
}

// fromDifference leaves out most of what two long texts begin with alike.
func (c *Console) fromDifference(a, b string) (string, string) {
	const keep = 20
	if c.hexMode == "all" || c.whole || max(dump.Cells(a), dump.Cells(b)) < c.width()-15 {
		return a, b
	}
	x, y := []rune(a), []rune(b)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	if n <= 2*keep {
		return a, b
	}
	return string(x[:keep]) + " … " + string(x[n-keep:]), string(y[:keep]) + " … " + string(y[n-keep:])
}
