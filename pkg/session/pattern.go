package session

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A pattern says which texts a hole takes.
type pattern struct {
	re  *regexp.Regexp // the whole text has to match; nil for any
	own string         // the pattern's own text, which it takes as well; or ""
}

// takes says whether p takes a text.
func (p *pattern) takes(text string) bool {
	return p == nil || p.re == nil || p.own != "" && text == p.own || p.re.MatchString(text)
}

// readPattern reads a pattern up to its "}}" and returns how long both are.
func readPattern(s string) (*pattern, int, error) {
	if strings.HasPrefix(s, "/") {
		end := strings.Index(s[1:], "/}}")
		if end < 0 {
			return nil, 0, &codec.TextError{End: len(s), Message: "the pattern has no end", Hint: "such as {{name:/[0-9]+/}}"}
		}
		p, err := compileRegexp(s[1 : 1+end])
		return p, end + len("//}}"), lex.Shift(err, 1)
	}
	end := strings.Index(s, "}}")
	if end < 0 {
		return nil, 0, &codec.TextError{End: len(s), Message: "the pattern has no end", Hint: "such as {{name:a*}}"}
	}
	p, err := compileRegexp(globRegexp(s[:end]))
	return p, end + len("}}"), err
}

// compileRegexp reads a regular expression for whole texts.
func compileRegexp(src string) (*pattern, error) {
	_, err := regexp.Compile(src)
	if err != nil {
		return nil, &codec.TextError{End: len(src), Message: fmt.Sprintf("no regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")), Hint: "{{:text}} is the text as it stands"}
	}
	re, err := regexp.Compile(`(?s)\A(?:` + src + `)\z`)
	if err != nil { // only its size can be too much now
		return nil, &codec.TextError{End: len(src), Message: fmt.Sprintf("no regular expression: %v", err)}
	}
	return &pattern{re: re}, nil
}

// globEscapes are the characters from which a backslash takes their meaning in
// a glob. A slash has one where it comes first.
const globEscapes = `*?\/`

// globRegexp makes a regular expression of a glob: * is any text, ? any
// character.
func globRegexp(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		case c == '\\' && i+1 < len(glob) && strings.ContainsRune(globEscapes, rune(glob[i+1])):
			i++
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	return b.String()
}
