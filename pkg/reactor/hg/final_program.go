package hg

import (
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec/hg"
)

// What hg 5.8.1 says when one of these stands where none should.
const (
	lateRedirect = "alternatelocationresponse seen after initial output object"
	lateObject   = "object follows alternatelocationresponse"
)

// Where hg 5.8.1 raises an exception in the middle of an answer, the frames
// before it are out, and the request is not over.
var (
	errUnencodable = errors.New("an item that CBOR of Mercurial cannot hold: the program raises TypeError")
	errNoEncoding  = errors.New("attempting to send encoded frame without sending stream settings: the client reads no encoding of ours")
)

// asProgram makes the frames of an answer as oncommandresponsereadyobjects of
// hg 5.8.1 does, be they of use to a client or not:
//
//	no items at all          no frame: the client waits
//	a failure after items    items that were not sent yet are lost
//	a redirect after items   the same, and an error-response
//	items after a redirect   an error-response
//
// With an error there may be frames too: those before the program raises.
func (o *outgoing) asProgram(v FinalResponse) (frames []*hg.Frame, err error) {
	r := o.writer().Respond(v.Request)
	unencodable := v.Failure != nil && v.Failure.Unencodable
	items := len(v.Chunks) > 0 || unencodable
	switch {
	case !items && v.Redirect == nil && v.Failure == nil:
		return nil, nil
	case !items && v.Redirect == nil:
		return o.failAsProgram(v)
	}
	if o.encoding != "" {
		if frames, err = o.w.AppendStreamSettings(frames, v.Request, o.encoding); err != nil {
			return nil, err
		}
	}
	if v.Redirect != nil && !items {
		frames = r.AppendRedirect(frames, *v.Redirect)
		if len(v.Then) > 0 {
			return append(frames, o.w.Error(v.Request, hg.ErrorServer, lateObject)), nil
		}
		return r.AppendEnd(frames)
	}
	frames = r.AppendOK(frames)
	ok := len(frames)
	for _, c := range v.Chunks {
		if frames, err = r.AppendChunk(frames, c); err != nil {
			return nil, err
		}
	}
	switch {
	case o.encoding == "" && (len(frames) > ok || v.Redirect == nil && v.Failure == nil):
		return frames[:ok], errNoEncoding
	case unencodable:
		return frames, errUnencodable
	case v.Redirect != nil:
		return append(frames, o.w.Error(v.Request, hg.ErrorServer, lateRedirect)), nil
	case v.Failure != nil:
		failed, err := o.failAsProgram(v)
		return append(frames, failed...), err
	}
	return r.AppendEnd(frames)
}

// failAsProgram makes the frames of a failure. That of a command is a response
// of its own even in the middle of another.
func (o *outgoing) failAsProgram(v FinalResponse) ([]*hg.Frame, error) {
	if v.Failure.Server {
		if len(v.Failure.Message) > hg.DefaultMaxFrame {
			return nil, fmt.Errorf("the message has more than %d bytes: the program raises AssertionError", hg.DefaultMaxFrame)
		}
		return []*hg.Frame{o.w.Error(v.Request, hg.ErrorServer, v.Failure.Message)}, nil
	}
	return v.Failure.append(nil, o.w.Respond(v.Request))
}
