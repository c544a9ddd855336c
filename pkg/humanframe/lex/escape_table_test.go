package lex

import (
	"fmt"
	"testing"
)

// The tables of escapes and of digits are written out.
func TestTables(t *testing.T) {
	for i := range 0x100 {
		c := byte(i)
		want := fmt.Sprintf(`\x%02x`, c)
		switch {
		case c == '\\':
			want = `\\`
		case c == '\n':
			want = `\n`
		case c == '\r':
			want = `\r`
		case c == '\t':
			want = `\t`
		case c >= ' ' && c <= '~':
			want = string(rune(c))
		}
		if escapes[c] != newEscape(want) {
			t.Errorf("escape of %#02x: %#x; want that of %s", c, escapes[c], want)
		}
		if c == '"' {
			want = `\"`
		}
		if quotes[c] != newEscape(want) {
			t.Errorf("escape of %#02x between quotation marks: %#x; want that of %s", c, quotes[c], want)
		}
		var digit int8
		if _, err := fmt.Sscanf(string(rune(c)), "%x", &digit); err != nil || c >= 0x80 {
			digit = -1
		}
		if hexValues[c] != digit {
			t.Errorf("digit %#02x: %d; want %d", c, hexValues[c], digit)
		}
	}
}

func newEscape(text string) escape {
	e := escape(len(text)) << 32
	for i := range len(text) {
		e |= escape(text[i]) << (8 * i)
	}
	return e
}
