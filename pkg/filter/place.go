package filter

import (
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A place names a value: one of an Env, or with steps one within fields.
type place struct {
	name  string
	steps []step
	found bool     // the place is fields itself, or within
	names []string // the keys of the steps, if they have nothing but keys
}

// A step goes from a value to one within.
type step struct {
	key   string
	index int // of a list, when key is "" and list is set
	list  bool
	may   bool // what has nothing within is nil, as after ?.
}

// placeOf returns the place that a tree names, if it is one and nothing else.
func placeOf(n ast.Node) (p place, ok bool) {
	if p, ok = stepsOf(n); !ok {
		return place{}, false
	}
	for _, s := range p.steps {
		if s.list {
			p.names = nil
			break
		}
		p.names = append(p.names, s.key)
	}
	return p, true
}

func stepsOf(n ast.Node) (p place, ok bool) {
	switch n := n.(type) {
	case *ast.ChainNode:
		return stepsOf(n.Node)
	case *ast.IdentifierNode:
		switch {
		case n.Value == "fields":
			return place{name: "fields", found: true}, true
		case n.Value == "vars" || n.Value == "$env":
			return place{}, false
		case names()[n.Value]:
			return place{name: n.Value}, true
		}
		return place{name: "fields", steps: []step{{key: n.Value}}, found: true}, true
	case *ast.MemberNode:
		p, ok := stepsOf(n.Node)
		if _, ended := n.Node.(*ast.ChainNode); !ok || !p.found || n.Method || ended {
			return place{}, false
		}
		s := step{may: n.Optional}
		switch of := n.Property.(type) {
		case *ast.StringNode:
			s.key = of.Value
		case *ast.IntegerNode:
			s.index, s.list = of.Value, true
		default:
			return place{}, false
		}
		if s.list && s.index < 0 {
			return place{}, false
		}
		p.steps = append(p.steps, s)
		return p, true
	}
	return place{}, false
}

// A cell is a value of a record, as far as conditions look at it.
type cell struct {
	kind  cellKind
	n     int     // an integer, a truth value as 0 or 1, or the length of a list
	f     float64 // a number with a fraction
	bytes []byte  // a text, or a list or object in JSON; good until the next one
}

type cellKind byte

const (
	absent   cellKind = iota // it cannot be told: within something that has nothing within
	unsaid                   // this is no matter for a quick
	null                     // nil
	isTrue                   // a truth value
	isInt                    // …
	isFloat                  // …
	isText                   // …
	isList                   // …
	isObject                 // …
)

// joinedCell returns the value of a name that others tell of a record.
func joinedCell(name string, j *codec.Joined) cell {
	number := func(n int, known bool) cell {
		if !known {
			return cell{kind: null}
		}
		return cell{kind: isInt, n: n}
	}
	switch name {
	case "reply_to":
		return number(j.To.Seq, j.Answers)
	case "reply_to_conn":
		return number(j.To.Conn, j.Answers)
	case "replied_by":
		return number(j.By.Seq, j.Answered)
	case "replied_by_conn":
		return number(j.By.Conn, j.Answered)
	case "outstanding":
		return number(j.Outstanding, j.Outstanding >= 0)
	}
	if d := elapsedOf(j); d >= 0 {
		return cell{kind: isFloat, f: d.Seconds()}
	}
	return cell{kind: null}
}

// elapsedOf returns the time between a record and the one that it answers, or
// that answered it; below 0 when it is not known.
func elapsedOf(j *codec.Joined) time.Duration {
	switch {
	case j.Answers:
		return j.To.Elapsed
	case j.Answered:
		return j.By.Elapsed
	}
	return -1
}

// cell returns the value at a place, of what the record alone tells.
func (s *source) cell(p *place) cell {
	if p.found {
		if len(p.names) > 0 {
			if c, ok := s.picked(p.names); ok {
				return c
			}
		}
		return s.within(p.steps)
	}
	r := s.rec
	switch p.name {
	case "proto":
		return s.text(r.Proto)
	case "dialect":
		return s.text(r.Dialect)
	case "conn":
		return cell{kind: isInt, n: r.Conn}
	case "dir":
		return s.text(r.Dir.String())
	case "seq":
		return cell{kind: isInt, n: r.Seq}
	case "exchange":
		return cell{kind: isInt, n: r.Exchange}
	case "offset":
		return cell{kind: isInt, n: int(r.Span.Start)}
	case "length":
		return cell{kind: isInt, n: int(r.Span.Len())}
	case "gap":
		if r.IsGap() {
			return cell{kind: isInt, n: int(r.Span.Len())}
		}
		return cell{kind: isInt}
	case "type":
		if r.Frame != nil {
			return s.text(r.Frame.Type())
		}
		return s.text("")
	case "error":
		if r.Err != nil {
			return s.text(r.Err.Code)
		}
		return s.text("")
	case "time":
		s.scratch = s.scratch[:0]
		if !r.Time.IsZero() {
			s.scratch = r.Time.UTC().AppendFormat(s.scratch, timeForm)
		}
		return cell{kind: isText, bytes: s.scratch}
	case "wire":
		s.makeWire()
		return cell{kind: isText, bytes: s.notation}
	case "findings":
		s.makeFindings()
		return cell{kind: isList, n: len(s.codes)}
	}
	return cell{kind: unsaid}
}

func (s *source) text(t string) cell {
	s.scratch = append(s.scratch[:0], t...)
	return cell{kind: isText, bytes: s.scratch}
}

// picked returns what the frame tells of a value without making JSON. It says
// false when it does not. Of a list it is the length alone.
func (s *source) picked(names []string) (cell, bool) {
	if len(names) > 2 || !s.framed() {
		return cell{}, false
	}
	f, ok := s.rec.Frame.(codec.Picker)
	if !ok {
		return cell{}, false
	}
	v, ok := f.Pick(names)
	return cell{kind: pickedKinds[v.Kind], n: v.N, bytes: v.Text}, ok
}

var pickedKinds = [...]cellKind{
	codec.PickedNull: null, codec.PickedBool: isTrue, codec.PickedInt: isInt, codec.PickedText: isText,
	codec.PickedList: isList, codec.PickedObject: isObject,
}

// within returns the value that steps lead to in the fields.
func (s *source) within(steps []step) cell {
	s.makeJSON()
	p := pick{src: s.json}
	for i := range steps {
		st := &steps[i]
		switch c := p.next(); {
		case c == '{' && !st.list:
			if !p.enter(st.key, i == 0) { // codecs have each member once
				p = pick{src: nothing}
			}
		case c == '[' && st.list:
			if !p.element(st.index) {
				return cell{kind: absent}
			}
		case c == 'n' && st.may:
			return cell{kind: null}
		case c == '"' && st.list:
			return cell{kind: unsaid} // an octet of a text
		default:
			return cell{kind: absent}
		}
	}
	return s.value(&p)
}

// nothing is what an object has under a name that it does not have.
var nothing = []byte("null")

// value reads the value at p.
func (s *source) value(p *pick) cell {
	switch p.next() {
	case '"':
		inside, plain := p.quoted()
		if !plain {
			s.scratch = appendUnescaped(s.scratch[:0], inside)
			inside = s.scratch
		}
		return cell{kind: isText, bytes: inside}
	case '{':
		return cell{kind: isObject, bytes: p.src[p.at:]}
	case '[':
		return cell{kind: isList, n: -1, bytes: p.src[p.at:]}
	}
	word := p.word()
	if n, ok := small(word); ok {
		return cell{kind: isInt, n: n}
	}
	switch v := scalar(word).(type) {
	case bool:
		c := cell{kind: isTrue}
		if v {
			c.n = 1
		}
		return c
	case int:
		return cell{kind: isInt, n: v}
	case float64:
		return cell{kind: isFloat, f: v}
	case string:
		return cell{kind: isText, bytes: []byte(v)}
	}
	return cell{kind: null}
}

// small reads an integer of a few digits, as most are.
func small(word []byte) (n int, ok bool) {
	if len(word) == 0 || len(word) > 15 {
		return 0, false
	}
	for _, c := range word {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// length returns how long a value is: its members, elements or characters. It
// says false when that cannot be told, or is no matter for a quick.
func (c *cell) length() (n int, ok bool) {
	switch c.kind {
	case isText:
		return utf8.RuneCount(c.bytes), true
	case isList:
		if c.n >= 0 {
			return c.n, true
		}
		p := pick{src: c.bytes}
		return p.count(), true
	}
	return 0, false
}
