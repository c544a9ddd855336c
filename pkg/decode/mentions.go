package decode

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Mentions returns a source of the frames that a text tells of line by line:
// a log, a transcript, the output of another program. What the lines look
// like is the protocol's matter. Lines that tell of no frame are passed over.
func Mentions(name string, r io.Reader, m codec.Mentioner) capture.Source {
	return &mentions{name: name, r: r, m: m, conns: map[string]*capture.Conn{}}
}

type mentions struct {
	name  string
	r     io.Reader
	m     codec.Mentioner
	conns map[string]*capture.Conn
	list  []*capture.Conn
	buf   []byte
}

// Info implements [capture.Source].
func (s *mentions) Info() capture.Info {
	return capture.Info{File: s.name, Format: capture.Log, Why: "as asked"}
}

// maxMention is the longest line of such a text.
const maxMention = 16 << 20

// Events implements [capture.Source].
func (s *mentions) Events() iter.Seq2[capture.Event, error] {
	return func(yield func(capture.Event, error) bool) {
		lines := bufio.NewScanner(s.r)
		lines.Buffer(nil, maxMention)
		for lines.Scan() {
			m, ok := s.m.Mention(s.buf[:0], bytes.TrimSuffix(lines.Bytes(), []byte("\r")))
			if ok && !s.yield(m, yield) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("a line is longer than %d bytes", maxMention)
			}
			yield(capture.Event{}, fmt.Errorf("%s: %w", s.name, err))
			return
		}
		for _, c := range s.list {
			if !yield(capture.Event{Conn: c, Dir: codec.ToServer, Kind: capture.KindClose, Why: "the text ends"}, nil) {
				return
			}
		}
	}
}

// yield gives the events of a mention.
func (s *mentions) yield(m codec.Mention, yield func(capture.Event, error) bool) bool {
	s.buf = m.Data
	if m.Dir == 0 {
		m.Dir = codec.ToServer
	}
	c := s.conns[m.Flow]
	if c == nil {
		c = &capture.Conn{ID: len(s.list) + 1, Client: capture.Endpoint{Name: m.Flow}, Start: m.Time}
		s.conns[m.Flow] = c
		s.list = append(s.list, c)
		if !yield(capture.Event{Conn: c, Dir: m.Dir, Time: m.Time, Kind: capture.KindOpen, Why: "mentioned"}, nil) {
			return false
		}
	}
	c.End = m.Time
	c.Side(m.Dir).Bytes += int64(len(m.Data))
	return yield(capture.Event{Conn: c, Dir: m.Dir, Time: m.Time, Kind: capture.KindData, Data: m.Data}, nil)
}
