package synapse

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of a main process, beside [Line], which goes to one connection or to
// all, and [Server].
type (
	// Row feeds rows of a stream that share a token.
	Row struct {
		Stream string
		Token  int64
		Next   bool     // the token is the one after the stream's
		Rows   []string // JSON
	}

	// Move takes a stream to a token without rows. From v1.22 on a POSITION
	// tells it, unless it is to be quiet.
	Move struct {
		Stream string
		Token  int64
		Quiet  bool
	}

	// Shutdown ends all connections.
	Shutdown struct{}
)

// input does what our own side wants: of one connection, or of the hub when
// conn is 0.
func (m *Main) input(t *turn, conn int, v any) {
	switch v := v.(type) {
	case Row:
		m.feed(t, v)
	case Move:
		m.move(t, v)
	case Server:
		m.server = v.Name
	case Line:
		var sent bool
		if conn > 0 {
			sent = m.sessions[conn].say(t, v.Text)
		} else {
			sent = m.all(t, v.Text)
		}
		if !sent {
			t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("a line of %d bytes is over the limit of %d", len(v.Text), maxLine)})
		}
	case Close:
		for _, s := range m.everyone() {
			if conn == 0 || s.conn == conn {
				s.close(t, "")
			}
		}
	case Shutdown:
		m.shutdown(t)
	default:
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}

// move takes a stream to a token.
func (m *Main) move(t *turn, v Move) {
	src := m.source(v.Stream)
	if src == nil {
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("more than %d streams", maxStreams)})
		return
	}
	prev := src.token
	src.token = v.Token
	if !v.Quiet && m.r.since("v1.22") {
		m.all(t, m.positionLine(src, prev))
	}
}

// shutdown ends all. Before v1.13 the program means to say why; it stops
// before that is out.
func (m *Main) shutdown(t *turn) {
	for _, s := range m.everyone() {
		if m.r.perStream() && !m.r.compat {
			s.fail(t, "server shutting down")
		} else {
			s.close(t, "shut down")
		}
	}
}

var mainDirectives = []directive[*Main]{
	{"row STREAM [TOKEN] JSON…", readRow},
	{"stream STREAM TOKEN", func(_ *Main, args string) (any, error) { return readMove(args, true) }},
	{"position STREAM TOKEN", func(_ *Main, args string) (any, error) { return readMove(args, false) }},
	{"sync TEXT", func(m *Main, args string) (any, error) { return command(m.r, codec.ToClient, "SYNC", args) }},
	{"remote-server-up HOST", func(m *Main, args string) (any, error) {
		return command(m.r, codec.ToClient, "REMOTE_SERVER_UP", args)
	}},
	{"send LINE", func(_ *Main, args string) (any, error) { return Line{args}, nil }},
	{"server NAME", func(_ *Main, args string) (any, error) { return Server{args}, nil }},
	{"shutdown", func(*Main, string) (any, error) { return Shutdown{}, nil }},
}

// InputNames implements [reactor.Inputs].
func (m *Main) InputNames() []string { return usages(mainDirectives) }

// Input implements [reactor.Inputs].
func (m *Main) Input(name, args string) (reactor.Event, error) {
	return direct(mainDirectives, m, name, args)
}

// readRow reads a stream, a token that may be left out, and JSON values with
// blanks between them.
func readRow(_ *Main, args string) (any, error) {
	stream, rest, _ := strings.Cut(args, " ")
	v := Row{Stream: stream, Next: true}
	if word, more, ok := strings.Cut(rest, " "); ok {
		if n, isInt := synapse.ParseInt([]byte(word)); isInt {
			v.Token, v.Next, rest = n, false, more
		}
	}
	for at := len(args) - len(rest); rest != ""; {
		n, err := jsonv.Check([]byte(rest), jsonv.Options{MaxDepth: codec.DefaultMaxNesting, Allow: jsonv.Constants})
		if err != nil {
			var e *codec.SyntaxError
			if errors.As(err, &e) {
				at, err = at+int(e.Offset), e.Err
			}
			return nil, &codec.TextError{Start: at, End: len(args), Field: "row", Message: err.Error(), Hint: `such as @row typing ["!room:x",["@alice:x"]]`}
		}
		v.Rows = append(v.Rows, strings.TrimSpace(rest[:n]))
		trimmed := strings.TrimLeft(rest[n:], " ")
		at += len(rest) - len(trimmed)
		rest = trimmed
	}
	if len(v.Rows) == 0 {
		return nil, &codec.TextError{End: len(args), Message: "it wants a stream and a row", Hint: `such as @row typing ["!room:x",["@alice:x"]]`}
	}
	return v, nil
}

func readMove(args string, quiet bool) (any, error) {
	words := strings.Fields(args)
	if len(words) != 2 {
		return nil, &codec.TextError{End: len(args), Message: "it wants a stream and a token", Hint: "such as events 54"}
	}
	n, err := readToken(args, words[1])
	return Move{words[0], n, quiet}, err
}
