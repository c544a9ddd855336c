package diagram

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/dump"
)

// Measures of a drawing, in pixels.
const (
	svgColumn = 260
	svgLeft   = 110
	svgRow    = 34
	svgTop    = 40
	svgChar   = 7 // width of a character
)

// svgStyle follows the page's light or dark mode. It needs no other file.
const svgStyle = `text{font:12px ui-monospace,monospace;fill:#1a1a1a}.t{fill:#666}.a{font-weight:bold;text-anchor:middle}.l{stroke:#bbb}.m{stroke:#1a1a1a;fill:none}.r{stroke-dasharray:5 4}.e{stroke:#b00020}.e+text{fill:#b00020}.w{text-anchor:middle;fill:#666}.b{fill:none;stroke:#888;stroke-dasharray:2 3}rect.p{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#eee}.t,.w{fill:#aaa}.l{stroke:#555}.m{stroke:#eee}.e{stroke:#ff6b6b}.e+text{fill:#ff6b6b}rect.p{fill:#111}}`

// AppendSVG appends the diagram as an SVG document.
func (d *Diagram) AppendSVG(dst []byte) []byte {
	rows := 0
	for i := range d.Blocks {
		rows += len(d.Blocks[i].Arrows)
		if d.Blocks[i].Wait > 0 {
			rows++
		}
		if d.Blocks[i].Times > 1 {
			rows += 2
		}
	}
	if d.More > 0 {
		rows++
	}
	width, height := svgLeft+max(len(d.Actors), 1)*svgColumn, svgTop+(rows+1)*svgRow
	dst = fmt.Appendf(dst, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", width, height, width, height)
	dst = fmt.Appendf(dst, "<title>%s</title>\n<style>%s</style>\n", escape(fmt.Sprintf("sequence diagram of %d messages between %s", d.Shown, strings.Join(d.Actors, ", "))), svgStyle)
	dst = append(dst, `<defs><marker id="h" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="context-stroke"/></marker></defs>`+"\n"...)
	dst = fmt.Appendf(dst, `<rect class="p" width="%d" height="%d"/>`+"\n", width, height)
	x := func(actor int) int { return svgLeft + actor*svgColumn + svgColumn/2 }
	for i, name := range d.Actors {
		dst = fmt.Appendf(dst, `<text class="a" x="%d" y="20">%s</text><line class="l" x1="%d" y1="30" x2="%d" y2="%d"/>`+"\n", x(i), escape(fit(name, svgColumn/svgChar)), x(i), x(i), height-8)
	}
	y := svgTop
	remark := func(text string) {
		y += svgRow
		dst = fmt.Appendf(dst, `<text class="w" x="%d" y="%d">%s</text>`+"\n", width/2, y-8, escape(text))
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Wait > 0 {
			remark("⋮ " + short(b.Wait))
		}
		top := y
		if b.Times > 1 {
			remark(fmt.Sprintf("%d times", b.Times))
		}
		for k := range b.Arrows {
			y += svgRow
			dst = d.svgArrow(dst, &b.Arrows[k], x, y)
		}
		if b.Times > 1 {
			y += svgRow / 2
			dst = fmt.Appendf(dst, `<rect class="b" x="4" y="%d" width="%d" height="%d"/>`+"\n", top+10, width-8, y-top-10)
			y += svgRow / 2
		}
	}
	if d.More > 0 {
		remark(fmt.Sprintf("… and %d more", d.More))
	}
	return append(dst, "</svg>\n"...)
}

func (d *Diagram) svgArrow(dst []byte, a *Arrow, x func(int) int, y int) []byte {
	class := "m"
	if a.Answer || a.Bad {
		class += " r"
	}
	if a.Error || a.Bad {
		class += " e"
	}
	from, to := x(a.From), x(a.To)
	left, span := min(from, to), max(from, to)-min(from, to)
	path := fmt.Sprintf("M%d %dH%d", from, y, to)
	if a.From == a.To {
		path = fmt.Sprintf("M%d %dh40v10h-40", from, y)
		span = svgColumn
	}
	label := a.text(0)
	shown := a.text(max(span/svgChar-2, 8))
	dst = append(dst, "<g>"...)
	if dump.Cells(shown) != dump.Cells(label) {
		dst = fmt.Appendf(dst, "<title>%s</title>", escape(label))
	}
	if !a.First.IsZero() && !d.Start.IsZero() {
		dst = fmt.Appendf(dst, `<text class="t" x="8" y="%d">%+.6f</text>`, y+4, a.First.Sub(d.Start).Seconds())
	}
	dst = fmt.Appendf(dst, `<path class="%s" d="%s" marker-end="url(#h)"/><text x="%d" y="%d">%s</text></g>`+"\n", class, path, left+8, y-5, escape(shown))
	return dst
}

// escape writes text for XML, without characters that XML has none for.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r < ' ' || r == 0xfffe || r == 0xffff:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
