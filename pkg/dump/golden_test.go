package dump

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

// forms are the renderers whose lines have to fit a width.
var forms = []struct {
	name string
	make func(Options) Renderer
}{
	{"hex", func(o Options) Renderer { return NewHex(o) }},
	{"tree", func(o Options) Renderer { return NewTree(o) }},
	{"table", func(o Options) Renderer { return NewTable(o) }},
}

func TestGolden(t *testing.T) {
	records := samples()
	for _, f := range forms {
		for _, width := range []int{80, 120, 200} {
			o := Options{Wire: fakeWire, Width: width, Times: width > 80, Start: records[0].Time}
			plain := render(f.make(o), records)
			golden(t, fmt.Sprintf("%s.%d.golden", f.name, width), plain)

			o.Styles = visible()
			styled := render(f.make(o), records)
			if width == 80 {
				golden(t, fmt.Sprintf("%s.%d.styled.golden", f.name, width), styled)
			}
			if d := cmp.Diff(plain, invisible(styled)); d != "" {
				t.Errorf("%s at %d: styles change the text (-plain +styled):\n%s", f.name, width, d)
			}
		}
	}
	golden(t, "json.golden", render(NewJSON(Options{Wire: fakeWire}), records))
}

// Every line fits, whatever the width.
func TestWidth(t *testing.T) {
	records := samples()
	for _, f := range forms {
		for width := MinWidth; width <= 210; width++ {
			out := render(f.make(Options{Wire: fakeWire, Width: width, Times: true}), records)
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if n := Cells(line); n > width && (f.name != "table" || width >= 80) {
					t.Fatalf("%s at %d: %d cells: %q", f.name, width, n, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Fatalf("%s at %d: blanks at the end: %q", f.name, width, line)
				}
			}
		}
	}
}
