package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// goldenExt is how the names of golden files end.
const goldenExt = ".golden"

// A golden is a golden file and the capture that it is about.
type golden struct {
	path, capture string
	missing       bool  // the golden file is to be made
	err           error // why they cannot be compared
}

// notCaptures are the ends of the names of files that are no captures, though
// they may stand beside one.
var notCaptures = []string{goldenExt, ".wire", ".md", ".json", ".ndjson", ".orig", ".rej", ".keylog"}

// findGoldens returns the golden files that the paths name, each once. Those
// that a capture does not have yet count when they are to be made.
func findGoldens(paths []string, create bool) ([]golden, error) {
	var list []golden
	var faults []error
	seen := map[string]bool{}
	add := func(g golden) {
		if !seen[g.path] {
			seen[g.path] = true
			list = append(list, g)
		}
	}
	for _, p := range paths {
		fi, err := os.Stat(p)
		switch {
		case err != nil:
			faults = append(faults, ui.IOf("%s: %w", p, pathCause(err)))
		case fi.IsDir():
			found := 0
			err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, goldenExt) {
					found++
					add(ofGolden(path))
				}
				return err
			})
			if err != nil {
				faults = append(faults, ui.With(ui.ExitIO, err))
			} else if found == 0 {
				faults = append(faults, ui.IOf("%s: there are no golden files", p))
			}
		case strings.HasSuffix(p, goldenExt):
			add(ofGolden(p))
		default:
			add(ofCapture(p, create))
		}
	}
	return list, errors.Join(faults...)
}

// ofGolden finds the capture of a golden file: the file of its name without
// ".golden", or that name with another end.
func ofGolden(path string) golden {
	g := golden{path: path}
	base := strings.TrimSuffix(path, goldenExt)
	if fi, err := os.Stat(base); err == nil && fi.Mode().IsRegular() {
		g.capture = base
		return g
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		g.err = ui.IOf("%s: %w", path, pathCause(err))
		return g
	}
	var found []string
	for _, f := range files {
		if stemOf(f.Name()) == filepath.Base(base) && !slices.Contains(notCaptures, filepath.Ext(f.Name())) && !f.IsDir() {
			found = append(found, filepath.Join(filepath.Dir(path), f.Name()))
		}
	}
	switch len(found) {
	case 1:
		g.capture = found[0]
	case 0:
		g.err = ui.IOf("%s: there is no capture of this name", path)
	default:
		g.err = &hinted{ui.Usagef("%s: which one is its capture? %s", path, strings.Join(found, ", ")), "give the golden file the capture's whole name, and .golden"}
	}
	return g
}

// ofCapture finds the golden file of a capture.
func ofCapture(path string, create bool) golden {
	g := golden{path: path + goldenExt, capture: path}
	if _, err := os.Stat(g.path); err == nil {
		return g
	}
	g.path = filepath.Join(filepath.Dir(path), stemOf(filepath.Base(path))) + goldenExt
	if _, err := os.Stat(g.path); err == nil {
		return g
	}
	if g.missing = true; !create {
		g.err = &hinted{ui.IOf("%s: there is no golden file %s", path, g.path), "--update makes it"}
	}
	return g
}

// stemOf returns a file's name without its end, and without that of packing.
func stemOf(name string) string {
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	if ext := filepath.Ext(name); ext != "" && ext != name {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}
