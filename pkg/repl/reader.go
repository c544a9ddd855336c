package repl

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Reader makes events of lines of the notation, for the machine of one end
// of a connection:
//
//	> [#2 +0.5] ping {"n": 1}   what the peer said, on connection 2, at 0.5 s
//	raw \x00\x01                bytes that it said
//	@eof  @sent N  @timer NAME  other events
//	@open [N] [LISTENER]  @close N   of a machine with many connections
//	@NAME …                     what the machine's own side wants
//
// It is the language of react and of the console. What it has read may decide
// how later lines are read: a Reader cannot go back, another one is fed anew.
type Reader struct {
	proto   codec.Protocol
	dialect string
	peer    codec.Direction
	encoder *humanframe.Encoder
	opened  map[int]bool // connections of a hub; nil for other machines
	now     time.Time    // of the last line that had one
}

// NewReader returns a Reader for machines whose peer speaks in a direction,
// with many connections or with one. lookup finds the protocols that @proto
// names.
func NewReader(p codec.Protocol, o codec.Options, peer codec.Direction, hub bool, lookup func(string) (codec.Protocol, error)) (*Reader, error) {
	parse := o
	parse.Dialect = ""
	r := &Reader{proto: p, dialect: o.Dialect, peer: peer, encoder: humanframe.NewEncoder(lookup, peer, parse)}
	if hub {
		r.opened = map[int]bool{}
	}
	return r, r.encoder.Use(p.Info().Name, o.Dialect)
}

// Now returns the time of the last line that had one.
func (r *Reader) Now() time.Time { return r.now }

// Read returns the events of a line for m, which is not stepped; none for a
// line that is no event. They are good for ever. Errors are of type
// [*humanframe.Error].
func (r *Reader) Read(m reactor.Machine, l *humanframe.Line) ([]reactor.Event, error) {
	events, err := r.events(m, l)
	if err != nil || events == nil {
		return nil, err
	}
	r.now = r.time(l, r.now)
	return r.ofConn(l, events), nil
}

// time returns the time of a line, or the other one when it has none.
func (r *Reader) time(l *humanframe.Line, otherwise time.Time) time.Time {
	if !l.Timed {
		return otherwise
	}
	start := r.encoder.Start()
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	return start.Add(l.At)
}

func (r *Reader) events(m reactor.Machine, l *humanframe.Line) ([]reactor.Event, error) {
	switch {
	case l.Directive != "":
		return r.directive(m, l)
	case l.Marked && l.Dir != r.peer:
		return nil, nil // what our own side said: the machine says it itself
	case l.Raw != nil:
		return r.raw(l.Raw)
	}
	f, err := r.encoder.Parse(l)
	if err != nil {
		return nil, err
	}
	return []reactor.Event{reactor.Received{Frame: f.Clone()}}, nil
}

func (r *Reader) directive(m reactor.Machine, l *humanframe.Line) ([]reactor.Event, error) {
	if events, err := r.hubDirective(l); events != nil || err != nil {
		return events, err
	}
	switch l.Directive {
	case "eof":
		return []reactor.Event{reactor.EOF{}}, nil
	case "timer":
		return []reactor.Event{reactor.Expired{Timer: l.Rest()}}, nil
	case "sent":
		n, err := lex.Uint([]byte(l.Rest()), 1<<31-1)
		if err != nil {
			return nil, l.ArgError(err)
		}
		return []reactor.Event{reactor.Sent{ID: int(n)}}, nil
	}
	if humanframe.Directive(l.Directive) {
		_, _, err := r.encoder.Encode(l)
		return nil, err
	}
	in, ok := m.(reactor.Inputs)
	if !ok {
		return nil, l.ArgError(&codec.UnknownNameError{What: "directive", Name: l.Directive, Allowed: r.commonEvents()})
	}
	ev, err := in.Input(l.Directive, l.Rest())
	if unknown, ok := err.(*codec.UnknownNameError); ok {
		unknown.Allowed = append(append([]string(nil), unknown.Allowed...), r.commonEvents()...)
	}
	if err != nil {
		return nil, l.ArgError(err)
	}
	return []reactor.Event{ev}, nil
}

// commonEvents are the directives that any machine takes.
func (r *Reader) commonEvents() []string {
	names := []string{"eof", "sent", "timer"}
	if r.opened != nil {
		names = append(names, hubEvents...)
	}
	return names
}

// raw takes bytes for what the peer sent.
func (r *Reader) raw(b []byte) ([]reactor.Event, error) {
	c, err := r.proto.Open(codec.Options{Dialect: r.dialect})
	if err != nil {
		return nil, err
	}
	var events []reactor.Event
	d := c.Decoder(r.peer)
	for len(b) > 0 {
		f, n, err := d.Decode(b, true)
		if err != nil && f == nil {
			return append(events, reactor.Broken{Err: err}), nil
		} // a frame with a fault is for the machine to judge
		events = append(events, reactor.Received{Frame: f.Clone()})
		b = b[n:]
	}
	return events, nil
}

// Heed tells the Reader what the machine said: it may be where lines to come
// get a name or a number from that they leave out.
func (r *Reader) Heed(actions []reactor.Action) {
	for _, a := range actions {
		conn, inside := reactor.Unwrap(a)
		if send, ok := inside.(reactor.Send); ok {
			r.heed(r.peer.Reverse(), conn, send.Frames)
		}
	}
}

// heed takes in frames that somebody said.
func (r *Reader) heed(dir codec.Direction, conn int, frames []codec.Frame) {
	for _, f := range frames {
		said := codec.Text{Body: f.AppendText(nil, codec.View{Secrets: true})}
		// What it cannot read, it has nothing to learn from.
		_, _ = r.encoder.Parse(&humanframe.Line{Marked: true, Dir: dir, Conn: conn, Frame: said})
	}
}

// hubEvents are the directives that only machines with many connections take.
var hubEvents = []string{"open", "close"}

// errLost is what @close says.
var errLost = errors.New("the connection is lost")

// hubDirective returns the events of a directive that names a connection of
// a hub; nil for other directives.
func (r *Reader) hubDirective(l *humanframe.Line) ([]reactor.Event, error) {
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
func (r *Reader) ofConn(l *humanframe.Line, events []reactor.Event) []reactor.Event {
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
