package zmtp

import (
	"bytes"
	"fmt"
	"unicode"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Scanner reads the words, quoted strings and name=value parts of a text.
// Package emqp uses it too.
type Scanner struct {
	Text  []byte
	Pos   int
	Fresh func(name string) (string, bool) // as in codec.Options; may be nil
}

// Skip passes blanks and says whether anything follows.
func (s *Scanner) Skip() bool {
	for s.Pos < len(s.Text) && s.Text[s.Pos] == ' ' {
		s.Pos++
	}
	return s.Pos < len(s.Text)
}

// Peek says whether the next byte is c.
func (s *Scanner) Peek(c byte) bool { return s.Pos < len(s.Text) && s.Text[s.Pos] == c }

// Word reads up to the next blank and returns the word and where it stands.
func (s *Scanner) Word() (w []byte, start int) {
	s.Skip()
	start = s.Pos
	for s.Pos < len(s.Text) && s.Text[s.Pos] != ' ' {
		s.Pos++
	}
	return s.Text[start:s.Pos], start
}

// Name reads the name of a name=value part with its equals sign. It reads
// nothing and returns nil when no such part comes next.
func (s *Scanner) Name() (name []byte, start int) {
	s.Skip()
	start = s.Pos
	i := start
	for i < len(s.Text) && s.Text[i] != ' ' && s.Text[i] != '"' && s.Text[i] != '=' {
		i++
	}
	if i == start || i == len(s.Text) || s.Text[i] != '=' {
		return nil, start
	}
	s.Pos = i + 1
	return s.Text[start:i], start
}

// Quoted reads a quoted string and appends its bytes to dst.
func (s *Scanner) Quoted(dst []byte) ([]byte, error) {
	out, n, err := lex.Quoted(dst, s.Text[s.Pos:])
	if err != nil {
		return dst, lex.Shift(err, s.Pos)
	}
	s.Pos += n
	if s.Pos < len(s.Text) && s.Text[s.Pos] != ' ' {
		return dst, &codec.TextError{Start: s.Pos, End: s.Pos + 1, Message: "a blank is expected after the quotation mark"}
	}
	return out, nil
}

// Value reads a quoted string, or a bare word, and appends its bytes to dst.
func (s *Scanner) Value(dst []byte) ([]byte, error) {
	if s.Peek('"') {
		return s.Quoted(dst)
	}
	start := s.Pos
	for s.Pos < len(s.Text) && s.Text[s.Pos] != ' ' {
		s.Pos++
	}
	w := s.Text[start:s.Pos]
	if s.Fresh != nil && bytes.Contains(w, []byte("{{")) && !bytes.Contains(w, []byte(codec.Redacted)) {
		return s.fresh(dst, w, start)
	}
	if err := checkWord(w, start); err != nil {
		return dst, err
	}
	return append(dst, w...), nil
}

// fresh appends a bare word in which {{name}} stands for fresh values.
func (s *Scanner) fresh(dst, w []byte, start int) ([]byte, error) {
	for {
		before, rest, found := bytes.Cut(w, []byte("{{"))
		if err := checkWord(before, start); err != nil {
			return dst, err
		}
		dst = append(dst, before...)
		if !found {
			return dst, nil
		}
		start += len(before)
		name, after, closed := bytes.Cut(rest, []byte("}}"))
		value, ok := "", false
		if closed {
			value, ok = s.Fresh(string(name))
		}
		if !ok {
			return dst, &codec.TextError{Start: start, End: s.Pos, Message: fmt.Sprintf("no value {{%s}}", name), Allowed: []string{"{{uuid}}", "{{now}}"}}
		}
		dst = append(dst, value...)
		start += len("{{}}") + len(name)
		w = after
	}
}

// checkWord refuses what cannot be meant as a bare word.
func checkWord(w []byte, start int) error {
	switch {
	case bytes.Contains(w, []byte(codec.Redacted)):
		return &codec.TextError{Start: start, End: start + len(w), Message: "a secret was masked here", Hint: "decode with --show-secrets, or write the secret"}
	case bytes.Contains(w, []byte("{{")):
		return &codec.TextError{Start: start, End: start + len(w), Message: fmt.Sprintf("the variable %s has no value", w)}
	case bytes.IndexFunc(w, unicode.IsControl) >= 0:
		return &codec.TextError{Start: start, End: start + len(w), Message: fmt.Sprintf("%q has control characters", w), Hint: `write "…" and escapes`}
	case bytes.ContainsAny(w, `"\`):
		return &codec.TextError{Start: start, End: start + len(w), Message: fmt.Sprintf("%q has quotation marks or backslashes", w), Hint: `write "…" around all of it`}
	}
	return nil
}

// End refuses what is left.
func (s *Scanner) End() error {
	if !s.Skip() {
		return nil
	}
	rest := s.Text[s.Pos:]
	return &codec.TextError{Start: s.Pos, End: len(s.Text), Message: fmt.Sprintf("nothing is expected here; found %q", rest[:min(len(rest), 40)])}
}

// uintOf reads a number of at most max, decimal or 0x and hexadecimal.
func uintOf(w []byte, start int, field string, max uint64) (uint64, error) {
	n, err := parseUint(w, max)
	if err != nil {
		if e, ok := err.(*codec.TextError); ok {
			e.Field = field
		}
		return 0, lex.Shift(err, start)
	}
	return n, nil
}

func parseUint(w []byte, max uint64) (uint64, error) {
	if !bytes.HasPrefix(w, []byte("0x")) {
		return lex.Uint(w, max)
	}
	n, digits := uint64(0), w[2:]
	for _, c := range digits {
		v := bytes.IndexByte([]byte(hexDigits), c|0x20)
		if v < 0 || c < '0' || n > max>>4 {
			digits = nil
			break
		}
		n = n<<4 | uint64(v)
	}
	if len(digits) == 0 || n > max {
		return 0, &codec.TextError{End: len(w), Message: fmt.Sprintf("%q is no number from 0 to %d", w, max)}
	}
	return n, nil
}
