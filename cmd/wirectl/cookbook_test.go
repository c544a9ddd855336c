package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
)

// A block is a fenced block of a document.
type fenced struct{ info, text string }

func fencedBlocks(t *testing.T, path string) []fenced {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []fenced
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(string(src), -1) {
		list = append(list, fenced{m[1], m[2]})
	}
	return list
}

// A ciStep is a step of a workflow that runs something.
type ciStep struct{ name, run string }

// workflowSteps returns what a workflow runs, in its order.
func workflowSteps(t *testing.T, text string) []ciStep {
	t.Helper()
	var list []ciStep
	name := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimPrefix(strings.TrimSpace(lines[i]), "- ")
		if n, ok := strings.CutPrefix(line, "name: "); ok {
			name = n
		}
		run, ok := strings.CutPrefix(line, "run: ")
		if !ok {
			continue
		}
		if run == "|" {
			run = ""
			indent := len(lines[i]) - len(strings.TrimLeft(lines[i], " ")) + 2
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], strings.Repeat(" ", indent)) {
				i++
				run += lines[i][indent:] + "\n"
			}
		}
		list = append(list, ciStep{name, run})
	}
	return list
}

// cookbookProject makes the folder that the cookbook's recipe for CI is about,
// and returns it with the workflow and the script.
func cookbookProject(t *testing.T) (dir string, steps []ciStep, script string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Symlink(testdata.Path(""), filepath.Join(dir, "testdata")); err != nil {
		t.Fatal(err)
	}
	for _, b := range fencedBlocks(t, filepath.Join(testdata.Path(".."), "docs", "cookbook.md")) {
		switch {
		case b.info == "wire" && strings.HasPrefix(b.text, "# tests/"):
			name, _, _ := strings.Cut(strings.TrimPrefix(b.text, "# "), "\n")
			writeIn(t, dir, name, b.text)
		case b.info == "yaml":
			steps = workflowSteps(t, b.text)
		case b.info == "sh" && strings.HasPrefix(b.text, "#!"):
			script = b.text
		case b.info == "console" && strings.Contains(b.text, "tests/wire"):
			runSession(t, dir, b.text)
		}
	}
	if len(steps) < 5 || script == "" {
		t.Fatalf("the cookbook has no workflow or no script: %d steps", len(steps))
	}
	return dir, steps, script
}

func writeIn(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// runIn runs a command, whose output goes to a file: what it leaves running
// may keep it open.
func runIn(t *testing.T, dir string, env []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // long: it is reached by failure alone
	defer cancel()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(cleanEnv(), env...), out, out
	err = cmd.Run()
	text, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(text), err
}

// TestCookbookWorkflow runs the steps of the cookbook's workflow the way that
// GitHub runs them: when a step fails, only those that always run follow. The
// step that installs wirectl is left out: the one under test stands for it.
func TestCookbookWorkflow(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here: the cookbook's workflow was NOT run")
	}
	for _, broken := range []bool{false, true} {
		dir, steps, _ := cookbookProject(t)
		if broken {
			path := filepath.Join(dir, "tests", "wire", "heads.wire")
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			writeIn(t, dir, "tests/wire/heads.wire", strings.Replace(string(src), "{{heads}}", "0123", 1))
		}
		failed, ran := "", 0
		for _, s := range steps {
			if s.name == "install" || failed != "" && s.name != "stop the server" {
				continue
			}
			ran++
			out, err := runIn(t, dir, []string{"GITHUB_ACTIONS=true"}, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.run)
			if err == nil {
				continue
			}
			failed = s.name
			if !broken {
				t.Errorf("step %q: %v\n%s", s.name, err, out)
			} else if code := exitStatus(t, err); code != 1 || !strings.Contains(out, "\n::error file=tests/wire/heads.wire,line=5,") {
				t.Errorf("step %q: status %d\n%s", s.name, code, out)
			}
		}
		report, err := os.ReadFile(filepath.Join(dir, "wire.xml"))
		if err != nil {
			t.Fatal(err)
		}
		if broken {
			if failed != "sessions and golden files" || !bytes.Contains(report, []byte(`<testsuite name="tests/wire/heads.wire" tests="2" failures="2"`)) {
				t.Errorf("with another answer %q fails\n%s", failed, report)
			}
			continue
		}
		for _, suite := range []string{"tests/wire/heads.wire", "tests/wire/calls.golden", "tests/wire/server/direct.wire", "direct.wire"} {
			if !bytes.Contains(report, []byte(`<testsuite name="`+suite+`"`)) {
				t.Errorf("%s is not in the report\n%s", suite, report)
			}
		}
		if ran != len(steps)-1 {
			t.Errorf("%d of %d steps ran", ran, len(steps))
		}
	}
}

// TestCookbookScript runs the cookbook's script for CI.
func TestCookbookScript(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh here: the cookbook's script was NOT run")
	}
	dir, _, script := cookbookProject(t)
	writeIn(t, dir, "tests/wire.sh", script)
	out, err := runIn(t, dir, nil, "sh", "tests/wire.sh", "report.xml")
	if err != nil || !strings.Contains(out, "\n3 files: 3 ok\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if report, err := os.ReadFile(filepath.Join(dir, "report.xml")); err != nil || bytes.Count(report, []byte("<testsuite ")) != 3 {
		t.Errorf("%v\n%s", err, report)
	}
	writeIn(t, dir, "tests/wire/wrong.wire", "@serve hg\n@proto hg\n> nonsense\n")
	if out, err := runIn(t, dir, nil, "sh", "tests/wire.sh"); exitStatus(t, err) != 2 || !strings.Contains(out, "4 files: 3 ok, 1 failed") {
		t.Errorf("a session with an error: %v\n%s", err, out)
	}
}
