package humanframe

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Scanner reads the lines of a document, in memory bounded by its longest
// line.
type Scanner struct {
	r     *bufio.Reader
	file  string
	line  int
	alone bool
	keep  bool
	buf   []byte
	raw   []byte // the line as it stands, when keep
	err   error
	l     Line
	plain bool // l is one of plainLine

	// What was read and waits in r, from ahead on.
	window []byte
	ahead  int
}

// NewScanner returns a Scanner of r. The name of the file is for errors.
func NewScanner(file string, r io.Reader) *Scanner {
	return &Scanner{r: bufio.NewReaderSize(r, 64<<10), file: file}
}

// Alone makes every physical line a document of its own, taken as it stands:
// blank lines are texts, a carriage return is data, nothing is a comment, a
// directive or the first half of another line. Directions, brackets, raw and
// deviations keep their meaning.
func (s *Scanner) Alone() { s.alone = true }

// Keep makes Next return comments and blank lines as well, and lines that have
// their source. Lines in which a secret was masked are no fault then, though
// they cannot be encoded.
func (s *Scanner) Keep() { s.keep = true }

// Next returns the next line. It is good until the next call, and not to be
// changed. At the end it returns [io.EOF]. After an [*Error], which is about one
// line only, scanning can go on.
func (s *Scanner) Next() (*Line, error) {
	if l := s.plainLine(); l != nil {
		return l, nil
	}
	l, err := s.anyLine()
	if err == nil && !s.keep {
		s.window, _ = s.r.Peek(s.r.Buffered()) // what is there already has no error
	}
	return l, err
}

// plainLine returns the next line if it has been read and is nothing but a
// frame, as most are, and nil if another is to look at it.
func (s *Scanner) plainLine() *Line {
	rest := s.window[s.ahead:]
	n := bytes.IndexByte(rest, '\n')
	if n <= 0 || !plain(rest[:n]) {
		return nil
	}
	s.ahead += n + 1
	s.line++
	if !s.plain {
		s.l, s.plain = Line{File: s.file, Dir: codec.ToServer}, true
	}
	s.l.Number, s.l.text, s.l.Frame.Body = s.line, rest[:n:n], rest[:n:n]
	return &s.l
}

// plain says whether a line is certainly a frame, and one that goes on in no
// other: nothing stands before it, and nothing is masked in it.
func plain(text []byte) bool {
	const others = 1<<(' '+1) - 1 | 1<<'!' | 1<<'#' | 1<<'<' | 1<<'>'
	c, last := text[0], text[len(text)-1]
	if c <= '@' && (c == '@' || others>>c&1 != 0) || last == '\\' || last == '\r' || c == 'r' && bytes.HasPrefix(text, []byte("raw")) {
		return false
	}
	return !masked(text)
}

// anyLine is Next for all lines.
func (s *Scanner) anyLine() (*Line, error) {
	s.plain = false
	_, _ = s.r.Discard(s.ahead) // what is there already
	s.window, s.ahead = nil, 0
	for s.err == nil {
		number := s.line + 1
		text, err := s.read()
		if err != nil {
			s.err = err
			break
		}
		s.l = Line{}
		s.l.File, s.l.Number = s.file, number
		if s.keep {
			s.l.kept, s.l.source = true, string(bytes.TrimSuffix(s.raw, []byte("\n")))
		}
		if !s.alone && (blank(text) || text[0] == '#') {
			if !s.keep {
				continue
			}
			s.l.text, s.l.Blank, s.l.Comment = text, blank(text), !blank(text)
			return &s.l, nil
		}
		if err := parseLine(&s.l, text); err != nil {
			return nil, err
		}
		return &s.l, nil
	}
	return nil, s.err
}

// read returns the next logical line, without its line feed.
func (s *Scanner) read() ([]byte, error) {
	s.buf, s.raw = s.buf[:0], s.raw[:0]
	part, err := s.r.ReadSlice('\n')
	if err == nil && !s.keep { // mostly the line can stay where it was read
		text := part[: len(part)-1 : len(part)-1]
		if s.alone || len(text) == 0 || text[len(text)-1] != '\\' && text[len(text)-1] != '\r' {
			s.line++
			return text, nil
		}
	}
	for {
		start := len(s.buf)
		if err := s.physical(part, err); err != nil {
			if errors.Is(err, io.EOF) && start > 0 { // a backslash ended the input
				s.buf = append(s.buf, '\\')
				return s.buf, nil
			}
			return nil, err
		}
		if s.alone {
			return s.buf, nil
		}
		s.buf = s.buf[:start+len(bytes.TrimSuffix(s.buf[start:], []byte("\r")))]
		if start == 0 && len(s.buf) > 0 && s.buf[0] == '#' || !openEnded(s.buf[start:]) {
			return s.buf, nil
		}
		s.buf = s.buf[:len(s.buf)-1]
		part, err = s.r.ReadSlice('\n')
	}
}

// physical appends a line to the buffer: part, with which came err, and what
// follows it.
func (s *Scanner) physical(part []byte, err error) error {
	got := false
	for {
		s.buf = append(s.buf, part...)
		if s.keep {
			s.raw = append(s.raw, part...)
		}
		got = got || len(part) > 0
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			part, err = s.r.ReadSlice('\n')
			continue
		case errors.Is(err, io.EOF) && got, err == nil:
			s.line++
			s.buf = bytes.TrimSuffix(s.buf, []byte("\n"))
			return nil
		}
		return err
	}
}

// openEnded says whether text ends in a backslash that is not itself escaped.
func openEnded(text []byte) bool { return backslashes(text)%2 == 1 }

// backslashes returns how many of them text ends in.
func backslashes(text []byte) int {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n
}

func blank(text []byte) bool {
	if len(text) > 0 && text[0] > ' ' {
		return false
	}
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
