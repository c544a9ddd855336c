package synapse

import (
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendJSON implements [codec.Frame]. The members are the constructor
// arguments of the program's own command, under their names there:
//
//	RDATA  stream_name, instance_name, token (null in a batch), batch, row, raw
//
// row is the row by the names of its columns, left out when they are not
// known; raw is the row as it was sent. batch tells which row of a batch this
// is, from 1, and on the last one how many there are and how many lines ago
// the first came.
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	if f.usual && v.Only == nil {
		return f.appendUsual(dst)
	}
	l := f.layout()
	dst = append(dst, '{')
	open := len(dst)
	if f.head > 0 || f.cmd == cmdRedis {
		dst = f.appendRedisJSON(dst, v)
	}
	if l == nil {
		return append(dst, '}')
	}
	for i := range l.parts {
		p := &l.parts[i]
		isRow := f.cmd == cmdRData && p.kind == asJSON
		if isRow && v.Only != nil && !slices.Contains(v.Only.Whole, "row") && !slices.Contains(v.Only.Long, "row") {
			dst = f.appendRaw(dst, v)
			continue
		}
		if len(dst) > open {
			dst = append(dst, ',')
		}
		if p.kind == jsonList {
			dst = f.appendList(dst, l, f.part(i), v)
			continue
		}
		if isRow {
			dst = f.appendRow(dst)
			continue
		}
		dst = appendKey(dst, p.name)
		dst = f.appendPart(dst, i, p, v)
		if p.kind == rowToken && f.track.row > 0 {
			dst = f.track.append(dst)
		}
	}
	return append(dst, '}')
}

// appendUsual is AppendJSON for a row that usualRow took.
func (f *Frame) appendUsual(dst []byte) []byte {
	dst = append(dst, f.track.head...)
	if token := f.lay + 1; f.plainInt(token) {
		dst = f.appendInt(dst, token)
	} else {
		dst = append(dst, "null"...)
	}
	if f.track.row > 0 {
		dst = f.track.append(dst)
	}
	dst = append(dst, ',')
	return append(f.appendRow(dst), '}')
}

// headOf returns the JSON of a row of p up to the token.
func headOf(p *position) string {
	dst := append(appendKey([]byte{'{'}, "stream_name"), jsonenc.AppendString(nil, p.name)...)
	if p.layout > 0 {
		dst = append(appendKey(append(dst, ','), "instance_name"), jsonenc.AppendString(nil, p.instance)...)
	}
	return string(appendKey(append(dst, ','), "token"))
}

// appendRedisJSON appends how Redis carries the line, or what else it does.
func (f *Frame) appendRedisJSON(dst []byte, v codec.View) []byte {
	dst = append(dst, `"redis":`...)
	if f.cmd == cmdRedis {
		return jsonenc.AppendString(dst, f.showPart(0, len(f.body()), v))
	}
	dst = append(dst, `{"verb":`...)
	dst = jsonenc.AppendString(dst, f.unit[f.redis.verb.start:f.redis.verb.end])
	dst = append(dst, `,"channel":`...)
	dst = jsonenc.AppendString(dst, f.unit[f.redis.channel.start:f.redis.channel.end])
	return append(dst, '}')
}

func appendKey(dst []byte, name string) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// appendPart appends the value of one part.
func (f *Frame) appendPart(dst []byte, i int, p *part, v codec.View) []byte {
	b := f.part(i)
	switch p.kind {
	case number:
		return f.appendInt(dst, i)
	case rowToken:
		if string(b) == "batch" {
			return append(dst, "null"...)
		}
		return f.appendInt(dst, i)
	case fromNow:
		if string(b) == "NOW" || string(b) == "now" {
			return append(dst, `"NOW"`...)
		}
		return f.appendInt(dst, i)
	case syncing:
		return strconv.AppendBool(dst, string(b) == "start")
	case device:
		if string(b) == "None" {
			return append(dst, "null"...)
		}
	case asJSON:
		return jsonv.AppendTyped(dst, trimJSON(b))
	}
	if !v.Secrets {
		if s := f.secret(); s.end > 0 && s.end <= f.pieces.parts[i].end && s.start >= f.pieces.parts[i].start {
			return jsonenc.AppendString(dst, appendMasked(nil, b, span{s.start - f.pieces.parts[i].start, s.end - f.pieces.parts[i].start}))
		}
	}
	return jsonenc.AppendString(dst, b)
}

// appendList appends the elements of a JSON list as members.
func (f *Frame) appendList(dst []byte, l *layout, b []byte, v codec.View) []byte {
	for i, e := range unpack(trimJSON(b)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendKey(dst, l.list[i])
		if l.list[i] == "access_token" && !v.Secrets {
			dst = jsonenc.AppendString(dst, codec.Redacted)
			continue
		}
		dst = jsonv.AppendTyped(dst, e)
	}
	return dst
}

// appendRaw is appendRow for those who do not look into "row".
func (f *Frame) appendRaw(dst []byte, v codec.View) []byte {
	r := f.rowView()
	if r.shape != nil {
		dst, _ = v.Member(dst, "row")
	}
	if len(r.raw) == 0 || r.raw[0] != '[' {
		v.Only = nil // it may be null, which is as good as not there
	}
	dst, value := v.Member(dst, "raw")
	if value {
		return jsonv.AppendTyped(dst, r.raw)
	}
	return dst
}

func (f *Frame) appendRow(dst []byte) []byte {
	r := f.rowView()
	if r.shape != nil {
		return r.appendNamed(dst)
	}
	dst = append(dst, `"raw":`...)
	return jsonv.AppendTyped(dst, r.raw)
}

// append appends the place of a row in its batch.
func (t *track) append(dst []byte) []byte {
	dst = append(dst, `,"batch":{"row":`...)
	dst = strconv.AppendInt(dst, int64(t.row), 10)
	if t.rows > 0 {
		dst = append(dst, `,"rows":`...)
		dst = strconv.AppendInt(dst, int64(t.rows), 10)
		dst = append(dst, `,"lines":`...)
		dst = strconv.AppendInt(dst, int64(t.lines), 10)
	}
	return append(dst, '}')
}
