package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/hgscript"
)

// Every vector of Mercurial's reactors runs as a script that is a file: each
// line does what the reference did, and the frames that go out are its, byte
// by byte.
func TestReplScriptVectors(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		file, dialect, mode string
		steps, sends        int // at least
	}{
		{"hg/vectors/seed_reactor.json", "seed", "server", 590, 55},
		{"hg/vectors/final_server_reactor.json", "final", "server", 520, 74},
		{"hg/vectors/final_client_reactor.json", "final", "client", 350, 80},
	} {
		t.Run(filepath.Base(tt.file), func(t *testing.T) {
			steps, sends := 0, 0
			for _, v := range hgscript.Load(t, tt.file) {
				n, m := scriptVector(t, &v, tt.dialect, tt.mode)
				steps += n
				sends += m
			}
			if steps < tt.steps || sends < tt.sends {
				t.Errorf("only %d steps and the frames of %d sends were compared", steps, sends)
			}
		})
	}
}

// A scriptStep is what a script shows for a line.
type scriptStep struct {
	line    string
	actions []string
	sends   map[string]string // the frames of a Send, by its number
}

func scriptVector(t *testing.T, v *hgscript.Vector, dialect, mode string) (steps, sends int) {
	var script []string
	lines := v.Lines(t)
	for _, line := range lines {
		if line != "" {
			script = append(script, line)
		}
	}
	args := []string{"wirectl", "repl", "hg", "--dialect", dialect, "--mode", mode, "--compat", "--by-hand", "--script", "vector"}
	if v.Defer {
		args = append(args, "--defer-output")
	}
	if mode == "client" {
		for name, value := range v.Settings() {
			args = append(args, "--set", name+"="+value)
		}
	}
	if err := os.WriteFile("vector", []byte("hex on\n"+strings.Join(script, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("%s: status %d\n%s%s", v.ID, code, out.Bytes(), errs.Bytes())
	}
	shown := scriptSteps(out.String())
	if len(shown) != len(script) {
		t.Fatalf("%s: %d steps of %d\n%s", v.ID, len(shown), len(script), out.Bytes())
	}
	frames, raised, next := map[string]string{}, false, 0
	for i, line := range lines {
		want := &v.Expect[i]
		if line == "" {
			continue
		}
		s := shown[next]
		next++
		if v.Steps[i].Op == "recv" && want.Exception != nil || want.Bug != "" {
			return steps, sends // the reference goes no further
		}
		for id, text := range s.sends {
			frames[id] = text
		}
		steps++
		rejected := len(s.actions) > 0 && s.actions[len(s.actions)-1] == "reject"
		raised = raised || rejected
		switch id, drains := strings.CutPrefix(line, "@sent "); {
		case drains:
			if raised != (want.Exception != nil) {
				t.Errorf("%s step %d: %s: raised: %v, the reference %v", v.ID, i, line, raised, want.Exception)
			}
			if outOfOrder(v) {
				continue // what begins the stream differs
			}
			sends++
			sameFrames(t, fmt.Sprintf("%s step %d", v.ID, i), dialect, mode, frames[id], want)
		case v.Steps[i].Op == "make-output-stream":
		case want.Action == nil:
			if !rejected {
				t.Errorf("%s step %d: %s: %v, the reference raises %v", v.ID, i, line, s.actions, want.Exception)
			}
			raised = false
		case rejected && len(s.actions) == 1 && *want.Action == "sendframes":
			return steps, sends // the reference raises once it is to send
		case len(s.actions) == 0 || s.actions[0] != *want.Action:
			t.Errorf("%s step %d: %s: %v, the reference %s", v.ID, i, line, s.actions, *want.Action)
		}
	}
	return steps, sends
}

// outOfOrder says that the frames of a later Send are made before those of an
// earlier one: the reference makes them when they are asked for.
func outOfOrder(v *hgscript.Vector) bool {
	var made []string
	for i, s := range v.Steps {
		if want := v.Expect[i]; want.Action != nil && *want.Action == "sendframes" {
			made = append(made, s.As)
		}
		if s.Op == "drain" {
			if made[0] != s.Gen {
				return true
			}
			made = made[1:]
		}
	}
	return false
}

// hexRow matches the bytes of a frame as they are shown.
var hexRow = regexp.MustCompile(`^[0-9a-f]{8}  `)

// scriptSteps reads what a script showed.
func scriptSteps(out string) (list []scriptStep) {
	names := map[string]string{"run-command": "runcommand", "want-frame": "wantframe", "send-frames": "sendframes", "response-data": "responsedata", "request-error": "error"}
	id := ""
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "hg "):
			_, text, _ := strings.Cut(line, "> ")
			list = append(list, scriptStep{line: text, sends: map[string]string{}})
		case strings.HasPrefix(line, "  → "):
			name, rest, _ := strings.Cut(line[len("  → "):], " ")
			if n, ok := names[name]; ok {
				name = n
			}
			if name == "sendframes" {
				id = rest
			}
			s := &list[len(list)-1]
			s.actions = append(s.actions, name)
		case strings.HasPrefix(line, "      ") && line[6] != ' ' && !hexRow.MatchString(line[6:]):
			list[len(list)-1].sends[id] += line[6:] + "\n"
		}
	}
	return list[1:] // hex on
}

// sameFrames compares frames in the notation with those of the reference.
func sameFrames(t *testing.T, where, dialect, mode, text string, want *hgscript.Expect) {
	t.Helper()
	var out, errs bytes.Buffer
	from := map[string]string{"server": "<", "client": ">"}[mode]
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString(from + " " + line)
	}
	args := []string{"wirectl", "encode", "-p", "hg", "--dialect", dialect}
	if code := run(context.Background(), args, strings.NewReader(lines.String()), &out, &errs); code != 0 {
		t.Errorf("%s: %s\n%s", where, errs.Bytes(), lines.String())
	}
	rest, ok := out.Bytes(), true
	for _, f := range want.Frames {
		if rest, ok = f.CutFrom(rest); !ok {
			break
		}
	}
	if !ok || len(rest) > 0 {
		t.Errorf("%s: frames\n%.500s\nwant %.500v", where, text, want.Frames)
	}
}
