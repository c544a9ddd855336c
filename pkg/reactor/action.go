package reactor

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// An Action is what the driver is to do next. Protocols may have actions of
// their own beside those here.
type Action interface {
	// Name is the action's name, in lower case without blanks.
	Name() string

	// AppendJSON appends ,"key":value for each of the action's details.
	AppendJSON(dst []byte) []byte

	// String returns the action on one line, as a trace shows it.
	String() string
}

// Send puts frames on the wire, in this order. The driver answers with [Sent]
// and the same ID once they are out.
type Send struct {
	ID     int
	Frames []codec.Frame
}

// Name implements [Action].
func (Send) Name() string { return "sendframes" }

// AppendJSON implements [Action].
func (s Send) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"id":`...)
	dst = strconv.AppendInt(dst, int64(s.ID), 10)
	dst = append(dst, `,"frames":[`...)
	for i, f := range s.Frames {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonenc.AppendString(dst, f.AppendText(nil, codec.View{}))
	}
	return append(dst, ']')
}

func (s Send) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "send-frames %d", s.ID)
	for _, f := range s.Frames {
		fmt.Fprintf(&b, "\n  %s", f.AppendText(nil, codec.View{}))
	}
	return b.String()
}

// Begin sends the first bytes of a frame that is not whole yet. The next frame
// of a [Send] begins with all bytes of the Begins before it: the driver leaves
// them out when it sends that frame.
type Begin struct{ Bytes []byte }

// Name implements [Action].
func (Begin) Name() string { return "begin" }

// AppendJSON implements [Action].
func (b Begin) AppendJSON(dst []byte) []byte {
	return jsonenc.AppendBytes(append(dst, `,"bytes":`...), b.Bytes)
}

func (b Begin) String() string { return "begin " + string(lex.AppendEscaped(nil, b.Bytes)) }

// Run runs a command that the peer asked for. The answer comes back as an
// [Input].
type Run struct {
	Request uint64
	Command string
	Args    []Arg
	Data    []byte // nil when the command has none
}

// An Arg is a named argument of a command.
type Arg struct {
	Name  string
	Value []byte
}

// Name implements [Action].
func (Run) Name() string { return "runcommand" }

// AppendJSON implements [Action].
func (r Run) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"request":`...)
	dst = jsonenc.AppendUint(dst, r.Request)
	dst = append(dst, `,"command":`...)
	dst = jsonenc.AppendString(dst, r.Command)
	dst = append(dst, `,"args":{`...)
	for i, a := range r.Args {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonenc.AppendString(dst, a.Name)
		dst = append(dst, ':')
		dst = jsonenc.AppendBytes(dst, a.Value)
	}
	dst = append(dst, '}')
	if r.Data != nil {
		dst = append(dst, `,"data":`...)
		dst = jsonenc.AppendBytes(dst, r.Data)
	}
	return dst
}

func (r Run) String() string {
	s := fmt.Sprintf("run-command %d %s", r.Request, r.Command)
	for _, a := range r.Args {
		s += fmt.Sprintf(" %s=%s", a.Name, lex.AppendEscaped(nil, a.Value))
	}
	if r.Data != nil {
		s += fmt.Sprintf(" (%d bytes of data)", len(r.Data))
	}
	return s
}

// Want says that more frames are needed.
type Want struct{}

// Name implements [Action].
func (Want) Name() string { return "wantframe" }

// AppendJSON implements [Action].
func (Want) AppendJSON(dst []byte) []byte { return dst }

func (Want) String() string { return "want-frame" }

// Noop says that there is nothing to do, and why if that is not plain.
type Noop struct{ Why string }

// Name implements [Action].
func (Noop) Name() string { return "noop" }

// AppendJSON implements [Action].
func (n Noop) AppendJSON(dst []byte) []byte { return appendText(dst, "why", n.Why) }

func (n Noop) String() string { return strings.TrimSuffix("noop "+n.Why, " ") }

// Deliver hands something to our own side: an answer, a message, a row.
type Deliver struct {
	Kind string // what it is, in the protocol's words
	ID   uint64 // what it answers, 0 when that is nothing
	Body []byte
	Last bool // nothing more comes for ID
}

// Name implements [Action].
func (Deliver) Name() string { return "deliver" }

// AppendJSON implements [Action].
func (d Deliver) AppendJSON(dst []byte) []byte {
	dst = appendText(dst, "kind", d.Kind)
	dst = append(dst, `,"id":`...)
	dst = jsonenc.AppendUint(dst, d.ID)
	dst = append(dst, `,"body":`...)
	dst = jsonenc.AppendBytes(dst, d.Body)
	if d.Last {
		dst = append(dst, `,"last":true`...)
	}
	return dst
}

func (d Deliver) String() string {
	return fmt.Sprintf("deliver %s %d %s", d.Kind, d.ID, lex.AppendQuoted(nil, d.Body))
}

// SetTimer asks for [Expired] at a time; a zero time takes it back.
type SetTimer struct {
	Timer string
	At    time.Time
}

// Name implements [Action].
func (SetTimer) Name() string { return "settimer" }

// AppendJSON implements [Action].
func (s SetTimer) AppendJSON(dst []byte) []byte {
	dst = appendText(dst, "timer", s.Timer)
	if !s.At.IsZero() {
		dst = appendText(dst, "at", s.At.UTC().Format(time.RFC3339Nano))
	}
	return dst
}

func (s SetTimer) String() string {
	if s.At.IsZero() {
		return "set-timer " + s.Timer + " off"
	}
	return "set-timer " + s.Timer + " " + s.At.UTC().Format(time.RFC3339Nano)
}

// Fail says that the peer broke the rules, or that our own side did. The
// connection is of no more use unless the protocol says otherwise.
type Fail struct{ Message string }

// Name implements [Action].
func (Fail) Name() string { return "error" }

// AppendJSON implements [Action].
func (f Fail) AppendJSON(dst []byte) []byte { return appendText(dst, "message", f.Message) }

func (f Fail) String() string { return "error " + f.Message }

// Reject says that an [Input] of our own side cannot be taken. Nothing has
// changed.
type Reject struct{ Message string }

// Name implements [Action].
func (Reject) Name() string { return "reject" }

// AppendJSON implements [Action].
func (r Reject) AppendJSON(dst []byte) []byte { return appendText(dst, "message", r.Message) }

func (r Reject) String() string { return "reject " + r.Message }

// Close ends the connection once all that was sent is out.
type Close struct{ Why string }

// Name implements [Action].
func (Close) Name() string { return "close" }

// AppendJSON implements [Action].
func (c Close) AppendJSON(dst []byte) []byte { return appendText(dst, "why", c.Why) }

func (c Close) String() string { return strings.TrimSuffix("close "+c.Why, " ") }

// Drop ends the connection at once. What is not out yet is lost.
type Drop struct{ Why string }

// Name implements [Action].
func (Drop) Name() string { return "drop" }

// AppendJSON implements [Action].
func (d Drop) AppendJSON(dst []byte) []byte { return appendText(dst, "why", d.Why) }

func (d Drop) String() string { return strings.TrimSuffix("drop "+d.Why, " ") }

// Connect asks for another connection, once the one that there is, if any,
// has ended. It is answered by [Opened], or by [Broken] when there can be
// none. Machines of clients that come back by themselves say it.
type Connect struct{}

// Name implements [Action].
func (Connect) Name() string { return "connect" }

// AppendJSON implements [Action].
func (Connect) AppendJSON(dst []byte) []byte { return dst }

func (Connect) String() string { return "connect" }

// appendText appends ,"key":"value" unless the value is empty.
func appendText(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ',')
	dst = jsonenc.AppendString(dst, key)
	dst = append(dst, ':')
	return jsonenc.AppendString(dst, value)
}

// AppendJSON appends an action as a JSON object.
func AppendJSON(dst []byte, a Action) []byte {
	dst = append(dst, `{"action":`...)
	dst = jsonenc.AppendString(dst, a.Name())
	dst = a.AppendJSON(dst)
	return append(dst, '}')
}
