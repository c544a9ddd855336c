package diff_test

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// captures returns the names of all recorded packets of the project.
func captures(t *testing.T) []string {
	var names []string
	root := testdata.Path("")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, ".pcap") || strings.HasSuffix(path, ".pcap.gz") || strings.HasSuffix(path, ".pcapng")) {
			rel, _ := filepath.Rel(root, path) // path is below root
			names = append(names, strings.TrimSuffix(filepath.ToSlash(rel), ".gz"))
		}
		return err
	})
	if err != nil || len(names) < 50 {
		t.Fatalf("%d captures: %v", len(names), err)
	}
	return names
}

// recorded is a side that reads a capture.
func recorded(t *testing.T, name string) diff.Side {
	b := testdata.Read(t, name)
	return diff.Side{Name: name, Read: func() iter.Seq2[diff.Record, error] {
		return func(yield func(diff.Record, error) bool) {
			src, err := capture.Open(name, bytes.NewReader(b), capture.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			s, err := decode.NewSession(decode.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			for r, err := range s.Records(src) {
				if _, damage := errors.AsType[*capture.Damage](err); damage {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if !yield(diff.Record{Record: r}, nil) {
					return
				}
			}
		}
	}}
}

// written is a side that reads a document.
func written(text []byte) diff.Side {
	return diff.Side{Name: "document", Read: func() iter.Seq2[diff.Record, error] {
		return func(yield func(diff.Record, error) bool) {
			for w, err := range decode.Document("document", bytes.NewReader(text), decode.Options{}, codec.ToServer) {
				if !yield(diff.Record{Record: w.Record, Masked: w.Masked}, err) {
					return
				}
			}
		}
	}}
}

// document prints what a side has.
func document(t *testing.T, s diff.Side, v codec.View) []byte {
	p := humanframe.NewPrinter(registry.Lookup, v)
	p.Marks, p.Reasons = true, true
	var doc []byte
	for r, err := range s.Read() {
		if err != nil {
			t.Fatal(err)
		}
		doc = p.AppendRecord(doc, r.Record)
	}
	return doc
}

func wire(dst []byte, r *codec.Record) []byte {
	return humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendText(dst, r)
}

func compare(t *testing.T, a, b diff.Side, o diff.Options) *diff.Result {
	t.Helper()
	o.Wire = wire
	r, err := diff.Compare(t.Context(), a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tell writes what differs, for messages.
func tell(r *diff.Result) string {
	var b strings.Builder
	for _, p := range r.Pairs {
		if p.A == nil || p.B == nil {
			b.WriteString("a conversation alone\n")
		}
		for _, h := range p.Hunks {
			for _, f := range h {
				if f.A != nil {
					b.WriteString(f.Change.String() + " - " + f.A.Wire + "\n")
				}
				if f.B != nil {
					b.WriteString(f.Change.String() + " + " + f.B.Wire + "\n")
				}
				for _, q := range f.Parts {
					b.WriteString("    " + q.Path + ": " + string(q.A) + " → " + string(q.B) + "\n")
				}
			}
		}
	}
	return b.String()[:min(b.Len(), 2000)]
}

// TestSelf compares each capture with itself and with what decode prints of
// it, with secrets and with masked ones. Nothing may differ.
func TestSelf(t *testing.T) {
	for _, name := range captures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff.TooLarge(len(testdata.Read(t, name))) {
				t.Skip("large, for the race detector")
			}
			side := recorded(t, name)
			if r := compare(t, side, side, diff.Options{}); !r.Equal() {
				t.Errorf("it differs from itself: %s", tell(r))
			}
			for _, secrets := range []bool{true, false} {
				doc := document(t, side, codec.View{Secrets: secrets})
				if r := compare(t, side, written(doc), diff.Options{}); !r.Equal() {
					t.Errorf("it differs from its document (secrets: %v): %s", secrets, tell(r))
				}
			}
		})
	}
}
