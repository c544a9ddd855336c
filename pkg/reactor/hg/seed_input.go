package hg

import (
	"fmt"

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

// input implements [server].
func (s *SeedServer) input(v any) []reactor.Action {
	switch v := v.(type) {
	case Response:
		return s.say(v.Request, v.Stream, true, false, func(w *hg.Writer) ([]*hg.Frame, error) {
			return w.AppendBytesResponse(nil, v.Request, v.Data), nil
		})
	case ApplicationError:
		return s.say(v.Request, v.Stream, !s.o.Compat, s.o.Compat, func(w *hg.Writer) ([]*hg.Frame, error) {
			f, err := w.Error(v.Request, hg.ErrorResponseApplication, v.Message)
			return []*hg.Frame{f}, err
		})
	case TextOutput:
		return s.say(v.Request, v.Stream, false, false, func(w *hg.Writer) ([]*hg.Frame, error) {
			f, err := w.TextOutput(v.Request, v.Atoms)
			return []*hg.Frame{f}, err
		})
	}
	return refused(fmt.Sprintf("a %T is no input of this machine", v))
}

// say answers with the frames that it lets be made. See answer for ends and
// atOnce.
func (s *SeedServer) say(id uint16, stream uint8, ends, atOnce bool, frames func(*hg.Writer) ([]*hg.Frame, error)) []reactor.Action {
	if why := s.refusal(id, stream); why != "" {
		return refused(why)
	}
	w := s.outgoing[stream]
	if w == nil {
		w = &hg.Writer{StreamID: stream}
	}
	made, err := frames(w)
	if err != nil {
		return refused(err.Error())
	}
	s.outgoing[stream] = w
	return []reactor.Action{s.answer(id, made, ends, atOnce)}
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
	request, stream, said, at, err := answerArgs(name, args, "such as @"+name+" 1 2 some text")
	if err != nil {
		return nil, err
	}
	payload, err := lex.Unescape(nil, []byte(said))
	if err != nil {
		return nil, lex.Shift(err, at)
	}
	if name == "response" {
		return reactor.Input{Value: Response{request, stream, payload}}, nil
	}
	return reactor.Input{Value: ApplicationError{request, stream, payload}}, nil
}
