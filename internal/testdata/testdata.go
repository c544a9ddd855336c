// Package testdata gives tests the recorded facts of the real programs that
// stand in the testdata folder at the top of the project. Large files stand
// there as .gz; names are given without that.
package testdata

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Path returns the path of a file or folder below testdata.
func Path(name string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "testdata", filepath.FromSlash(name))
}

// Read returns the content of a file, unpacked.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(name))
	if err == nil {
		return b
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(Path(name + ".gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// Glob returns the names of the files that match, unpacked names, sorted. It
// fails the test when there are none: a test on no data proves nothing.
func Glob(t testing.TB, pattern string) []string {
	t.Helper()
	var names []string
	for _, p := range []string{pattern, pattern + ".gz"} {
		paths, err := filepath.Glob(Path(p))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			rel, err := filepath.Rel(Path(""), path)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, strings.TrimSuffix(filepath.ToSlash(rel), ".gz"))
		}
	}
	if len(names) == 0 {
		t.Fatalf("no testdata matches %s", pattern)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Vectors decodes the vectors of a file: {"vectors": […]} or a plain list.
func Vectors[V any](t testing.TB, name string) []V {
	t.Helper()
	raw := Read(t, name)
	var doc struct{ Vectors []V }
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err = json.Unmarshal(raw, &doc.Vectors)
	} else {
		err = json.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(doc.Vectors) == 0 {
		t.Fatalf("%s: no vectors", name)
	}
	return doc.Vectors
}

// Bytes is a byte string as the vectors write it: an ASCII string, or one of
// {"hex":…}, {"repeat":[value,n]} and {"concat":[…]}.
type Bytes []byte

// UnmarshalJSON implements [json.Unmarshaler].
func (b *Bytes) UnmarshalJSON(src []byte) error {
	if string(src) == "null" {
		*b = nil
		return nil
	}
	var s string
	if json.Unmarshal(src, &s) == nil {
		*b = Bytes{}
		for _, r := range s {
			if r > 0xff {
				return fmt.Errorf("byte string holds %q", r)
			}
			*b = append(*b, byte(r))
		}
		return nil
	}
	var form struct {
		Hex    *string
		Repeat []json.RawMessage
		Concat []Bytes
	}
	if err := json.Unmarshal(src, &form); err != nil {
		return err
	}
	switch {
	case form.Hex != nil:
		raw, err := hex.DecodeString(*form.Hex)
		*b = raw
		return err
	case len(form.Repeat) == 2:
		var one Bytes
		var n int
		if err := errors.Join(json.Unmarshal(form.Repeat[0], &one), json.Unmarshal(form.Repeat[1], &n)); err != nil {
			return err
		}
		*b = bytes.Repeat(one, n)
	case form.Concat != nil:
		*b = bytes.Join(parts(form.Concat), nil)
	default:
		return fmt.Errorf("no byte string: %s", src)
	}
	return nil
}

func parts(list []Bytes) [][]byte {
	out := make([][]byte, len(list))
	for i, b := range list {
		out[i] = b
	}
	return out
}
