package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckAsk answers the questions of check --update=ask on a terminal, about
// a session and about a golden file.
func TestCheckAsk(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	const heads = "3333333333333333333333333333333333333333 2222222222222222222222222222222222222222"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const session = `# A session.
@serve hg
@proto hg dialect=seed
> 1 1 stream-begin command-name eos heads
< 1 2 stream-begin bytes-response eos old
> 3 1 0 command-name eos heads
< 3 2 0 bytes-response eos {{heads}}
> 5 1 0 command-name eos heads
< 5 2 0 bytes-response eos other
> 7 1 0 command-name eos heads
< 7 2 0 bytes-response eos third
`
	write("a.wire", session)
	write("two.hex", "0000001a 000f 7b2274797065223a2270696e67227d 7b22736571223a317d\n0000001a 000f 7b2274797065223a2270696e67227d 7b22736571223a337d\n")
	write("two.golden", "# check: -p msgq -i hex\n@proto msgq\n> [#1] {\"type\":\"ping\"} {\"seq\":1}\n> [#1] {\"type\":\"ping\"} {\"seq\":2}\n")

	// Yes, an answer that is none, no, and the end of the questions.
	p := onTerminal(t, 200, nil, "check", "a.wire", "--update=ask")
	p.wants("a.wire:5: what came differs in 1 field")
	p.wants(`- payload: "old"`)
	p.wants(`+ payload: "` + heads)
	p.wants("becomes: < 1 2 stream-begin bytes-response eos " + heads)
	p.wants("take it? [y]es, [n]o, [a]ll, [q]uit: ")
	p.typed("y\r")
	p.wants("a.wire:9: ")
	p.wants("[q]uit: ")
	p.typed("what\r")
	p.wants("[q]uit: ")
	p.typed("n\r")
	p.wants("a.wire:11: ")
	p.wants("[q]uit: ")
	p.typed("q\r")
	p.wants("a.wire  FAIL     1 change taken, 2 left")
	p.ends(1)
	want := strings.Replace(session, "eos old", "eos "+heads+`\n`, 1)
	if got := read("a.wire"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	// All that is left, of both files.
	p = onTerminal(t, 200, nil, "check", "a.wire", "two.golden", "--update=ask")
	p.wants("a.wire:9: ")
	p.wants("[q]uit: ")
	p.typed("a\r")
	p.wants("a.wire      updated  2 changes taken")
	p.wants("two.golden  updated  1 change taken")
	p.wants("2 files: 0 ok, 2 updated")
	p.ends(0)
	if got := read("two.golden"); !strings.HasSuffix(got, "{\"seq\":3}\n") || !strings.HasPrefix(got, "# check: -p msgq -i hex\n") {
		t.Errorf("the golden file is\n%s", got)
	}
	p = onTerminal(t, 200, nil, "check", "a.wire", "two.golden")
	p.wants("2 files: 2 ok")
	p.ends(0)

	// Ctrl-C leaves everything as it is.
	write("a.wire", session)
	p = onTerminal(t, 200, nil, "check", "a.wire", "--update=ask")
	p.wants("[q]uit: ")
	p.typed("\x03")
	p.ends(130)
	if got := read("a.wire"); got != session {
		t.Errorf("after Ctrl-C\n%s", got)
	}
}
