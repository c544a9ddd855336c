package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// hubEvents are the directives that only machines with many connections take.
var hubEvents = []string{"open", "close"}

// errLost is what @close says.
var errLost = errors.New("the connection is lost")

// hubDirective returns the events of a directive that names a connection of
// a hub; nil for other directives.
func (r *reacting) hubDirective(l *humanframe.Line) ([]reactor.Event, error) {
	if r.opened == nil || l.Directive != "eof" && !slices.Contains(hubEvents, l.Directive) {
		return nil, nil
	}
	conn, rest, listener := max(1, l.Conn), l.Rest(), ""
	if l.Directive == "open" {
		rest, listener = cutListener(rest)
	}
	if rest != "" {
		n, err := lex.Uint([]byte(rest), 1<<31-1)
		if err != nil {
			return nil, l.ArgError(err)
		}
		conn = int(n)
	}
	ev := reactor.From{Conn: conn}
	switch l.Directive {
	case "open":
		ev.Event = reactor.Opened{Listener: listener}
	case "eof":
		ev.Event = reactor.EOF{}
	case "close":
		ev.Event = reactor.Broken{Err: errLost}
	}
	fault := ""
	switch begins := l.Directive == "open"; {
	case conn == 0:
		fault = "connections count from 1"
	case begins && r.opened[conn]:
		fault = "the connection has been opened before"
	case !begins && !r.opened[conn]:
		fault = "the connection has not been opened"
	}
	if fault != "" {
		return nil, l.ArgError(&codec.TextError{End: len(l.Rest()), Field: "@" + l.Directive, Message: fault})
	}
	return []reactor.Event{ev}, nil
}

// cutListener cuts what @open takes: a number, then the name of a listener;
// either may be missing.
func cutListener(args string) (number, listener string) {
	if args == "" || '0' <= args[0] && args[0] <= '9' {
		number, listener, _ = strings.Cut(args, " ")
		return number, strings.TrimLeft(listener, " ")
	}
	return "", args
}

// ofConn makes events of a hub's connection of those of a line: of frames and
// bytes always, of directives when they have a bracket. The first event of a
// connection opens it.
func (r *reacting) ofConn(l *humanframe.Line, events []reactor.Event) []reactor.Event {
	if r.opened == nil {
		return events
	}
	all := make([]reactor.Event, 0, len(events)+1)
	for _, ev := range events {
		from, ok := ev.(reactor.From)
		if !ok && l.Directive != "" && l.Conn == 0 {
			all = append(all, ev) // of the hub as a whole
			continue
		}
		if !ok {
			from = reactor.From{Conn: max(1, l.Conn), Event: ev}
		}
		if _, opens := from.Event.(reactor.Opened); !opens && !r.opened[from.Conn] {
			all = append(all, reactor.From{Conn: from.Conn, Event: reactor.Opened{}})
		}
		r.opened[from.Conn] = true
		all = append(all, from)
	}
	return all
}
