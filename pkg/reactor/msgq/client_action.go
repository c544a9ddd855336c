package msgq

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A Result says what became of a call.
type Result string

// The results of calls.
const (
	Answered    Result = "answer"
	Failed      Result = "error"        // the callee says so
	NoRecipient Result = "no-recipient" // the daemon says so, at once
	Gone        Result = "gone"         // the callee left
	TimedOut    Result = "timeout"      // it has been silent: to be logged loudly
	Malformed   Result = "bad-answer"   // a reply that is no answer
	Closed      Result = "closed"       // our connection has ended
	Nobody      Result = "nobody"       // a CallAll of a group without members
)

// Outcome is the action that tells what became of a call.
type Outcome struct {
	Call   uint64 // the caller's number
	Callee string // the lname or group that was called
	From   string // who answered or left
	Kind   Result
	Rcode  int64  // of an error
	Text   string // of an error, or what is wrong
	Value  []byte // of an answer, as JSON; nil when it has none
	Last   bool   // nothing more comes for this number
}

// Name implements [reactor.Action].
func (Outcome) Name() string { return "outcome" }

// AppendJSON implements [reactor.Action].
func (o Outcome) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"call":`...)
	dst = jsonenc.AppendUint(dst, o.Call)
	dst = appendText(dst, "callee", o.Callee)
	dst = appendText(dst, "from", o.From)
	dst = appendText(dst, "result", string(o.Kind))
	if o.Rcode != 0 {
		dst = append(dst, `,"rcode":`...)
		dst = jsonenc.AppendInt(dst, o.Rcode)
	}
	dst = appendText(dst, "text", o.Text)
	if o.Value != nil {
		dst = append(dst, `,"value":`...)
		dst = jsonenc.AppendBytes(dst, o.Value)
	}
	if o.Last {
		dst = append(dst, `,"last":true`...)
	}
	return dst
}

func (o Outcome) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "outcome %d %s: %s", o.Call, o.Callee, o.Kind)
	if o.Rcode != 0 {
		fmt.Fprintf(&b, " %d", o.Rcode)
	}
	if o.Text != "" {
		fmt.Fprintf(&b, " %q", o.Text)
	}
	if o.Value != nil {
		fmt.Fprintf(&b, " %s", jsonenc.AppendBytes(nil, o.Value))
	}
	if o.From != "" && o.From != o.Callee {
		fmt.Fprintf(&b, " (%s)", o.From)
	}
	if !o.Last {
		b.WriteString(" …")
	}
	return b.String()
}

// Message is the action that hands a message to our own side: a notification,
// or anything else that is neither command nor reply.
type Message struct {
	From, Group, Instance string
	Body                  []byte
}

// Name implements [reactor.Action].
func (Message) Name() string { return "message" }

// AppendJSON implements [reactor.Action].
func (m Message) AppendJSON(dst []byte) []byte {
	dst = appendText(dst, "from", m.From)
	dst = appendText(dst, "group", m.Group)
	dst = appendText(dst, "instance", m.Instance)
	dst = append(dst, `,"body":`...)
	return jsonenc.AppendBytes(dst, m.Body)
}

func (m Message) String() string {
	return fmt.Sprintf("message %s/%s from %s %s", bare(string(quote(m.Group))), bare(string(quote(m.Instance))), m.From, jsonenc.AppendBytes(nil, m.Body))
}

// appendText appends ,"key":"value" unless the value is empty.
func appendText(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, `,"`...), key...), `":`...)
	return jsonenc.AppendString(dst, value)
}
