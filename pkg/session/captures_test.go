package session

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
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

// A piece of a line that is made a hole keeps that piece, and a piece that is
// another one is told, with a path or a place.
func TestCaptureHoles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tried, told := 0, 0
	for _, path := range []string{
		"hg/captures/seed/capabilities.pcap", "zeo/captures/zeo6-readonly.pcap", "zeo/captures/z397-readonly.pcap",
		"synapse/captures/seed-normal.pcap", "msgq/captures/s08_notifications.pcap", "emqp/captures/emq_inform_ready.pcap",
	} {
		doc, list := captured(t, testdata.Path(path))
		d, err := Parse(path, doc, Options{Lookup: registry.Lookup})
		if err != nil {
			t.Fatal(err)
		}
		run := d.Begin()
		for i, step := range d.Steps {
			e, ok := step.(*Expect)
			if !ok || e.Raw {
				continue
			}
			text := e.Text[e.text.lead:]
			pieces := regexp.MustCompile(`[A-Za-z0-9_.@]+`).FindAllStringIndex(text, -1)
			if len(pieces) == 0 {
				continue
			}
			at := pieces[r.IntN(len(pieces))]
			piece := text[at[0]:at[1]]
			hole := run.again(e, e.Text[:e.text.lead]+text[:at[0]]+"{{hole}}"+text[at[1]:])
			if hole == nil {
				t.Errorf("%s: no hole for %s", e.Text, piece)
				continue
			}
			res := run.Match(hole, list[i], 0)
			if tried++; !res.OK || res.Captures[0].Value != piece {
				t.Errorf("%s\n%s", hole.Text, show(res))
			}
			other := run.again(e, e.Text[:e.text.lead]+text[:at[0]]+"7"+piece+text[at[1]:])
			if other == nil { // the protocol has no such text
				continue
			}
			res = run.Match(other, list[i], 0)
			if told++; res.OK {
				t.Errorf("%s matches %s", other.Text, text)
			}
			if _, res := run.Accept(other, list[i]); res == nil || !res.OK {
				t.Errorf("%s: what is accepted does not match", other.Text)
			}
		}
	}
	if tried < 100 || told < 50 {
		t.Errorf("%d tried, %d told", tried, told)
	}
}

func capturedSession(t *testing.T, path string) int {
	t.Helper()
	doc, list := captured(t, path)
	if list == nil {
		return 0
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

// captured decodes a capture: the document, and its records. There are none
// when it has gaps, or is of no protocol of ours.
func captured(t *testing.T, path string) (doc []byte, list []*codec.Record) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, src := recorded.Open(t, path, b, decode.Options{})
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	p.Marks = true
	for r, err := range s.Records(src) {
		if err != nil {
			return nil, nil
		}
		if r.IsGap() || r.Proto == "" {
			return nil, nil
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
	return doc, list
}
