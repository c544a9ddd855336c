package synapse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// shown is all that is seen of a frame.
func shown(f *Frame) string {
	var text []string
	for _, v := range []codec.View{{}, {Secrets: true, Depth: 9}} {
		text = append(text, string(f.AppendText(nil, v)), string(f.AppendJSON(nil, v)), fmt.Sprintf("%+v", f.AppendFields(nil, 7, v)))
	}
	var m codec.Measure
	if f.layout() != nil {
		f.Measure(&m)
	}
	t := f.track
	t.of, t.head = nil, ""
	return fmt.Sprintf("%q %+v %+v %+v %v %v %v %+v", text, f.AppendFindings(nil), f.Link(), m, f.in, f.as, f.both, t)
}

// sameLines decodes lines in two ways: with usualRow, which takes some of them, and
// without.
func sameLines(t *testing.T, dialect string, src []byte) (taken int) {
	t.Helper()
	var halves [2]*half
	for i := range halves {
		c, err := open(codec.Options{Dialect: dialect})
		if err != nil {
			t.Fatal(err)
		}
		halves[i] = c.Decoder(codec.ToClient).(*half)
		halves[i].mode = inLines
	}
	for len(src) > 0 {
		f, n, err := halves[0].Decode(src, true)
		g, m, fault := halves[1].decodeLine(src, true)
		if n != m || !reflect.DeepEqual(err, fault) {
			t.Fatalf("%q: %d, %v, not %d, %v", src[:max(n, m)], n, err, m, fault)
		}
		if n == 0 {
			break
		}
		if got, want := shown(f.(*Frame)), shown(g.(*Frame)); got != want {
			t.Fatalf("%q:\n%s, not\n%s", src[:n], got, want)
		}
		if got, want := &halves[0].c.guess, &halves[1].c.guess; !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, not %+v", src[:n], got, want)
		}
		if f.(*Frame).usual {
			taken++
			sure(t, f.(*Frame))
		}
		src = src[n:]
	}
	for i, p := range halves[0].seen.order {
		if q := halves[1].seen.order[i]; !reflect.DeepEqual(p, q) {
			t.Fatalf("%+v, not %+v", p, q)
		}
	}
	return taken
}

// sure checks what a usual row says of its text.
func sure(t *testing.T, f *Frame) {
	t.Helper()
	if text := f.AppendText(nil, codec.View{}); !bytes.Equal(text, f.body()) || bytes.IndexByte(text, '{') >= 0 || f.Certain() != codec.Everything {
		t.Fatalf("%q", text)
	}
}

var usualValues = []string{
	`"a"`, `"\"\\\n"`, `"é"`, `"\u00e9"`, `"\/"`, `null`, `true`, `false`, `0`, `17`, `-1`, `1.5`, `[]`, `["a"]`, `["a",["b"]]`, `{"a":1}`, ` 1`, `"{"`, "\"\x7f\"", "\"\xff\"",
	`nul`, `"a`, `1 `, ``, `"a""b"`, `"long enough to go over the end of a block of sixty-four bytes, é"`, `1234567890123456`,
}

// usualLines makes lines, of which most are usual.
func usualLines(r *rand.Rand, n int, instance bool) (src []byte) {
	pick := func(from []string, usual int) string {
		if r.IntN(12) > 0 {
			return from[r.IntN(usual)]
		}
		return from[r.IntN(len(from))]
	}
	for range n {
		name := []string{"RDATA", "RDATA", "RDATA", "RDATA", "POSITION", "PING"}[r.IntN(6)]
		line := name + " " + pick([]string{"events", "typing", "caches", "receipts", "nonesuch", "events {", "é", "abc", "\x7fabc", "abc\x01", "eventsx"}, 5)
		if instance != (r.IntN(50) == 0) {
			line += " " + pick([]string{"master", "worker1", "w{", ""}, 2)
		}
		line += " " + pick([]string{"5", "6", "70", "batch", "-3", "05", "NOW", "123456789012345678", "1234567890123456789", "", "x"}, 4)
		if name == "RDATA" {
			line += " ["
			for i := range 1 + r.IntN(6) {
				if i > 0 {
					line += ","
				}
				line += pick(usualValues, 3)
			}
			line += pick([]string{"]", "],", "] ", "", "]]"}, 1)
		} else if name == "POSITION" && instance {
			line += " 8"
		}
		src = append(src, line+pick([]string{"\n", "\r\n"}, 1)...)
	}
	return src
}

// finds says whether this processor can look for the ends of arrays at all.
func finds() bool {
	var f jsonv.Finder
	return f.Array([]byte("[1]\n"), new(jsonv.Columns)) > 0
}

func TestUsualRow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dialect := range []string{"seed", "v1.0", "v1.12", "v1.13", "v1.66", "", ""} {
		for _, instance := range []bool{false, true} {
			taken := sameLines(t, dialect, usualLines(r, 1500, instance))
			matches := dialect == "" || instance == (dialect == "v1.13" || dialect == "v1.66")
			if t.Logf("%q, %v: %d rows", dialect, instance, taken); matches && taken < 300 && finds() {
				t.Errorf("%q, %v: %d rows are usual", dialect, instance, taken)
			}
		}
	}
}

// TestParseUsualRow parses lines in two ways: by a parser that knows streams, and by one
// that does not.
func TestParseUsualRow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, dialect := range []string{"v1.12", "v1.66", ""} {
		var parsers [2]*parser
		for i := range parsers {
			p, err := Protocol{}.Parser(codec.Options{Dialect: dialect})
			if err != nil {
				t.Fatal(err)
			}
			parsers[i] = p.(*parser)
		}
		taken := 0
		for line := range bytes.Lines(usualLines(r, 1500, dialect != "v1.12")) {
			text := codec.Text{Body: line[:len(line)-1]}
			if r.IntN(50) == 0 {
				text.Body = line
			}
			f, err := parsers[0].Parse(codec.ToClient, text)
			parsers[1].seen = tracker{}
			g, fault := parsers[1].Parse(codec.ToClient, text)
			if !reflect.DeepEqual(err, fault) {
				t.Fatalf("%q: %v, not %v", line, err, fault)
			}
			if err != nil {
				continue
			}
			if got, want := shown(f.(*Frame)), shown(g.(*Frame)); got != want {
				t.Fatalf("%q:\n%s, not\n%s", line, got, want)
			}
			if f.(*Frame).usual {
				taken++
			}
		}
		if taken < 200 && finds() {
			t.Errorf("%q: %d rows are usual", dialect, taken)
		}
	}
}

// TestUsualRowCut cuts a row after each of its bytes, and puts each byte into it.
func TestUsualRowCut(t *testing.T) {
	const before, row = "RDATA events master 5 [\"a\"]\n", "RDATA events master 76 [\"ev\",[\"$a\\n\",null,12,[]],true,\"é\"]"
	for i := range len(row) {
		sameLines(t, "v1.66", []byte(before+row[:i]))
		all := before + row[:i] + "\n"
		for c := range 256 {
			all += row[:i] + string([]byte{byte(c)}) + row[i+1:] + "\n"
		}
		sameLines(t, "v1.66", []byte(all))
	}
	for _, n := range []int{maxLine - 1, maxLine, maxLine + 1, codec.DefaultMaxFrame} {
		long := before + row[:24] + string(bytes.Repeat([]byte("x"), n-24-3)) + "\"]\n"
		sameLines(t, "v1.66", []byte(long))
	}
}
