package hg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// A FinalWriter makes the frames of one stream in the final dialect. The
// first frame that it makes has stream-begin. Frames share no memory with
// what is passed in, but for Data.
type FinalWriter struct {
	StreamID uint8
	MaxFrame int // longest payload of items, 0 for DefaultMaxFrame

	begun    bool
	encoding string
	encoder  stream.Encoder
	settled  bool // the stream's settings were sent
}

// A FinalCommand is what a client asks of a server.
type FinalCommand struct {
	Name     string
	Args     map[string]cbor.Value // none: left out
	Redirect *Redirect
	Data     []byte // nil: the command has no data
}

// Redirect tells which redirects a client can follow.
type Redirect struct{ Targets, Hashes []string }

// NextRequestID returns the ID that a client uses after id: the next odd
// number, from 1 again behind the last.
func NextRequestID(id uint16) uint16 { return id | 1 + 2 }

func (w *FinalWriter) maxFrame() int {
	if w.MaxFrame > 0 {
		return w.MaxFrame
	}
	return DefaultMaxFrame
}

func (w *FinalWriter) frame(request uint16, encoded bool, typeID, flags uint8, payload []byte) *Frame {
	var streamFlags uint8
	if !w.begun {
		streamFlags, w.begun = StreamBegin, true
	}
	if encoded {
		streamFlags |= StreamEncoded
	}
	return NewFinalFrame(request, w.StreamID, streamFlags, typeID, flags, payload)
}

// pieces cuts b into pieces of at most n bytes, at least one.
func pieces(b []byte, n int) [][]byte {
	if len(b) == 0 {
		return [][]byte{b}
	}
	return slices.Collect(slices.Chunk(b, n))
}

// dict makes a dict with byte strings as keys. Values that are None are left
// out.
func dict(members map[string]cbor.Value) cbor.Value {
	var pairs []cbor.Value
	for key, v := range members {
		if v.Type() != cbor.None().Type() {
			pairs = append(pairs, cbor.String(key), v)
		}
	}
	d, _ := cbor.Dict(pairs...) // byte strings are fine as keys
	return d
}

func list(texts []string) cbor.Value {
	items := make([]cbor.Value, len(texts))
	for i, t := range texts {
		items[i] = cbor.String(t)
	}
	return cbor.List(items...)
}

// AppendCommand appends the frames of a command: the request, a map name,
// args, redirect, cut over command-request frames, then Data. It fails when
// Args cannot be written.
func (w *FinalWriter) AppendCommand(dst []*Frame, request uint16, c FinalCommand) ([]*Frame, error) {
	m := map[string]cbor.Value{"name": cbor.String(c.Name)}
	if len(c.Args) > 0 {
		var pairs []cbor.Value
		for key, v := range c.Args {
			pairs = append(pairs, cbor.String(key), v)
		}
		m["args"], _ = cbor.Dict(pairs...)
	}
	if c.Redirect != nil {
		m["redirect"] = dict(map[string]cbor.Value{"targets": list(c.Redirect.Targets), "hashes": list(c.Redirect.Hashes)})
	}
	payload, err := dict(m).Append(nil)
	if err != nil {
		return dst, err
	}
	all := pieces(payload, w.maxFrame())
	for i, p := range all {
		flags := uint8(RequestContinuation)
		if i == 0 {
			flags = RequestNew
		}
		if i < len(all)-1 {
			flags |= RequestMore
		}
		if c.Data != nil {
			flags |= RequestHaveData
		}
		dst = append(dst, w.frame(request, false, FinalCommandRequest, flags, p))
	}
	if c.Data == nil {
		return dst, nil
	}
	data := c.Data // a last frame that is not full ends it, even an empty one
	for ; len(data) >= DefaultMaxFrame; data = data[DefaultMaxFrame:] {
		dst = append(dst, w.frame(request, false, FinalCommandData, DataContinuation, data[:DefaultMaxFrame]))
	}
	return append(dst, w.frame(request, false, FinalCommandData, DataEOS, data)), nil
}

// ProtocolSettings makes the frame with which a client tells the encodings
// that it knows, the best one first. It goes before the first command and has
// that command's request ID.
func (w *FinalWriter) ProtocolSettings(request uint16, names ...string) *Frame {
	payload, _ := dict(map[string]cbor.Value{"contentencodings": list(names)}).Append(nil)
	return w.frame(request, false, FinalProtocolSettings, DataEOS, payload)
}

// ChooseEncoding returns the encoding that a server takes: the first of its
// own that the client listed. When there is none it is "": the stream goes
// plain, where Mercurial fails.
func ChooseEncoding(client []string) string {
	for _, name := range encodings {
		if slices.Contains(client, name) {
			return name
		}
	}
	return ""
}

// AppendStreamSettings appends the frame that begins an encoding, once for
// the stream. Before it, and without it, everything is sent plain.
func (w *FinalWriter) AppendStreamSettings(dst []*Frame, request uint16, encoding string) ([]*Frame, error) {
	if w.settled {
		return dst, nil
	}
	e, err := stream.NewEncoder(encoding)
	if err != nil {
		return dst, err
	}
	payload, _ := cbor.String(encoding).Append(nil)
	dst = append(dst, w.frame(request, false, FinalStreamSettings, DataEOS, payload))
	w.encoder, w.encoding, w.settled = e, encoding, true
	return dst, nil
}

// ErrorType says whose error an error-response is.
type ErrorType string

// The types of errors.
const (
	ErrorProtocol ErrorType = "protocol"
	ErrorServer   ErrorType = "server"
	ErrorCommand  ErrorType = "command"
)

// Error makes an error-response, which is one frame: a message that is too
// long for it is cut.
func (w *FinalWriter) Error(request uint16, kind ErrorType, message string) *Frame {
	for {
		payload, _ := dict(map[string]cbor.Value{
			"type":    cbor.String(string(kind)),
			"message": cbor.List(dict(map[string]cbor.Value{"msg": cbor.String(message)})),
		}).Append(nil)
		over := len(payload) - w.maxFrame()
		if over <= 0 || message == "" {
			return w.frame(request, false, FinalErrorResponse, 0, payload)
		}
		message = strings.ToValidUTF8(message[:max(0, len(message)-over)], "")
	}
}

// TextOutput makes a text-output frame. A format and labels that are not
// ASCII are refused; arguments that are not UTF-8 get U+FFFD for what is
// wrong with them.
func (w *FinalWriter) TextOutput(request uint16, atoms []Atom) (*Frame, error) {
	items := make([]cbor.Value, 0, len(atoms))
	for _, a := range atoms {
		if err := ascii("format", a.Format); err != nil {
			return nil, err
		}
		m := map[string]cbor.Value{"msg": cbor.ByteString(a.Format)}
		var labels, args []cbor.Value
		for _, l := range a.Labels {
			if err := ascii("label", l); err != nil {
				return nil, err
			}
			labels = append(labels, cbor.ByteString(l))
		}
		for _, arg := range a.Args {
			args = append(args, cbor.ByteString(replaceInvalid(arg)))
		}
		if len(labels) > 0 {
			m["labels"] = cbor.List(labels...)
		}
		if len(args) > 0 {
			m["args"] = cbor.List(args...)
		}
		items = append(items, dict(m))
	}
	payload, err := cbor.List(items...).Append(nil)
	if err != nil {
		return nil, err
	}
	if len(payload) > w.maxFrame() {
		return nil, ErrPayloadTooLong
	}
	return w.frame(request, false, FinalTextOutput, 0, payload), nil
}

func ascii(what string, b []byte) error {
	for i, c := range b {
		if c >= 0x80 {
			return fmt.Errorf("%s %q is not ASCII at byte %d", what, b, i)
		}
	}
	return nil
}

var errEnded = errors.New("the response has ended")
