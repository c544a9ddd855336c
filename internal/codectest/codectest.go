// Package codectest holds checks that hold for the codec of every protocol,
// for use in tests.
package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// All is the view that shows everything.
var All = codec.View{Secrets: true, Depth: 8}

// Record is what a record says, with nothing shared with its decoder.
type Record struct {
	Offset, Length int64
	Type           string // "" for a raw stretch
	Text           string // the notation's line, with secrets
	Err            string
	Code           string
	JSON           string
	Findings       []codec.Finding
}

func (r Record) String() string {
	return fmt.Sprintf("%d+%d %s %q %s %s %v", r.Offset, r.Length, r.Type, r.Text, r.Err, r.JSON, r.Findings)
}

// Cut cuts one direction of a new conversation, fed in pieces of step bytes,
// all at once when step is 0.
func Cut(t testing.TB, p codec.Protocol, o codec.Options, dir codec.Direction, stream []byte, step int) []Record {
	t.Helper()
	c, err := p.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return CutIn(p, c, dir, stream, step)
}

// CutIn is Cut in a conversation that exists.
func CutIn(p codec.Protocol, c codec.Conversation, dir codec.Direction, stream []byte, step int) []Record {
	if step <= 0 {
		step = max(1, len(stream))
	}
	pr := humanframe.NewPrinter(lookup(p), All)
	s := codec.NewStream(c.Decoder(dir), dir)
	var out []Record
	take := func() {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			out = append(out, record(pr, p, r))
		}
	}
	for chunk := range slices.Chunk(stream, step) {
		s.Feed(bytes.Clone(chunk))
		take()
	}
	s.End()
	take()
	return out
}

func lookup(p codec.Protocol) func(string) (codec.Protocol, error) {
	return func(string) (codec.Protocol, error) { return p, nil }
}

func record(pr *humanframe.Printer, p codec.Protocol, r codec.Record) Record {
	r.Proto = p.Info().Name
	out := Record{Offset: r.Span.Start, Length: r.Span.Len(), Text: string(pr.AppendText(nil, &r))}
	if r.Frame != nil {
		out.Type = r.Frame.Type()
		out.JSON = string(r.Frame.AppendJSON(nil, All))
		out.Findings = r.Frame.AppendFindings(nil)
	}
	if r.Err != nil {
		out.Err, out.Code = r.Err.Error(), r.Err.Code
	}
	return out
}

// Encode makes the bytes of a text of the notation, as a line alone.
func Encode(p codec.Protocol, text string) ([]byte, error) {
	s := humanframe.NewScanner("test", strings.NewReader(text+"\n"))
	s.Alone()
	l, err := s.Next()
	if err != nil {
		return nil, err
	}
	e := humanframe.NewEncoder(lookup(p), codec.ToServer, codec.Options{})
	if err := e.Use(p.Info().Name, ""); err != nil {
		return nil, err
	}
	item, ok, err := e.Encode(l)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("no frame")
	}
	return bytes.Clone(item.Bytes), nil
}

// Check holds a stream against what every codec promises: each byte is in
// one record, the records do not depend on how the stream is cut, each text
// encodes to its bytes, the fields of a frame cover it, and a clone is equal.
// It returns the records.
func Check(t testing.TB, p codec.Protocol, o codec.Options, dir codec.Direction, stream []byte) []Record {
	t.Helper()
	recs := Cut(t, p, o, dir, stream, 0)
	var at int64
	for _, r := range recs {
		if r.Offset != at || r.Length <= 0 {
			t.Fatalf("record at %d of %d bytes, expected at %d: %v", r.Offset, r.Length, at, r)
		}
		at += r.Length
		want := stream[r.Offset:at]
		got, err := Encode(p, r.Text)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("text %q\n encodes to %x\n        not %x (%v)", r.Text, clip(got), clip(want), err)
		}
	}
	if at != int64(len(stream)) {
		t.Fatalf("%d of %d bytes are in records", at, len(stream))
	}
	for _, step := range []int{1, 7} {
		if len(stream)/step > 1<<16 {
			continue
		}
		if again := Cut(t, p, o, dir, stream, step); !slices.EqualFunc(again, recs, same) {
			t.Fatalf("in pieces of %d bytes:\n got %v\nwant %v", step, again, recs)
		}
	}
	checkFrames(t, p, o, dir, stream)
	return recs
}

func same(a, b Record) bool { return a.String() == b.String() }

func clip(b []byte) []byte { return b[:min(len(b), 200)] }

// checkFrames checks the fields and the clone of each frame.
func checkFrames(t testing.TB, p codec.Protocol, o codec.Options, dir codec.Direction, stream []byte) {
	t.Helper()
	c, err := p.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s := codec.NewStream(c.Decoder(dir), dir)
	s.Feed(stream)
	s.End()
	printers := []*humanframe.Printer{humanframe.NewPrinter(lookup(p), codec.View{}), humanframe.NewPrinter(lookup(p), All)}
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		for _, pr := range printers {
			r.Proto = p.Info().Name
			JSONText(t, pr, &r)
		}
		if r.Frame == nil {
			continue
		}
		b, err := r.Frame.AppendBinary(nil)
		if err != nil || !bytes.Equal(b, r.Bytes) {
			t.Fatalf("AppendBinary gives %x (%v), not %x", clip(b), err, clip(r.Bytes))
		}
		clone := r.Frame.Clone()
		for _, v := range []codec.View{{}, All} {
			if a, b := r.Frame.AppendText(nil, v), clone.AppendText(nil, v); !bytes.Equal(a, b) {
				t.Fatalf("the clone's text is %s, not %s", b, a)
			}
			if a, b := r.Frame.AppendJSON(nil, v), clone.AppendJSON(nil, v); !bytes.Equal(a, b) {
				t.Fatalf("the clone's JSON is %s, not %s", b, a)
			}
			Certain(t, r.Frame, v)
			Tile(t, r.Frame.AppendFields(nil, r.Span.Start, v), r.Span)
		}
	}
}

// JSONText checks that the text that p makes for a JSON string is the text.
func JSONText(t testing.TB, p *humanframe.Printer, r *codec.Record) {
	t.Helper()
	text := p.AppendText(nil, r)
	if got, want := p.AppendJSONText(nil, r), jsonenc.AppendStringBody(nil, text); !bytes.Equal(got, want) {
		t.Fatalf("for JSON the text is\n%s, not\n%s", clip(got), clip(want))
	}
}

// Certain checks that the text of a frame is what the frame says of it for
// certain.
func Certain(t testing.TB, f codec.Frame, v codec.View) {
	t.Helper()
	c, ok := f.(codec.Certain)
	if !ok {
		return
	}
	text, sure := f.AppendText(nil, v), c.Certain()
	if sure&codec.Printable != 0 && !lex.Printable(text) {
		t.Fatalf("a text that is said to be printable is not: %q", clip(text))
	}
	if sure&codec.Own != 0 && !ownBegin.Match(text) || sure&codec.Own != 0 && loneEnd.Match(text) {
		t.Fatalf("a text that is said to be the protocol's own is not: %q", clip(text))
	}
	if sure&codec.Bare != 0 && bytes.Contains(text, []byte(codec.Redacted)) {
		t.Fatalf("a text that is said to have nothing masked has: %q", clip(text))
	}
}

var (
	ownBegin = regexp.MustCompile(`^([0-9A-Za-qs-z]|r[^a]|ra[^w])`)
	loneEnd  = regexp.MustCompile(`(^|[^\\])(\\\\)*\\$`)
)

// Tile checks that the fields of depth 0 cover span in order without a hole,
// and that deeper ones are within the one before them.
func Tile(t testing.TB, fields []codec.Field, span codec.Span) {
	t.Helper()
	at := []int64{span.Start}
	end := []int64{span.End}
	for _, f := range fields {
		for len(at)-1 > f.Depth {
			if at[len(at)-1] != end[len(at)-1] {
				t.Fatalf("before %+v: fields of depth %d end at %d, not at %d", f, len(at)-1, at[len(at)-1], end[len(at)-1])
			}
			at, end = at[:len(at)-1], end[:len(end)-1]
		}
		if f.Depth == len(at) && f.Depth > 0 {
			at, end = append(at, f.Span.Start), append(end, at[f.Depth-1])
		}
		if f.Depth != len(at)-1 || f.Span.Start != at[f.Depth] || f.Span.End < f.Span.Start || f.Span.End > end[f.Depth] {
			t.Fatalf("field %+v does not follow: expected at %v, not beyond %v\n%+v", f, at, end, fields)
		}
		at[f.Depth] = f.Span.End
	}
	for i := range at {
		if at[i] != end[i] {
			t.Fatalf("fields of depth %d end at %d, not at %d: %+v", i, at[i], end[i], fields)
		}
	}
}

// ShortPrefixes checks that the decoder of a conversation wants more bytes
// for every prefix of frame, and takes all of it. open returns a decoder to
// which frame comes next.
func ShortPrefixes(t testing.TB, open func() codec.Decoder, frame []byte) {
	t.Helper()
	for n := range len(frame) {
		if f, want, err := open().Decode(frame[:n], false); f != nil || want != 0 && (want <= n || want > len(frame)) || !errors.Is(err, codec.ErrShort) {
			t.Fatalf("%d of %d bytes: frame %v, %d bytes wanted, error %v", n, len(frame), f, want, err)
		}
	}
	if _, used, err := open().Decode(frame, false); used != len(frame) || err != nil {
		t.Fatalf("whole frame: %d of %d bytes used, error %v", used, len(frame), err)
	}
}
