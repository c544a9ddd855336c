package synapse

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// AppendFindings implements [codec.Frame]. The codes are
//
//	over-long         longer than the 16384 bytes that a receiver takes
//	wrong-direction   a command that this side does not send; only when both
//	                  directions are there
//	no-space          the name without the space that programs write
//	carriage-return   a CR before the LF: it counts as text
//	blank-line        passed over by the receiver
//	ignored-text      text after REPLICATE, which later versions ignore
//	int-spelling      an integer not spelled as programs write it
//	blank-in-field    REMOVE_PUSHER with more blanks than fields
//	unknown-stream    no version has the stream
//	row-shape         the row has another number of columns than the stream
//	batch-open        a POSITION ends a batch whose last row is missing
//	token-regression  the token is below one of an earlier line
//	token-gap         rows are missing between an earlier line and this one
//
// Over Redis there is no limit on lines, and no direction.
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	from := len(dst)
	dst = f.appendFindings(dst)
	for i := from; i < len(dst) && f.head > 0; i++ { // they count from the line
		if s := &dst[i].Span; s.End > 0 {
			s.Start, s.End = s.Start+int64(f.head), s.End+int64(f.head)
		}
	}
	return dst
}

func (f *Frame) appendFindings(dst []codec.Finding) []codec.Finding {
	if f.usual && f.expected() {
		return dst
	}
	body := f.body()
	add := func(code string, start, end int, format string, args ...any) {
		dst = append(dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: codec.Span{Start: int64(start), End: int64(end)}})
	}
	if len(body) > maxLine && f.as != v198 && f.head == 0 {
		add("over-long", maxLine, len(body), "a line of %d bytes: receivers take %d and close the connection", len(body), maxLine)
	}
	if f.cmd == cmdBlank {
		add("blank-line", 0, 0, "a blank line, which the receiver passes over")
	}
	l := f.layout()
	if l == nil {
		return dst
	}
	c := &commands[f.cmd]
	if f.both && f.head == 0 && !c.mayCome(f.dir) && f.as != v198 {
		add("wrong-direction", 0, f.name, "%s is not sent by the %s: the receiver answers ERROR and closes", c.name, sender(f.dir))
	}
	if f.rest == f.name {
		add("no-space", f.name, f.name, "%s without the space that programs write after it", c.name)
	}
	if n := len(body); n > 0 && body[n-1] == '\r' {
		add("carriage-return", n-1, n, "a CR before the LF: it counts as text")
	}
	if len(l.parts) == 0 && f.rest < len(body) {
		add("ignored-text", f.rest, len(body), "text after %s, which this version ignores", c.name)
	}
	dst = f.appendIntFindings(dst, l)
	return f.appendStreamFindings(dst, l)
}

// expected says whether there are no findings about f, a row that usualRow took. It may
// say no.
func (f *Frame) expected() bool {
	if f.both && f.dir != codec.ToClient || f.track.of == nil || f.track.regressed {
		return false
	}
	r := f.rowView()
	return r.shape != nil && r.shape.in&f.as != none
}

func sender(dir codec.Direction) string {
	if dir == codec.ToClient {
		return "server"
	}
	return "client"
}

// appendIntFindings appends what is odd about the spelling of parts.
func (f *Frame) appendIntFindings(dst []codec.Finding, l *layout) []codec.Finding {
	for i := range l.parts {
		if k := l.parts[i].kind; k != number && k != rowToken && k != fromNow || f.plainInt(i) {
			continue
		}
		b := f.part(i)
		n, _, ok := parseInt(b)
		if !ok || n.plain {
			continue
		}
		message := "means " + string(appendDecimal(nil, b)) + "; programs write it plainly"
		if n.scored {
			message = "means " + string(appendDecimal(nil, b)) + " to Python 3.6 and later; Python 2 refuses it"
		}
		dst = append(dst, codec.Finding{Code: "int-spelling", Message: message, Span: f.span(i)})
	}
	if commands[f.cmd].name == "REMOVE_PUSHER" && bytes.IndexByte(f.part(2), ' ') >= 0 {
		dst = append(dst, codec.Finding{Code: "blank-in-field", Message: "more blanks than fields: app_id or push_key had one, and what follows has moved", Span: f.span(2)})
	}
	return dst
}

func (f *Frame) span(i int) codec.Span {
	return codec.Span{Start: int64(f.pieces.parts[i].start), End: int64(f.pieces.parts[i].end)}
}

// appendStreamFindings appends what is odd about a row or a position.
func (f *Frame) appendStreamFindings(dst []codec.Finding, l *layout) []codec.Finding {
	if f.cmd != cmdRData && f.cmd != cmdPosition {
		return dst
	}
	last := len(l.parts) - 1
	add := func(code string, s codec.Span, format string, args ...any) {
		dst = append(dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: s})
	}
	name := f.part(0)
	if f.stream() == nil {
		add("unknown-stream", f.span(0), "no version has the stream %s: a client logs it and goes on", quote(name))
	} else if f.cmd == cmdRData {
		if r := f.rowView(); r.shape == nil {
			add("row-shape", f.span(last), "the row is not of the form that the stream %s has", name)
		} else if f.as != none && r.shape.in&f.as == none {
			add("row-shape", f.span(last), "the row has the form that the stream %s has in %s", name, r.shape.in)
		}
	}
	t := &f.track
	if t.left > 0 {
		add("batch-open", codec.Span{}, "a batch of the stream %s was never closed: %s without a token", name, count(t.left, "row"))
	}
	if t.regressed {
		add("token-regression", f.span(f.tokenPart(l)), "the stream %s goes back from %d", name, t.last)
	}
	if t.gap {
		add("token-gap", f.span(2), "the stream %s was at %d: the rows up to here did not come on this connection", name, t.last)
	}
	return dst
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// tokenPart returns the part that holds where a stream is now.
func (f *Frame) tokenPart(l *layout) int {
	if f.cmd == cmdRData {
		return len(l.parts) - 2
	}
	return len(l.parts) - 1
}
