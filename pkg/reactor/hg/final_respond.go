package hg

import (
	"errors"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// Inputs of the final dialect's server.
type (
	// A FinalResponse is the whole answer to a request: items, a redirect or
	// a failure; or items and then a failure. With nothing of these it is
	// the status ok alone. Items before or after a redirect, and an item that
	// cannot be sent, are refused; with [reactor.Options].Compat they become
	// what the program makes of them.
	FinalResponse struct {
		Request  uint16
		Stream   uint8    // even
		Chunks   [][]byte // the items in CBOR, as Encode makes them; shared
		Redirect *hg.Location
		Then     [][]byte // items after the redirect, like Chunks
		Failure  *Failure
	}

	// FinalStream begins a stream with the encoding that the client wants by
	// now. Else a stream begins with the first that is said on it.
	FinalStream struct {
		Stream uint8 // even
	}

	// FinalText is text for the person at the client. It does not end the
	// request.
	FinalText struct {
		Request uint16
		Stream  uint8
		Atoms   []hg.Atom
	}
)

// A Failure says why there is no answer, or not all of it.
type Failure struct {
	Server  bool     // the server failed, not the command
	Message string   // each %s stands for an argument
	Args    []string // of a command's failure

	// Unencodable says that there is one more item, which CBOR of Mercurial
	// cannot hold (a float, a text string), and nothing else of the above.
	Unencodable bool
}

// Encode makes chunks of items, cut as Mercurial's writer cuts them: the
// head of a byte string goes before its bytes. Where frames begin depends on
// that.
func Encode(items ...cbor.Value) ([][]byte, error) {
	var chunks [][]byte
	for _, v := range items {
		b, err := v.Append(nil)
		if err != nil {
			return nil, err
		}
		var t cbor.Tree
		if _, err := t.Parse(b, cbor.Limits{Depth: 1 << 10, Nodes: len(b) + 1}); err != nil {
			return nil, err
		}
		from := 0
		for i := range t.Nodes {
			if n := &t.Nodes[i]; n.Kind == cbor.Bytes && n.Arg > 0 {
				head := int(n.Start) + int(n.Head)
				chunks = append(chunks, b[from:head], b[head:n.End])
				from = int(n.End)
			}
		}
		if from < len(b) {
			chunks = append(chunks, b[from:])
		}
	}
	return chunks, nil
}

// EncodeBlob makes chunks of one byte string of indefinite length.
func EncodeBlob(pieces ...[]byte) ([][]byte, error) {
	chunks := [][]byte{{0x5f}}
	for _, p := range pieces {
		more, err := Encode(cbor.ByteString(p))
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, more...)
	}
	return append(chunks, []byte{0xff}), nil
}

// maxPast is how much goes through the encoder of a stream before the stream
// is ended, so that a new one begins: what went through is kept for copies.
const maxPast = 4 << 20

// An outgoing is a stream of the server's. An encoder that compresses cannot
// be copied: a copy goes through all that was said again, when it has to.
type outgoing struct {
	id       uint8
	program  bool   // answers are made as hg makes them
	encoding string // "" is plain
	w        *hg.FinalWriter
	past     []any // what was said, when the encoding compresses
	size     int   // bytes of it
}

func newOutgoing(id uint8, client []string, program bool) *outgoing {
	return &outgoing{id: id, program: program, encoding: hg.ChooseEncoding(client), w: &hg.FinalWriter{StreamID: id}}
}

func (o *outgoing) compresses() bool { return o.encoding != "" && o.encoding != stream.Identity }

func (o *outgoing) clone() *outgoing {
	c := *o
	c.past = slices.Clip(o.past)
	if o.compresses() && len(o.past) > 0 {
		c.w = nil
	} else if o.w != nil {
		w := *o.w
		c.w = &w
	}
	return &c
}

// writer returns the stream's writer, made again if this is a copy.
func (o *outgoing) writer() *hg.FinalWriter {
	if o.w == nil {
		o.w = &hg.FinalWriter{StreamID: o.id}
		for _, v := range o.past {
			_, _ = o.compose(v) // it went well the first time
		}
	}
	return o.w
}

// say makes the frames of an input. An error without frames leaves the stream
// as it was.
func (o *outgoing) say(v any) ([]*hg.Frame, error) {
	o.writer()
	frames, err := o.compose(v)
	if (err == nil || len(frames) > 0) && o.compresses() {
		o.past = append(o.past, v)
		if r, ok := v.(FinalResponse); ok {
			for _, c := range r.Chunks {
				o.size += len(c)
			}
		}
	}
	return frames, err
}

// full says that the stream is to end.
func (o *outgoing) full() bool { return o.size > maxPast }

func (o *outgoing) compose(v any) ([]*hg.Frame, error) {
	switch v := v.(type) {
	case FinalText:
		f, err := o.w.TextOutput(v.Request, v.Atoms)
		return []*hg.Frame{f}, err
	case FinalResponse:
		if o.program {
			return o.asProgram(v)
		}
		return o.response(v)
	}
	return nil, errors.New("no output")
}

func (o *outgoing) response(v FinalResponse) (frames []*hg.Frame, err error) {
	r := o.w.Respond(v.Request)
	if v.Failure != nil && len(v.Chunks) == 0 {
		return v.Failure.append(frames, r)
	}
	if o.encoding != "" {
		if frames, err = o.w.AppendStreamSettings(frames, v.Request, o.encoding); err != nil {
			return nil, err
		}
	}
	if v.Redirect != nil {
		frames = r.AppendRedirect(frames, *v.Redirect)
		return r.AppendEnd(frames)
	}
	frames = r.AppendOK(frames)
	for _, c := range v.Chunks {
		if frames, err = r.AppendChunk(frames, c); err != nil {
			return nil, err
		}
	}
	if v.Failure != nil {
		return v.Failure.append(frames, r)
	}
	return r.AppendEnd(frames)
}

// append appends the frames that end a response. A message that is too long
// is cut.
func (f *Failure) append(dst []*hg.Frame, r *hg.Responder) ([]*hg.Frame, error) {
	if f.Server {
		return r.AppendError(dst, hg.ErrorServer, f.Message)
	}
	frames, err := r.AppendFailure(dst, f.Message, f.Args...)
	if errors.Is(err, hg.ErrPayloadTooLong) {
		return r.AppendFailure(dst, f.Message[:min(len(f.Message), hg.DefaultMaxFrame/2)])
	}
	return frames, err
}
