package hg

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of the seed dialect's server.
type (
	// Response is the answer to a request, as bytes.
	Response struct {
		Request uint16
		Stream  uint8 // even
		Data    []byte
	}

	// ApplicationError says that a command failed.
	ApplicationError struct {
		Request uint16
		Stream  uint8
		Message []byte
	}

	// TextOutput is text for the person at the client.
	TextOutput struct {
		Request uint16
		Stream  uint8
		Atoms   []hg.Atom
	}
)

// input makes frames of what our own side wants to say.
func (s *SeedServer) input(v any) reactor.Action {
	switch v := v.(type) {
	case Response:
		return s.answer(v.Request, v.Stream, true, func(w *hg.Writer) ([]*hg.Frame, error) {
			return w.AppendBytesResponse(nil, v.Request, v.Data), nil
		})
	case ApplicationError:
		return s.answer(v.Request, v.Stream, !s.o.Compat, func(w *hg.Writer) ([]*hg.Frame, error) {
			f, err := w.Error(v.Request, hg.ErrorResponseApplication, v.Message)
			return []*hg.Frame{f}, err
		})
	case TextOutput:
		return s.answer(v.Request, v.Stream, false, func(w *hg.Writer) ([]*hg.Frame, error) {
			f, err := w.TextOutput(v.Request, v.Atoms)
			return []*hg.Frame{f}, err
		})
	}
	return reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)}
}

// answer makes the frames of an answer and sends them, or lets them wait for
// the end of input. ends says that the request is over with them.
func (s *SeedServer) answer(id uint16, stream uint8, ends bool, frames func(*hg.Writer) ([]*hg.Frame, error)) reactor.Action {
	switch {
	case stream%2 != 0:
		return reactor.Reject{Message: fmt.Sprintf("server should only write to even numbered streams; %d is not even", stream)}
	case !s.active[id]:
		return reactor.Reject{Message: fmt.Sprintf("request %d is not active", id)}
	case s.answered(id):
		return reactor.Reject{Message: fmt.Sprintf("request %d has been answered", id)}
	}
	w := s.outgoing[stream]
	if w == nil {
		w = &hg.Writer{StreamID: stream}
	}
	made, err := frames(w)
	if err != nil {
		return reactor.Reject{Message: err.Error()}
	}
	s.outgoing[stream] = w
	list := make([]codec.Frame, len(made))
	for i, f := range made {
		list[i] = f.Clone()
	}
	var over []uint16
	if ends {
		over = []uint16{id}
	}
	if s.o.DeferOutput && ends {
		s.deferred = append(s.deferred, answer{id, list})
		return reactor.Noop{Why: "deferred"}
	}
	return s.send(list, over)
}

// answered says whether the last frames of an answer are on their way.
func (s *SeedServer) answered(id uint16) bool {
	for _, a := range s.deferred {
		if a.request == id {
			return true
		}
	}
	for _, ids := range s.unsent {
		for _, u := range ids {
			if u == id {
				return true
			}
		}
	}
	return false
}

// InputNames implements [reactor.Inputs].
func (s *SeedServer) InputNames() []string {
	return []string{"response ID STREAM PAYLOAD", "application-error ID STREAM MESSAGE"}
}

// Input implements [reactor.Inputs].
func (s *SeedServer) Input(name, args string) (reactor.Event, error) {
	if name != "response" && name != "application-error" {
		return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"response", "application-error"}}
	}
	words := strings.SplitN(args, " ", 3)
	if len(words) < 3 {
		return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "it wants a request ID, a stream ID and a payload", Hint: "such as @" + name + " 1 2 some text"}
	}
	request, err := lex.Uint([]byte(words[0]), 0xffff)
	if err != nil {
		return nil, err
	}
	at := len(words[0]) + 1
	stream, err := lex.Uint([]byte(words[1]), 0xff)
	if err != nil {
		return nil, lex.Shift(err, at)
	}
	payload, err := lex.Unescape(nil, []byte(words[2]))
	if err != nil {
		return nil, lex.Shift(err, at+len(words[1])+1)
	}
	if name == "response" {
		return reactor.Input{Value: Response{uint16(request), uint8(stream), payload}}, nil
	}
	return reactor.Input{Value: ApplicationError{uint16(request), uint8(stream), payload}}, nil
}
