package diagram

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/dump"
)

// Text says how to draw with characters.
type Text struct {
	Width  int // columns; 0 means 100
	Styles Styles
}

// Styles are the accents of a drawing. The zero value is plain.
type Styles struct {
	Actor, Line, Time, Label, Answer, Error dump.Style
}

const (
	timeWidth = 12 // of the times at the left
	minColumn = 22 // least distance of two lifelines
)

// AppendText appends the diagram as characters: a column for each actor. When
// there are too many for the width, it is a list of arrows.
func (d *Diagram) AppendText(dst []byte, o Text) []byte {
	if o.Width <= 0 {
		o.Width = 100
	}
	p := &painter{d: d, o: o, dst: dst}
	n := len(d.Actors)
	if n < 2 || (o.Width-timeWidth)/n < minColumn {
		p.list()
	} else {
		p.step = min((o.Width-timeWidth)/n, 60)
		p.draw()
	}
	return p.dst
}

// A painter draws.
type painter struct {
	d    *Diagram
	o    Text
	step int // distance of the lifelines
	dst  []byte
}

func (p *painter) style(s dump.Style, text string) {
	p.dst = append(append(append(p.dst, s.On...), text...), s.Off...)
}

// at is the column of an actor's lifeline.
func (p *painter) at(actor int) int { return timeWidth + actor*p.step + p.step/2 }

func (p *painter) draw() {
	p.heads()
	for i := range p.d.Blocks {
		b := &p.d.Blocks[i]
		if b.Wait > 0 {
			p.rule("⋮ " + short(b.Wait))
		}
		if b.Times > 1 {
			p.rule("┌ " + strconv.Itoa(b.Times) + " times")
		}
		for k := range b.Arrows {
			p.arrow(&b.Arrows[k])
		}
		if b.Times > 1 {
			p.rule("└")
		}
	}
	if p.d.More > 0 {
		p.rule(fmt.Sprintf("… and %d more", p.d.More))
	}
}

// heads writes the names over the lifelines.
func (p *painter) heads() {
	line, column := "", 0
	for i, name := range p.d.Actors {
		name = fit(name, p.step-2)
		start := max(p.at(i)-dump.Cells(name)/2, column)
		line += strings.Repeat(" ", start-column) + name
		column = start + dump.Cells(name)
	}
	p.style(p.o.Styles.Actor, line)
	p.dst = append(p.dst, '\n')
}

// cells returns a row with the lifelines, to draw on.
func (p *painter) cells() []string {
	row := make([]string, p.at(len(p.d.Actors)-1)+1)
	for i := range row {
		row[i] = " "
	}
	for i := range p.d.Actors {
		row[p.at(i)] = "│"
	}
	return row
}

// rule writes a remark at the left of the lifelines.
func (p *painter) rule(text string) {
	row := p.cells()
	text = fit(text, p.at(0)-1)
	p.style(p.o.Styles.Time, text)
	p.style(p.o.Styles.Line, strings.Join(row[dump.Cells(text):], ""))
	p.dst = append(p.dst, '\n')
}

// arrow draws an arrow: its label over the line, if it does not fit in it.
func (p *painter) arrow(a *Arrow) {
	moment := ""
	if !a.First.IsZero() && !p.d.Start.IsZero() {
		moment = momentText(a.First.Sub(p.d.Start).Seconds())
	}
	from, to := p.at(a.From), p.at(a.To)
	left, right := min(from, to), max(from, to)
	if a.From == a.To { // to itself
		right = left + p.step/2
	}
	room := right - left - 1 - 6 // "── " and " ──▶"
	label := a.text(0)
	if dump.Cells(label) > room { // then it stands over the line, and may go on over the lifelines
		p.label(moment, left+2, a.text(max(p.o.Width-left-3, 10)), a)
		moment, label = "", ""
	}
	p.line(moment, left, right, to >= from, label, a)
}

// momentText returns a time in the width that times have: with as many digits
// after the second as fit.
func momentText(seconds float64) string {
	text := ""
	for digits := 6; digits >= 0; digits-- {
		if text = fmt.Sprintf("%+.*f", digits, seconds); len(text) < timeWidth {
			break
		}
	}
	return fit(text, timeWidth-1)
}

func (p *painter) time(text string) {
	p.style(p.o.Styles.Time, text)
	p.dst = append(p.dst, strings.Repeat(" ", max(timeWidth-dump.Cells(text), 0))...)
}

// label writes a label in a row of its own.
func (p *painter) label(moment string, column int, text string, a *Arrow) {
	row := p.cells()
	p.time(moment)
	p.style(p.o.Styles.Line, strings.Join(row[timeWidth:column], ""))
	p.style(p.styleOf(a), text)
	if after := column + dump.Cells(text); after < len(row) {
		p.style(p.o.Styles.Line, strings.TrimRight(strings.Join(row[after:], ""), " "))
	}
	p.dst = append(p.dst, '\n')
}

func (p *painter) styleOf(a *Arrow) dump.Style {
	switch {
	case a.Error || a.Bad:
		return p.o.Styles.Error
	case a.Answer:
		return p.o.Styles.Answer
	}
	return p.o.Styles.Label
}

// line draws the arrow's line with a label that fits.
func (p *painter) line(moment string, left, right int, toRight bool, label string, a *Arrow) {
	row := p.cells()
	dash := "─"
	if a.Answer || a.Bad {
		dash = "╌"
	}
	shaft := right - left - 1
	body := strings.Repeat(dash, shaft)
	if label != "" {
		before := 2
		after := shaft - before - dump.Cells(label) - 2
		body = strings.Repeat(dash, before) + " " + label + " " + strings.Repeat(dash, max(after, 0))
	}
	cut := func(s string) string { _, rest, _ := strings.Cut(s, dash); return rest }
	if toRight {
		body = body[:strings.LastIndex(body, dash)] + "▶"
	} else {
		body = "◀" + cut(body)
	}
	p.time(moment)
	p.style(p.o.Styles.Line, strings.Join(row[timeWidth:left+1], ""))
	p.style(p.styleOf(a), body)
	if right < len(row) {
		p.style(p.o.Styles.Line, strings.Join(row[right:], ""))
	}
	p.dst = append(p.dst, '\n')
}

// list writes an arrow a line.
func (p *painter) list() {
	for i := range p.d.Blocks {
		b := &p.d.Blocks[i]
		if b.Wait > 0 {
			p.style(p.o.Styles.Time, "⋮ "+short(b.Wait))
			p.dst = append(p.dst, '\n')
		}
		indent := ""
		if b.Times > 1 {
			p.style(p.o.Styles.Time, "┌ "+strconv.Itoa(b.Times)+" times")
			p.dst = append(p.dst, '\n')
			indent = "│ "
		}
		for k := range b.Arrows {
			a := &b.Arrows[k]
			p.dst = append(p.dst, indent...)
			if !a.First.IsZero() {
				p.time(fmt.Sprintf("%+.6f", a.First.Sub(p.d.Start).Seconds()))
			}
			who := p.d.Actors[a.From] + " → " + p.d.Actors[a.To]
			p.style(p.o.Styles.Actor, who)
			p.dst = append(p.dst, ": "...)
			p.style(p.styleOf(a), a.text(max(p.o.Width-timeWidth-dump.Cells(indent+who)-2, minColumn)))
			p.dst = append(p.dst, '\n')
		}
		if b.Times > 1 {
			p.dst = append(p.dst, "└\n"...)
		}
	}
	if p.d.More > 0 {
		p.dst = fmt.Appendf(p.dst, "… and %d more\n", p.d.More)
	}
}

// fit cuts a text to n columns.
func fit(s string, n int) string {
	if dump.Cells(s) <= n {
		return s
	}
	var out []rune
	width := 0
	for _, r := range s {
		w := dump.Cells(string(r))
		if width+w > n-1 {
			break
		}
		out = append(out, r)
		width += w
	}
	if n < 1 {
		return ""
	}
	return string(out) + "…"
}
