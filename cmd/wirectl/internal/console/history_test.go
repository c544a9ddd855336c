package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHistoryPath(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/h"}, "/h/.local/state/wirectl/history"},
		{map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/wirectl/history"},
		{map[string]string{"HOME": "/h", "XDG_STATE_HOME": "relative"}, "/h/.local/state/wirectl/history"},
		{map[string]string{"HOME": "/h", "WIRECTL_HISTORY": ""}, ""},
		{map[string]string{"HOME": "/h", "WIRECTL_HISTORY": "/x"}, "/x"},
		{nil, ""},
	} {
		got := HistoryPath(func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok })
		if got != tt.want {
			t.Errorf("%v: %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "history")
	h := NewHistory(path)
	if lines, err := h.Load(); lines != nil || err != nil {
		t.Errorf("nothing there: %q, %v", lines, err)
	}
	for i := range MaxLines + 10 {
		if err := h.Add(fmt.Sprintf("line %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{"my password is x", "two\nlines", strings.Repeat("x", maxLine+1), "command PLAIN x"} {
		if err := h.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := h.Load()
	if err != nil || len(lines) != MaxLines || lines[0] != "line 10" || lines[MaxLines-1] != fmt.Sprintf("line %d", MaxLines+9) {
		t.Errorf("%d lines, %q … %q, %v", len(lines), lines[0], lines[len(lines)-1], err)
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != MaxLines {
		t.Errorf("the file was not cut: %v", err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat(strings.Repeat("y", 3000)+"\n", 200)), 0o666); err != nil {
		t.Fatal(err)
	}
	if lines, err := h.Load(); err != nil || len(lines) != maxBytes/3001 {
		t.Errorf("%d lines of 3 kB, %v", len(lines), err)
	}
	if err := h.Add("z"); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	none := NewHistory("")
	if lines, err := none.Load(); lines != nil || err != nil || none.Add("x") != nil {
		t.Errorf("no history: %q, %v", lines, err)
	}
}
