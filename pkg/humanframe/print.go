package humanframe

import (
	"bytes"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Printer prints records as a document. It is for one goroutine.
type Printer struct {
	View codec.View

	// Marks says that lines have directions and brackets. Without it a
	// document is one direction of one connection.
	Marks bool

	// Start is the moment from which times count. Without it that is the time
	// of the first record.
	Start time.Time

	// Reasons says that a comment before a raw line tells why it is raw.
	Reasons bool

	lookup         func(name string) (codec.Protocol, error)
	proto, dialect string
	named, started bool
	deviates       map[string]bool
	text           []byte // memory of AppendJSONText
}

// NewPrinter returns a Printer that finds protocols by lookup.
func NewPrinter(lookup func(name string) (codec.Protocol, error), v codec.View) *Printer {
	return &Printer{View: v, lookup: lookup, deviates: map[string]bool{}}
}

// AppendRecord appends r as one or more lines: the directives that it needs,
// and its text.
func (p *Printer) AppendRecord(dst []byte, r *codec.Record) []byte {
	if p.leads(r) {
		dst = p.appendLead(dst, r)
	}
	if r.Frame != nil {
		dst = p.AppendText(dst, r)
	} else {
		dst = p.AppendBody(dst, r)
	}
	return append(dst, '\n')
}

// AppendLead appends what stands before the text of r: directives, the reason
// why it is raw, direction and bracket. It depends on the records before.
func (p *Printer) AppendLead(dst []byte, r *codec.Record) []byte {
	if p.leads(r) {
		return p.appendLead(dst, r)
	}
	return dst
}

// leads says whether something may stand before the text of r.
func (p *Printer) leads(r *codec.Record) bool {
	return p.Marks || !p.named || r.Err != nil || r.Proto != p.proto || r.Dialect != p.dialect
}

func (p *Printer) appendLead(dst []byte, r *codec.Record) []byte {
	if !p.named || r.Proto != p.proto || r.Dialect != p.dialect && r.Dialect != "" {
		dst = p.appendProto(dst, r)
	}
	if p.Marks && !p.started && !r.Time.IsZero() {
		if p.started = true; p.Start.IsZero() {
			p.Start = r.Time
		}
		dst = append(dst, "@start "...)
		dst = p.Start.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '\n')
	}
	if r.Err != nil && p.Reasons {
		dst = append(dst, "# "...)
		dst = appendComment(dst, r.Err.Error())
		dst = append(dst, '\n')
	}
	if p.Marks {
		dst = p.appendMarks(dst, r)
	}
	return dst
}

// AppendBody appends the text of r, or @gap. It depends on r alone.
func (p *Printer) AppendBody(dst []byte, r *codec.Record) []byte {
	if r.Frame == nil && r.IsGap() {
		dst = append(dst, "@gap "...)
		return strconv.AppendInt(dst, r.Span.Len(), 10)
	}
	return p.AppendText(dst, r)
}

func (p *Printer) appendProto(dst []byte, r *codec.Record) []byte {
	p.proto, p.dialect, p.named = r.Proto, r.Dialect, true
	if r.Proto == "" {
		return dst
	}
	dst = append(dst, "@proto "...)
	dst = append(dst, r.Proto...)
	if r.Dialect != "" {
		dst = append(dst, " dialect="...)
		dst = append(dst, r.Dialect...)
	}
	return append(dst, '\n')
}

// appendMarks appends direction and bracket.
func (p *Printer) appendMarks(dst []byte, r *codec.Record) []byte {
	dst = append(dst, byte(r.Dir), ' ', '[', '#')
	dst = strconv.AppendInt(dst, int64(r.Conn), 10)
	if r.Exchange > 0 {
		dst = append(dst, '/')
		dst = strconv.AppendInt(dst, int64(r.Exchange), 10)
	}
	if d := r.Time.Sub(p.Start); !r.Time.IsZero() && d >= 0 {
		dst = append(dst, ' ', '+')
		dst = appendSeconds(dst, d)
	}
	return append(dst, ']', ' ')
}

// AppendText appends the text of r alone: one line, without line feed, from
// which the same bytes are made. It is nothing for a gap.
func (p *Printer) AppendText(dst []byte, r *codec.Record) []byte {
	if r.Frame != nil {
		start := len(dst)
		dst = r.Frame.AppendText(dst, p.View)
		sure := certainty(r.Frame)
		if sure == codec.Everything {
			return dst
		}
		if text := dst[start:]; p.reads(text, 1, sure, r) && (sure&codec.Bare != 0 || !redacted(text) || p.masked(text, r)) {
			return dst
		}
		dst = dst[:start]
	} else if r.IsGap() {
		return dst
	}
	dst = append(dst, "raw "...)
	return lex.AppendEscaped(dst, r.Bytes)
}

// AppendJSONText is AppendText as the inside of a JSON string.
func (p *Printer) AppendJSONText(dst []byte, r *codec.Record) []byte {
	if f, ok := r.Frame.(codec.JSONTexter); ok {
		start := len(dst)
		var whole bool
		if dst, whole = f.AppendJSONText(dst, p.View); whole {
			sure := certainty(r.Frame)
			if sure == codec.Everything {
				return dst
			}
			if text := dst[start:]; p.reads(text, 2, sure, r) && (sure&codec.Bare != 0 || !redacted(text)) {
				return dst
			}
		}
		dst = dst[:start]
	}
	p.text = p.AppendText(p.text[:0], r)
	return jsonenc.AppendPrintable(dst, p.text)
}

// reads says whether a document with this text, in which nothing is masked, has
// it read as the protocol's own, whole and as it is. A backslash of it is so
// many characters long.
func (p *Printer) reads(text []byte, backslash int, sure codec.Certainty, r *codec.Record) bool {
	if sure&codec.Printable == 0 && !lex.Printable(text) {
		return false
	}
	if sure&codec.Own != 0 {
		return true
	}
	if blank(text) || backslashes(text)/backslash%2 == 1 {
		return false
	}
	switch text[0] {
	case '#', '@', '>', '<', '[':
		return false
	case '!':
		if !p.hasDeviations(r.Proto) {
			return false
		}
	case '{':
		if bytes.HasPrefix(text, []byte("{{")) {
			return false
		}
	case 'r':
		if bytes.HasPrefix(text, []byte("raw ")) || string(text) == "raw" {
			return false
		}
	}
	return true
}

// certainty returns what f knows about its text.
func certainty(f codec.Frame) codec.Certainty {
	if c, ok := f.(codec.Certain); ok {
		return c.Certain()
	}
	return 0
}

// redacted says whether text has what stands for a secret.
func redacted(text []byte) bool {
	for {
		braces := lex.Braces(text) // mostly there are none
		if braces < 0 || bytes.HasPrefix(text[braces:], []byte(codec.Redacted)) {
			return braces >= 0
		}
		text = text[braces+1:]
	}
}

// masked says whether a text that looks masked is: what looks so though
// nothing was masked would be refused.
func (p *Printer) masked(text []byte, r *codec.Record) bool {
	return !p.View.Secrets && !bytes.Equal(text, r.Frame.AppendText(nil, codec.View{Secrets: true}))
}

// hasDeviations says whether a leading "!" is the protocol's own doing.
func (p *Printer) hasDeviations(proto string) bool {
	has, known := p.deviates[proto]
	if !known {
		if pr, err := p.lookup(proto); err == nil {
			has = len(pr.Info().Deviations) > 0
		}
		p.deviates[proto] = has
	}
	return has
}

// appendComment appends text on one line.
func appendComment(dst []byte, text string) []byte {
	for _, c := range []byte(text) {
		if c < ' ' || c == 0x7f {
			c = '?'
		}
		dst = append(dst, c)
	}
	return dst
}
