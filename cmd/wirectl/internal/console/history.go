package console

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirectl/wirectl/internal/lazyre"
)

// Limits of the file of a [History].
const (
	MaxLines = 1000
	maxBytes = 256 << 10
	maxLine  = 4 << 10 // longer lines are not kept
)

// A History keeps the lines of earlier sessions in a file that nobody else
// can read. Without a path it keeps nothing.
type History struct{ path string }

// HistoryPath returns the file of the history: what the variable
// WIRECTL_HISTORY says, nothing when it is empty, or wirectl/history in the
// folder for the state of programs.
func HistoryPath(lookup func(string) (string, bool)) string {
	if path, ok := lookup("WIRECTL_HISTORY"); ok {
		return path
	}
	if dir, _ := lookup("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "wirectl", "history")
	}
	if home, _ := lookup("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "wirectl", "history")
	}
	return ""
}

// NewHistory returns the history in a file.
func NewHistory(path string) *History { return &History{path} }

// Load returns the lines, oldest first. A file that has grown over the limits
// is cut to its newest lines.
func (h *History) Load() ([]string, error) {
	if h.path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(lines) <= MaxLines && len(b) <= maxBytes {
		return lines, nil
	}
	lines = lines[max(0, len(lines)-MaxLines):]
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if size += len(lines[i]) + 1; size > maxBytes {
			lines = lines[i+1:]
			break
		}
	}
	temp := h.path + ".new"
	var all bytes.Buffer
	for _, l := range lines {
		all.WriteString(l + "\n")
	}
	if err := os.WriteFile(temp, all.Bytes(), 0o600); err != nil {
		return lines, err
	}
	return lines, os.Rename(temp, h.path)
}

// Add keeps a line, unless it looks as if it held a secret.
func (h *History) Add(line string) error {
	if h.path == "" || len(line) > maxLine || strings.ContainsAny(line, "\r\n") || Secret(line) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// One that was there with wider rights is narrowed too.
	_, werr := f.WriteString(line + "\n")
	return errors.Join(f.Chmod(0o600), werr, f.Close())
}

var secretWords = lazyre.New(`(?i)pass(word|wd|phrase)|secret|token|credential|api.?key|authori[sz]ation|\bauth\b|\bPLAIN\b|\bHELLO\b.*username`)

// Secret says whether a line looks as if it held a password or the like.
func Secret(line string) bool { return secretWords.Get().MatchString(line) }
