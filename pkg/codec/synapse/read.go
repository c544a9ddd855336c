package synapse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A trouble is why a payload does not fit a layout. It becomes an error only
// when no layout fits.
type trouble struct {
	what problem
	of   *layout
	part int // of the layout
	at   int // offset in the line
	end  int
	json *codec.SyntaxError
	got  int
}

// A problem is a kind of trouble.
type problem byte

const (
	fine       problem = iota
	noSpace            // the line has no space, and this dialect wants one
	tooFew             // parts are missing
	tooMany            // the last part holds a space
	noNumber           // not a Python integer
	noState            // neither start nor end
	badJSON            // no JSON
	wrongCount         // JSON of another number of elements
)

// cutName finds the name and the payload of the line, and the command.
func (f *Frame) cutName() (spaced bool) {
	const most = "RDATA " // lines
	body := f.body()
	if len(body) >= len(most) && string(body[:len(most)]) == most {
		f.name, f.rest, f.cmd = len(most)-1, len(most), cmdRData
		return true
	}
	f.name = spaceFrom(body, 0)
	f.rest = min(f.name+1, len(body))
	f.cmd = find(body[:f.name])
	return f.name < len(body)
}

// spaceFrom returns where the first space of b from i on is, or the length of b. It
// looks at eight bytes at a time, as fields are short.
func spaceFrom(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:]) ^ ones*' '
		if m := (x - ones) &^ x & highs; m != 0 { // the lowest is the first 0 of x
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] != ' ' {
		i++
	}
	return i
}

// blankLine says whether b holds nothing but what bytes.strip() of Python
// strips.
func blankLine(b []byte) bool {
	for _, c := range b {
		if c != ' ' && (c < '\t' || c > '\r') {
			return false
		}
	}
	return true
}

// blankOK is the set of the dialects that pass over blank lines: under Python
// 2, and from v1.73 on. Between them, Python 3 compared bytes with text.
const blankOK = seed | v021 | v022 | v198

// badUTF8 returns the offset of the first byte of b that is not UTF-8, or -1.
func badUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// fit reads the payload of f as l has it, into c. It returns the dialects that
// take it. When none does, it does not fit, and t is why.
func (f *Frame) fit(l *layout, spaced bool, nesting int, c *pieces, t *trouble) set {
	in := l.in
	if !spaced {
		if in &= oneWord; in == none {
			*t = trouble{what: noSpace, of: l, at: f.rest}
			return none
		}
	}
	c.plain, c.listed = 0, false
	if len(l.parts) == 0 {
		return in
	}
	body := f.body()
	at := f.rest
	last := len(l.parts) - 1
	for i := range c.parts[:last] {
		end := spaceFrom(body, at)
		if end == len(body) {
			*t = trouble{what: tooFew, of: l, part: i, at: end, got: i + 1}
			return none
		}
		c.parts[i] = span{at, end}
		at = end + 1
	}
	c.parts[last] = span{at, len(body)}
	if l.exact {
		if end := spaceFrom(body, at); end < len(body) {
			*t = trouble{what: tooMany, of: l, part: last, at: end, end: len(body)}
			return none
		}
	}
	for i := range l.parts {
		ok := true
		s := c.parts[i]
		switch b := body[s.start:s.end]; l.parts[i].kind {
		case number, rowToken, fromNow:
			var plain bool
			if c.values[i], plain = plainInt(b); plain {
				c.plain |= 1 << i
			} else {
				ok = otherInt(l.parts[i].kind, b, t)
			}
		case syncing:
			if ok = string(b) == "start" || string(b) == "end"; !ok {
				*t = trouble{what: noState}
			}
		case asJSON:
			if c.listed = jsonv.CheckArray(b, jsonOptions(nesting), &c.array); !c.listed {
				ok = checkJSON(l, b, nesting, &in, t)
			}
		case jsonList:
			ok = checkJSON(l, b, nesting, &in, t)
		}
		if !ok {
			t.of, t.part, t.at, t.end = l, i, t.at+s.start, s.end
			return none
		}
	}
	return in
}

// otherInt says whether b, which plainInt does not take, is what a part of a kind
// can be, or else in t what is wrong with it.
func otherInt(k kind, b []byte, t *trouble) bool {
	if k == rowToken && string(b) == "batch" || k == fromNow && (string(b) == "NOW" || string(b) == "now") {
		return true
	}
	_, at, ok := parseIntSlow(b)
	if !ok {
		*t = trouble{what: noNumber, at: at}
	}
	return ok
}

// Sets of dialects by how they read JSON.
const (
	ujson     = seed | v021 | v022 // takes what jsonv.Ujson does
	constants = v118<<1 - 1        // takes NaN, Infinity and -Infinity; simplejson, then json
	skipsBOM  = v100 | v112 | v113 // simplejson passes over a byte order mark
	bom       = "\xef\xbb\xbf"
)

// jsonOptions are those of a check of JSON in a line, which is UTF-8 by then.
func jsonOptions(nesting int) jsonv.Options { return jsonv.Options{MaxDepth: nesting, UTF8: true} }

// checkJSON says whether b is one JSON value, of as many elements as l has names
// for, or else in t why not. It removes from in the dialects whose reader does not
// take it.
func checkJSON(l *layout, b []byte, nesting int, in *set, t *trouble) bool {
	skip := 0
	if bytes.HasPrefix(b, []byte(bom)) {
		if *in &= skipsBOM; *in != none {
			skip = len(bom)
		} else {
			*in = l.in
		}
	}
	b = b[skip:]
	o := jsonOptions(nesting)
	err := jsonv.CheckWhole(b, o)
	if err != nil {
		e, _ := err.(*codec.SyntaxError)
		odd := none
		o.Allow = jsonv.Constants
		switch {
		case e != nil && e.Code == codec.CodeLimit: // no reader's ways help
		case *in&constants != none && jsonv.CheckWhole(b, o) == nil:
			odd = *in & constants
		case *in&ujson != none:
			o.Allow = jsonv.Ujson
			if jsonv.CheckWhole(b, o) == nil {
				odd = *in & ujson
			}
		}
		if odd == none {
			*t = trouble{what: badJSON, at: skip, json: e}
			return false
		}
		*in = odd
	}
	if want := len(l.list); want > 0 {
		if n := pyLen(b); n != want {
			*t = trouble{what: wrongCount, at: skip, got: n}
			return false
		}
	}
	return true
}

// pyLen returns the number of names that Python can unpack the JSON value b
// into: of elements, characters or different keys, -1 for other values.
func pyLen(b []byte) int {
	switch jsonv.KindOf(b) {
	case jsonv.Array:
		return jsonv.Len(b)
	case jsonv.String, jsonv.Object:
		return len(unpack(b))
	}
	return -1
}

// unpack returns the values, as JSON, that Python unpacks the JSON value b
// into.
func unpack(b []byte) [][]byte {
	var list [][]byte
	switch jsonv.KindOf(b) {
	case jsonv.Array:
		for _, v := range jsonv.Elements(b) {
			list = append(list, v)
		}
	case jsonv.Object:
		seen := map[string]bool{}
		for k := range jsonv.Members(b) {
			s, _ := jsonv.StringValue(k)
			if !seen[s] {
				seen[s] = true
				list = append(list, k)
			}
		}
	case jsonv.String:
		list = characters(jsonv.Value(b))
	}
	return list
}

// characters returns the characters of a JSON string as JSON strings.
func characters(raw []byte) [][]byte {
	var list [][]byte
	for i := 1; i < len(raw)-1; {
		var n int
		switch {
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] == 'u':
			n = 6
			if pair(raw, i) {
				n = 12
			}
		case raw[i] == '\\':
			n = 2
		default:
			_, n = utf8.DecodeRune(raw[i:])
		}
		n = min(n, len(raw)-1-i)
		c := append([]byte{'"'}, raw[i:i+n]...)
		list = append(list, append(c, '"'))
		i += n
	}
	return list
}

// pair says whether two escapes at i, high and low surrogate, make one
// character.
func pair(raw []byte, i int) bool {
	return surrogate(raw, i, '8', '9', 'a', 'b') && surrogate(raw, i+6, 'c', 'd', 'e', 'f')
}

// surrogate says whether raw has an escape \udX… at i, X one of digits.
func surrogate(raw []byte, i int, digits ...byte) bool {
	return i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' && raw[i+2]|0x20 == 'd' &&
		bytes.IndexByte(digits, raw[i+3]|0x20) >= 0
}
