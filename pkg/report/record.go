package report

import (
	"encoding/base64"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Kinds of rows.
const (
	kindFrame = iota
	kindRaw
	kindGap
)

// Record adds a record. reply says which one it answers, if it does. Nothing
// of r is kept. An error is that of writing; it comes again from [Writer.Close].
func (p *Writer) Record(r *codec.Record, reply codec.Reply, paired bool) error {
	if p.start.IsZero() {
		p.start = r.Time
	}
	p.records++
	p.row(r, reply, paired)
	p.detail(r)
	if p.rows.n == p.rows.limit {
		p.flush(&p.rows)
	}
	if p.details.n == p.details.limit {
		p.flush(&p.details)
	}
	return p.err
}

func (p *Writer) row(r *codec.Record, reply codec.Reply, paired bool) {
	p.findings = p.findings[:0]
	kind, name := kindRaw, ""
	switch {
	case r.IsGap():
		kind, name = kindGap, "gap"
	case r.Err != nil:
		name = r.Err.Code
	case r.Frame != nil:
		kind, name = kindFrame, r.Frame.Type()
		p.findings = r.Frame.AppendFindings(p.findings)
	}
	odd := ""
	switch {
	case len(p.findings) > 0:
		odd = p.findings[0].Message
	case r.IsGap():
		odd = missing
	case decode.Damaged(r):
		odd = reason(r.Err)
	}
	// On a bus a request is passed on with its own key: it is the one who
	// asked that waits.
	asks := int64(0)
	if l := decode.LinkOf(r); l.Role == codec.LinkAsks && (!l.Wide || r.Dir == codec.ToServer) {
		asks = 1
	}
	p.rows.element()
	b := append(p.rows.json, '[')
	b = appendInts(b, int64(r.Conn))
	b = append(b, `,"`+r.Dir.String()+`",`...)
	b = append(appendInts(b, int64(r.Seq)), ',')
	if r.Time.IsZero() {
		b = append(b, "null"...)
	} else {
		b = appendInts(b, r.Time.Sub(p.start).Microseconds())
	}
	b = append(appendInts(append(b, ','), r.Span.Start, r.Span.Len(), int64(kind)), ',')
	b = append(jsonenc.AppendString(b, name), ',')
	b = append(appendCut(b, p.brief(r), maxBrief), ',')
	b = appendCut(b, odd, maxBrief)
	b = appendInts(append(b, ','), asks)
	if paired {
		elapsed := int64(-1)
		if reply.Elapsed >= 0 {
			elapsed = reply.Elapsed.Microseconds()
		}
		b = appendInts(append(b, ','), int64(reply.Conn), int64(reply.Seq), elapsed)
	}
	p.rows.json = append(b, ']')
}

// brief returns what a row says of a record.
func (p *Writer) brief(r *codec.Record) []byte {
	p.scratch = p.scratch[:0]
	if b, ok := r.Frame.(codec.Briefer); ok && r.Err == nil {
		p.scratch = b.AppendBrief(p.scratch, p.o.View)
	} else if !r.IsGap() && p.o.Wire != nil {
		p.scratch = p.o.Wire(p.scratch, r)
	}
	return p.scratch
}

func (p *Writer) detail(r *codec.Record) {
	p.fields = p.fields[:0]
	if r.Frame != nil {
		p.fields = r.Frame.AppendFields(p.fields, r.Span.Start, p.o.View)
	}
	p.details.element()
	b := append(p.details.json, '[')
	p.scratch = p.scratch[:0]
	if !r.IsGap() && p.o.Wire != nil {
		p.scratch = p.o.Wire(p.scratch, r)
	}
	b = append(appendCut(b, p.scratch, maxText), ',')
	b = p.bytes(b, r.Bytes, p.fields, r.Span.Start)
	b = append(appendFields(append(b, ','), p.fields, r.Span.Start), ',')
	b = append(p.unpacked(b, r), ',')
	p.details.json = append(p.remarks(b, r), ']')
}

// bytes appends bytes without the secrets that the fields tell of, and how
// many are left out. Of fields in fields the innermost say what is secret.
func (p *Writer) bytes(dst, b []byte, fields []codec.Field, base int64) []byte {
	shown := b[:min(len(b), p.o.MaxBytes)]
	p.scratch = append(p.scratch[:0], shown...)
	for i := range fields {
		if f := &fields[i]; secret(f) && (i+1 == len(fields) || fields[i+1].Depth <= f.Depth) {
			from, to := f.Span.Start-base, f.Span.End-base
			clear(p.scratch[min(max(from, 0), int64(len(p.scratch))):min(max(to, 0), int64(len(p.scratch)))])
		}
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, p.scratch)
	return appendInts(append(dst, '"', ','), int64(len(b)-len(shown)))
}

func secret(f *codec.Field) bool { return strings.Contains(f.Value, codec.Redacted) }

func (p *Writer) unpacked(dst []byte, r *codec.Record) []byte {
	f, ok := r.Frame.(codec.Unpacker)
	if !ok {
		return append(dst, "null"...)
	}
	u, ok := f.Unpack(p.fields[:0], p.o.View)
	if !ok {
		return append(dst, "null"...)
	}
	p.fields = u.Fields
	dst = append(jsonenc.AppendString(append(dst, '['), u.How), ',')
	dst = p.bytes(dst, u.Bytes, u.Fields, 0)
	return append(appendFields(append(dst, ','), u.Fields, 0), ']')
}

func appendFields(dst []byte, fields []codec.Field, base int64) []byte {
	dst = append(dst, '[')
	for i := range fields[:min(len(fields), maxFields)] {
		f := &fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsonenc.AppendString(append(dst, '['), f.Name), ',')
		dst = append(appendInts(dst, f.Span.Start-base, f.Span.End-base), ',')
		dst = append(appendCut(dst, f.Value, maxText), ',')
		dst = append(appendCut(dst, f.Note, maxText), ',')
		dst = appendInts(dst, int64(f.Depth))
		if secret(f) {
			dst = append(dst, ",1"...)
		}
		dst = append(dst, ']')
	}
	if rest := len(fields) - maxFields; rest > 0 {
		dst = append(dst, `,["…",0,0,"`...)
		dst = append(appendInts(dst, int64(rest)), ` more fields","",0]`...)
	}
	return append(dst, ']')
}

// remarks appends what is wrong or odd. The findings are those that row found.
func (p *Writer) remarks(dst []byte, r *codec.Record) []byte {
	dst = append(dst, '[')
	remark := func(code, text string, from, to int64) {
		if dst[len(dst)-1] == ']' {
			dst = append(dst, ',')
		}
		dst = append(jsonenc.AppendString(append(dst, '['), code), ',')
		dst = append(jsonenc.AppendString(dst, text), ',')
		dst = append(appendInts(dst, from, to), ']')
	}
	if e := r.Err; e != nil {
		at := e.Offset - r.Span.Start
		remark(e.Code, reason(e), at, at+1)
	}
	if r.IsGap() {
		remark("gap", missing, 0, 0)
	}
	for i := range p.findings {
		f := &p.findings[i]
		remark(f.Code, f.Message, f.Span.Start, f.Span.End)
	}
	return append(dst, ']')
}

// missing is what is odd about a gap.
const missing = "these bytes are not in the capture"

// reason says what is wrong, and where in the frame.
func reason(e *codec.SyntaxError) string {
	text := e.Code
	if e.Err != nil {
		text = e.Err.Error()
	}
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	return text
}
