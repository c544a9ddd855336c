package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Closed takes in when each side of a conversation said that no more comes;
// the zero time stands for never. The document has the ends that another run
// can have as well.
func (r *Recorder) Closed(conn int, client, server time.Time) {
	for _, e := range []struct {
		dir codec.Direction
		at  time.Time
	}{{codec.ToServer, client}, {codec.ToClient, server}} {
		if !e.at.IsZero() {
			r.ends = append(r.ends, &line{
				dir: e.dir, conn: conn, text: end,
				head: codec.Record{Conn: conn, Dir: e.dir, Time: e.at},
			})
		}
	}
}

// Server takes in where a conversation went to.
func (r *Recorder) Server(conn int, address string) { r.servers[conn] = address }

// Beside lists the requests of HTTP that are not in the document, since they
// are none of the protocol.
func (r *Recorder) Beside() []string {
	var list []string
	for _, request := range r.beside {
		list = append(list, request)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// arranged returns the lines in the order of their times, with the ends among
// them. All lines of a conversation have its protocol.
func (r *Recorder) arranged() []*line {
	lines := r.without()
	if !slices.ContainsFunc(lines, func(l *line) bool { return l.head.Time.IsZero() }) {
		lines = r.withEnds(lines)
		slices.SortStableFunc(lines, func(a, b *line) int { return a.head.Time.Compare(b.head.Time) })
	}
	r.name(lines)
	return lines
}

// without returns the lines without those of requests that are beside the
// protocol: Mercurial's clients ask for capabilities before they say anything
// in frames.
func (r *Recorder) without() []*line {
	r.beside = map[exchangeKey]string{}
	if r.o.Bodies {
		return slices.Clone(r.lines)
	}
	framed := map[int]bool{}
	for _, l := range r.lines {
		framed[l.conn] = framed[l.conn] || l.frame != ""
	}
	return slices.DeleteFunc(slices.Clone(r.lines), func(l *line) bool {
		h := l.head.HTTP
		if h == nil || !framed[l.conn] || strings.Contains(h.Target, "/api/") {
			return false
		}
		r.beside[exchangeKey{l.conn, l.head.Exchange}] = h.Method + " " + h.Target
		return true
	})
}

// withEnds adds the ends that matter to lines. That of a client does when
// something follows: others learn of it. That of a server is expected when it
// comes upon what was said; a server that is stopped ends its connections
// later, and then the client's end stands for it. What the server then does is
// awaited: it is done with the connection before others go on.
func (r *Recorder) withEnds(lines []*line) []*line {
	last := map[int]time.Time{}
	var latest time.Time
	for _, l := range lines {
		if l.head.Exchange > 0 {
			continue // HTTP has ends of its own
		}
		if last[l.conn].Before(l.head.Time) {
			last[l.conn] = l.head.Time
		}
		if latest.Before(l.head.Time) {
			latest = l.head.Time
		}
	}
	slices.SortStableFunc(r.ends, func(a, b *line) int { return a.head.Time.Compare(b.head.Time) })
	over := map[int]bool{}
	for i, e := range r.ends {
		said, ok := last[e.conn]
		at := e.head.Time
		if !ok || over[e.conn] {
			continue
		}
		over[e.conn] = true
		both := slices.ContainsFunc(r.ends[i+1:], func(o *line) bool { return o.conn == e.conn })
		switch {
		case at.Before(said):
		case e.dir == codec.ToClient && at.Sub(said) < upon:
			lines = append(lines, e)
		case at.Before(latest):
			lines = append(lines, e.from(codec.ToServer))
			if both || e.dir == codec.ToClient {
				lines = append(lines, e.from(codec.ToClient))
			}
		}
	}
	return lines
}

// from returns an end as one of another direction.
func (l *line) from(d codec.Direction) *line {
	o := *l
	o.dir, o.head.Dir = d, d
	return &o
}

// upon is how soon the end of a connection comes upon what was said before.
const upon = 500 * time.Millisecond

// name gives each line the protocol and the dialect that its conversation was
// found to have, which is known better the longer it lasts.
func (r *Recorder) name(lines []*line) {
	type talk struct {
		conn  int
		proto string
	}
	protos, dialects := map[int]string{}, map[talk]string{}
	for _, l := range r.lines {
		if h := &l.head; h.Proto != "" {
			protos[h.Conn] = h.Proto
			if h.Dialect != "" {
				dialects[talk{h.Conn, h.Proto}] = h.Dialect
			}
		}
	}
	for _, l := range lines {
		h := &l.head
		if h.Proto == "" {
			if h.Proto = protos[h.Conn]; h.Proto == "" && h.HTTP != nil {
				h.Proto = "hg" // which alone goes over HTTP
			}
		}
		h.Dialect = dialects[talk{h.Conn, h.Proto}]
	}
}

// pause writes how long to wait before a line is sent that another connection
// may have to do with: what was sent there had no answer that was awaited.
func (w *writer) pause(l *line) {
	if l.dir != codec.ToServer || l.head.Exchange > 0 {
		return
	}
	var wait time.Duration
	for conn, at := range w.unanswered {
		if conn != l.conn {
			wait = max(wait, l.head.Time.Sub(at))
		}
	}
	if wait >= settle {
		w.puts("@sleep ", min(wait, longest).Round(time.Millisecond).String(), "\n")
		clear(w.unanswered)
	}
}

// passed notes that a line was sent or awaited.
func (w *writer) passed(l *line) {
	w.last = l
	if l.dir == codec.ToServer {
		w.unanswered[l.conn] = l.head.Time
	} else {
		delete(w.unanswered, l.conn)
	}
}

const (
	settle  = 20 * time.Millisecond  // for what was sent at once there was no need to wait
	longest = 250 * time.Millisecond // is enough for a server
)

// patience returns the directive for a line that came late.
func (w *writer) patience(l *line) string {
	if w.last == nil || l.dir != codec.ToClient {
		return ""
	}
	wait := l.head.Time.Sub(w.last.head.Time)
	if wait < late {
		return ""
	}
	return fmt.Sprintf("@timeout %v\n", (2 * wait).Round(time.Second))
}

// late is when an answer does not come at once.
const late = 2500 * time.Millisecond

// goals lists where the conversations went to, if that was to several places.
func (r *Recorder) goals(lines []*line) []string {
	var places []string
	conns := map[string][]string{}
	for _, l := range lines {
		at := r.servers[l.conn]
		if at == "" {
			continue
		}
		if !slices.Contains(places, at) {
			places = append(places, at)
		}
		if name := "#" + itoa(l.conn); !slices.Contains(conns[at], name) {
			conns[at] = append(conns[at], name)
		}
	}
	if len(places) < 2 {
		return nil
	}
	for i, at := range places {
		places[i] = strings.Join(conns[at], " ") + ": to " + at
	}
	return places
}
