package emqp

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec/emqp"
)

// A message is one of eMQP, without the identity that a ROUTER puts before
// it.
type message struct {
	from        string // identity of the sender, at a ROUTER
	command, id string
	body        [][]byte
	frames      [][]byte // all of it
}

// Where things are in a message.
const (
	atCommand = 2
	atID      = 3
	atBody    = 4
)

// read makes a message of frames, which it keeps. As in the program, neither
// the first frame nor the version counts.
func read(from string, frames [][]byte) (message, error) {
	if len(frames) < atBody {
		return message{}, fmt.Errorf("a message of %d frames, which needs %d at least", len(frames), atBody)
	}
	for i, b := range frames {
		if !utf8.Valid(b) {
			return message{}, fmt.Errorf("frame %d is no UTF-8: %.40q", i, b)
		}
	}
	return message{from: from, command: string(frames[atCommand]), id: string(frames[atID]), body: frames[atBody:], frames: frames}, nil
}

// part returns a part of the body; nil when it is not there.
func (m *message) part(i int) []byte {
	if i >= len(m.body) {
		return nil
	}
	return m.body[i]
}

// write makes the frames of a message.
func (d *ids) write(command string, parts ...[]byte) [][]byte {
	return emqp.AppendMessage(nil, command, d.next(), parts...)
}

// hasHeader says whether a header is in the frame of headers. The program
// looks for its letters anywhere.
func hasHeader(headers []byte, name string) bool { return bytes.Contains(headers, []byte(name)) }

// headerValue returns what follows NAME: in the last header of that name.
func headerValue(headers []byte, name string) (value string, ok bool) {
	for one := range strings.SplitSeq(string(headers), ",") {
		if _, v, found := strings.Cut(one, name+":"); found {
			value, ok = v, true
		}
	}
	return value, ok
}
