package synapse

import (
	"fmt"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendFields implements [codec.Frame]: the command, each part, and the end
// of the line. The space after each of them is counted to it. With a depth
// in v, the elements of JSON follow as fields of depth 1 and more.
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	body := f.body()
	at := base
	from := base
	base += int64(f.head) // where the line begins
	add := func(name string, end int, value, note string) {
		dst = append(dst, codec.Field{Name: name, Span: codec.Span{Start: at, End: base + int64(end)}, Value: value, Note: note})
		at = base + int64(end)
	}
	if f.head > 0 {
		add("redis", 0, show(f.unit[f.redis.verb.start:f.redis.verb.end], v)+" "+show(f.unit[f.redis.channel.start:f.redis.channel.end], v), "")
	}
	if f.cmd == cmdRedis {
		at = from
		add("value", len(f.unit), f.showPart(0, len(body), v), "")
		return dst
	}
	if f.rest > 0 {
		add("command", f.rest, show(body[:f.name], v), f.commandNote())
	}
	l := f.layout()
	switch {
	case l == nil && f.rest < len(body):
		add("payload", len(body), f.showPart(f.rest, len(body), v), "")
	case l != nil && len(l.parts) == 0 && f.rest < len(body):
		add("ignored", len(body), show(body[f.rest:], v), "this version takes no argument")
	case l != nil:
		for i, p := range l.parts {
			s := f.pieces.parts[i]
			end := min(s.end+1, len(body))
			if base+int64(end) == at {
				continue // an empty part at the end
			}
			add(p.name, end, f.showPart(s.start, s.end, v), f.partNote(i, p, v))
			if p.kind == asJSON || p.kind == jsonList {
				dst = f.appendInside(dst, i, base, v)
			}
		}
	}
	if f.tail > 0 {
		add("end", len(body)+f.tail, show(f.unit[len(f.unit)-f.tail:], v), "")
	}
	return dst
}

// show returns bytes of a line as text.
func show(b []byte, v codec.View) string {
	return v.Texts.Close(appendReadable(v.Texts.Open(), b))
}

// showPart returns the bytes from start to end as text, with a secret masked.
func (f *Frame) showPart(start, end int, v codec.View) string {
	b := f.body()[start:end]
	if !v.Secrets {
		if s := f.secret(); s.end > start && s.start < end {
			s.start, s.end = max(s.start, start)-start, min(s.end, end)-start
			return v.Texts.Close(appendMasked(v.Texts.Open(), b, s))
		}
	}
	return show(b, v)
}

func (f *Frame) commandNote() string {
	if f.cmd < 0 {
		return ""
	}
	return titles[f.cmd]
}

// partNote says what the value of a part is.
func (f *Frame) partNote(i int, p part, v codec.View) string {
	b := f.part(i)
	switch {
	case p.kind == rowToken:
		return f.track.note()
	case p.name == "stream_name":
		if s := findStream(b); s != nil {
			return s.about
		}
	case f.cmd == cmdPing || p.name == "last_sync_ms" || p.name == "last_seen":
		if n, _, ok := parseInt(b); ok && n.fits && n.small > 1e11 && n.small < 1e14 {
			return v.Texts.Close(time.UnixMilli(n.small).UTC().AppendFormat(v.Texts.Open(), "2006-01-02T15:04:05.000Z"))
		}
	}
	return ""
}

// note says where in a batch the row is.
func (t *track) note() string {
	switch {
	case t.rows > 0:
		return fmt.Sprintf("the last of a batch of %s, %s after its first", count(t.rows, "row"), count(t.lines, "line"))
	case t.row > 0:
		return "row " + strconv.Itoa(t.row) + " of a batch"
	}
	return ""
}

// appendInside appends the fields inside the JSON of a part, under the names
// of a row's columns where they are known.
func (f *Frame) appendInside(dst []codec.Field, i int, base int64, v codec.View) []codec.Field {
	from := len(dst)
	s := f.pieces.parts[i]
	if v.Depth <= 0 || f.secret().end > 0 && !v.Secrets {
		return dst
	}
	dst = jsonv.AppendFields(dst, f.part(i), base+int64(s.start), 1, v.Depth, v.Texts)
	names, depth := f.names()
	n := 0
	for j := from; j < len(dst) && depth > 0; j++ {
		if dst[j].Depth == depth && n < len(names) {
			dst[j].Name = names[n]
			n++
		} else if depth == 2 && dst[j].Depth == 1 {
			dst[j].Name = [...]string{"type", "data"}[min(j-from, 1)]
		}
	}
	return dst
}

// names returns the names of the elements of the JSON in f, and the depth at
// which they stand.
func (f *Frame) names() (names []string, depth int) {
	if f.cmd != cmdRData {
		return f.layout().list, 1
	}
	r := f.row()
	switch {
	case r.shape == nil:
		return nil, 0
	case r.kind != nil:
		return r.shape.columns, 2
	}
	return r.shape.columns, 1
}
