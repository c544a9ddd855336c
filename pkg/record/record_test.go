package record

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/session"
)

const data = "../../testdata"

// captures lists the captures in testdata, by their names there.
func captures(t testing.TB) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
		name := strings.TrimSuffix(path, ".gz")
		if strings.HasSuffix(name, ".pcap") || strings.HasSuffix(name, ".pcapng") {
			rel, _ := filepath.Rel(data, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil || len(names) < 100 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	return names
}

// read decodes a capture.
func read(t testing.TB, name string) []*codec.Record {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, name))
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open(name, bytes.NewReader(b), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []*codec.Record
	for r, err := range s.Records(src) {
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		kept := *r
		kept.Bytes = bytes.Clone(r.Bytes)
		if r.Frame != nil {
			kept.Frame = r.Frame.Clone()
		}
		list = append(list, &kept)
	}
	return list
}

func options(name string) Options {
	return Options{Source: filepath.Base(name), Lookup: registry.Lookup}
}

// recorded records a capture, and returns the records that the document has.
func recorded(o Options, list []*codec.Record) (*Recorder, []*codec.Record) {
	r := New(o)
	var kept []*codec.Record
	for _, rec := range list {
		before := r.Lines()
		if r.Add(rec); r.Lines() > before {
			kept = append(kept, rec)
		}
	}
	slices.SortStableFunc(kept, func(a, b *codec.Record) int { return a.Time.Compare(b.Time) }) // the document's order
	return r, kept
}

// TestReplaysItself holds the frames of each capture against the document
// that was recorded of it: what was answered is expected, and with what came
// before the same bytes are sent.
func TestReplaysItself(t *testing.T) {
	for _, name := range captures(t) {
		if f := os.Getenv("RECORD_ONLY"); f != "" && !strings.Contains(name, f) {
			continue
		}
		for _, secrets := range []bool{true, false} {
			o := options(name)
			o.Secrets, o.Bodies = secrets, true
			r, kept := recorded(o, read(t, name))
			doc := r.Document()
			if !secrets && len(r.masked) == 0 && !bytes.Contains(doc, []byte(codec.Redacted)) {
				continue // it is the same document
			}
			if err := replay(t, doc, kept, r, secrets); err != nil {
				t.Errorf("%s, secrets %v: %v", name, secrets, err)
				if os.Getenv("RECORD_KEEP") != "" {
					_ = os.WriteFile(filepath.Join(os.Getenv("RECORD_KEEP"), filepath.Base(name)+".wire"), doc, 0o666)
				}
			}
		}
	}
}

// replay walks a document as who runs it does, with records in the place of a
// peer.
func replay(t *testing.T, src []byte, records []*codec.Record, r *Recorder, secrets bool) error {
	t.Helper()
	made := -1 // while parsing
	o := session.Options{Lookup: registry.Lookup, Codec: codec.Options{Fresh: func(name string) (string, bool) {
		switch {
		case made < 0:
			return map[string]string{"uuid": "00000000-0000-4000-8000-000000000000", "now": "1.5"}[name], true
		case made == len(r.made):
			return "", false
		}
		made++
		return r.made[made-1], true
	}}}
	doc, err := session.Parse("doc", src, o)
	if err != nil {
		return err
	}
	made = 0
	if err := walk(doc, records, secrets); err != nil {
		return err
	}
	if made != len(r.made) {
		t.Errorf("%d of %d values were made", made, len(r.made))
	}
	return nil
}

// walk meets the steps of a document with records.
func walk(doc *session.Document, records []*codec.Record, secrets bool) error {
	run := doc.Begin()
	next := 0
	take := func(s session.Step) (*codec.Record, error) {
		if next == len(records) {
			return nil, fmt.Errorf("line %d: there is no record for it", s.Where().Line)
		}
		next++
		return records[next-1], nil
	}
	for _, s := range doc.Steps {
		switch s := s.(type) {
		case *session.Set:
			switch err := run.Set(s); {
			case err != nil && !secrets && strings.Contains(err.Error(), "is not filled in"):
				run.SetVar(s.Name, codec.Redacted)
			case err != nil:
				return err
			}
		case *session.Send:
			rec, err := take(s)
			if err != nil {
				return err
			}
			b, err := run.Bytes(s)
			switch {
			case err != nil && !secrets && strings.Contains(err.Error(), "masked"):
			case err != nil:
				return err
			case !bytes.Equal(b, rec.Bytes):
				return fmt.Errorf("line %d: %s: sends %q, want %q", s.Line, s.Text, b, rec.Bytes)
			}
		case *session.Expect:
			rec, err := take(s)
			if err != nil {
				return err
			}
			res := run.Match(s, rec, 0)
			if !res.OK {
				return fmt.Errorf("line %d: %s: %+v %w", s.Line, s.Text, res.Diffs, res.Err)
			}
			run.Take(res, rec)
		case *session.Gap:
			if _, err := take(s); err != nil {
				return err
			}
		}
	}
	if next != len(records) {
		return fmt.Errorf("%d of %d records have a step", next, len(records))
	}
	return nil
}

// TestSecrets looks for passwords, answers to challenges and access tokens in
// documents.
func TestSecrets(t *testing.T) {
	for name, least := range map[string]int{
		"zeo/captures/z397-auth.pcap": 3, "zeo/captures/zeo4_36-auth.pcap": 2,
		"emqp/captures/z_plain.pcap": 4, "synapse/captures/v1.0-normal.pcap": 1,
	} {
		r, _ := recorded(options(name), read(t, name))
		doc := r.Document()
		if len(r.masked) < least {
			t.Errorf("%s: %d secrets", name, len(r.masked))
		}
		for _, secret := range r.masked {
			if len(secret) > 3 && bytes.Contains(doc, []byte(secret)) {
				t.Errorf("%s: %q is in the document", name, secret)
			}
		}
	}
}
