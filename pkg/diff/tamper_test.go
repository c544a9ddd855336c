package diff

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// TooLarge says, under the race detector, that a capture of that size is one
// of the large ones. What goroutines there are does not depend on it.
func TooLarge(size int) bool { return testdata.Race && size > 10<<10 }

// A tampered frame has other fields and other bytes than it had.
type tampered struct {
	codec.Frame
	json []byte
}

func (f tampered) Clone() codec.Frame { return tampered{f.Frame.Clone(), f.json} }

func (f tampered) AppendJSON(dst []byte, _ codec.View) []byte { return append(dst, f.json...) }

// records keeps the records of a capture.
func records(t *testing.T, name string) []codec.Record {
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []codec.Record
	for r, err := range s.Records(src) {
		if err != nil {
			continue // damage: what is there is compared all the same
		}
		kept := *r
		if kept.Bytes = bytes.Clone(r.Bytes); r.Frame != nil {
			kept.Frame = r.Frame.Clone()
		}
		list = append(list, kept)
	}
	return list
}

// sideOf is a side of these records. Its frames are its own, as both sides are
// read at once.
func sideOf(list []codec.Record) Side {
	list = append([]codec.Record{}, list...)
	for i := range list {
		if list[i].Frame != nil {
			list[i].Frame = list[i].Frame.Clone()
		}
	}
	return Side{Name: "records", Read: func() iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			for i := range list {
				r := list[i]
				if !yield(Record{Record: &r}, nil) {
					return
				}
			}
		}
	}}
}

// TestTampered changes one field of one frame of each capture, leaves out
// another frame, and puts in a third twice. That and nothing else is found,
// and the field is named.
func TestTampered(t *testing.T) {
	var names []string
	root := testdata.Path("")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".pcap") && !strings.Contains(path, "long") {
			rel, _ := filepath.Rel(root, path) // path is below root
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for k, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if TooLarge(len(testdata.Read(t, name))) {
				t.Skip("large, for the race detector")
			}
			times := 3
			if testdata.Race {
				times = 1
			}
			list := records(t, name)
			rnd := rand.New(rand.NewPCG(uint64(k), 1))
			for range times {
				tamper(t, list, rnd)
			}
		})
	}
}

func tamper(t *testing.T, list []codec.Record, rnd *rand.Rand) {
	var frames []int
	for i := range list {
		if valid(&list[i]) {
			frames = append(frames, i)
		}
	}
	if len(frames) < 8 {
		return
	}
	at := frames[rnd.IntN(len(frames))]
	r := list[at]
	src := r.Frame.AppendJSON(nil, codec.View{})
	var tr tree
	tr.parse(src)
	leaf, path := pick(&tr, rnd)
	if leaf < 0 {
		return
	}
	raw := tr.nodes[leaf].raw
	start := bytes.Index(src, raw)
	for tr.nodes[leaf].raw != nil && &src[start] != &raw[0] {
		start += 1 + bytes.Index(src[start+1:], raw)
	}
	js := append(append(bytes.Clone(src[:start]), `"tampered"`...), src[start+len(raw):]...)
	r.Frame, r.Bytes = tampered{r.Frame, js}, append(bytes.Clone(r.Bytes), 'x')

	b := append(append(append([]codec.Record{}, list[:at]...), r), list[at+1:]...)
	res, err := Compare(t.Context(), sideOf(list), sideOf(b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := string(appendPath(nil, append([]string{"fields"}, path...)))
	if res.Total.Changed == 0 { // with little in common they are two frames
		if res.Total.Removed != 1 || res.Total.Added != 1 {
			t.Errorf("%s of %q: %+v", want, src, res.Total)
		}
		return
	}
	if res.Total.Changed != 1 || res.Total.Removed+res.Total.Added != 0 || len(res.Paths) != 1 || res.Paths[0].Path != starred(want) {
		t.Errorf("%s of %.200q: %+v, %+v", want, src, res.Total, res.Paths)
	}
	ignored, err := ParsePath(want)
	if err != nil {
		t.Fatal(err)
	}
	if res, err = Compare(t.Context(), sideOf(list), sideOf(b), Options{Ignore: []Path{ignored}}); err != nil || !res.Equal() {
		t.Errorf("%s is not ignored: %+v, %v", want, res.Total, err)
	}

	gone := append(append([]codec.Record{}, list[:at]...), list[at+1:]...)
	if res, err = Compare(t.Context(), sideOf(list), sideOf(gone), Options{}); err != nil || !alone(res, Counts{Removed: 1}) {
		t.Errorf("a frame that is gone: %+v, %v", res.Total, err)
	}
	if res, err = Compare(t.Context(), sideOf(gone), sideOf(list), Options{}); err != nil || !alone(res, Counts{Added: 1}) {
		t.Errorf("a frame more: %+v, %v", res.Total, err)
	}
}

// alone says whether just one frame is alone.
func alone(r *Result, want Counts) bool {
	want.Same = r.Total.Same
	return r.Total == want
}

// pick returns a leaf of a tree and its path; -1 when there is none.
func pick(t *tree, rnd *rand.Rand) (int, []string) {
	var leaves []int
	var paths [][]string
	var walk func(i int, at []string)
	walk = func(i int, at []string) {
		if t.nodes[i].kind == isLeaf {
			leaves, paths = append(leaves, i), append(paths, at)
		}
		order := 0
		t.children(i, func(j int) {
			walk(j, append(at[:len(at):len(at)], t.name(j, order)))
			order++
		})
	}
	walk(0, nil)
	if len(leaves) == 0 {
		return -1, nil
	}
	k := rnd.IntN(len(leaves))
	return leaves[k], paths[k]
}

func TestLimits(t *testing.T) {
	list := records(t, testdata.Glob(t, "msgq/captures/*.pcap")[0])
	if _, err := Compare(t.Context(), sideOf(list), sideOf(list), Options{MaxRecords: 2}); err == nil || !strings.Contains(err.Error(), "more than 2 records") {
		t.Errorf("too many records: %v", err)
	}
	if _, err := Compare(t.Context(), sideOf(list), sideOf(list), Options{IgnoreKinds: []string{"x"}}); err == nil {
		t.Error("an unknown kind is taken")
	}
	p, err := ParsePath("type")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(t.Context(), sideOf(list), sideOf(list), Options{With: []Path{p}}); err == nil {
		t.Error("type is taken for an extra part")
	}
	res, err := Compare(t.Context(), sideOf(list), sideOf(nil), Options{})
	if err != nil || res.Equal() || res.Total.Removed != len(list) {
		t.Errorf("nothing on one side: %+v, %v", res, err)
	}
	broken := Side{Name: "broken", Read: func() iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) { yield(Record{}, fmt.Errorf("broken")) }
	}}
	for _, sides := range [][2]Side{{broken, sideOf(list)}, {sideOf(list), broken}} {
		if _, err := Compare(t.Context(), sides[0], sides[1], Options{}); err == nil || err.Error() != "broken" {
			t.Errorf("a side that cannot be read: %v", err)
		}
	}
}
