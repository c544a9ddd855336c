package repl

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// A Line is a logical line of a script, with its place.
type Line struct {
	File   string
	Number int // of its first physical line
	Text   string
}

// Lines reads a script: lines, of which one that ends in a backslash goes on
// in the next, as in documents of the notation.
type Lines struct {
	file string
	in   *bufio.Reader
	n    int
}

// NewLines returns the lines of r. The file's name is for errors.
func NewLines(file string, r io.Reader) *Lines {
	return &Lines{file: file, in: bufio.NewReader(r)}
}

// Next returns the next line; [io.EOF] at the end.
func (s *Lines) Next() (Line, error) {
	l := Line{File: s.file, Number: s.n + 1}
	for more := true; more; {
		text, err := s.in.ReadString('\n')
		if err != nil && (text == "" || !errors.Is(err, io.EOF)) {
			if l.Text != "" && errors.Is(err, io.EOF) {
				return l, nil
			}
			return l, err
		}
		s.n++
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		l.Text, more = Join(l.Text, text)
	}
	return l, nil
}

// Join appends a physical line to what there is of a logical one. It says
// whether that goes on in the next.
func Join(so, line string) (text string, more bool) {
	if so == "" && strings.HasPrefix(line, "#") {
		return line, false
	}
	n := len(line) - len(strings.TrimRight(line, `\`))
	if n%2 == 0 {
		return so + line, false
	}
	return so + line[:len(line)-1], true
}
