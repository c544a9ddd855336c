package session

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A script turns the block scripts of Mercurial's debugwireproto into lines of
// the notation. There, a line that is not indented names an action, and the
// indented ones below are what it is about:
//
//	httprequest POST api/exp-http-v2-0001/ro/heads
//	    accept: application/mercurial-exp-framing-0002
//	    frame 1 1 stream-begin command-name eos heads
type script struct {
	block    string // the action that indented lines belong to
	exchange int
}

// A translated line is what a line of a script says.
type translated struct {
	lines []string
	err   error
}

// replace makes e an error about the line of the script. What is wrong stands
// at the end of both lines.
func (t *translated) replace(l *humanframe.Line, e *humanframe.Error) {
	behind := func(n int) int { return max(0, len(l.Text())-(len(e.Text)-n)) }
	e.Start, e.End = behind(e.Start), behind(e.End)
	e.Text = l.Text()
}

// line translates a line, and says whether it is one of a script. None is
// when the protocol is another than hg.
func (s *script) line(l *humanframe.Line, proto string) (t translated, taken bool) {
	if proto != "hg" && proto != "" || l.Marked || l.Directive != "" {
		s.block = ""
		return t, false
	}
	text := l.Text()
	body := strings.TrimLeft(text, " \t")
	if body == text {
		taken = s.action(&t, l, strings.TrimRight(body, " \t"))
	} else {
		taken = s.indented(&t, l, body)
	}
	if taken && proto == "" && t.err == nil {
		t.lines = append([]string{"@proto hg"}, t.lines...)
	}
	return t, taken
}

// action reads a line that is not indented.
func (s *script) action(t *translated, l *humanframe.Line, body string) bool {
	word, rest, _ := strings.Cut(body, " ")
	s.block = ""
	switch word {
	case "frame":
		t.lines = []string{"> " + strings.TrimPrefix(l.Text(), "frame ")}
	case "httprequest":
		s.block = word
		s.exchange++
		t.lines = []string{fmt.Sprintf("> [#1/%d] @http %s", s.exchange, rest)}
	case "raw", "raw+":
		if rest != "" || l.Raw != nil && word == "raw+" {
			return false
		}
		s.block = "raw"
	case "readavailable", "readline", "ereadline", "read", "eread", "flush":
		t.lines = []string{"# " + body}
	case "close":
		t.lines = []string{"> @eof"}
	case "command", "batchbegin", "batchsubmit":
		t.err = l.Fault(&codec.TextError{End: len(word), Message: fmt.Sprintf("%s leaves the frames to hg", word), Hint: "write the frames below a line httprequest POST PATH"})
		s.block = "command"
	default:
		return false
	}
	return true
}

// indented reads a line that belongs to an action.
func (s *script) indented(t *translated, l *humanframe.Line, body string) bool {
	switch {
	case s.block != "" && strings.HasPrefix(body, "#"):
		t.lines = []string{strings.TrimRight(body, " \t")}
	case s.block == "" && strings.HasPrefix(body, "frame "):
		t.lines = []string{"> " + body[len("frame "):]}
	case s.block == "":
		return false
	case s.block == "raw":
		t.lines = []string{"> raw " + body}
	case s.block == "command":
	case strings.HasPrefix(body, "frame "):
		t.lines = []string{fmt.Sprintf("> [#1/%d] %s", s.exchange, body[len("frame "):])}
	case strings.HasPrefix(body, "BODYFILE "):
		t.err = l.Fault(&codec.TextError{Start: len(l.Text()) - len(body), End: len(l.Text()), Message: "the body of a request is made of frames here", Hint: "decode the file with -o wire, and put its frames here"})
	default:
		t.lines = []string{"@header " + body}
	}
	return true
}
