package synapse

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Codes of faults beside those of package codec.
const (
	codeEncoding = "encoding" // the line is not UTF-8
	codeCommand  = "command"  // no such command, or not in this version
)

func utf8Fault(body []byte, at int) *codec.SyntaxError {
	return codec.Faultf(codeEncoding, at, "", "UTF-8 expected, not the byte %02x: the program drops the connection", body[at])
}

func blankFault(force set) *codec.SyntaxError {
	return codec.Faultf(codec.CodeSyntax, 0, "", "a command expected, not a blank line: a connection of %s ends here", force)
}

// unknownFault is the fault of a line whose first word is no command.
func unknownFault(f *Frame) *codec.SyntaxError {
	body := f.body()
	what := "a command expected, not " + quote(body[:f.name])
	if peer := otherProtocol(body); peer != "" {
		what += ": this looks like " + peer
	} else if near := lex.Nearest(strings.ToUpper(string(body[:min(f.name, 40)])), commandNames()); near != "" {
		what += "; " + near + " is one"
	}
	return codec.Faultf(codeCommand, 0, "", "%s", what)
}

// otherProtocol names the protocol that a line is of, when it is a well-known
// other one: workers were pointed at the wrong port more than once.
func otherProtocol(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("HTTP/1.")), bytes.Contains(b, []byte(" HTTP/1.")):
		return "HTTP"
	case len(b) > 2 && b[0] == 0x16 && b[1] == 3:
		return "TLS"
	case len(b) > 1 && (b[0] == '*' || b[0] == '$') && b[1]-'0' <= 9:
		return "the Redis protocol"
	}
	return ""
}

// troubleFault makes the error of a line that fits no layout in force; in is
// the set of the dialects that would take it.
func troubleFault(f *Frame, t trouble, force, in set) *codec.SyntaxError {
	c := &commands[f.cmd]
	if c.in()&force == none {
		return codec.Faultf(codeCommand, 0, "", "%s has no command %s; it is one of %s", force, c.name, c.in())
	}
	e := describe(f, t)
	if in&^force != none {
		e.Err = fmt.Errorf("%w; %s would take it", e.Err, in&^force)
	}
	return e
}

// describe says what t is.
func describe(f *Frame, t trouble) *codec.SyntaxError {
	name := commands[f.cmd].name
	path := ""
	if t.of != nil && len(t.of.parts) > 0 {
		path = t.of.parts[min(t.part, len(t.of.parts)-1)].name
	}
	body := f.body()
	switch t.what {
	case noSpace:
		return codec.Faultf(codec.CodeSyntax, t.at, "", "a space expected after %s: without it %s closes the connection", name, t.of.in)
	case tooFew:
		return codec.Faultf(codec.CodeSyntax, t.at, path, "%s has %d of the %d fields %s", name, t.got, len(t.of.parts), partNames(t.of))
	case tooMany:
		return codec.Faultf(codec.CodeSyntax, t.at, path, "%s has more than the %d fields %s", name, len(t.of.parts), partNames(t.of))
	case noState:
		return codec.Faultf(codec.CodeSyntax, t.at, path, `"start" or "end" expected, not %s`, quote(body[t.at:t.end]))
	case noNumber:
		return codec.Faultf(codec.CodeSyntax, t.at, path, "%s expected, not %s", wanted(t.of.parts[t.part].kind), quote(f.numberAt(t)))
	case wrongCount:
		if t.got < 0 {
			return codec.Faultf(codec.CodeSyntax, t.at, path, "a list of %s expected", strings.Join(t.of.list, ", "))
		}
		return codec.Faultf(codec.CodeSyntax, t.at, path, "%d values expected (%s), not %d", len(t.of.list), strings.Join(t.of.list, ", "), t.got)
	case badJSON:
		if t.json != nil {
			return &codec.SyntaxError{Code: t.json.Code, Offset: t.json.Offset + int64(t.at), Path: path + t.json.Path, Err: t.json.Err}
		}
	}
	return codec.Faultf(codec.CodeSyntax, f.rest, path, "%s with a payload that no version takes", name)
}

// numberAt returns the field that holds the offset of t.
func (f *Frame) numberAt(t trouble) []byte {
	body := f.body()
	start := f.rest
	for i := 0; i < t.part; i++ {
		start += bytes.IndexByte(body[start:], ' ') + 1
	}
	return body[start:t.end]
}

// wanted says what a number's field may hold.
func wanted(k kind) string {
	switch k {
	case rowToken:
		return `an integer or "batch"`
	case fromNow:
		return `an integer or "NOW"`
	}
	return "an integer"
}

func partNames(l *layout) string {
	names := make([]string, len(l.parts))
	for i, p := range l.parts {
		names[i] = p.name
	}
	return strings.Join(names, ", ")
}

// quote quotes bytes of a line for a message, cut to a readable length.
func quote(b []byte) string {
	const most = 60
	if len(b) > most {
		return string(lex.AppendQuoted(nil, b[:most])) + "…"
	}
	return string(lex.AppendQuoted(nil, b))
}
