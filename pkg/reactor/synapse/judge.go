package synapse

import (
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

// judge reads a line of the peer as the dialect does. It returns nil for one
// that is not to be handled: it has then been passed over, or answered with
// the end of the connection.
func (l *link) judge(t *turn, f *synapse.Frame) *synapse.Frame {
	if !f.Whole() {
		return nil // the input ended in it
	}
	line := f.Line()
	switch {
	case len(line) > maxLine:
		l.overLong(t)
		return nil
	case f.Type() == "blank" && !l.r.blankIsCommand():
		return nil
	case !utf8.Valid(line):
		l.close(t, "the line is not UTF-8")
		return nil
	}
	g, err := synapse.ReadLine(l.r.dialect, l.dir.Reverse(), line)
	if l.r.perStream() {
		return l.judgeOld(t, g, err)
	}
	return l.judgeNew(t, g, err)
}

// overLong ends a connection over a line that is too long.
func (l *link) overLong(t *turn) {
	const what = "Line length exceeded"
	if l.r.checksLength() {
		l.fail(t, what)
		return
	}
	l.close(t, strings.ToLower(what))
}

// judgeOld is for the versions before v1.13: first the name, then the
// payload.
func (l *link) judgeOld(t *turn, f *synapse.Frame, err error) *synapse.Frame {
	payload, spaced := f.Payload()
	if !spaced {
		l.close(t, "the line has no space")
		return nil
	}
	name := strings.SplitN(string(f.Line()), " ", 2)[0]
	if !synapse.Sends(l.r.dialect, l.dir.Reverse(), name) {
		l.fail(t, "invalid command: "+name)
		return nil
	}
	l.heard = t.now
	if err != nil {
		l.refuse(t, "failed to parse line for  "+synapse.Repr(name)+": "+f.Exception(l.r.dialect)+" ("+synapse.Repr(string(payload))+"):")
		return nil
	}
	return f
}

// judgeNew is for the versions from v1.13 on: first the payload, then who
// sent it.
func (l *link) judgeNew(t *turn, f *synapse.Frame, err error) *synapse.Frame {
	if err != nil {
		l.refuse(t, "failed to parse line: "+f.Exception(l.r.dialect)+" ("+synapse.Repr(string(f.Line()))+"):")
		return nil
	}
	if name := f.Type(); !synapse.Sends(l.r.dialect, l.dir.Reverse(), name) {
		l.fail(t, "invalid command: "+name)
		return nil
	}
	l.heard = t.now
	return f
}

// refuse fails with a text that quotes the peer. The programs take it for a
// format with nothing to fill in.
func (l *link) refuse(t *turn, text string) {
	if l.r.compat {
		var ok bool
		if text, ok = format(text); !ok {
			l.close(t, "the text of the error cannot be formatted")
			return
		}
	}
	l.fail(t, text)
}

// format returns what text % () of Python gives.
func format(text string) (string, bool) {
	const once = "\x00"
	whole := strings.ReplaceAll(text, "%%", once)
	if strings.Contains(whole, "%") {
		return "", false
	}
	return strings.ReplaceAll(whole, once, "%"), true
}
