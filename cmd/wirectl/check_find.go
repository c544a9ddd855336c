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

// How the names of what is checked end.
const (
	goldenExt  = ".golden"
	sessionExt = ".wire"
)

// A checked is a file that is checked: a golden file with the capture that it
// is about, or a session.
type checked struct {
	path, capture string
	session       bool
	found         bool  // in a folder, and not named
	missing       bool  // the golden file is to be made
	err           error // why they cannot be compared
}

// notCaptures are the ends of the names of files that are no captures, though
// they may stand beside one.
var notCaptures = []string{goldenExt, sessionExt, ".md", ".json", ".ndjson", ".orig", ".rej", ".keylog"}

// findChecks returns what is to be checked by the paths, each once. Golden
// files that a capture does not have yet count when they are to be made.
func findChecks(paths []string, create bool) ([]checked, error) {
	var list []checked
	var faults []error
	seen := map[string]bool{}
	add := func(f checked) {
		if name := filepath.Clean(f.path); !seen[name] {
			seen[name] = true
			list = append(list, f)
		}
	}
	for _, p := range paths {
		names, err := expand([]string{p})
		faults = append(faults, err)
		for _, name := range names {
			faults = append(faults, findCheck(name, create, add))
		}
	}
	return list, errors.Join(faults...)
}

// findCheck finds what one path names.
func findCheck(path string, create bool, add func(checked)) error {
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return ui.IOf("%s: %w", path, pathCause(err))
	case fi.IsDir():
		found := false
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			switch filepath.Ext(name) {
			case goldenExt:
				found = true
				add(ofGolden(name))
			case sessionExt:
				found = true
				add(checked{path: name, session: true, found: true})
			}
			return nil
		})
		if err == nil && !found {
			return ui.IOf("%s: there are no sessions and no golden files", path)
		}
		return ui.With(ui.ExitIO, err)
	case strings.HasSuffix(path, goldenExt):
		add(ofGolden(path))
	case strings.HasSuffix(path, sessionExt):
		add(checked{path: path, session: true})
	default:
		add(ofCapture(path, create))
	}
	return nil
}

// ofGolden finds the capture of a golden file: the file of its name without
// ".golden", or that name with another end.
func ofGolden(path string) checked {
	g := checked{path: path}
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
func ofCapture(path string, create bool) checked {
	g := checked{path: path + goldenExt, capture: path}
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
