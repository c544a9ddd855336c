// Package docs holds the documents that wirectl prints itself.
package docs

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.md protocols/*.md
var files embed.FS

// notShown are the documents for those who work on wirectl.
var notShown = []string{"README", "architecture", "dependencies", "interop"}

// Names returns the names of the documents: the notation first, then what
// else there is in general, then the protocols.
func Names() []string {
	names := list(".")
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == "notation":
			return -1
		case b == "notation":
			return 1
		}
		return 0
	})
	return append(names, list("protocols")...)
}

func list(dir string) []string {
	var names []string
	found, _ := fs.ReadDir(files, dir) // what is embedded can be read
	for _, f := range found {
		name, ok := strings.CutSuffix(f.Name(), ".md")
		if ok && !slices.Contains(notShown, name) {
			names = append(names, name)
		}
	}
	return names
}

// Read returns the document of that name, in Markdown.
func Read(name string) (text string, ok bool) {
	for _, path := range []string{name + ".md", "protocols/" + name + ".md"} {
		if b, err := files.ReadFile(path); err == nil {
			return string(b), true
		}
	}
	return "", false
}
