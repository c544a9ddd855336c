package dump

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// row is the form of a line with bytes that docs/dump.md promises.
var row = regexp.MustCompile(`^(?:  |! )([0-9a-f]{8,16})  ([0-9a-f]{2}(?: [0-9a-f]{2})*)(?:  |$)`)

// reread takes the bytes out of a dump and checks that their offsets go on
// from start without a hole.
func reread(text string, start int64) ([]byte, error) {
	var all []byte
	for line := range strings.Lines(text) {
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		offset, err := strconv.ParseInt(m[1], 16, 64)
		if err != nil {
			return nil, err
		}
		if want := start + int64(len(all)); offset != want {
			return nil, fmt.Errorf("offset %x, want %x: %q", offset, want, line)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	return all, nil
}

func TestReread(t *testing.T) {
	for _, width := range []int{60, 80, 120, 200} {
		for _, r := range samples() {
			if r.Frame != nil && r.Frame.Type() == "login" {
				continue // its bytes are masked
			}
			h := NewHex(Options{Rows: -1, Width: width})
			text := string(h.AppendRecord(nil, &r))
			got, err := reread(text, r.Span.Start)
			if err != nil || !bytes.Equal(got, r.Bytes) {
				t.Errorf("width %d, record %d: %v: got %x, want %x, in\n%s", width, r.Seq, err, got, r.Bytes, text)
			}
		}
	}
}

// Offsets over 4 GiB make the column wider.
func TestLargeOffsets(t *testing.T) {
	r := bulk(100)
	r.Span = codec.Span{Start: 1<<32 - 50, End: 1<<32 + 58}
	text := string(NewHex(Options{Rows: -1}).AppendRecord(nil, &r))
	got, err := reread(text, r.Span.Start)
	if err != nil || !bytes.Equal(got, r.Bytes) {
		t.Errorf("%v: got %x, want %x, in\n%s", err, got, r.Bytes, text)
	}
	if !strings.Contains(text, "\n  00ffffffce  ") {
		t.Errorf("no offset of ten digits in\n%s", text)
	}
}

// A secret's bytes are in no form to be read.
func TestSecret(t *testing.T) {
	for _, r := range samples() {
		if r.Frame == nil || r.Frame.Type() != "login" {
			continue
		}
		for _, f := range forms {
			text := string(f.make(Options{Width: 200}).AppendRecord(nil, &r))
			if strings.Contains(text, "secret") && !strings.Contains(text, "--show-secrets") || strings.Contains(text, "73 65 63") {
				t.Errorf("%s shows the secret:\n%s", f.name, text)
			}
		}
		return
	}
	t.Fatal("no sample with a secret")
}

// Whatever fields a frame claims to have, each of its bytes is shown exactly
// once, lines fit, and values cannot reach the terminal's controls.
func FuzzHex(f *testing.F) {
	f.Add([]byte("heads"), []byte{0, 2, 0, 2, 5, 0}, "value\x1b[2J", int64(0), 80)
	f.Add([]byte("\x00\x01\x02\x03"), []byte{0, 4, 0, 1, 2, 1, 1, 2, 2, 3, 9, 1}, "日本語", int64(1)<<40, 100)
	f.Add(bytes.Repeat([]byte("x"), 300), []byte{200, 100, 0, 0, 255, 3, 7, 7, 9}, "\u202e\u0300", int64(7), 200)
	f.Add([]byte{}, []byte{1, 0, 0}, "", int64(-1), 0)
	f.Fuzz(func(t *testing.T, data, plan []byte, value string, start int64, width int) {
		start &= 1<<48 - 1
		fr := &fake{typ: value, bytes: data}
		for ; len(plan) >= 3; plan = plan[3:] {
			fr.fields = append(fr.fields, field(int64(plan[0]), int64(plan[1]), value, value, value, int(plan[2])))
			fr.findings = append(fr.findings, codec.Finding{Code: "odd", Message: value, Span: codec.Span{Start: int64(plan[1]), End: int64(plan[2])}})
		}
		if strings.Contains(value, codec.Redacted) {
			return
		}
		r := codec.Record{Conn: 1, Dir: codec.ToClient, Span: codec.Span{Start: start, End: start + int64(len(data))}, Frame: fr, Bytes: data}
		for _, form := range forms {
			o := Options{Rows: -1, Width: width % 300, Wire: fakeWire}
			text := string(form.make(o).AppendRecord(nil, &r))
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }); i >= 0 {
					t.Fatalf("%s: a control character at %d of %q", form.name, i, line)
				}
				if n := Cells(line); n > max(o.width(), 80) {
					t.Fatalf("%s at %d: %d cells: %q", form.name, o.width(), n, line)
				}
			}
			if form.name == "hex" {
				got, err := reread(text, start)
				if err != nil || !bytes.Equal(got, data) {
					t.Fatalf("%v: got %x, want %x, in\n%s", err, got, data, text)
				}
			}
		}
	})
}
