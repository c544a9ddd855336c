package synapse

import (
	"bytes"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A parser reads texts: lines.
//
// It takes any text, also of lines that no version takes, so that what was
// decoded always encodes back; only a LF cannot be in a line, and a text with
// a masked secret is no line at all. The deviation !check=DIALECT, or
// !check=on for the dialect that was asked for, makes it refuse what that
// version refuses or its programs would not write. With
// !redis=VERB/CHANNEL the line is put into what carries it over Redis.
type parser struct {
	c     *Conversation
	frame Frame
	unit  []byte
	seen  tracker // for readUsual
}

// A wish is what the deviations of a text ask for.
type wish struct {
	check         set // none: take any line
	verb, channel string
}

// Parse implements [codec.Parser].
func (p *parser) Parse(dir codec.Direction, t codec.Text) (codec.Frame, error) {
	if len(t.Deviations) == 0 && p.readUsual(t.Body, dir) {
		return &p.frame, nil
	}
	if at := bytes.IndexByte(t.Body, '\n'); at >= 0 {
		return nil, &codec.TextError{Start: at, End: at + 1, Field: "line", Message: "a line feed inside a line", Hint: "write one line a frame; JSON has \\n for it"}
	}
	w, err := p.wishes(t)
	if err != nil {
		return nil, err
	}
	f := &p.frame
	if fault := p.read(p.c, t.Body, w, dir); fault == nil { // one with a fault is a frame too
		p.seen.know(f)
	}
	if s := f.secret(); s.end > 0 && isMasked(f.body(), s) {
		return nil, &codec.TextError{Start: s.start, End: s.end, Field: "access token", Message: "the secret is masked here", Hint: "decode with --show-secrets to get texts that encode"}
	}
	if w.check != none {
		if err := p.judge(t.Body, w, dir); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// readUsual makes p.frame the frame of a usual row, or says no.
func (p *parser) readUsual(body []byte, dir codec.Direction) bool {
	if len(body) < len(rowName) || string(body[:len(rowName)]) != rowName {
		return false
	}
	p.unit = append(append(p.unit[:0], body...), '\n')
	return p.c.readUsual(&p.frame, p.unit, &p.seen, dir) != nil && len(p.frame.unit) == len(p.unit)
}

// read makes p.frame the frame of a line, for c.
func (p *parser) read(c *Conversation, body []byte, w wish, dir codec.Direction) *codec.SyntaxError {
	if w.verb == "" {
		p.unit = append(append(p.unit[:0], body...), '\n')
		return c.read(&p.frame, p.unit, dir)
	}
	p.unit = appendRedis(p.unit[:0], []byte(w.verb), []byte(w.channel), body)
	r := redisValue{src: p.unit, limit: len(p.unit) + 1}
	r.walk(0, 0)
	return c.readRedis(&p.frame, p.unit, &r, dir)
}

// wishes reads the deviations.
func (p *parser) wishes(t codec.Text) (w wish, err error) {
	for _, d := range t.Deviations {
		fail := func(message string, allowed ...string) (wish, error) {
			return w, &codec.TextError{Start: d.Pos, End: min(d.Pos+1+len(d.Name), 0), Field: d.Name, Message: message, Allowed: allowed}
		}
		switch d.Name {
		case "check":
			if w.check, _ = lookup(d.Value); d.Value == "on" {
				w.check = p.c.as()
			}
			if w.check == none {
				return fail("no dialect "+quote([]byte(d.Value)), dialectNames()...)
			}
		case "redis":
			w.verb, w.channel, _ = strings.Cut(d.Value, "/")
			if !strings.EqualFold(w.verb, "publish") && w.verb != "message" || w.channel == "" {
				return fail("a verb and a channel expected, not "+quote([]byte(d.Value)), "PUBLISH/CHANNEL", "message/CHANNEL")
			}
		default:
			return fail("synapse lines have no such deviation", "check", "redis")
		}
	}
	return w, nil
}

func dialectNames() []string {
	var names []string
	for i := range releases {
		names = append(names, releases[i].name)
	}
	return names
}

// judge refuses a line that one dialect refuses, or that its programs would
// not write.
func (p *parser) judge(body []byte, w wish, dir codec.Direction) error {
	const hint = "without !check any line encodes"
	c := &Conversation{fixed: w.check, limit: p.c.limit, nesting: p.c.nesting}
	if fault := p.read(c, body, w, dir); fault != nil {
		at := min(max(0, int(fault.Offset)-p.frame.head), len(body))
		return &codec.TextError{Start: at, End: len(body), Field: fault.Path, Message: fault.Err.Error(), Hint: hint}
	}
	if odd := p.frame.appendFindings(nil); len(odd) > 0 {
		x := odd[0]
		return &codec.TextError{Start: int(x.Span.Start), End: int(x.Span.End), Field: x.Code, Message: x.Message, Hint: hint}
	}
	return nil
}
