package diagram

import (
	"fmt"
	"strconv"
	"strings"
)

// AppendMermaid appends the diagram in the language of Mermaid, which code
// hosts and documents draw.
func (d *Diagram) AppendMermaid(dst []byte) []byte {
	dst = append(dst, "sequenceDiagram\n"...)
	for i, name := range d.Actors {
		dst = fmt.Appendf(dst, "  participant a%d as %s\n", i, mermaid(name))
	}
	over := "a0"
	if n := len(d.Actors); n > 1 {
		over = "a0,a" + strconv.Itoa(n-1)
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Wait > 0 {
			dst = fmt.Appendf(dst, "  Note over %s: %s later\n", over, short(b.Wait))
		}
		indent := "  "
		if b.Times > 1 {
			dst = fmt.Appendf(dst, "  loop %d times\n", b.Times)
			indent = "    "
		}
		for k := range b.Arrows {
			a := &b.Arrows[k]
			head := "->>"
			switch {
			case a.Error || a.Bad:
				head = "--x"
			case a.Answer:
				head = "-->>"
			}
			dst = fmt.Appendf(dst, "%sa%d%sa%d: %s\n", indent, a.From, head, a.To, mermaid(a.text(0)))
		}
		if b.Times > 1 {
			dst = append(dst, "  end\n"...)
		}
	}
	if d.More > 0 {
		dst = fmt.Appendf(dst, "  Note over %s: and %d more\n", over, d.More)
	}
	return dst
}

// mermaid escapes what means something in Mermaid: entities are written
// #code;, so that # and ; are among them, and HTML is not wanted.
func mermaid(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '#', ';', '<', '>', '&', '"', ':', '\\', '%', '{', '}':
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return "#32;"
	}
	return b.String()
}
