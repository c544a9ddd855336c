package hg

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// input makes frames of what our own side wants to say.
func (s *FinalServer) input(v any) []reactor.Action {
	switch v := v.(type) {
	case FinalResponse:
		if why := v.refusal(); why != "" && !s.o.Compat {
			return refused(why)
		}
		return s.say(v.Request, v.Stream, true, v)
	case FinalText:
		return s.say(v.Request, v.Stream, false, v)
	case FinalStream:
		if v.Stream%2 != 0 || s.outgoing[v.Stream] != nil {
			return refused(fmt.Sprintf("stream %d is odd, or has begun", v.Stream))
		}
		s.outgoing[v.Stream] = newOutgoing(v.Stream, s.encodings, s.o.Compat)
		return []reactor.Action{reactor.Noop{Why: fmt.Sprintf("stream %d has begun", v.Stream)}}
	}
	return refused(fmt.Sprintf("a %T is no input of this machine", v))
}

// refusal says what no client could make sense of, or "".
func (r *FinalResponse) refusal() string {
	switch {
	case r.Redirect != nil && (len(r.Chunks) > 0 || len(r.Then) > 0 || r.Failure != nil):
		return "a redirect stands alone, without items and without a failure"
	case r.Failure != nil && r.Failure.Unencodable:
		return "an item that CBOR of Mercurial cannot hold"
	}
	return ""
}

// say makes the frames of an answer. ends says that the request is over with
// them. Where the program raises an exception after some frames, they go out,
// and a Reject follows.
func (s *FinalServer) say(id uint16, stream uint8, ends bool, v any) []reactor.Action {
	if why := s.refusal(id, stream); why != "" {
		return refused(why)
	}
	o := s.outgoing[stream]
	if o == nil {
		o = newOutgoing(stream, s.encodings, s.o.Compat)
	}
	made, err := o.say(v)
	if err != nil && len(made) == 0 {
		return refused(err.Error())
	}
	s.outgoing[stream] = o
	if ends && len(made) > 0 && o.full() {
		made[len(made)-1].StreamFlags |= hg.StreamEnd
		delete(s.outgoing, stream)
	}
	actions := []reactor.Action{s.answer(id, made, ends && err == nil, false)}
	if err != nil {
		actions = append(actions, reactor.Reject{Message: err.Error()})
	}
	return actions
}

// finalInputs are the directives of the server, with what follows ID and
// STREAM.
var finalInputs = []string{"response", "objects", "unencodable", "redirect", "server-error", "command-error", "text-output"}

// InputNames implements [reactor.Inputs].
func (s *FinalServer) InputNames() []string {
	return []string{
		"response ID STREAM PAYLOAD", "objects ID STREAM [ITEM, …]", "unencodable ID STREAM [ITEM, …]", "redirect ID STREAM {b'url': …}",
		"server-error ID STREAM MESSAGE", "command-error ID STREAM MESSAGE", "text-output ID STREAM TEXT", "output-stream STREAM",
	}
}

// Input implements [reactor.Inputs].
func (s *FinalServer) Input(name, args string) (reactor.Event, error) {
	if name == "output-stream" {
		n, err := lex.Uint([]byte(args), 0xff)
		return reactor.Input{Value: FinalStream{uint8(n)}}, err
	}
	i := 0
	for i < len(finalInputs) && finalInputs[i] != name {
		i++
	}
	if i == len(finalInputs) {
		return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: append([]string{"output-stream"}, finalInputs...)}
	}
	request, stream, text, at, err := answerArgs(name, args, s.InputNames()[i])
	if err != nil {
		return nil, err
	}
	v, err := said(name, text, request, stream)
	if err != nil {
		return nil, lex.Shift(err, at)
	}
	return reactor.Input{Value: v}, nil
}

// said makes an input of its text.
func said(name, text string, request uint16, stream uint8) (any, error) {
	r := FinalResponse{Request: request, Stream: stream}
	switch name {
	case "objects", "unencodable", "redirect":
		v, err := cbor.ParseLiteral([]byte(text), cbor.Limits{})
		if err != nil {
			return nil, err
		}
		switch name {
		case "redirect":
			err = r.redirect(v)
		case "unencodable":
			r.Failure = &Failure{Unencodable: true}
			fallthrough
		default:
			r.Chunks, err = itemsOf(v)
		}
		return r, inText(err, text)
	case "response":
		if rest, ok := strings.CutPrefix(text, "cbor:"); ok {
			v, err := cbor.ParseLiteral([]byte(rest), cbor.Limits{})
			if err != nil {
				return nil, lex.Shift(err, len("cbor:"))
			}
			r.Chunks, err = Encode(v)
			return r, inText(err, text)
		}
		b, err := lex.Unescape(nil, []byte(text))
		r.Chunks = [][]byte{b}
		return r, err
	}
	if rest, ok := strings.CutPrefix(text, "cbor:"); ok && name != "text-output" {
		v, err := cbor.ParseLiteral([]byte(rest), cbor.Limits{})
		if err != nil {
			return nil, lex.Shift(err, len("cbor:"))
		}
		err = r.fail(name == "server-error", v)
		return r, inText(err, text)
	}
	message, err := lex.Unescape(nil, []byte(text))
	if err != nil {
		return nil, err
	}
	if name == "text-output" {
		return FinalText{request, stream, []hg.Atom{{Format: message}}}, nil
	}
	r.Failure = &Failure{Server: name == "server-error", Message: string(message)}
	return r, nil
}

// inText makes a TextError of an error about all of a text.
func inText(err error, text string) error {
	if err == nil {
		return nil
	}
	return &codec.TextError{End: len(text), Message: err.Error()}
}

// fail makes r a failure that a map tells of: its message, the arguments of
// that, and the items of the answer before it.
func (r *FinalResponse) fail(server bool, v cbor.Value) error {
	if v.Type() != "dict" {
		return fmt.Errorf("a map is wanted, not a %s", v.Type())
	}
	r.Failure = &Failure{Server: server}
	for i, items := 0, v.Items(); i+1 < len(items); i += 2 {
		key, _ := items[i].Bytes()
		value := items[i+1]
		ok := true
		var err error
		switch string(key) {
		case "message":
			var text []byte
			text, ok = value.Bytes()
			r.Failure.Message = string(text)
		case "args":
			r.Failure.Args, ok = stringsOf(value)
		case "after":
			r.Chunks, err = itemsOf(value)
		default:
			err = &codec.UnknownNameError{What: "key of a failure", Name: string(key), Allowed: []string{"message", "args", "after"}}
		}
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("a %s is no %s", value.Type(), key)
		}
	}
	return nil
}

func itemsOf(v cbor.Value) ([][]byte, error) {
	if v.Type() != "list" {
		return nil, fmt.Errorf("a list of items is wanted, not a %s", v.Type())
	}
	return Encode(v.Items()...)
}

// redirect makes r a redirect that a map tells of with hg's names, and with
// items before it and after it.
func (r *FinalResponse) redirect(v cbor.Value) error {
	if v.Type() != "dict" {
		return fmt.Errorf("a map is wanted, not a %s", v.Type())
	}
	l := &hg.Location{}
	r.Redirect = l
	for i, items := 0, v.Items(); i+1 < len(items); i += 2 {
		key, _ := items[i].Bytes()
		text, isText := items[i+1].Bytes()
		ok := isText
		var err error
		switch string(key) {
		case "url":
			l.URL = string(text)
		case "mediatype":
			l.MediaType = string(text)
		case "fullhashseed":
			l.HashSeed = string(text)
		case "size":
			l.Size, ok = items[i+1].Int()
		case "servercadercerts":
			l.ServerCADERCerts, ok = stringsOf(items[i+1])
		case "serverdercerts":
			l.ServerDERCerts, ok = stringsOf(items[i+1])
		case "fullhashes":
			l.FullHashes, ok = hashesOf(items[i+1])
		case "after":
			r.Chunks, err = itemsOf(items[i+1])
			ok = true
		case "then":
			r.Then, err = itemsOf(items[i+1])
			ok = true
		default:
			err = &codec.UnknownNameError{
				What: "key of a redirect", Name: string(key),
				Allowed: []string{"url", "mediatype", "size", "fullhashes", "fullhashseed", "serverdercerts", "servercadercerts", "after", "then"},
			}
		}
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("a %s is no %s", items[i+1].Type(), key)
		}
	}
	if l.URL == "" || l.MediaType == "" {
		return fmt.Errorf("a redirect has a url and a mediatype")
	}
	return nil
}

func hashesOf(v cbor.Value) (map[string]string, bool) {
	hashes := map[string]string{}
	items := v.Items()
	for i := 0; i+1 < len(items); i += 2 {
		name, ok := items[i].Bytes()
		value, ok2 := items[i+1].Bytes()
		if !ok || !ok2 {
			return nil, false
		}
		hashes[string(name)] = string(value)
	}
	return hashes, v.Type() == "dict"
}
