package ui

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/term"
)

// A Stream is standard output or standard error, and what it can show.
type Stream struct {
	mu     sync.Mutex // of w, as a Progress may come from another goroutine
	w      *bufio.Writer
	raw    io.Writer
	status bool // a line stands there that is to be erased

	TTY   bool // a terminal shows it
	Color bool // colour is wanted in it
	Width int  // columns of the terminal, 0 when it is none
}

// NewStream describes w. The environment is read through getenv.
//
// What is written to a Stream waits in a buffer for Flush.
func NewStream(w io.Writer, getenv func(string) string) *Stream {
	f, isFile := w.(*os.File)
	if isFile {
		w = quiet(f)
	}
	s := &Stream{w: bufio.NewWriterSize(w, 32<<10), raw: w}
	if isFile && term.IsTerminal(int(f.Fd())) {
		s.TTY = true
		s.Width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.Width = width
		}
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		s.Width = n
	}
	s.Color = colorByEnv(s.TTY, getenv)
	return s
}

// Write implements [io.Writer].
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	return s.w.Write(p)
}

// WriteString implements [io.StringWriter].
func (s *Stream) WriteString(p string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	return s.w.WriteString(p)
}

// Flush writes what waits in the buffer.
func (s *Stream) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Flush()
}

// Status shows a line at once, which the next one, or whatever is written,
// takes the place of. An empty one takes it away.
func (s *Stream) Status(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = s.w.WriteString(text) // a line of progress that cannot be shown is no failure
	s.status = text != ""
	_ = s.w.Flush()
}

// erase takes the line of Status away.
func (s *Stream) erase() {
	if s.status {
		s.status = false
		_, _ = s.w.WriteString("\r\x1b[K") // the next write tells
	}
}

// Columns returns the width to lay out for: that of the terminal, else the
// one given.
func (s *Stream) Columns(otherwise int) int {
	if s.Width > 0 {
		return s.Width
	}
	return otherwise
}

// ColorModes are the values of --color.
var ColorModes = []string{"auto", "always", "never"}

// SetColor decides about colour: by the mode if it is clear, else by the
// environment and by where the stream goes.
func (s *Stream) SetColor(mode string, getenv func(string) string) {
	switch mode {
	case "always":
		s.Color = true
	case "never":
		s.Color = false
	default:
		s.Color = colorByEnv(s.TTY, getenv)
	}
}

// colorByEnv knows NO_COLOR, which wins, CLICOLOR_FORCE and FORCE_COLOR,
// CLICOLOR=0 and TERM=dumb.
func colorByEnv(tty bool, getenv func(string) string) bool {
	forced := func(name string) bool { v := getenv(name); return v != "" && v != "0" && v != "false" }
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case forced("CLICOLOR_FORCE") || forced("FORCE_COLOR"):
		return true
	case getenv("CLICOLOR") == "0" || getenv("TERM") == "dumb":
		return false
	}
	return tty
}

// IsTerminal says whether r is a terminal, so that somebody would have to
// type what is to be read.
func IsTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
