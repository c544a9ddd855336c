package emqp

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Parser makes frames of texts: those of commands, and those of package
// zmtp.
type Parser struct {
	lower  zmtp.Parser
	z      zmtp.Frame
	f      Frame
	buf    []byte
	spans  [][2]int // of the parts in buf; {-1, -1} for one that is missing
	bodies [][]byte
}

// Parse implements [codec.Parser]. The frame is a [*Frame].
func (p *Parser) Parse(_ codec.Direction, t codec.Text) (codec.Frame, error) {
	word, _, _ := bytes.Cut(t.Body, []byte(" "))
	cmd := byName()[string(word)]
	if cmd == nil {
		return p.lowerForm(t, string(word))
	}
	if len(t.Deviations) > 0 {
		d := t.Deviations[0]
		return nil, &codec.TextError{Start: d.Pos, End: d.Pos + 1 + len(d.Name), Field: "!" + d.Name, Message: "a command in its parts has no deviations", Hint: `write message "" "` + Version + `" "` + cmd.name + `" …, with deviations before its frames`}
	}
	if err := p.command(cmd, &zmtp.Scanner{Text: t.Body, Pos: len(word), Fresh: p.lower.Fresh}); err != nil {
		return nil, err
	}
	return p.made(&p.z), nil
}

// lowerForm reads a text of package zmtp.
func (p *Parser) lowerForm(t codec.Text, word string) (codec.Frame, error) {
	z, err := p.lower.Frame(t)
	if err != nil {
		e, ok := err.(*codec.TextError)
		if n := lex.Nearest(word, names()); ok && e.Start == 0 && n != "" && n != word {
			e.Message, e.Allowed, e.Hint = fmt.Sprintf("no command %q", word), names(), "did you mean "+n+"?"
		}
		return nil, err
	}
	return p.made(z), nil
}

func (p *Parser) made(z *zmtp.Frame) *Frame {
	p.f = Frame{z: z}
	p.f.read()
	return &p.f
}

// command reads the parts of a command into p.z.
func (p *Parser) command(cmd *command, s *zmtp.Scanner) error {
	p.buf = p.buf[:0]
	var id [2]int
	parts := allParts(cmd)
	p.spans = p.spans[:0]
	for range parts {
		p.spans = append(p.spans, [2]int{-1, -1})
	}
	haveID := false
	for s.Skip() {
		name, at := s.Name()
		if name == nil {
			break // JSON, to the end of the line
		}
		i := find(parts, name)
		isID := string(name) == "id"
		if !isID && (i < 0 || isRest(parts[i])) {
			return lex.UnknownName("part of "+cmd.name, string(name), at, at+len(name), partNames(parts))
		}
		if isID && haveID || !isID && p.spans[i][0] >= 0 {
			return &codec.TextError{Start: at, End: s.Pos, Field: string(name), Message: "it stands here twice"}
		}
		span, err := p.value(s, !isID && parts[i].kind == headersPart)
		if err != nil {
			return err
		}
		if isID {
			id, haveID = span, true
		} else {
			p.spans[i] = span
		}
	}
	if !haveID {
		return &codec.TextError{Start: s.Pos, End: s.Pos, Field: "id", Message: cmd.name + " needs id=…", Hint: cmd.example}
	}
	if err := p.rest(s, cmd, parts); err != nil {
		return err
	}
	shape, err := p.shape(cmd, parts, s.Pos)
	if err != nil {
		return err
	}
	p.build(cmd, shape, parts, id)
	return nil
}

// value reads the value of a part into p.buf.
func (p *Parser) value(s *zmtp.Scanner, headers bool) (span [2]int, err error) {
	span[0] = len(p.buf)
	if headers && s.Peek('[') {
		at := s.Pos
		w, _ := s.Word()
		if w[len(w)-1] != ']' || len(w) > 2 && !zmtp.IsBare(w[1:len(w)-1]) {
			return span, &codec.TextError{Start: at, End: s.Pos, Field: "headers", Message: fmt.Sprintf("%q is no [a,b]", w), Hint: `write headers="…" for blanks and the like`}
		}
		p.buf = append(p.buf, w[1:len(w)-1]...)
	} else if p.buf, err = s.Value(p.buf); err != nil {
		return span, err
	}
	span[1] = len(p.buf)
	return span, nil
}

// rest reads the JSON at the end of the line, if there is any.
func (p *Parser) rest(s *zmtp.Scanner, cmd *command, parts []part) error {
	if !s.Skip() {
		return nil
	}
	text := bytes.TrimRight(s.Text[s.Pos:], " ")
	for i, part := range parts {
		if !isRest(part) {
			continue
		}
		if err := jsonv.CheckWhole(text, pythonJSON); err != nil {
			at := s.Pos
			if e, ok := err.(*codec.SyntaxError); ok {
				at += int(e.Offset)
				err = e.Err
			}
			return &codec.TextError{Start: at, End: min(at+1, len(s.Text)), Field: part.name, Message: "no JSON: " + err.Error(), Hint: `for other bytes write message "" "` + Version + `" …`}
		}
		p.spans[i] = [2]int{len(p.buf), len(p.buf) + len(text)}
		p.buf = append(p.buf, text...)
		return nil
	}
	return &codec.TextError{Start: s.Pos, End: len(s.Text), Field: cmd.name, Message: "no more is expected here; parts are name=value", Allowed: partNames(parts)}
}

// shape returns the layout that has the parts which were given.
func (p *Parser) shape(cmd *command, parts []part, at int) (*shape, error) {
	total := 0
	for _, sp := range p.spans {
		if sp[0] >= 0 {
			total++
		}
	}
	var missing string
	for i := range cmd.shapes {
		s := &cmd.shapes[i]
		missing = ""
		given := 0
		for _, part := range s.parts {
			have := p.spans[find(parts, []byte(part.name))][0] >= 0
			if have {
				given++
			} else if !part.opt && part.kind != queuesPart {
				missing = part.name
			}
		}
		if missing == "" && given == total {
			return s, nil
		}
	}
	return nil, &codec.TextError{Start: at, End: at, Field: missing, Message: cmd.name + " needs it", Hint: cmd.example}
}

// build puts the message together.
func (p *Parser) build(cmd *command, s *shape, parts []part, id [2]int) {
	at := len(p.buf)
	p.buf = append(append(p.buf, Version...), cmd.name...)
	version, name := p.buf[at:at+len(Version)], p.buf[at+len(Version):]
	p.bodies = append(p.bodies[:0], nil, version, name, p.buf[id[0]:id[1]])
	for _, part := range s.parts {
		var b []byte
		if sp := p.spans[find(parts, []byte(part.name))]; sp[0] >= 0 {
			b = p.buf[sp[0]:sp[1]]
		}
		p.bodies = append(p.bodies, b)
	}
	p.z.SetMessage(p.bodies...)
}

// allParts lists the parts of all shapes of a command. The shape with the
// most has them all.
func allParts(cmd *command) []part {
	var most []part
	for _, s := range cmd.shapes {
		if len(s.parts) > len(most) {
			most = s.parts
		}
	}
	return most
}

func find(parts []part, name []byte) int {
	for i, p := range parts {
		if p.name == string(name) {
			return i
		}
	}
	return -1
}

func isRest(p part) bool { return p.kind == jsonPart || p.kind == queuesPart }

func partNames(parts []part) []string {
	list := []string{"id"}
	for _, p := range parts {
		if !isRest(p) {
			list = append(list, p.name)
		}
	}
	return list
}
