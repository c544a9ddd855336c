package humanframe

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Line is one logical line of a document: a frame, raw bytes, or a
// directive.
type Line struct {
	File   string
	Number int // of its first physical line, from 1

	// What stood before the frame.
	Marked   bool            // a direction was given
	Dir      codec.Direction // codec.ToServer when none was given
	Conn     int             // 0 when none was given
	Exchange int             // 0 when none was given
	At       time.Duration   // since the start
	Timed    bool            // At was given

	// Exactly one of these.
	Frame     codec.Text // the frame, when Directive is "" and Raw is nil
	Raw       []byte     // the bytes of a raw line, not nil
	Directive string     // the name of a directive, without its @
	Args      []string   // what follows the name

	// Of lines that mean nothing, which only [Scanner.Keep] gives.
	Comment bool // the line is a comment
	Blank   bool // the line is blank

	text   []byte // the whole line, for errors; shared as Frame.Body is
	lead   int    // where what follows the marks begins in text
	body   int    // where Frame.Body, or what else there is, begins in text
	source string // the line as it stood, for Keep
	kept   bool   // by Keep: the line may hold what cannot be encoded
}

// ParseLine reads a line without its line feed, as a Scanner does. Errors are
// of type [*Error].
func ParseLine(file string, number int, text string) (*Line, error) {
	l := &Line{File: file, Number: number}
	if err := parseLine(l, []byte(text)); err != nil {
		return nil, err
	}
	return l, nil
}

// Lead returns how long what stands before the frame is: the direction and
// the bracket.
func (l *Line) Lead() int { return l.lead }

// Source returns the line as it stood in its document, continuations
// included, without the last line feed. Only [Scanner.Keep] provides it.
func (l *Line) Source() string { return l.source }

// Fault makes an [*Error] of an error about what follows the marks: the range
// of a [*codec.TextError] counts from there.
func (l *Line) Fault(err error) *Error {
	at := *l
	at.body = l.lead
	return at.fault(err)
}

// parseLine reads a line whose continuations have been joined.
func parseLine(l *Line, text []byte) error {
	l.text, l.Dir = text, codec.ToServer
	rest, err := l.marks(text)
	if err != nil {
		return err
	}
	l.body = len(text) - len(rest)
	l.lead = l.body
	switch {
	case len(rest) > 0 && rest[0] == '@':
		words := strings.Fields(string(rest[1:]))
		if len(words) == 0 {
			return l.fault(&codec.TextError{End: 1, Message: "a directive without a name", Hint: "such as @proto hg"})
		}
		l.Directive, l.Args = words[0], words[1:]
		return nil
	case string(rest) == "raw" || bytes.HasPrefix(rest, []byte("raw ")):
		return l.raw(rest)
	}
	return l.frame(rest)
}

// marks reads the direction and the bracket.
func (l *Line) marks(text []byte) ([]byte, error) {
	if len(text) == 0 || text[0] != '>' && text[0] != '<' {
		return text, nil
	}
	l.Marked, l.Dir = true, codec.Direction(text[0])
	if len(text) == 1 || text[1] != ' ' {
		l.body = 1
		return nil, l.fault(&codec.TextError{End: min(1, len(text)-1), Message: "no blank after the direction", Hint: "write > and a blank before the frame"})
	}
	if len(text) < 3 || text[2] != '[' {
		return text[2:], nil
	}
	end := bytes.Index(text, []byte("] "))
	if end < 0 {
		l.body = 2
		return nil, l.fault(&codec.TextError{End: len(text) - 2, Message: "the bracket has no end", Hint: "such as [#1 +0.25] and a blank"})
	}
	at := 3
	for word := range bytes.SplitSeq(text[3:end], []byte(" ")) {
		if err := l.mark(string(word)); err != nil {
			l.body = at
			return nil, l.fault(&codec.TextError{End: len(word), Field: "bracket", Message: err.Error(), Hint: "such as [#1 +0.25], or [#1/2 +0.25] for the second exchange"})
		}
		at += len(word) + 1
	}
	return text[end+2:], nil
}

// mark reads one word of a bracket: #CONN, #CONN/EXCHANGE or +SECONDS.
func (l *Line) mark(word string) error {
	switch {
	case strings.HasPrefix(word, "#"):
		conn, exchange, has := strings.Cut(word[1:], "/")
		n, err := strconv.Atoi(conn)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no connection", word)
		}
		l.Conn = n
		if has {
			if l.Exchange, err = strconv.Atoi(exchange); err != nil || l.Exchange < 1 {
				return fmt.Errorf("%q is no exchange", word)
			}
		}
		return nil
	case strings.HasPrefix(word, "+"):
		d, ok := parseSeconds(word[1:])
		if !ok {
			return fmt.Errorf("%q is no time in seconds", word)
		}
		l.At, l.Timed = d, true
		return nil
	}
	return fmt.Errorf("%q is neither a connection nor a time", word)
}

// parseSeconds reads a decimal number of seconds exactly, to the nanosecond.
func parseSeconds(s string) (time.Duration, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || len(frac) > 9 || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, false
	}
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec > 1<<33 {
		return 0, false
	}
	nano, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	return time.Duration(sec)*time.Second + time.Duration(nano), true
}

// appendSeconds appends d as parseSeconds reads it, with at least
// microseconds.
func appendSeconds(dst []byte, d time.Duration) []byte {
	dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
	frac, digits := int64(d%time.Second), 9
	if frac%1000 == 0 {
		frac, digits = frac/1000, 6
	}
	dst = append(dst, '.')
	for div := pow10(digits - 1); div > 0; div /= 10 {
		dst = append(dst, byte('0'+frac/div%10))
	}
	return dst
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// raw reads the bytes of a raw line.
func (l *Line) raw(rest []byte) error {
	const prefix = len("raw ")
	body := rest[min(prefix, len(rest)):]
	b, err := lex.Unescape([]byte{}, body)
	if err != nil {
		return l.fault(lex.Shift(err, prefix))
	}
	l.Raw = b
	return nil
}

// frame splits off the deviations. Names are judged by the protocol.
func (l *Line) frame(rest []byte) error {
	start := len(l.text) - len(rest)
	for len(rest) > 0 && rest[0] == '!' {
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			return l.fault(&codec.TextError{End: len(rest), Message: "nothing follows the deviation", Hint: "write !name=value before a frame"})
		}
		name, value, _ := strings.Cut(string(rest[1:end]), "=")
		l.Frame.Deviations = append(l.Frame.Deviations, codec.Deviation{Name: name, Value: value, Pos: len(l.text) - len(rest)})
		rest = rest[end+1:]
	}
	l.body = len(l.text) - len(rest)
	for i := range l.Frame.Deviations {
		l.Frame.Deviations[i].Pos -= l.body
	}
	l.Frame.Body = rest
	return l.redacted(l.text[start:])
}

// redacted refuses texts in which a secret was masked.
func (l *Line) redacted(text []byte) error {
	if l.kept || !masked(text) {
		return nil
	}
	i := bytes.Index(text, []byte(codec.Redacted)) + len(l.text) - len(text) - l.body
	return l.fault(&codec.TextError{Start: i, End: i + len(codec.Redacted), Message: "a secret was masked here, so the bytes are not known", Hint: "decode with --show-secrets"})
}

// masked says whether a secret was masked in text.
func masked(text []byte) bool {
	brace := bytes.IndexByte(text, codec.Redacted[0]) // mostly there is none
	return brace >= 0 && bytes.Contains(text[brace:], []byte(codec.Redacted))
}
