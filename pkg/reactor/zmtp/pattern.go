package zmtp

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Message is the action of a message that came: for the application.
type Message struct {
	From  string // the peer's identity, of a ROUTER
	Parts [][]byte
}

// Name implements [reactor.Action].
func (Message) Name() string { return "deliver" }

// AppendJSON implements [reactor.Action].
func (m Message) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"kind":"message","from":`...)
	dst = jsonenc.AppendBytes(dst, []byte(m.From))
	dst = append(dst, `,"parts":[`...)
	for i, p := range m.Parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonenc.AppendBytes(dst, p)
	}
	return append(dst, ']')
}

func (m Message) String() string {
	b := []byte("deliver message")
	if m.From != "" {
		b = lex.AppendQuoted(append(b, " from "...), []byte(m.From))
	}
	for _, p := range m.Parts {
		b = lex.AppendQuoted(append(b, ' '), p)
	}
	return string(b)
}

// deliver hands over a message. What is in it is copied: the frame's memory is
// used again.
func (s *Socket) deliver(p *peer, parts [][]byte) {
	m := Message{Parts: make([][]byte, len(parts))}
	if s.o.SocketType == "ROUTER" {
		m.From = p.id
	}
	for i, b := range parts {
		m.Parts[i] = bytes.Clone(b)
	}
	s.do(p.to(m))
}

// received takes a message, as the type of the socket wants it.
func (s *Socket) received(p *peer, parts [][]byte) {
	switch s.o.SocketType {
	case "PUB", "XPUB":
		s.fromSubscriber(p, parts)
	case "PUSH": // nothing is received
	case "SUB":
		if s.wanted(parts[0]) {
			s.deliver(p, parts)
		}
	case "REQ":
		if p.conn != s.partner || len(parts) < 2 || len(parts[0]) > 0 {
			return // nobody has asked, or it is no answer
		}
		s.partner = 0
		s.deliver(p, parts[1:])
		s.flush()
	case "REP":
		s.request(p, parts)
	default:
		s.deliver(p, parts)
	}
}

// request takes a request: what goes before the first empty frame, with it,
// goes before the answer too. One without is dropped.
func (s *Socket) request(p *peer, parts [][]byte) {
	i := slices.IndexFunc(parts, func(b []byte) bool { return len(b) == 0 })
	if i < 0 || len(s.requests) >= s.o.HighWater {
		return
	}
	r := request{conn: p.conn}
	for n, b := range parts {
		if n <= i {
			r.envelope = append(r.envelope, bytes.Clone(b))
		} else {
			r.parts = append(r.parts, bytes.Clone(b))
		}
	}
	s.requests = append(s.requests, r)
	s.nextRequest()
}

// nextRequest delivers the next request, once the one before is answered.
func (s *Socket) nextRequest() {
	if s.o.SocketType != "REP" || s.partner != 0 || len(s.requests) == 0 {
		return
	}
	r := s.requests[0]
	s.requests = s.requests[1:]
	s.partner, s.envelope = r.conn, r.envelope
	s.deliver(s.peers[r.conn], r.parts)
}

// Inputs of a [Socket].
type (
	// Send sends a message: of a ROUTER to the peer with an identity.
	Send struct {
		To    string
		Parts [][]byte
	}

	// Subscribe wants a topic, of a SUB or XSUB; Cancel does not any more.
	Subscribe struct{ Topic string }
	Cancel    struct{ Topic string }
)

func (s *Socket) input(v any) {
	switch v := v.(type) {
	case Send:
		s.dispatch(v)
	case Subscribe:
		s.topic(v.Topic, false)
	case Cancel:
		s.topic(v.Topic, true)
	default:
		s.reject("a %T is no input of this machine", v)
	}
}

func (s *Socket) reject(format string, args ...any) {
	s.do(reactor.Reject{Message: fmt.Sprintf(format, args...)})
}

// dispatch sends a message as the type of the socket wants it.
func (s *Socket) dispatch(v Send) {
	switch s.o.SocketType {
	case "SUB", "PULL":
		s.reject("a %s does not send", s.o.SocketType)
	case "ROUTER":
		p := s.byID(v.To, nil)
		switch {
		case p != nil && p.out < s.o.HighWater:
			s.send(p, p.s.Message(v.Parts...)...)
		case s.o.Mandatory:
			s.reject("there is no peer %q, or it does not read", v.To)
		}
	case "XSUB":
		s.upstream(v.Parts)
	case "PUB", "XPUB":
		for _, conn := range s.turn {
			if p := s.peers[conn]; p.wants(v.Parts) && p.out < s.o.HighWater {
				s.send(p, p.s.Message(v.Parts...)...)
			}
		}
	case "REP":
		p := s.peers[s.partner]
		if s.partner == 0 || p == nil {
			s.reject("there is no request to be answered")
			return
		}
		s.send(p, p.s.Message(append(slices.Clone(s.envelope), v.Parts...)...)...)
		s.partner, s.envelope = 0, nil
		s.nextRequest()
	case "REQ":
		if s.partner != 0 || len(s.wait) > 0 {
			s.reject("the last request has not been answered")
			return
		}
		s.queue(append([][]byte{nil}, v.Parts...))
	default:
		s.queue(v.Parts)
	}
}

// queue sends a message to the next peer, or has it wait for one.
func (s *Socket) queue(parts [][]byte) {
	if len(s.wait) >= s.o.HighWater {
		s.reject("%d messages wait for a peer", len(s.wait))
		return
	}
	s.wait = append(s.wait, parts)
	s.flush()
}

// flush sends what waits, to the peers in turn that have room for it.
func (s *Socket) flush() {
	for len(s.wait) > 0 {
		i := slices.IndexFunc(s.turn, func(conn int) bool { return s.peers[conn].out < s.o.HighWater })
		if i < 0 {
			return
		}
		conn := s.turn[i]
		s.turn = append(slices.Delete(s.turn, i, i+1), conn)
		s.send(s.peers[conn], s.peers[conn].s.Message(s.wait[0]...)...)
		s.wait = s.wait[1:]
		if s.o.SocketType == "REQ" {
			s.partner = conn
		}
	}
}

// InputNames implements [reactor.Inputs].
func (s *Socket) InputNames() []string {
	send := "send PART…"
	if s.o.SocketType == "ROUTER" {
		send = "send IDENTITY PART…"
	}
	return []string{send, "subscribe TOPIC", "cancel TOPIC"}
}

// Input implements [reactor.Inputs]. Parts are words or quoted strings.
func (s *Socket) Input(name, args string) (reactor.Event, error) {
	parts, err := words(args)
	if err != nil {
		return nil, err
	}
	switch name {
	case "send":
		v := Send{Parts: parts}
		if s.o.SocketType == "ROUTER" && len(parts) > 0 {
			v.To, v.Parts = string(parts[0]), parts[1:]
		}
		if len(v.Parts) == 0 {
			return nil, &codec.TextError{End: len(args), Field: "@send", Message: "nothing to send", Hint: s.InputNames()[0]}
		}
		return reactor.Input{Value: v}, nil
	case "subscribe", "cancel":
		if len(parts) != 1 {
			return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "one topic is expected", Hint: `"" for all`}
		}
		if name == "cancel" {
			return reactor.Input{Value: Cancel{string(parts[0])}}, nil
		}
		return reactor.Input{Value: Subscribe{string(parts[0])}}, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: []string{"send", "subscribe", "cancel"}}
}

// words cuts words and quoted strings at blanks.
func words(text string) (parts [][]byte, err error) {
	for at := 0; at < len(text); {
		switch text[at] {
		case ' ':
			at++
		case '"':
			b, n, err := lex.Quoted([]byte{}, []byte(text[at:]))
			if err != nil {
				return nil, lex.Shift(err, at)
			}
			parts, at = append(parts, b), at+n
		default:
			n := strings.IndexByte(text[at:]+" ", ' ')
			parts, at = append(parts, []byte(text[at:at+n])), at+n
		}
	}
	return parts, nil
}

var (
	_ reactor.Hub    = (*Socket)(nil)
	_ reactor.Peeker = (*Socket)(nil)
	_ reactor.Inputs = (*Socket)(nil)
)
