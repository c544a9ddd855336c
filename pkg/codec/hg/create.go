package hg

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// DefaultMaxFrame is the payload that the creators fill at the most, as
// Mercurial does.
const DefaultMaxFrame = 32768

// A Writer makes the frames of one stream in the seed dialect. The first
// frame that it makes has stream-begin.
type Writer struct {
	StreamID uint8
	MaxFrame int // longest payload, 0 for DefaultMaxFrame

	// SplitArguments cuts arguments whose payload is over MaxFrame over
	// several frames, as the document describes. Revision r37304 cannot read
	// that, so by default an argument is one frame, however long.
	SplitArguments bool

	begun bool
}

// A Command is what a client asks of a server.
type Command struct {
	Name string
	Args map[string][]byte // sent in the order of their names
	Data []byte            // nil: the command has no data
}

// ErrArgumentTooLong is the error for names and values over 65535 bytes.
var ErrArgumentTooLong = errors.New("an argument's name and value hold 65535 bytes at the most")

func (w *Writer) maxFrame() int {
	if w.MaxFrame > 0 {
		return w.MaxFrame
	}
	return DefaultMaxFrame
}

// frame makes one frame. The payload is shared with what is passed in.
func (w *Writer) frame(request uint16, typeID, flags uint8, payload []byte) *Frame {
	var streamFlags uint8
	if !w.begun {
		streamFlags, w.begun = StreamBegin, true
	}
	return NewFrame(request, w.StreamID, streamFlags, typeID, flags, payload)
}

// AppendCommand appends the frames of a command. Data is shared with c.
func (w *Writer) AppendCommand(dst []*Frame, request uint16, c Command) ([]*Frame, error) {
	names := make([]string, 0, len(c.Args))
	for name, value := range c.Args {
		if len(name) > 0xffff || len(value) > 0xffff {
			return dst, fmt.Errorf("argument %.40q: %w", name, ErrArgumentTooLong)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	var flags uint8
	if len(names) > 0 {
		flags |= CommandNameHaveArgs
	}
	if c.Data != nil {
		flags |= CommandNameHaveData
	}
	if flags == 0 {
		flags = CommandNameEOS
	}
	dst = append(dst, w.frame(request, TypeCommandName, flags, []byte(c.Name)))
	for i, name := range names {
		a := Argument{Name: []byte(name), Value: c.Args[name], Length: len(c.Args[name])}
		dst = w.appendArgument(dst, request, a, i == len(names)-1)
	}
	if c.Data != nil {
		dst = w.appendData(dst, request, c.Data)
	}
	return dst, nil
}

func (w *Writer) appendArgument(dst []*Frame, request uint16, a Argument, last bool) []*Frame {
	var flags uint8
	if last {
		flags = CommandArgumentEOA
	}
	payload := a.appendTo(nil)
	first := 4 + len(a.Name) // header and name may not be cut
	if limit := max(w.maxFrame(), first); w.SplitArguments {
		for len(payload) > limit {
			dst = append(dst, w.frame(request, TypeCommandArgument, CommandArgumentContinue, payload[:limit]))
			payload, limit = payload[limit:], w.maxFrame()
		}
	}
	return append(dst, w.frame(request, TypeCommandArgument, flags, payload))
}

// appendData cuts data into full frames and a last one that is shorter, even
// if that is empty.
func (w *Writer) appendData(dst []*Frame, request uint16, data []byte) []*Frame {
	limit := w.maxFrame()
	for len(data) >= limit {
		dst = append(dst, w.frame(request, TypeCommandData, DataContinuation, data[:limit]))
		data = data[limit:]
	}
	return append(dst, w.frame(request, TypeCommandData, DataEOS, data))
}

// AppendBytesResponse appends the frames of an answer, at least one. Data is
// shared.
func (w *Writer) AppendBytesResponse(dst []*Frame, request uint16, data []byte) []*Frame {
	limit := w.maxFrame()
	for len(data) > limit {
		dst = append(dst, w.frame(request, TypeBytesResponse, DataContinuation, data[:limit]))
		data = data[limit:]
	}
	return append(dst, w.frame(request, TypeBytesResponse, DataEOS, data))
}

// Error makes an error-response. Flags are ErrorResponseProtocol,
// ErrorResponseApplication or 0. It fails when the message does not fit.
func (w *Writer) Error(request uint16, flags uint8, message []byte) (*Frame, error) {
	if len(message) > w.maxFrame() {
		return nil, ErrPayloadTooLong
	}
	return w.frame(request, TypeErrorResponse, flags, message), nil
}

// TextOutput makes a text-output frame. Formats and arguments that are not
// UTF-8 get U+FFFD for what is wrong with them; labels must be ASCII.
func (w *Writer) TextOutput(request uint16, atoms []Atom) (*Frame, error) {
	var payload []byte
	for _, a := range atoms {
		if err := a.check(); err != nil {
			return nil, err
		}
		clean := Atom{Format: toUTF8(a.Format), Labels: a.Labels}
		for _, l := range a.Labels {
			if i := bytes.IndexFunc(l, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
				return nil, fmt.Errorf("label %q is not ASCII at byte %d", l, i)
			}
		}
		for _, arg := range a.Args {
			clean.Args = append(clean.Args, toUTF8(arg))
		}
		if err := clean.check(); err != nil {
			return nil, err
		}
		payload = clean.appendTo(payload)
	}
	if len(payload) > w.maxFrame() {
		return nil, ErrPayloadTooLong
	}
	return w.frame(request, TypeTextOutput, 0, payload), nil
}
