package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/docs"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// testApp returns the application with all commands.
func testApp(t *testing.T) *cli.App {
	return newApp(newEnv(t.Context(), strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}), nil)
}

// TestGeneratedDocs holds docs/cli and docs/man to the tables of commands.
// With -update it writes them.
func TestGeneratedDocs(t *testing.T) {
	app := testApp(t)
	want := map[string]string{"man/wirectl.1": manPage(app)}
	for name, text := range markdownPages(app) {
		want["cli/"+name] = text
	}
	root := filepath.Join(testdata.Path(".."), "docs")
	for name, text := range want {
		path := filepath.Join(root, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("docs/%s is not current: run make docs", name)
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "cli", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if name := filepath.Base(p); want["cli/"+name] == "" {
			if *update {
				_ = os.Remove(p)
				continue
			}
			t.Errorf("docs/cli/%s is of no command: run make docs", name)
		}
	}
}

// TestDocuments wants a title in each document that spec prints.
func TestDocuments(t *testing.T) {
	names := docs.Names()
	if len(names) == 0 {
		t.Error("no documents")
	}
	for _, n := range names {
		if text, ok := docs.Read(n); !ok || !strings.HasPrefix(text, "# ") {
			t.Errorf("document %s has no title", n)
		}
	}
}

// TestProtocolPages wants a page for each protocol.
func TestProtocolPages(t *testing.T) {
	for _, n := range registry.Names() {
		if _, ok := docs.Read(n); !ok {
			t.Errorf("docs/protocols/%s.md is missing", n)
		}
	}
}

// TestTopics holds the topics of each dialect to what explain and template
// rely on.
func TestTopics(t *testing.T) {
	for _, p := range registry.All() {
		dialects := dialectNames(p.Info())
		if len(dialects) == 0 {
			dialects = []string{""}
		}
		for _, d := range dialects {
			topics := p.Topics(d)
			if len(topics) == 0 {
				t.Errorf("%s %s: no topics", p.Info().Name, d)
			}
			for _, topic := range topics {
				if topic.Name == "" || topic.Kind == "" || topic.Title == "" {
					t.Errorf("%s %s: topic %+v lacks a name, a kind or a title", p.Info().Name, d, topic)
				}
			}
		}
	}
}

// TestTemplatesEncode gives what template prints to encode, for each dialect
// of each protocol.
func TestTemplatesEncode(t *testing.T) {
	for _, p := range registry.All() {
		for _, d := range append(dialectNames(p.Info()), "") {
			args := []string{"template", p.Info().Name}
			if d != "" {
				args = append(args, "--dialect", d)
			}
			text, errs, code := runWith(t, "", args...)
			if code != 0 {
				t.Errorf("%q: status %d, %s", args, code, errs)
				continue
			}
			if out, errs, code := runWith(t, text, "encode", "-o", "hex"); code != 0 || out == "" {
				t.Errorf("%q: encode ends with status %d\n%s", args, code, errs)
			}
		}
	}
}
