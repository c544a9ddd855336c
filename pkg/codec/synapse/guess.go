package synapse

import (
	"bytes"
	"strings"
)

// enough is how many lines are looked at for their style.
const enough = 200

// A guess is the dialect of a conversation as far as its lines tell. No line
// names the version, but the layouts, the streams, the shapes of rows and the
// spelling of JSON differ.
//
// A layout is hard evidence: each line counts against the dialects that would
// refuse it, and those with the least against them stay. So a line that
// someone typed wrong does not decide for ever. The rest is soft evidence and
// chooses among those.
type guess struct {
	against [dialectCount]uint32 // lines that the dialect would refuse, but for the last
	last    set                  // the dialects that took the last lines
	lasting uint32               // and how many lines that are
	strange [dialectCount]uint32 // lines that its program would not have written

	hard set // the dialects that the lines were valid in
	best set // the one of hard that fits best; none while hard is all

	hints [8]hint // what made the choice
	lines int

	why    string // the reason, made when it was asked for
	whyFor set    // best at that time
}

// A hint is a piece of evidence, for the reason.
type hint struct {
	what string
	of   string // the command or stream that it is about
	in   set
	soft bool
}

func (g *guess) start() { g.hard = every }

// name returns the dialect and the reason.
func (g *guess) name() (name, why string) {
	if g.best == none {
		return "", "no line yet whose form differs between versions"
	}
	name = releases[g.best.index()].name
	if g.whyFor == g.best {
		return name, g.why
	}
	var b strings.Builder
	for _, h := range g.hints {
		if h.what == "" || h.in&g.best == none || h.soft && h.in&g.hard == g.hard {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(h.what)
		b.WriteString(h.of)
	}
	g.why, g.whyFor = b.String(), g.best
	return name, g.why
}

// learn takes f, which the dialects in take, as evidence.
func (g *guess) learn(f *Frame, in set) {
	if in == none {
		return
	}
	told := in&g.hard != g.hard // something about the dialects that are left
	g.count(in)
	if told {
		what := ""
		for _, l := range commands[f.cmd].layouts {
			if l.in&in != none && (what == "" || l.in&g.hard != none) {
				what = l.what
			}
		}
		g.note(hint{what: what, in: in})
	}
	if g.lines < enough {
		g.lines++
		g.look(f)
		told = true
	}
	if told {
		g.decide()
	}
}

// count counts a line that the dialects in take.
func (g *guess) count(in set) {
	if in == every {
		return
	}
	if in != g.last || g.lasting == mostLines {
		g.settle()
	}
	g.last = in
	g.lasting++
}

// settle counts the last lines: only now, as most lines are like the one before.
func (g *guess) settle() {
	tally(&g.against, g.last, g.lasting)
	g.lasting = 0
}

// mostLines is how far lines are counted.
const mostLines = 1 << 30

// tally adds n lines against all dialects but those in s.
func tally(to *[dialectCount]uint32, s set, n uint32) {
	for i := range to {
		if s&(1<<i) == 0 {
			to[i] = min(to[i]+n, mostLines)
		}
	}
}

// note keeps h for the reason, when there is room and it is new.
func (g *guess) note(h hint) {
	for i := range g.hints {
		if g.hints[i].what == h.what && g.hints[i].of == h.of {
			return
		}
		if g.hints[i].what == "" {
			g.hints[i] = h
			g.whyFor = none
			return
		}
	}
}

// decide finds the dialects with the least against them.
func (g *guess) decide() {
	g.settle()
	least := g.against[0]
	for _, n := range g.against {
		least = min(least, n)
	}
	before := g.hard
	g.hard = none
	for i, n := range g.against {
		if n == least {
			g.hard |= 1 << i
		}
	}
	if g.hard != before {
		g.whyFor = none
	}
	g.best = none
	if g.hard == every {
		return
	}
	var odd uint32
	for _, i := range preference {
		if g.hard&(1<<i) != 0 && (g.best == none || g.strange[i] < odd) {
			g.best, odd = 1<<i, g.strange[i]
		}
	}
}

// soft counts a line that only the programs of s would have written.
func (g *guess) soft(what, of string, s set) {
	if s == every || s == none {
		return
	}
	tally(&g.strange, s, 1)
	if s&g.hard != g.hard {
		g.note(hint{what: what, of: of, in: s, soft: true})
	}
}

// look takes the soft evidence of f.
func (g *guess) look(f *Frame) {
	switch f.cmd {
	case cmdServer, cmdPing, cmdName:
		g.soft("the command ", commands[f.cmd].name, every&^v198) // over Redis there are none
	case cmdReplicate:
		if f.rest < len(f.body()) {
			g.soft("REPLICATE with a stream", "", until(v112))
		}
	}
	l := f.layout()
	if l == nil {
		return
	}
	if f.cmd == cmdRData || f.cmd == cmdPosition {
		if s := findStream(f.part(0)); s != nil {
			g.soft("the stream ", s.name, s.in)
			if v := f.row(); v.shape != nil {
				g.soft("the columns of ", s.name, v.shapes())
			}
		}
	}
	if last := len(l.parts) - 1; last >= 0 && (l.parts[last].kind == asJSON || l.parts[last].kind == jsonList) {
		what, s := style(f.part(last))
		g.soft(what, "", s)
	}
}

// style tells by the spelling of JSON which programs wrote it: ujson, with
// \/ and no blanks; simplejson and json, with blanks; json without blanks.
func style(b []byte) (what string, s set) {
	slash := bytes.Contains(b, []byte(`\/`))
	if slash {
		return `JSON with \/`, ujson
	}
	if bytes.IndexByte(b, '/') >= 0 {
		s = every &^ ujson
		what = "JSON with a bare /"
	}
	inside := false
	for i := 0; i+1 < len(b); i++ {
		switch c := b[i]; {
		case c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside || c != ',' && c != ':':
		case b[i+1] == ' ':
			return "JSON with blanks", v100 | v112 | v113 | v118
		case s != none:
			return "JSON without blanks and with a bare /", since(v122)
		default:
			return "JSON without blanks", ujson | since(v122)
		}
	}
	return what, s
}
