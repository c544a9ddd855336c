package replay

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// bytesOf fills in the bytes of a field that is not as expected, and which of
// them are other ones.
func (d *Diff) bytesOf(rec *codec.Record, from *session.Diff) {
	if rec == nil || len(rec.Bytes) == 0 {
		return
	}
	d.Offset = rec.Span.Start
	span := rec.Span
	if rec.Frame != nil && len(from.Path) > 0 {
		var ok bool
		if span, ok = spanOf(rec, from.Path); !ok {
			// No field of the dump has the name: the value itself may be found.
			got := valueOf(from.Got)
			at := bytes.Index(rec.Bytes, got)
			if len(got) < minFound || bytes.Count(rec.Bytes, got) != 1 {
				return
			}
			span = codec.Span{Start: rec.Span.Start + int64(at), End: rec.Span.Start + int64(at+len(got))}
		}
	}
	lo, hi := span.Start-rec.Span.Start, span.End-rec.Span.Start
	if lo < 0 || hi > int64(len(rec.Bytes)) || lo >= hi {
		return
	}
	b := rec.Bytes[lo:hi]
	d.Offset, d.Bytes = span.Start, hex.EncodeToString(b)
	if len(from.Path) > 0 && from.Kind == session.Differs {
		d.Mark = markOf(b, from.Want, from.Got)
	}
}

// minFound is how long a value has to be to be looked for in a whole frame.
const minFound = 3

// spanOf returns where the field of a path is: of the fields of the dump, the
// deepest that is on the way.
func spanOf(rec *codec.Record, p session.Path) (span codec.Span, ok bool) {
	fields := rec.Frame.AppendFields(nil, rec.Span.Start, codec.View{Secrets: true, Depth: len(p) + 1})
	for _, key := range p {
		at := slices.IndexFunc(fields, func(f codec.Field) bool { return isName(f.Name, key) })
		if at < 0 {
			continue // the dump has no such level
		}
		span, ok = fields[at].Span, true
		inside := fields[at+1:]
		if next := slices.IndexFunc(inside, func(f codec.Field) bool { return f.Depth <= fields[at].Depth }); next >= 0 {
			inside = inside[:next]
		}
		fields = inside
	}
	return span, ok
}

// isName compares the name of a field in a dump with one in JSON.
func isName(field, key string) bool {
	if field == "["+key+"]" {
		return true
	}
	flat := strings.NewReplacer("_", "", "-", "", " ", "")
	for name := range strings.SplitSeq(field, ",") {
		if strings.EqualFold(flat.Replace(name), flat.Replace(key)) {
			return true
		}
	}
	return false
}

// markOf returns which bytes of a field are not those that were expected: of
// the value if it stands in them once, without what it has in common with the
// expected one at both ends.
func markOf(b []byte, want, got string) *Span {
	w, g := valueOf(want), valueOf(got)
	at := bytes.LastIndex(b, g)
	if len(g) == 0 || at < 0 || bytes.Count(b, g) != 1 && at+len(g) != len(b) {
		return nil
	}
	start, end := 0, len(g)
	for start < min(len(g), len(w)) && g[start] == w[start] {
		start++
	}
	for end > start && len(w)-(len(g)-end) > start && g[end-1] == w[len(w)-(len(g)-end)-1] {
		end--
	}
	if start == end { // something is missing: show where
		start = min(start, len(g)-1)
		end = start + 1
	}
	return &Span{at + start, at + end}
}

// valueOf returns the bytes that the text of a value in a difference stands
// for: those of strings, and the text itself of anything else.
func valueOf(text string) []byte {
	if inner, ok := strings.CutPrefix(text, `x"`); ok {
		if b, err := hex.DecodeString(strings.TrimSuffix(inner, `"`)); err == nil {
			return b
		}
	}
	var s string
	if strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &s) == nil {
		return []byte(s)
	}
	return []byte(text)
}
