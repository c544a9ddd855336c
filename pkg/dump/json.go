package dump

import (
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// Version is the number under "v" in every JSON record. It changes when a
// reader of the old form could misunderstand the new one; new keys alone do
// not change it.
const Version = 1

// JSON renders records as JSON, one object a line. docs/json.md describes the
// keys and docs/schema/record.json is their schema.
type JSON struct {
	o        Options
	wire     []byte
	findings []codec.Finding
	leads    [2]lead // the last ones of both directions
	seq      jsonenc.Counter
}

// NewJSON returns a renderer of JSON lines. It uses View, Wire and
// WireJSON of o.
func NewJSON(o Options) *JSON { return &JSON{o: o} }

// AppendHeader appends nothing.
func (j *JSON) AppendHeader(dst []byte) []byte { return dst }

// AppendRecord appends r as one line.
func (j *JSON) AppendRecord(dst []byte, r *codec.Record) []byte {
	l := j.lead(r)
	dst = append(dst, l.text...)
	if r.Exchange > 0 {
		dst = append(dst, `,"exchange":`...)
		dst = strconv.AppendInt(dst, int64(r.Exchange), 10)
	}
	if h := r.HTTP; h != nil {
		dst = appendHTTP(dst, h)
	}
	dst = append(dst, `,"seq":`...)
	dst = j.seq.Append(dst, int64(r.Seq))
	if !r.Time.IsZero() {
		dst = append(dst, `,"time":"`...)
		dst = appendTime(dst, r.Time)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"offset":`...)
	dst = l.offset.Append(dst, r.Span.Start)
	if r.IsGap() {
		dst = append(dst, `,"gap":`...)
		dst = jsonenc.AppendInt(dst, r.Span.Len())
		return append(dst, '}', '\n')
	}
	dst = append(dst, `,"length":`...)
	dst = jsonenc.AppendInt(dst, r.Span.Len())
	dst = j.appendContent(dst, r)
	return append(dst, '}', '\n')
}

// A lead is what records of one direction of a conversation begin with.
type lead struct {
	text           []byte
	proto, dialect string
	conn           int
	dir            codec.Direction
	offset         jsonenc.Counter
}

// lead returns what r begins with. It is made anew when the record before it in
// that direction began otherwise.
func (j *JSON) lead(r *codec.Record) *lead {
	l := &j.leads[0]
	if r.Dir == codec.ToClient {
		l = &j.leads[1]
	}
	if len(l.text) > 0 && l.proto == r.Proto && l.dialect == r.Dialect && l.conn == r.Conn && l.dir == r.Dir {
		return l
	}
	dst := append(l.text[:0], `{"v":`...)
	dst = strconv.AppendInt(dst, Version, 10)
	if r.Proto != "" {
		dst = append(dst, `,"proto":`...)
		dst = jsonenc.AppendString(dst, r.Proto)
	}
	if r.Dialect != "" {
		dst = append(dst, `,"dialect":`...)
		dst = jsonenc.AppendString(dst, r.Dialect)
	}
	dst = append(dst, `,"conn":`...)
	dst = strconv.AppendInt(dst, int64(r.Conn), 10)
	dst = append(dst, `,"dir":"`...)
	dst = append(dst, r.Dir.String()...)
	dst = append(dst, '"')
	*l = lead{text: dst, proto: r.Proto, dialect: r.Dialect, conn: r.Conn, dir: r.Dir}
	return l
}

// appendHTTP appends the message that carries a record.
func appendHTTP(dst []byte, h *codec.HTTP) []byte {
	dst = append(dst, `,"http":{"method":`...)
	dst = jsonenc.AppendString(dst, h.Method)
	dst = append(dst, `,"target":`...)
	dst = jsonenc.AppendString(dst, h.Target)
	if h.Status != 0 {
		dst = append(dst, `,"status":`...)
		dst = strconv.AppendInt(dst, int64(h.Status), 10)
	}
	dst = append(dst, `,"media_type":`...)
	dst = jsonenc.AppendString(dst, h.MediaType)
	return append(dst, '}')
}

// appendContent appends what a record with bytes has: the frame, the text and
// what is wrong or odd.
func (j *JSON) appendContent(dst []byte, r *codec.Record) []byte {
	if r.Frame != nil {
		dst = append(dst, `,"type":`...)
		dst = jsonenc.AppendString(dst, r.Frame.Type())
	}
	switch {
	case j.o.WireJSON != nil:
		dst = append(dst, `,"wire":"`...)
		dst = append(j.o.WireJSON(dst, r), '"')
	case j.o.Wire != nil:
		j.wire = j.o.Wire(j.wire[:0], r)
		dst = append(dst, `,"wire":`...)
		dst = jsonenc.AppendString(dst, j.wire)
	}
	if r.Frame != nil && r.Err == nil {
		dst = append(dst, `,"fields":`...)
		dst = r.Frame.AppendJSON(dst, j.o.View)
		j.findings = r.Frame.AppendFindings(j.findings[:0])
		dst = appendFindings(dst, j.findings, r.Span.Start)
	}
	if r.Err != nil {
		dst = appendError(dst, r.Err)
	}
	return dst
}

func appendFindings(dst []byte, findings []codec.Finding, base int64) []byte {
	for i := range findings {
		f := &findings[i]
		if i == 0 {
			dst = append(dst, `,"findings":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"code":`...)
		dst = jsonenc.AppendString(dst, f.Code)
		if f.Span.Len() > 0 {
			dst = append(dst, `,"offset":`...)
			dst = jsonenc.AppendInt(dst, base+f.Span.Start)
			dst = append(dst, `,"length":`...)
			dst = jsonenc.AppendInt(dst, f.Span.Len())
		}
		dst = append(dst, `,"message":`...)
		dst = jsonenc.AppendString(dst, f.Message)
		dst = append(dst, '}')
	}
	if len(findings) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func appendError(dst []byte, e *codec.SyntaxError) []byte {
	dst = append(dst, `,"error":{"code":`...)
	dst = jsonenc.AppendString(dst, e.Code)
	dst = append(dst, `,"offset":`...)
	dst = jsonenc.AppendInt(dst, e.Offset)
	if e.Path != "" {
		dst = append(dst, `,"path":`...)
		dst = jsonenc.AppendString(dst, e.Path)
	}
	dst = append(dst, `,"message":`...)
	dst = jsonenc.AppendString(dst, reason(e))
	return append(dst, '}')
}

// reason returns what is wrong, without the place.
func reason(e *codec.SyntaxError) string {
	if e.Err == nil {
		return e.Code
	}
	return e.Err.Error()
}

// appendTime appends t in UTC with all nine digits after the second, so that
// times sort as text does.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05")
	dst = append(dst, '.')
	dst = appendPadded(dst, t.Nanosecond(), 9)
	return append(dst, 'Z')
}

// appendPadded appends n >= 0 with at least the given number of digits.
func appendPadded(dst []byte, n, digits int) []byte {
	for limit := 10; digits > 1; digits-- {
		if n < limit {
			dst = append(dst, "000000000"[:digits-1]...)
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, int64(n), 10)
}
