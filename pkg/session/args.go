package session

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// args are the words that follow a directive.
type args struct {
	l     *humanframe.Line
	form  string
	words []word
}

// A word is a piece of a line without blanks.
type word struct {
	text string
	at   int // counted from where the directive begins
}

func argsOf(l *humanframe.Line, form string) args {
	a := args{l: l, form: form}
	text := l.Text()[l.Lead():]
	for i := 1 + len(l.Directive); i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		n := strings.IndexAny(text[i:], " \t")
		if n < 0 {
			n = len(text) - i
		}
		a.words = append(a.words, word{text[i : i+n], i})
		i += n
	}
	return a
}

// from returns the text from word i to the end of the line, and where it is.
func (a args) from(i int) (string, int) {
	text := a.l.Text()[a.l.Lead():]
	if i >= len(a.words) {
		return "", len(text)
	}
	at := a.words[i].at
	return strings.TrimRight(text[at:], " \t"), at
}

// fault is an error about word i, which may be the one that is missing.
func (a args) fault(i int, format string, more ...any) error {
	e := &codec.TextError{End: 1 + len(a.l.Directive), Message: fmt.Sprintf(format, more...), Hint: "write " + a.form}
	if i < len(a.words) {
		e.Start, e.End = a.words[i].at, a.words[i].at+len(a.words[i].text)
	}
	return a.l.Fault(e)
}

// count refuses other numbers of words than from low to high.
func (a args) count(low, high int) error {
	switch n := len(a.words); {
	case n < low:
		return a.fault(n, "@%s needs more", a.l.Directive)
	case n > high:
		return a.fault(high, "%q is too much for @%s", a.words[high].text, a.l.Directive)
	}
	return nil
}

// duration reads word i.
func (a args) duration(i int) (time.Duration, error) {
	text := a.words[i].text
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		e := a.fault(i, "%q is no duration", text).(*humanframe.Error)
		e.HintText = "such as 1.5s, 20ms or 2m"
		return 0, e
	}
	return d, nil
}

// settings reads the words from i on as NAME=VALUE.
func (a args) settings(i int) ([]Setting, error) {
	var list []Setting
	for ; i < len(a.words); i++ {
		name, value, ok := strings.Cut(a.words[i].text, "=")
		if !ok || name == "" {
			return nil, a.fault(i, "%q is no setting", a.words[i].text)
		}
		list = append(list, Setting{name, value})
	}
	return list, nil
}

// conn reads the first word when it is a connection, #N.
func (a *args) conn() (int, error) {
	if len(a.words) == 0 || !strings.HasPrefix(a.words[0].text, "#") {
		return 0, nil
	}
	n, err := strconv.Atoi(a.words[0].text[1:])
	if err != nil || n < 1 {
		return 0, a.fault(0, "%q is no connection", a.words[0].text)
	}
	a.words = a.words[1:]
	return n, nil
}

// maxCount is how often steps can be done again.
const maxCount = 1_000_000

// times reads word 0, how often.
func (a args) times() (int, error) {
	n, err := strconv.Atoi(a.words[0].text)
	if err != nil || n < 1 || n > maxCount {
		return 0, a.fault(0, "%q is no number from 1 to %d", a.words[0].text, maxCount)
	}
	return n, nil
}
