package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wirectl/wirectl/pkg/codec"
)

// toy is a protocol of lengths and bytes: 'F' n and n bytes. 'B' n is a unit
// of n bytes that is wrong. Anything else is no frame; a place is an 'F' that
// is followed by another or by the end.
type toy struct {
	f       toyFrame
	resumed int
	asked   int
}

type toyFrame struct {
	codec.Frame
	body []byte
}

func (f *toyFrame) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, 'F', byte(len(f.body))), f.body...), nil
}

func (t *toy) Decode(src []byte, _ bool) (codec.Frame, int, error) {
	if src[0] != 'F' && src[0] != 'B' {
		return nil, 0, codec.Faultf(codec.CodeSyntax, 0, "kind", "%q is no frame", src[0])
	}
	if t.asked++; len(src) < 2 {
		return nil, 0, codec.ErrShort
	}
	n := 2 + int(src[1])
	if len(src) < n {
		return nil, n, codec.ErrShort
	}
	if src[0] == 'B' {
		return nil, n, codec.Faultf(codec.CodeSyntax, 1, "", "a bad unit")
	}
	t.f.body = src[2:n]
	return &t.f, n, nil
}

func (t *toy) Sync(src []byte, atEOF bool) (int, bool) {
	for i := range src {
		if src[i] != 'F' {
			continue
		}
		if len(src) < i+2 || len(src) <= i+2+int(src[i+1]) && !atEOF {
			if atEOF {
				continue
			}
			return i, false
		}
		if end := i + 2 + int(src[i+1]); end == len(src) || end < len(src) && src[end] == 'F' {
			return i, true
		}
	}
	return len(src), false
}

func (t *toy) Resume() { t.resumed++ }

func describe(r *codec.Record) string {
	switch {
	case r.IsGap():
		return fmt.Sprintf("%d gap %d", r.Span.Start, r.Span.Len())
	case r.Err != nil:
		return fmt.Sprintf("%d raw %q %s at %d", r.Span.Start, r.Bytes, r.Err.Code, r.Err.Offset)
	}
	b, _ := r.Frame.AppendBinary(nil)
	return fmt.Sprintf("%d frame %q", r.Span.Start, b[2:])
}

var streams = []struct {
	name string
	in   []string // "gap" stands for 100 missing bytes
	want []string
}{
	{"empty", nil, nil},
	{"frames", []string{"F\x01aF\x00F\x02bc"}, []string{`0 frame "a"`, `3 frame ""`, `5 frame "bc"`}},
	{"cut", []string{"F\x01aF\x05bc"}, []string{`0 frame "a"`, `3 raw "F\x05bc" truncated at 7`}},
	{"a bad unit", []string{"F\x01aB\x01xF\x01b"}, []string{`0 frame "a"`, `3 raw "B\x01x" syntax at 4`, `6 frame "b"`}},
	{"junk", []string{"F\x01ajunkF\x01bF\x00"}, []string{`0 frame "a"`, `3 raw "junk" syntax at 3`, `7 frame "b"`, `10 frame ""`}},
	{"junk at the end", []string{"F\x01ajunk"}, []string{`0 frame "a"`, `3 raw "junk" syntax at 3`}},
	{"a cut frame that holds frames", []string{"F\xffxxF\x01aF\x01b"}, []string{`0 raw "F\xffxx" truncated at 10`, `4 frame "a"`, `7 frame "b"`}},
	{"gap between frames", []string{"F\x01a", "gap", "F\x01bF\x00"}, []string{`0 frame "a"`, `3 gap 100`, `103 frame "b"`, `106 frame ""`}},
	{"gap in a frame", []string{"F\x01aF\x04x", "gap", "yzF\x01bF\x00"}, []string{`0 frame "a"`, `3 raw "F\x04x" truncated at 6`, `6 gap 100`, `106 raw "yz" skipped at 106`, `108 frame "b"`, `111 frame ""`}},
	{"gap at both ends", []string{"gap", "F\x01a", "gap"}, []string{`0 gap 100`, `100 frame "a"`, `103 gap 100`}},
	{"two gaps", []string{"F\x00", "gap", "gap", "F\x00"}, []string{`0 frame ""`, `2 gap 100`, `102 gap 100`, `202 frame ""`}},
}

// run feeds in, each piece cut in steps, and returns the records.
func run(t *testing.T, in []string, step int) []string {
	t.Helper()
	s := codec.NewStream(new(toy), codec.ToClient)
	var got []string
	var end int64
	drain := func() {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if r.Span.Start != end || r.Dir != codec.ToClient || !r.IsGap() && int64(len(r.Bytes)) != r.Span.Len() {
				t.Errorf("record %+v follows offset %d", r, end)
			}
			end = r.Span.End
			got = append(got, describe(&r))
		}
	}
	for _, piece := range in {
		if piece == "gap" {
			s.Gap(100)
			drain()
			continue
		}
		if step < 0 {
			runs(s, []byte(piece), -step, drain)
			continue
		}
		for p := []byte(piece); len(p) > 0; p = p[min(step, len(p)):] {
			chunk := bytes.Clone(p[:min(step, len(p))])
			s.Feed(chunk)
			drain()
			for i := range chunk { // what was lent is given back
				chunk[i] = 0xdb
			}
		}
	}
	s.End()
	drain()
	if s.Buffered() != 0 || s.Offset() != end {
		t.Errorf("%d bytes are left at %d", s.Buffered(), s.Offset())
	}
	return got
}

// runs feeds b in runs of up to five parts of some bytes each.
func runs(s *codec.Stream, b []byte, step int, drain func()) {
	for len(b) > 0 {
		run := bytes.Clone(b[:min(5*step, len(b))])
		b = b[len(run):]
		for from := 0; from < len(run); from += step {
			to := min(from+step, len(run))
			before := s.Offset()
			if s.FeedRun(run[:to], from, to < len(run)) {
				drain()
			} else if drain(); s.Offset() != before {
				panic("there were records")
			}
		}
		for i := range run { // what was lent is given back
			run[i] = 0xdb
		}
	}
}

func TestStream(t *testing.T) {
	for _, tt := range streams {
		t.Run(tt.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 3, 5, 1000, -1, -2, -3} {
				got := run(t, tt.in, step)
				if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
					t.Errorf("step %d:\n got %q\nwant %q", step, got, tt.want)
				}
			}
		})
	}
}

func TestJoin(t *testing.T) {
	for in, want := range map[string]string{
		"xxF\x01aF\x00": `0 raw "xx" skipped at 0, 2 frame "a", 5 frame ""`,
		"F\x01aF\x00":   `0 frame "a", 3 frame ""`,
	} {
		s := codec.NewStream(new(toy), codec.ToServer)
		s.Join()
		var got []string
		for r, err := range codec.Records(strings.NewReader(in), s) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, describe(r))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %s", in, got, want)
		}
	}
}

// A long stretch without frames comes in pieces, always the same ones, and
// what is kept of it is bounded.
func TestLongRaw(t *testing.T) {
	const piece = 64 << 10
	in := strings.Repeat("x", 3*piece+5) + "F\x01aF\x00"
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(in),
		"odd":   &chunks{in, 12345},
	} {
		s := codec.NewStream(new(toy), codec.ToServer)
		var got []int64
		for rec, err := range codec.Records(r, s) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec.Span.Len())
			if s.Buffered() > 3*piece {
				t.Fatalf("%s: %d bytes are kept", name, s.Buffered())
			}
		}
		if fmt.Sprint(got) != fmt.Sprint([]int{piece, piece, piece, 5, 3, 2}) {
			t.Errorf("%s: lengths %v", name, got)
		}
	}
}

type chunks struct {
	s string
	n int
}

func (c *chunks) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), c.n)], c.s)
	c.s = c.s[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestRecordsReaders(t *testing.T) {
	in := "F\x01ajunkF\x01bF\x00"
	for name, r := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(strings.NewReader(in)),
		"half":     iotest.HalfReader(strings.NewReader(in)),
		"data+EOF": iotest.DataErrReader(strings.NewReader(in)),
	} {
		n := 0
		for rec, err := range codec.Records(r, codec.NewStream(new(toy), codec.ToServer)) {
			if err != nil {
				t.Fatal(err)
			}
			n += int(rec.Span.Len())
		}
		if n != len(in) {
			t.Errorf("%s: %d of %d bytes", name, n, len(in))
		}
	}
	boom := errors.New("boom")
	var last error
	frames := 0
	for rec, err := range codec.Records(io.MultiReader(strings.NewReader("F\x01aF\x09x"), iotest.ErrReader(boom)), codec.NewStream(new(toy), codec.ToServer)) {
		if last = err; rec != nil {
			frames++
		}
	}
	if !errors.Is(last, boom) || frames != 2 {
		t.Errorf("%d records, then %v; want 2 and boom", frames, last)
	}
}

func TestResume(t *testing.T) {
	d := new(toy)
	s := codec.NewStream(d, codec.ToServer)
	s.Feed([]byte("F\x00"))
	for _, ok := s.Next(); ok; _, ok = s.Next() {
	}
	if d.resumed != 0 {
		t.Error("resumed though nothing is missing")
	}
	s.Gap(1)
	for _, ok := s.Next(); ok; _, ok = s.Next() {
	}
	if d.resumed != 1 {
		t.Errorf("resumed %d times after a gap", d.resumed)
	}
}

func TestStreamAllocs(t *testing.T) {
	s := codec.NewStream(new(toy), codec.ToServer)
	in := []byte(strings.Repeat("F\x10abcdefghijklmnop", 100) + "F\x05ab")
	rest := []byte("cde")
	n := testing.AllocsPerRun(50, func() {
		for _, p := range [][]byte{in, rest} {
			s.Feed(p)
			for _, ok := s.Next(); ok; _, ok = s.Next() {
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzStream(f *testing.F) {
	for _, tt := range streams {
		f.Add(strings.Join(tt.in, ""), 2)
	}
	f.Fuzz(func(t *testing.T, in string, step int) {
		whole := run(t, []string{in, "gap", in}, 1<<20)
		parts := run(t, []string{in, "gap", in}, 1+step&0xff)
		parts = slices.Concat(parts, []string{"in runs"}, run(t, []string{in, "gap", in}, -1-step&0xff))
		whole = slices.Concat(whole, []string{"in runs"}, whole)
		if strings.Join(whole, "\n") != strings.Join(parts, "\n") {
			t.Fatalf("whole  %q\npieces %q", whole, parts)
		}
	})
}

func BenchmarkStream(b *testing.B) {
	in := []byte(strings.Repeat("F\xff"+strings.Repeat("x", 255), 4096))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		s := codec.NewStream(new(toy), codec.ToServer)
		for _, err := range codec.Records(bytes.NewReader(in), s) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestWant feeds a frame byte by byte: the decoder is asked for each of the two
// bytes of its header, and then not before it is whole, or cannot be any more.
func TestWant(t *testing.T) {
	for _, test := range []struct {
		in   string
		gap  int64
		want []string
	}{
		{"F\x05hello", 0, []string{"F\x05hello"}},
		{"F\x05hell", 3, []string{"F\x05hell", ""}},
	} {
		d := new(toy)
		s := codec.NewStream(d, codec.ToServer)
		var got []string
		read := func() {
			for r, ok := s.Next(); ok; r, ok = s.Next() {
				got = append(got, string(r.Bytes))
			}
		}
		for _, b := range []byte(test.in) {
			s.Feed([]byte{b})
			read()
		}
		s.Gap(test.gap)
		read()
		if d.asked != 3 || !slices.Equal(got, test.want) {
			t.Errorf("%q: asked %d times for %q", test.in, d.asked, got)
		}
	}
}
