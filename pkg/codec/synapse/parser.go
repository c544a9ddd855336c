package synapse

import (
	"bytes"
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A parser reads texts: lines.
//
// It takes any text, also of lines that no version takes, so that what was
// decoded always encodes back; only a LF cannot be in a line, and a text with
// a masked secret is no line at all. The deviation !check=DIALECT, or
// !check=on for the dialect that was asked for, makes it refuse what that
// version refuses.
type parser struct {
	c     *Conversation
	frame Frame
	line  []byte
}

// Parse implements [codec.Parser].
func (p *parser) Parse(dir codec.Direction, t codec.Text) (codec.Frame, error) {
	if at := bytes.IndexByte(t.Body, '\n'); at >= 0 {
		return nil, &codec.TextError{Start: at, End: at + 1, Field: "line", Message: "a line feed inside a line", Hint: "write one line a frame; JSON has \\n for it"}
	}
	check, err := p.checked(t)
	if err != nil {
		return nil, err
	}
	p.line = append(append(p.line[:0], t.Body...), '\n')
	f := &p.frame
	p.c.read(f, p.line, dir)
	if s := f.secret(); s.end > 0 && isMasked(t.Body, s) {
		return nil, &codec.TextError{Start: s.start, End: s.end, Field: "access token", Message: "the secret is masked here", Hint: "decode with --show-secrets to get texts that encode"}
	}
	if check != none {
		fault, err := p.judge(f, dir, check)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			at := min(int(fault.Offset), len(t.Body))
			return nil, &codec.TextError{Start: at, End: len(t.Body), Field: fault.Path, Message: fault.Err.Error(), Hint: "without !check any line encodes"}
		}
	}
	return f, nil
}

// checked returns the dialect that !check names, none without it.
func (p *parser) checked(t codec.Text) (set, error) {
	check := none
	for _, d := range t.Deviations {
		if d.Name != "check" {
			return none, &codec.TextError{Start: d.Pos, End: min(d.Pos+len(d.Name)+1, 0), Field: "deviation", Message: "synapse lines have no deviation " + quote([]byte(d.Name)), Allowed: []string{"check"}}
		}
		if d.Value == "on" && p.c.as() != none {
			check = p.c.as()
			continue
		}
		s, err := lookup(d.Value)
		if unknown, ok := errors.AsType[*codec.UnknownNameError](err); ok || s == none {
			e := &codec.TextError{Start: d.Pos, End: 0, Field: "check", Message: "a dialect expected"}
			if ok {
				e.Message, e.Allowed = unknown.Error(), unknown.Allowed
			}
			return none, e
		}
		check = s
	}
	return check, nil
}

// judge reads the line as the one dialect does, and adds what its sender
// would not send.
func (p *parser) judge(f *Frame, dir codec.Direction, as set) (*codec.SyntaxError, error) {
	c := &Conversation{fixed: as, limit: p.c.limit, nesting: p.c.nesting}
	if fault := c.read(f, p.line, dir); fault != nil {
		return fault, nil
	}
	for _, finding := range f.AppendFindings(nil) {
		return nil, &codec.TextError{Start: int(finding.Span.Start), End: int(finding.Span.End), Field: finding.Code, Message: finding.Message, Hint: "without !check any line encodes"}
	}
	return nil, nil
}
