package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
)

// TestTranscripts runs what README.md and the documents show. A fenced block
// that begins with "$ " is a session in a shell: it is run, and must print
// exactly what stands there. Blocks marked as text are not run.
//
// All sessions of a document share one folder, in which testdata is the
// project's. A command goes on in the next line after a backslash. With
// -update the documents are rewritten to what is printed.
func TestTranscripts(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here: the documents' sessions were NOT run")
	}
	root := testdata.Path("..")
	for _, name := range documents(t, root) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runDocument(t, root, name)
		})
	}
}

// documents returns the names of README.md and of all that is below docs.
func documents(t *testing.T, root string) []string {
	var names []string
	if _, err := os.Stat(filepath.Join(root, "README.md")); err == nil {
		names = append(names, "README.md")
	}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			rel, _ := filepath.Rel(root, path) // path is below root
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func runDocument(t *testing.T, root, name string) {
	path := filepath.Join(root, filepath.FromSlash(name))
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, p := range splitDocument(string(src)) {
		if !p.session {
			out.WriteString(p.text)
			continue
		}
		got := runSession(t, dir, p.text)
		if got != p.text && !*update {
			t.Errorf("%s:%d: the session prints something else:\n got\n%s\nwant\n%s", name, p.line, got, p.text)
		}
		out.WriteString(got)
	}
	if *update && out.String() != string(src) {
		if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// A part of a document is text, or the inside of a block that is a session.
type part struct {
	text    string
	line    int // of its beginning
	session bool
}

func splitDocument(text string) []part {
	var parts []part
	add := func(line int, session bool, s string) {
		if s != "" {
			parts = append(parts, part{s, line, session})
		}
	}
	lines := slices.Collect(strings.Lines(text))
	start := 0
	for i := 0; i < len(lines); i++ {
		info, ok := strings.CutPrefix(strings.TrimRight(lines[i], "\n"), "```")
		if !ok {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimRight(lines[end], "\n") != "```" {
			end++
		}
		runs := info == "" || info == "console" || info == "sh" || info == "bash" || info == "shell"
		if runs && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "$ ") {
			add(start+1, false, strings.Join(lines[start:i+1], ""))
			add(i+2, true, strings.Join(lines[i+1:end], ""))
			start = end
		}
		i = end
	}
	add(start+1, false, strings.Join(lines[min(start, len(lines)):], ""))
	return parts
}

// runSession runs the commands of a session in one shell and returns the
// session as it really goes.
func runSession(t *testing.T, dir, text string) string {
	const mark = "\x1e" // no command prints a record separator
	var script strings.Builder
	var commands []string
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "$ ") {
			continue
		}
		cmd := lines[i]
		for strings.HasSuffix(cmd, `\`) && i+1 < len(lines) {
			i++
			cmd += "\n" + lines[i]
		}
		commands = append(commands, cmd)
		// Those who have no wirectl yet run it from the source.
		cmd = strings.ReplaceAll(cmd, "go run ./cmd/wirectl", "wirectl")
		fmt.Fprintf(&script, "%s\n__status=$?; printf '\\036'; (exit $__status)\n", cmd[len("$ "):])
	}
	sh := exec.Command("bash", "--norc", "-c", "exec 2>&1\n"+script.String())
	sh.Dir = dir
	sh.Env = append(cleanEnv(), "HOME="+dir, "NO_COLOR=1", "LC_ALL=C.UTF-8")
	raw, err := sh.Output()
	if err != nil {
		if _, ended := err.(*exec.ExitError); !ended { // its status is that of the last command
			t.Fatal(err)
		}
	}
	var b strings.Builder
	outputs := strings.Split(string(raw), mark)
	for i, cmd := range commands {
		fmt.Fprintln(&b, cmd)
		if i < len(outputs) && outputs[i] != "" {
			b.WriteString(strings.TrimSuffix(outputs[i], "\n") + "\n")
		}
	}
	return b.String()
}

// cleanEnv is the environment without what changes wirectl's output.
func cleanEnv() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, envPrefix) || name == "COLUMNS" || strings.Contains(name, "COLOR")
	})
}

func TestSplitDocument(t *testing.T) {
	doc := "# x\n```console\n$ a\n1\n```\nmiddle\n```text\n$ b\n```\n```\n$ c\n```\n"
	var got []string
	var b strings.Builder
	for _, p := range splitDocument(doc) {
		b.WriteString(p.text)
		if p.session {
			got = append(got, fmt.Sprintf("%d:%s", p.line, p.text))
		}
	}
	if want := []string{"3:$ a\n1\n", "11:$ c\n"}; !slices.Equal(got, want) {
		t.Errorf("sessions %q; want %q", got, want)
	}
	if b.String() != doc {
		t.Errorf("the parts do not make up the document: %q", b.String())
	}
}

func TestRunSession(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here: sessions were NOT run")
	}
	want := "$ echo a; false\na\n$ echo $?\n1\n$ printf x\nx\n$ echo \\\n  b >&2\nb\n$ x=5\n$ echo $x\n5\n"
	if got := runSession(t, t.TempDir(), strings.ReplaceAll(want, "\na\n", "\nwrong\n")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
