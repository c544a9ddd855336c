package emqp

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// words cuts words and quoted strings at blanks.
func words(text string) (parts [][]byte, err error) {
	for at := 0; at < len(text); {
		one, n, err := word(text[at:])
		if err != nil {
			return nil, lex.Shift(err, at)
		}
		if n == 0 {
			break
		}
		parts, at = append(parts, one), at+n
	}
	return parts, nil
}

// word returns the first word or quoted string of a text and how long it is,
// with the blanks before it: 0 when there is none.
func word(text string) (one []byte, n int, err error) {
	at := len(text) - len(strings.TrimLeft(text, " "))
	switch {
	case at == len(text):
		return nil, 0, nil
	case text[at] == '"':
		b, n, err := lex.Quoted([]byte{}, []byte(text[at:]))
		if err != nil {
			return nil, 0, lex.Shift(err, at)
		}
		return b, at + n, nil
	}
	n = strings.IndexByte(text[at:]+" ", ' ')
	return []byte(text[at : at+n]), at + n, nil
}
