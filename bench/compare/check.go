package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/dump"
)

// lines calls a function for each line that is written to it. It keeps no
// more than one.
type lines struct {
	rest []byte
	line func([]byte)
}

func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.rest = append(l.rest, p...)
			return n, nil
		}
		if len(l.rest) > 0 {
			l.line(append(l.rest, p[:i]...))
			l.rest = l.rest[:0]
		} else {
			l.line(p[:i])
		}
		p = p[i+1:]
	}
}

// counts checks the number of lines that are records.
type counts struct {
	lines
	got, want int
}

// wireLines checks how many frames a document has.
func wireLines(want synth.Tally) checker {
	c := &counts{want: want.Frames}
	c.line = func(line []byte) {
		if len(line) > 0 && line[0] != '@' && line[0] != '#' {
			c.got++
		}
	}
	return c
}

func (c *counts) check() error {
	got := c.got
	if c.got = 0; got != c.want {
		return fmt.Errorf("it found %d frames, and there are %d", got, c.want)
	}
	return nil
}

// records checks the conversations, numbers and lengths of JSON records.
type records struct {
	lines
	got, want synth.Tally
}

func jsonRecords(want synth.Tally) checker {
	r := &records{want: want}
	r.want.Packets = 0
	r.line = func(line []byte) { r.got.Note(number(line, "conn"), number(line, "seq"), number(line, "length")) }
	return r
}

// number returns the number of a key, the first in line.
func number(line []byte, key string) int {
	_, after, _ := bytes.Cut(line, []byte(`"`+key+`":`))
	n := 0
	for len(after) > 0 && after[0] >= '0' && after[0] <= '9' {
		n, after = n*10+int(after[0]-'0'), after[1:]
	}
	return n
}

func (r *records) check() error {
	if r.got != r.want {
		return fmt.Errorf("it found %+v, and there is %+v", r.got, r.want)
	}
	return nil
}

// says checks that a text is in what is printed.
type says struct {
	lines
	want  []string
	found bool
}

// saysOne checks that one of these texts is printed.
func saysOne(want ...string) checker {
	s := &says{want: want}
	s.line = func(line []byte) {
		for _, want := range s.want {
			s.found = s.found || strings.Contains(string(line), want)
		}
	}
	return s
}

// found checks that a program says the right numbers of frames and bytes.
func found(t synth.Tally) checker { return saysOne(fmt.Sprintf("%d:%d", t.Frames, t.Bytes)) }

// listed checks the frames in a list of conversations.
func listed(t synth.Tally) checker { return saysOne(string(dump.AppendGrouped(nil, int64(t.Frames)))) }

func (s *says) check() error {
	if !s.found {
		return fmt.Errorf("it does not say %q", s.want)
	}
	s.found = false
	return nil
}

// lastSays checks that the last line is a text.
func lastSays(want string) checker {
	s := &says{want: []string{want}}
	s.line = func(line []byte) { s.found = string(line) == want }
	return s
}

// aggregated checks the frames in lines of tshark, whose first column has one
// item for each frame that a packet completes.
func aggregated(t synth.Tally) checker {
	c := &counts{want: t.Frames}
	c.line = func(line []byte) {
		first, _, _ := bytes.Cut(line, []byte("\t"))
		c.got += bytes.Count(first, []byte(";")) + 1
	}
	return c
}
