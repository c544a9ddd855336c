package session

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// What decode prints of a capture is a session: its frames are sent byte for
// byte, and every line that is expected matches what it was printed of.
func TestCaptures(t *testing.T) {
	files, records := 0, 0
	err := filepath.WalkDir(testdata.Path(""), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pcap") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 1<<20 {
			return err
		}
		n := capturedSession(t, path)
		files, records = files+1, records+n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 || records < 1000 {
		t.Errorf("%d captures with %d records", files, records)
	}
}

func capturedSession(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open(path, bytes.NewReader(b), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	p.Marks = true
	var doc []byte
	var list []*codec.Record
	for r, err := range s.Records(src) {
		if err != nil {
			return 0
		}
		if r.IsGap() || r.Proto == "" {
			return 0
		}
		doc = p.AppendRecord(doc, r)
		own := *r
		own.Bytes = bytes.Clone(r.Bytes)
		if r.Frame != nil {
			own.Frame = r.Frame.Clone()
		}
		list = append(list, &own)
		if len(list) == 400 {
			break
		}
	}
	d, err := Parse(filepath.Base(path), doc, Options{Lookup: registry.Lookup})
	if err != nil {
		t.Errorf("%s: %.500s", path, err)
		return 0
	}
	run := d.Begin()
	for i, step := range d.Steps {
		r := list[i]
		switch step := step.(type) {
		case *Send:
			got, err := run.Bytes(step)
			if err != nil || !bytes.Equal(got, r.Bytes) {
				t.Errorf("%s:%d: sends %.100x, not %.100x, %v", path, step.Line, got, r.Bytes, err)
				return i
			}
		case *Expect:
			res := run.Match(step, r, 0)
			if !res.OK || len(res.Captures) > 0 {
				t.Errorf("%s:%d: %.300s\n%.300s", path, step.Line, step.Text, show(res))
				return i
			}
			run.Take(res, r)
		}
	}
	if len(d.Steps) != len(list) {
		t.Errorf("%s: %d steps of %d records", path, len(d.Steps), len(list))
	}
	return len(list)
}
