package zeo

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// call reads name(arguments): by position, by the names of the catalogue, or
// *value for arguments that are no tuple.
func (p *parser) call() ([]byte, value.ID, error) {
	p.r.Skip()
	start := p.r.Pos()
	name := p.r.Word()
	if len(name) == 0 {
		return nil, 0, &codec.TextError{Start: start, End: start, Field: "method", Message: "is missing", Hint: "such as call 7 ping()"}
	}
	if p.r.Peek() != '(' {
		return nil, 0, p.fault(p.r.Pos(), "the arguments of %s should follow in brackets", name)
	}
	p.r.Take('(')
	if p.r.Take('*') {
		id, err := p.r.Value()
		if err == nil && !p.r.Take(')') {
			err = p.fault(p.r.Pos(), `")" was expected here`)
		}
		return name, id, err
	}
	args, err := p.arguments(name)
	return name, args, err
}

// arguments reads the arguments up to the closing bracket.
func (p *parser) arguments(name []byte) (value.ID, error) {
	t := &p.tree
	begin := p.r.Pos()
	args := t.Add(value.Tuple, begin, begin)
	var named []value.ID // by the position of their params
	for !p.r.Take(')') {
		at := p.r.Pos()
		keyword := p.keyword()
		kid, err := p.r.Value()
		if err != nil {
			return 0, err
		}
		switch {
		case keyword != nil:
			if named, err = p.place(named, string(name), string(keyword), at, kid, t.Count(args)); err != nil {
				return 0, err
			}
		case named != nil:
			return 0, p.fault(at, "an argument without a name follows one with a name")
		default:
			t.Append(args, kid)
		}
		if !p.r.Take(',') && p.r.Peek() != ')' {
			return 0, p.fault(p.r.Pos(), `a comma or ")" was expected here`)
		}
	}
	for i := t.Count(args); i < len(named); i++ {
		if named[i] == 0 {
			return 0, p.fault(p.r.Pos()-1, "argument %s of %s is missing", methodOf(name).params[i].name, name)
		}
		t.Append(args, named[i])
	}
	t.Node(args).End = uint32(p.r.Pos())
	return args, nil
}

// keyword passes over name= and returns the name.
func (p *parser) keyword() []byte {
	p.r.Skip()
	at := p.r.Pos()
	word := p.r.Word()
	if len(word) > 0 && p.r.Take('=') {
		return word
	}
	p.r.Seek(at)
	return nil
}

// place puts an argument with a name where it belongs.
func (p *parser) place(named []value.ID, method, keyword string, at int, arg value.ID, have int) ([]value.ID, error) {
	m := methodOf(method)
	if m == nil || len(m.params) == 0 {
		return nil, &codec.TextError{Start: at, End: at + len(keyword), Field: method, Message: "the names of its arguments are not known", Hint: "give the arguments by position"}
	}
	names := make([]string, len(m.params))
	for i := range m.params {
		names[i] = m.params[i].name
		if names[i] != keyword {
			continue
		}
		for len(named) <= i {
			named = append(named, 0)
		}
		if i < have || named[i] != 0 {
			return nil, &codec.TextError{Start: at, End: at + len(keyword), Field: method, Message: fmt.Sprintf("argument %s is given twice", keyword)}
		}
		named[i] = arg
		return named, nil
	}
	return nil, lex.UnknownName("argument of "+method, keyword, at, at+len(keyword), names)
}
