package session

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A template is the text of a frame with variables and holes in it.
type template struct {
	lead  int // how much of the line stands before it: the marks
	parts []part
}

// A part of a template is a literal text, the use of a variable, or a hole.
type part struct {
	kind       partKind
	text       string // a literal; the name of a variable or of a capture, which may be ""
	start, end int    // where it stands, from the start of the template
	quoted     bool   // it stands between quotation marks
	pattern    *pattern
	plus       string // what is added to the value of a variable; "" for nothing
}

type partKind byte

const (
	literal partKind = iota
	use
	hole
)

// source returns a part as it stands in the line.
func (t *template) source(line string, p *part) string {
	return line[t.lead+p.start : t.lead+p.end]
}

// has says whether a part of that kind is in t.
func (t *template) has(k partKind) bool {
	for i := range t.parts {
		if t.parts[i].kind == k {
			return true
		}
	}
	return false
}

// A scan reads a template.
type scan struct {
	src      string
	expected bool                   // holes may stand in it
	known    func(name string) bool // variables
	names    func() []string        // their names
	t        template
	from     int // where the literal at hand began
	i        int
	quoted   bool
	captures map[string]bool
}

// parse reads the whole text. An error is a [*codec.TextError] whose range
// counts from the start of the text.
func (s *scan) parse() (template, error) {
	quotes := Quotes(s.src)
	for s.i < len(s.src) {
		s.quoted = quotes[s.i]
		n, err := s.special()
		if err != nil {
			return s.t, err
		}
		if n > 0 {
			s.i += n
			s.from = s.i
			continue
		}
		s.i++
	}
	s.flush(s.i)
	return s.t, nil
}

// special reads what is no literal, and returns how long it is, or 0.
func (s *scan) special() (int, error) {
	switch s.src[s.i] {
	case '$':
		return s.dollar()
	case '{':
		return s.braces()
	case '*', '/':
		return s.lone()
	}
	return 0, nil
}

// flush ends the literal at hand.
func (s *scan) flush(end int) {
	if end > s.from {
		s.t.parts = append(s.t.parts, part{text: s.src[s.from:end], start: s.from, end: end})
	}
}

// add ends the literal at hand and adds a part of n bytes after it.
func (s *scan) add(n int, p part) int {
	s.flush(s.i)
	p.start, p.end, p.quoted = s.i, s.i+n, s.quoted
	s.t.parts = append(s.t.parts, p)
	return n
}

// dollar reads $name, ${name} and $$. Where no variable has the name these
// stand for themselves, as in documents that have none.
func (s *scan) dollar() (int, error) {
	rest := s.src[s.i+1:]
	if strings.HasPrefix(rest, "$") {
		if name, _, _ := variable(rest[1:]); name != "" && (s.known(name) || s.near(name) != "") {
			return s.add(2, part{text: "$"}), nil
		}
		return 0, nil
	}
	name, plus, n := variable(rest)
	switch {
	case name == "":
		return 0, nil
	case s.known(name):
		return s.add(1+n, part{kind: use, text: name, plus: plus}), nil
	case s.near(name) != "":
		e := lex.UnknownName("variable", name, s.i, s.i+1+n, s.names())
		e.Hint = "did you mean $" + s.near(name) + "? $$" + name + " is the text as it stands"
		return 0, e
	}
	return 0, nil
}

// near returns the variable that a name which is none was probably meant to
// be. Texts of protocols have dollars of their own, so it has to be close.
func (s *scan) near(name string) string {
	if len(name) < 3 || len(name) > 64 {
		return ""
	}
	return lex.Nearest(name, s.names())
}

// variable reads the name at the front of s, or {name} or {name+NUMBER}, and
// returns how long that is.
func variable(s string) (name, plus string, n int) {
	if !strings.HasPrefix(s, "{") {
		name, n = identifier(s)
		return name, "", n
	}
	name, n = identifier(s[1:])
	end := strings.IndexByte(s, '}')
	if n == 0 || end < 0 {
		return "", "", 0
	}
	plus, has := strings.CutPrefix(s[1+n:end], "+")
	if has != isAddend(plus) || !has && end != 1+n {
		return "", "", 0
	}
	return name, plus, end + 1
}

// isAddend says whether s is a number, decimal or with 0x.
func isAddend(s string) bool {
	base := 10
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		s, base = hex, 16
	}
	_, err := strconv.ParseUint(s, base, 63)
	return err == nil && !strings.HasPrefix(s, "+")
}

// added returns a value plus a number. Where that begins with 0x the value is
// a number in hexadecimal digits, and the sum has as many of them; else both
// are decimal.
func added(value, plus string) (string, error) {
	if hex, ok := strings.CutPrefix(plus, "0x"); ok {
		x, err := strconv.ParseUint(value, 16, 64)
		if err != nil {
			return value, errors.New("no hexadecimal number")
		}
		y, _ := strconv.ParseUint(hex, 16, 63)
		return fmt.Sprintf("%0*x", len(value), x+y), nil
	}
	x, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return value, errors.New("no number")
	}
	y, _ := strconv.ParseUint(plus, 10, 63)
	return strconv.FormatUint(x+y, 10), nil
}

// identifier reads a letter or underscore and what letters, digits and
// underscores follow.
func identifier(s string) (string, int) {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return s[:n], n
}

// braces reads {{name}}, {{name:pattern}}, {{:pattern}} and {{*}}.
func (s *scan) braces() (int, error) {
	rest := s.src[s.i:]
	if !strings.HasPrefix(rest, "{{") {
		return 0, nil
	}
	name, n := identifier(rest[2:])
	body := rest[2+n:]
	if !s.expected {
		if strings.HasPrefix(body, "}}") && s.known(name) && name != "uuid" && name != "now" {
			return 0, &codec.TextError{Start: s.i, End: s.i + n + 4, Message: "{{" + name + "}} keeps what comes, and this is sent", Hint: "write $" + name + " for its value"}
		}
		return 0, nil
	}
	switch {
	case strings.HasPrefix(rest, codec.Redacted):
		return s.add(len(codec.Redacted), part{kind: hole}), nil
	case strings.HasPrefix(rest, "{{*}}"):
		return s.add(len("{{*}}"), part{kind: hole}), nil
	case n > 0 && strings.HasPrefix(body, "}}"):
		return s.capture(n+4, name, nil)
	case !strings.HasPrefix(body, ":"):
		return 0, nil
	}
	p, m, err := readPattern(body[1:])
	if err != nil {
		return 0, lex.Shift(err, s.i+2+n+1)
	}
	return s.capture(2+n+1+m, name, p)
}

// capture adds a hole of n bytes, whose text gets a name.
func (s *scan) capture(n int, name string, p *pattern) (int, error) {
	if name != "" && s.captures[name] {
		return 0, &codec.TextError{Start: s.i, End: s.i + n, Message: "{{" + name + "}} stands twice in one line", Hint: "give one another name, and compare them with @assert vars.a == vars.b"}
	}
	if name != "" {
		if s.captures == nil {
			s.captures = map[string]bool{}
		}
		s.captures[name] = true
	}
	return s.add(n, part{kind: hole, text: name, pattern: p}), nil
}

// lone reads a * or /re/ that is a value of its own.
func (s *scan) lone() (int, error) {
	rest := s.src[s.i:]
	n := s.loneEnd()
	switch {
	case n == 0:
		return 0, nil
	case rest[0] == '*':
		return s.add(1, part{kind: hole, pattern: &pattern{own: "*"}}), nil
	}
	p, err := compileRegexp(rest[1 : n-1])
	if err != nil {
		return 0, lex.Shift(err, s.i+1)
	}
	p.own = rest[:n]
	return s.add(n, part{kind: hole, pattern: p}), nil
}

// loneEnd returns how long the * or /re/ at s.i is, 0 when there is none.
func (s *scan) loneEnd() int {
	if !s.expected || s.quoted || s.i > 0 && !strings.ContainsRune(" ([{,:=", rune(s.src[s.i-1])) {
		return 0
	}
	rest := s.src[s.i:]
	if rest[0] == '*' {
		if Ends(rest[1:]) {
			return 1
		}
		return 0
	}
	for n := 1; n < len(rest); n++ {
		switch {
		case rest[n] == '\\':
			n++
		case rest[n] == '/' && n > 1 && Ends(rest[n+1:]):
			return n + 1
		}
	}
	return 0
}

// Ends says whether a value may end before s.
func Ends(s string) bool { return s == "" || strings.ContainsRune(" )]},:", rune(s[0])) }

// Quotes says of each byte whether it stands between quotation marks. A mark
// without its second does not count.
func Quotes(s string) []bool {
	in := make([]bool, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(s) {
			break
		}
		for j := i + 1; j < end; j++ {
			in[j] = true
		}
		i = end
	}
	return in
}
