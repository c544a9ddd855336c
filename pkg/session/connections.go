package session

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

func (p *parser) connect(l *humanframe.Line, a args) error {
	n, err := a.conn()
	if err != nil {
		return err
	}
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	c := &Connect{Place: place(l), Conn: n, URL: a.words[0].text}
	schemes := []string{"tcp://", "tls://", "unix:", "exec:", "http://", "https://", "serve:"}
	if !strings.HasPrefix(c.URL, "$") && !slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(c.URL, s) }) {
		e := a.fault(0, "%q is no address", c.URL).(*humanframe.Error)
		e.Allowed = schemes
		return e
	}
	if strings.HasPrefix(c.URL, "exec:") { // a command with its arguments
		c.URL, _ = a.from(0)
	} else if c.Settings, err = a.settings(1); err != nil {
		return err
	}
	return p.add(l, c)
}

func (p *parser) serve(l *humanframe.Line, a args) error {
	n, err := a.conn()
	if err != nil {
		return err
	}
	if len(a.words) == 0 {
		return a.count(1, 1)
	}
	s := &Serve{Place: place(l), Conn: n, Proto: a.words[0].text}
	if _, err := p.o.Lookup(s.Proto); err != nil {
		w := a.words[0]
		if u, ok := err.(*codec.UnknownNameError); ok {
			return l.Fault(lex.UnknownName(u.What, u.Name, w.at, w.at+len(w.text), u.Allowed))
		}
		return a.fault(0, "%v", err)
	}
	if s.Settings, err = a.settings(1); err != nil {
		return err
	}
	return p.add(l, s)
}

func (p *parser) http(l *humanframe.Line, a args) error {
	if err := a.count(2, 2); err != nil {
		return err
	}
	h := &HTTP{Head: p.head(l), Method: a.words[0].text, Path: a.words[1].text}
	if h.Dir != p.o.sends() {
		return a.fault(0, "a request is sent, not expected")
	}
	err := p.add(l, h)
	p.request = h
	return err
}

func (p *parser) header(l *humanframe.Line, a args) error {
	if p.request == nil {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "@header is about the @http before it, and there is none"})
	}
	text, _ := a.from(0)
	name, value, ok := strings.Cut(text, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return a.fault(0, "%q is no header", text)
	}
	p.request.Header = append(p.request.Header, Setting{name, strings.TrimSpace(value)})
	return nil
}

func (p *parser) eof(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	p.noFrame("nothing more comes")
	return p.add(l, &End{p.head(l), p.timeout})
}

func (p *parser) gap(l *humanframe.Line, _ args) error {
	item, _, err := p.enc.Encode(l)
	if err != nil {
		return err
	}
	h := p.head(l)
	if h.Dir == p.o.sends() {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "bytes are missing here, so they cannot be sent", Hint: "take the line out, or write what is to be sent"})
	}
	return p.add(l, &Gap{h, item.Gap})
}
