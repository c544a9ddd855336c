package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// failure reads what an error reply says.
func (p *parser) failure(d *dialect) (value.ID, error) {
	t := &p.tree
	p.r.Skip()
	start := p.r.Pos()
	class := p.r.Dotted()
	if !isClass(class) {
		p.r.Seek(start)
		return p.r.Value()
	}
	classEnd := p.r.Pos()
	if c := p.r.Peek(); c != '(' && c != '{' {
		return 0, p.fault(p.r.Pos(), "an error's arguments in brackets, or its state in braces, should follow %s", class)
	}
	braces := p.r.Peek() == '{'
	var payload value.ID
	var err error
	if braces {
		payload, err = p.r.Value()
	} else {
		payload, err = p.list()
	}
	if err != nil {
		return 0, err
	}
	args := t.Add(value.Tuple, start, p.r.Pos())
	if d.tags() {
		t.Append(args, t.AddRange(value.Text, start, classEnd, start, classEnd))
		t.Append(args, payload)
		return args, nil
	}
	global := func() value.ID {
		i := len(class) - 1
		for class[i] != '.' {
			i--
		}
		return t.AddGlobal(class[:i], class[i+1:], start, classEnd)
	}
	t.Append(args, global())
	call := t.Add(value.Call, start, p.r.Pos())
	if braces {
		t.Append(call, t.AddGlobal([]byte("ZODB.POSException"), []byte("_recon"), start, classEnd))
		inner := t.Add(value.Tuple, start, p.r.Pos())
		t.Append(inner, global())
		t.Append(inner, payload)
		payload = inner
	} else {
		t.Append(call, global())
	}
	t.Append(call, payload)
	t.Append(args, call)
	return args, nil
}

// list reads values in brackets as a tuple, with or without a last comma.
func (p *parser) list() (value.ID, error) {
	t := &p.tree
	start := p.r.Pos()
	if !p.r.Take('(') {
		return 0, p.fault(p.r.Pos(), `"(" was expected here`)
	}
	id := t.Add(value.Tuple, start, start)
	for !p.r.Take(')') {
		kid, err := p.r.Value()
		if err != nil {
			return 0, err
		}
		t.Append(id, kid)
		if !p.r.Take(',') && p.r.Peek() != ')' {
			return 0, p.fault(p.r.Pos(), `a comma or ")" was expected here`)
		}
	}
	t.Node(id).End = uint32(p.r.Pos())
	return id, nil
}

// Failure takes an error reply apart: the name of the exception's class, and
// its arguments, a tuple, or its attributes, a dict. It says false for other
// frames, and for an error that is in no form of the dialect's servers.
func (f *Frame) Failure() (class string, payload value.ID, ok bool) {
	if f.ready().kind != KindError {
		return "", 0, false
	}
	name, payload, ok := f.errorParts()
	return string(name), payload, ok
}
