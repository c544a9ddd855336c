package tap

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Names of actions and limits, for messages.
var (
	actionNames  = []string{"close", "delay", "drop", "duplicate", "replace", "set", "split"}
	limiterNames = []string{"after", "chance", "every", "nth"}
)

// splitWait is the time between two pieces unless a rule says another.
const splitWait = 10 * time.Millisecond

// A ruleParser reads what stands behind the arrow of a rule.
type ruleParser struct {
	text string
	at   int
}

func (p *ruleParser) rule(one *rule) error {
	start, name := p.word()
	if name == "" {
		return p.fault(start, "an action is missing", actionNames)
	}
	one.action.name = name
	var err error
	switch name {
	case "close", "drop", "duplicate":
	case "delay":
		one.action.wait, err = p.duration()
	case "split":
		err = p.split(&one.action)
	case "set":
		err = p.set(&one.action)
	case "replace":
		err = p.replace(&one.action)
	default:
		return lex.UnknownName("action", name, start, p.at, actionNames)
	}
	for err == nil {
		start, word := p.word()
		if word == "" {
			return nil
		}
		var l limiter
		l, err = p.limiter(start, word)
		one.limits = append(one.limits, l)
	}
	return err
}

// skip goes to the next word.
func (p *ruleParser) skip() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// word reads up to the next blank.
func (p *ruleParser) word() (start int, word string) {
	p.skip()
	start = p.at
	for p.at < len(p.text) && p.text[p.at] != ' ' && p.text[p.at] != '\t' {
		p.at++
	}
	return start, p.text[start:p.at]
}

// fault is an error about what was read from start on.
func (p *ruleParser) fault(start int, message string, allowed []string) error {
	return &codec.TextError{Start: start, End: p.at, Message: message, Allowed: allowed}
}

func (p *ruleParser) duration() (time.Duration, error) {
	start, word := p.word()
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		return 0, p.fault(start, fmt.Sprintf("%q is no time, such as 2s or 150ms", word), nil)
	}
	return d, nil
}

// split reads BYTE [TIME].
func (p *ruleParser) split(a *action) error {
	start, word := p.word()
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 {
		return p.fault(start, fmt.Sprintf("%q is no number of bytes for the first piece", word), nil)
	}
	a.at, a.wait = n, splitWait
	before := p.at
	if _, word := p.word(); word != "" && !strings.Contains(word, "=") {
		p.at = before
		a.wait, err = p.duration()
		return err
	}
	p.at = before
	return nil
}

// set reads FIELD=VALUE. Names of fields may have blanks.
func (p *ruleParser) set(a *action) error {
	p.skip()
	start := p.at
	name, _, ok := strings.Cut(p.text[start:], "=")
	if a.field = strings.TrimSpace(name); !ok || a.field == "" {
		p.at = len(p.text)
		return p.fault(start, "set takes FIELD=VALUE", nil)
	}
	p.at = start + len(name) + 1
	p.skip()
	if start = p.at; strings.HasPrefix(p.text[start:], `"`) {
		b, n, err := lex.Quoted(nil, []byte(p.text[start:]))
		if err != nil {
			return lex.Shift(err, start)
		}
		a.value, p.at = b, start+n
		return nil
	}
	start, word := p.word()
	if digits, ok := strings.CutPrefix(word, "0x"); ok {
		b, err := lex.Hex(nil, []byte(digits))
		if err != nil || len(b) == 0 {
			return p.fault(start, fmt.Sprintf("%q is no pairs of hexadecimal digits", word), nil)
		}
		a.value = b
		return nil
	}
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return p.fault(start, fmt.Sprintf("%q is no value: a number, a quoted text, or 0x and digits", word), nil)
	}
	a.number, a.isNumber = n, true
	return nil
}

// replace reads /RE/TEXT/, with any character that is no letter in the place
// of the slash. A backslash before that character makes it an ordinary one.
func (p *ruleParser) replace(a *action) error {
	p.skip()
	start := p.at
	mark, size := utf8.DecodeRuneInString(p.text[start:])
	if size == 0 || mark == '\\' || mark == '_' || mark >= '0' && mark <= '9' || mark|0x20 >= 'a' && mark|0x20 <= 'z' {
		p.at = len(p.text)
		return p.fault(start, "replace takes /REGEXP/TEXT/", nil)
	}
	p.at += size
	var parts [2]string
	for i := range parts {
		var b strings.Builder
		for {
			r, n := utf8.DecodeRuneInString(p.text[p.at:])
			if n == 0 {
				return p.fault(start, fmt.Sprintf("the last %q is missing: replace takes /REGEXP/TEXT/", string(mark)), nil)
			}
			p.at += n
			if r == mark {
				break
			}
			if next, m := utf8.DecodeRuneInString(p.text[p.at:]); r == '\\' && m > 0 {
				if next != mark {
					b.WriteRune(r)
				}
				r = next
				p.at += m
			}
			b.WriteRune(r)
		}
		parts[i] = b.String()
	}
	re, err := regexp.Compile(parts[0])
	if err != nil {
		return p.fault(start, strings.TrimPrefix(err.Error(), "error parsing regexp: "), nil)
	}
	a.re, a.text = re, parts[1]
	return nil
}

// limiter reads NAME=VALUE.
func (p *ruleParser) limiter(start int, word string) (l limiter, err error) {
	name, value, ok := strings.Cut(word, "=")
	if !ok {
		return l, p.fault(start, fmt.Sprintf("%q is no NAME=VALUE", word), limiterNames)
	}
	l.name = name
	switch name {
	case "chance":
		l.chance, err = strconv.ParseFloat(value, 64)
		if err != nil || !(l.chance >= 0 && l.chance <= 1) {
			return l, p.fault(start, fmt.Sprintf("chance=%s is not between 0 and 1", value), nil)
		}
	case "nth", "every", "after":
		l.n, err = strconv.Atoi(value)
		if err != nil || l.n < 0 || l.n == 0 && name != "after" {
			return l, p.fault(start, fmt.Sprintf("%s=%s is no count", name, value), nil)
		}
	default:
		return l, lex.UnknownName("limit", name, start, start+len(name), limiterNames)
	}
	return l, nil
}
