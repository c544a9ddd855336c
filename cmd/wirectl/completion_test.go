package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runWith runs a command line in this process.
func runWith(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"wirectl"}, args...), strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

// candidates returns what could stand for the last of the words.
func candidates(t *testing.T, words ...string) []string {
	t.Helper()
	out, errs, code := runWith(t, "", append([]string{"__complete", "--"}, words...)...)
	if code != 0 || errs != "" {
		t.Fatalf("__complete %q: status %d, %s", words, code, errs)
	}
	var found []string
	for line := range strings.Lines(out) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		found = append(found, word)
	}
	return found
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  []string // all of these, and when exact is set nothing else
		exact bool
	}{
		{[]string{"v"}, []string{"version"}, true},
		{[]string{""}, []string{"version", "help", "explain"}, false},
		{[]string{"--v"}, []string{"--version"}, true},
		{[]string{"nothing", ""}, nil, true},
		{[]string{"version", "-"}, []string{"--json", "--color", "--help"}, true},
		{[]string{"version", "--color", ""}, []string{"auto", "always", "never"}, true},
		{[]string{"version", "--color", "a"}, []string{"auto", "always"}, true},
		{[]string{"version", "--color=n"}, []string{"--color=never"}, true},
		{[]string{"version", "--nothing=n"}, nil, true},
		{[]string{"protocols", "-o", ""}, []string{"table", "json"}, true},
		{[]string{"protocols", "-ojson", "--o"}, []string{"--output"}, true},
		{[]string{"protocols", "-=", "--o"}, []string{"--output"}, true},
		{[]string{"explain", "h"}, []string{"hg"}, true},
		{[]string{"explain", "hg", "--dialect", "s"}, []string{"seed"}, true},
		{[]string{"explain", "--dialect", "seed", "hg", "command-n"}, []string{"command-name"}, true},
		{[]string{"explain", "hg", "stream-s"}, []string{"stream-settings"}, true},
		{[]string{"explain", "--", "h"}, []string{"hg"}, true},
		{[]string{"template", "hg", "text"}, []string{"text-output"}, true},
		{[]string{"spec", "exit"}, []string{"exit-codes"}, true},
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish"}, true},
		{[]string{"help", "ver"}, []string{"version"}, true},
		{[]string{"docs", "--dir", ""}, []string{":files"}, true},
		{[]string{"decode", "-p", "h"}, []string{"hg"}, true},
		{[]string{"decode", "-p", "hg", "x", "--dialect", "s"}, []string{"seed"}, true},
		{[]string{"decode", "-o", "t"}, []string{"tree", "table", "tsv"}, true},
		{[]string{"decode", "-d", "t"}, []string{"tcp.port=="}, true},
		{[]string{"decode", "--decode-as=tcp.port==80,h"}, []string{"--decode-as=tcp.port==80,hg"}, true},
		{[]string{"decode", ""}, []string{":files"}, true},
	} {
		got := candidates(t, tt.words...)
		for _, w := range tt.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: no %q among %q", tt.words, w, got)
			}
		}
		if tt.exact && len(got) != len(tt.want) {
			t.Errorf("%q: %q; want %q", tt.words, got, tt.want)
		}
	}
}

// TestCompleteFlags asks for the values of each choice of each command.
func TestCompleteFlags(t *testing.T) {
	app := testApp(t)
	asked := 0
	for _, c := range app.Commands {
		for name, f := range flagTable(c) {
			if len(name) == 1 || !takesValue(f) {
				continue
			}
			if allowed := choices(f); len(allowed) > 0 {
				asked++
				if got := candidates(t, c.Name, "--"+name, ""); !slices.Equal(got, allowed) {
					t.Errorf("%s --%s: %q; want %q", c.Name, name, got, allowed)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("no flag with a choice")
	}
}

// shell returns the path of a shell, or skips the test.
func shell(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s here: its completion was NOT tested", name)
	}
	return path
}

// runShell runs a script with the completion of a shell in the file $1, in a
// folder with the file "capture.bin".
func runShell(t *testing.T, shellName, script string, flags ...string) []string {
	t.Helper()
	path := shell(t, shellName)
	text, _, code := runWith(t, "", "completion", shellName)
	if code != 0 {
		t.Fatalf("completion %s: status %d", shellName, code)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "completion."+shellName)
	for name, content := range map[string]string{file: text, filepath.Join(dir, "capture.bin"): ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, append(append(flags, "-c", script), shellName, file)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shellName, err, out)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

func TestBash(t *testing.T) {
	got := runShell(t, "bash", `
		source "$1"
		try() {
			COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
			_wirectl
			echo "${COMPREPLY[*]}"
		}
		try wirectl vers
		try wirectl version --color ''
		try wirectl version --color = n
		try wirectl version --color =
		try wirectl explain hg command-n
		try wirectl explain hg --direction "'"
		try wirectl explain hg --direction ""
		try wirectl docs --dir cap
		try wirectl decode -d tcp.port == 80,h
	`, "--norc")
	want := []string{"version", "auto always never", "never", "auto always never", "command-name", "> <", `\> \<`, "capture.bin", "80,hg"}
	if !slices.Equal(got, want) {
		t.Errorf("bash: %q; want %q", got, want)
	}
}

func TestFish(t *testing.T) {
	got := runShell(t, "fish", `
		source $argv[2]
		for line in "wirectl vers" "wirectl version --color n" "wirectl version --color=n" "wirectl explain hg command-n" "wirectl docs --dir cap"
			complete -C $line
		end
	`, "--no-config")
	for i, want := range []string{"version", "never", "--color=never", "command-name", "capture.bin"} {
		if i >= len(got) || got[i] != want && !strings.HasPrefix(got[i], want+"\t") {
			t.Fatalf("fish: %q; answer %d is not %q", got, i, want)
		}
	}
}

func TestZsh(t *testing.T) {
	got := runShell(t, "zsh", `
		compdef() { }
		compadd() { print -r -- "${(P)@[-1]}" }
		_files() { print files }
		source "$1"
		try() {
			local -a words=("$@")
			local CURRENT=$#
			_wirectl
		}
		try wirectl vers
		try wirectl version --color ''
		try wirectl version --color=n
		try wirectl explain hg command-n
		try wirectl explain hg --direction "'>"
		try wirectl docs --dir cap
	`, "-f")
	want := []string{"version", "auto always never", "--color=never", "command-name", ">", "files"}
	if !slices.Equal(got, want) {
		t.Errorf("zsh: %q; want %q", got, want)
	}
}
