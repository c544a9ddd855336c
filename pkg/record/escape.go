package record

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/session"
)

// escape writes a piece of a text so that it stands for itself.
func (w *writer) escape(b *strings.Builder, l *line, quoted []bool, from, to int) {
	s := l.text
	expected := l.dir == codec.ToClient
	for i := from; i < to; i++ {
		c, raw := s[i], l.frame == ""
		variable := c == '$' && w.reads(s[i:])
		opens := 0
		if expected && c == '{' && !strings.HasPrefix(s[i:], codec.Redacted) {
			opens = len(holes.Get().FindString(s[i:]))
		}
		pattern := expected && (c == '*' || c == '/') && !quoted[i] && alone(s, i)
		switch {
		case raw && (variable || opens > 0 || pattern):
			b.WriteString(`\x` + strconv.FormatUint(uint64(c), 16))
		case variable:
			b.WriteString("$$")
		case opens > 0: // as a pattern for itself
			b.WriteString("{{:" + globs.Replace(s[i:i+opens-1]) + "?}}")
			i += opens - 1
		case pattern && c == '*':
			b.WriteString(`{{:\*}}`)
		case pattern:
			b.WriteString("{{:?}}") // a pattern cannot be a slash
		default:
			b.WriteByte(c)
		}
	}
}

// holes is what a document takes for a capture or a hole. Globs makes a
// glob of a text.
var (
	holes = lazyre.New(`^\{\{(?:[A-Za-z_][A-Za-z0-9_]*|[A-Za-z_]?[A-Za-z0-9_]*:.*?|\*)\}\}`)
	globs = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `\`, `\\`)
)

// reads says whether a document reads a variable at the front of s, or asks
// whether one was meant.
func (w *writer) reads(s string) bool {
	name := strings.TrimPrefix(s[1:], "{")
	n := 0
	for n < len(name) && identifies(name[n]) {
		n++
	}
	if name = name[:n]; n == 0 || name[0] <= '9' {
		return false
	}
	return slices.Contains(w.vars, name) || n >= 3 && lex.Nearest(name, w.vars) != ""
}

// alone says whether the byte at i may begin a pattern that is a value of its
// own.
func alone(s string, i int) bool {
	if i > 0 && !strings.ContainsRune(" ([{,:=", rune(s[i-1])) {
		return false
	}
	if s[i] == '*' {
		return session.Ends(s[i+1:])
	}
	for n := i + 2; n < len(s); n++ {
		if s[n] == '\\' {
			n++
		} else if s[n] == '/' && session.Ends(s[n+1:]) {
			return true
		}
	}
	return false
}
