package vector

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	unicode "unicode/utf8"
)

// plainArray is Array for what ends in a control character, a byte at a time.
func plainArray(b []byte) (end int, at []uint32) {
	is := func(c byte, in string) bool { return bytes.IndexByte([]byte(in), c) >= 0 }
	inside := false
	for ; ; end++ {
		c := b[end]
		switch {
		case c < ' ' || c == 0x7f || c == '{' || c == '\\' && !inside:
		case c == '\\':
			if end++; is(b[end], `"\nrt`) {
				continue
			}
		case c == '"' && !inside:
			if inside = true; end == 0 || is(b[end-1], "[],") {
				continue
			}
		case c == '"':
			if inside = false; is(b[end+1], "[],") {
				continue
			}
			end++
		case !inside && is(c, "[],"):
			at = append(at, uint32(end))
			continue
		default:
			continue
		}
		if !unicode.Valid(b[:end]) {
			return 0, nil
		}
		return end, at
	}
}

func checkArray(t *testing.T, b []byte) {
	t.Helper()
	var m ArrayMarks
	end := Array(b, &m)
	if !wide {
		if end != 0 {
			t.Fatalf("%q: %d without the instructions", b, end)
		}
		return
	}
	want, at := plainArray(append(bytes.Clone(b), 0))
	switch {
	case end != want && (end != 0 || !mayGiveUp(b, want)):
		t.Fatalf("%q: %d, not %d", b, end, want)
	case end > 0 && !slices.Equal(m.At(), at):
		t.Fatalf("%q: %d, not %d", b[:end], m.At(), at)
	}
}

// mayGiveUp says whether Array may return 0 for what is fine up to end: because
// something is wrong soon behind it, or there are many marks.
func mayGiveUp(b []byte, end int) bool {
	return !unicode.Valid(b[end:min(len(b), end+Marked)]) || bytes.Count(b[:end], []byte(","))+bytes.Count(b[:end], []byte("[")) > marksKept
}

var arrays = []string{
	``, `[`, `[]`, `[1]`, `["a"]`, `["a","b",[1,2],null]`, `["\"\\\n\r\t"]`, `["\\\\\\"]`, `["\\\\\\\""]`,
	`["\u0041"]`, `["\/"]`, `["\b"]`, `["a" ]`, `[ "a"]`, `["a"b]`, `[b"a"]`, `["a""b"]`, `["a`, `["a\`, `\["a"]`, `["a"\]`,
	`[{"a":1}]`, `["{"]`, "[\"\x7f\"]", "[\"\x7e\"]", "[\"é\u2028𝄞\u0085\"]", "[\"\xc3\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[é]",
	`[",[]"]`, `],[`, `"a"`, `["a"],`,
}

// TestArray puts texts at all places of blocks, also over their borders.
func TestArray(t *testing.T) {
	for _, s := range arrays {
		for before := range 2*Marked + 2 {
			for _, fill := range []string{"x", `\"`, "é", "\\\\", "[,"} {
				text := `["` + string(bytes.Repeat([]byte(fill), before/len(fill))) + `",` + s
				for _, after := range []string{"", "\n", "\nRDATA \"{\x7f\\", "\n\xff"} {
					checkArray(t, []byte(text+after))
				}
			}
		}
	}
}

// TestArrayOfMany has as many marks as are kept, and more.
func TestArrayOfMany(t *testing.T) {
	for n := range 4 * Marked {
		checkArray(t, append(bytes.Repeat([]byte("["), n), '\n'))
		checkArray(t, append(bytes.Repeat([]byte(`,""`), n), '\n'))
	}
}

func TestArrayOfAnything(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{`"`, `"`, `"`, `\"`, `\\`, `\n`, `\`, `,`, `[`, `]`, `a`, `null`, `0123456789012345`, "é", "𝄞", " ", "\xff", "\x7f", "{", "\n", "\",\"", "\",[\""}
	for range 100000 {
		text := []byte("[")
		for range rnd.IntN(60) {
			k := len(pieces)
			if rnd.IntN(4) > 0 {
				k = 14 // mostly usual ones
			}
			text = append(text, pieces[rnd.IntN(k)]...)
		}
		checkArray(t, text)
	}
	good := []string{`\"`, `\\`, `\n`, `a`, `text`, `,`, `]`, "é", "𝄞", `","`, `","`, `",["`, `"],"`}
	for range 20000 {
		text := []byte(`["`)
		for range rnd.IntN(150) {
			text = append(text, good[rnd.IntN(len(good))]...)
		}
		checkArray(t, append(text, "\"]\n"...))
	}
}
