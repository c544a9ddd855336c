package session

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Format returns a document in its canonical layout. Comments stay, and so do
// frames, letter by letter, since their blanks may be data; what Format
// settles is
//
//   - lines end in a line feed alone, and the last one has one;
//   - at most one blank line stands in a row, none at the begin and the end;
//   - no blanks stand at the end of comments and directives, and one between
//     the words of a directive;
//   - marks are as decode prints them, > [#1/2 +0.012345];
//   - block scripts of hg's debugwireproto become lines of the notation.
//
// Format of what Format returned changes nothing. The protocol is that of
// lines before any @proto, which need not be known. An error is of type
// [Errors]; Format does not look into frames.
func Format(name string, src []byte, proto string) ([]byte, error) {
	f := &formatter{proto: proto}
	s := humanframe.NewScanner(name, bytes.NewReader(src))
	s.Keep()
	for len(f.errs) < maxErrors {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if e, ok := errors.AsType[*humanframe.Error](err); ok {
			f.errs = append(f.errs, e)
			continue
		}
		f.line(l)
	}
	if len(f.errs) > 0 {
		return nil, f.errs
	}
	return f.out, nil
}

// A formatter writes a document line by line.
type formatter struct {
	proto  string
	script script
	out    []byte
	blank  bool // a blank line came last
	errs   Errors
}

func (f *formatter) line(l *humanframe.Line) {
	switch {
	case l.Blank:
		f.blank = true
		return
	case l.Comment:
		f.put(strings.TrimRight(l.Text(), " \t\r"))
		return
	}
	t, taken := f.script.line(l, f.proto)
	if !taken {
		f.plain(l)
		return
	}
	if e, ok := errors.AsType[*humanframe.Error](t.err); ok {
		f.errs = append(f.errs, e)
	}
	for _, text := range t.lines {
		if strings.HasPrefix(text, "#") {
			f.put(text)
			continue
		}
		nl, err := humanframe.ParseLine(l.File, l.Number, text)
		if e, ok := errors.AsType[*humanframe.Error](err); ok {
			t.replace(l, e)
			f.errs = append(f.errs, e)
			continue
		}
		f.plain(nl)
	}
}

// plain writes a line of the notation.
func (f *formatter) plain(l *humanframe.Line) {
	marks := string(humanframe.AppendMarks(nil, l))
	if l.Directive == "" {
		text := marks + body(l)
		if strings.HasSuffix(text, "\r") { // it is data, and the one before a line feed is dropped
			text += "\r"
		}
		f.put(text)
		return
	}
	d, ok := directiveNamed(l.Directive)
	if !ok {
		f.errs = append(f.errs, l.Fault(unknownDirective(l.Directive)))
		return
	}
	a := argsOf(l, d.form)
	words := []string{"@" + d.name}
	if d.name == "proto" && len(a.words) > 0 {
		f.proto = a.words[0].text
	}
	if d.verbatim {
		if text, _ := a.from(0); text != "" {
			words = append(words, text)
		}
	} else {
		for _, w := range a.words {
			words = append(words, w.text)
		}
	}
	f.put(marks + strings.Join(words, " "))
}

// put writes one line, and a blank one before it if there was one.
func (f *formatter) put(text string) {
	if f.blank && len(f.out) > 0 {
		f.out = append(f.out, '\n')
	}
	f.blank = false
	f.out = append(append(f.out, text...), '\n')
}

// body returns what follows the marks as it stands in its document, so that
// lines go on where they did.
func body(l *humanframe.Line) string {
	text := l.Text()[l.Lead():]
	if !strings.Contains(l.Source(), "\n") {
		return text
	}
	lines := strings.Split(l.Source(), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	if len(lines[0])-len("\\") < l.Lead() { // the marks themselves go on
		return text
	}
	return strings.Join(lines, "\n")[l.Lead():]
}

func unknownDirective(name string) *codec.TextError {
	var names []string
	for _, d := range directives() {
		names = append(names, d.name)
	}
	return lex.UnknownName("directive", name, 1, 1+len(name), names)
}
