package zeo

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A Result says what became of an input of a [Client].
type Result string

// The results.
const (
	Answered  Result = "reply"
	Failed    Result = "error"     // the server says so
	Committed Result = "committed" // a transaction is done
	Conflict  Result = "conflict"  // a transaction was aborted: others were first
	Unknown   Result = "unknown"   // the connection ended in the finish: the transaction may be done or not
	Closed    Result = "closed"    // the connection ended before
	Refused   Result = "refused"   // it cannot be sent
)

// Outcome is the action that tells what became of a call or a transaction.
// Exactly one comes for each that was taken; for a [Oneway] only when it cannot
// be sent.
type Outcome struct {
	Call   uint64 // the caller's number
	Method string // commit and undo are no methods
	Kind   Result
	Class  string      // of an error: the name of the exception
	Value  []byte      // of an answer, or the payload of an error: a literal as in the notation
	TID    storage.TID // of what was committed
	Text   string      // why, where the server does not say it
	Frame  *zeo.Frame  // the answer to a call, whole; nil for the rest
}

// Name implements [reactor.Action].
func (Outcome) Name() string { return "outcome" }

// AppendJSON implements [reactor.Action].
func (o Outcome) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"call":`...)
	dst = jsonenc.AppendUint(dst, o.Call)
	dst = clientField(dst, "method", o.Method)
	dst = clientField(dst, "result", string(o.Kind))
	dst = clientField(dst, "class", o.Class)
	dst = clientField(dst, "value", string(o.Value))
	if o.Kind == Committed {
		dst = clientField(dst, "tid", o.TID.String())
	}
	return clientField(dst, "text", o.Text)
}

func (o Outcome) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "outcome %d %s: %s", o.Call, o.Method, o.Kind)
	if o.Class != "" {
		b.WriteString(" " + o.Class)
	}
	if o.Kind == Committed {
		fmt.Fprintf(&b, " tid'%s'", o.TID)
	}
	if o.Value != nil {
		fmt.Fprintf(&b, " %s", o.Value)
	}
	if o.Text != "" {
		b.WriteString(" " + o.Text)
	}
	return b.String()
}

// Connected is the action that tells that the client is ready.
type Connected struct {
	Protocol string // the id in force
	ReadOnly bool
	LastTID  storage.TID
	Info     []byte // the answer to get_info, a literal
}

// Name implements [reactor.Action].
func (Connected) Name() string { return "connected" }

// AppendJSON implements [reactor.Action].
func (r Connected) AppendJSON(dst []byte) []byte {
	dst = clientField(dst, "protocol", r.Protocol)
	if r.ReadOnly {
		dst = append(dst, `,"read_only":true`...)
	}
	dst = clientField(dst, "last_tid", r.LastTID.String())
	return clientField(dst, "info", string(r.Info))
}

func (r Connected) String() string {
	how := ""
	if r.ReadOnly {
		how = " read-only"
	}
	return fmt.Sprintf("connected %s%s tid'%s' %s", r.Protocol, how, r.LastTID, r.Info)
}

// Push is the action that hands over what the server said by itself.
type Push struct {
	Method string
	Args   []byte // a tuple, as a literal
}

// Name implements [reactor.Action].
func (Push) Name() string { return "push" }

// AppendJSON implements [reactor.Action].
func (p Push) AppendJSON(dst []byte) []byte {
	return clientField(clientField(dst, "method", p.Method), "args", string(p.Args))
}

func (p Push) String() string { return fmt.Sprintf("push %s%s", p.Method, p.Args) }

// BlobData is the action that hands over a blob. It comes before the answer
// to sendBlob.
type BlobData struct {
	OID      storage.OID
	Serial   storage.TID
	Data     []byte
	TooLarge bool // it was over the limit, and dropped
}

// Name implements [reactor.Action].
func (BlobData) Name() string { return "blob" }

// AppendJSON implements [reactor.Action].
func (b BlobData) AppendJSON(dst []byte) []byte {
	dst = clientField(clientField(dst, "oid", b.OID.String()), "serial", b.Serial.String())
	if b.TooLarge {
		return append(dst, `,"too_large":true`...)
	}
	return jsonenc.AppendBytes(append(dst, `,"data":`...), b.Data)
}

func (b BlobData) String() string {
	if b.TooLarge {
		return fmt.Sprintf("blob oid'%s' tid'%s' is too large", b.OID, b.Serial)
	}
	return fmt.Sprintf("blob oid'%s' tid'%s' %s", b.OID, b.Serial, lex.AppendQuoted(nil, b.Data))
}

// Stale is the action that tells that all that was kept of objects is
// worthless: the server does not know what has changed since.
type Stale struct{}

// Name implements [reactor.Action].
func (Stale) Name() string { return "stale" }

// AppendJSON implements [reactor.Action].
func (Stale) AppendJSON(dst []byte) []byte { return dst }

func (Stale) String() string { return "stale" }

// clientField appends ,"key":"value" unless the value is empty.
func clientField(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, `,"`...), key...), `":`...)
	return jsonenc.AppendString(dst, value)
}
