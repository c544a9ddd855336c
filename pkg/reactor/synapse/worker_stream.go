package synapse

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A streamKey names a stream, and from v1.13 on the instance that writes it.
type streamKey struct{ stream, instance string }

func (k streamKey) name() string {
	if k.instance == "" {
		return k.stream
	}
	return k.stream + " " + k.instance
}

// A cursor is how far a worker has come in a stream.
type cursor struct {
	key   streamKey
	token int64
	known bool
	batch [][]byte // rows whose token has not come
}

func (c *cursor) String() string {
	if !c.known {
		return c.key.name() + " NOW"
	}
	return where(c.key.stream, c.key.instance, c.token)
}

// A fetch asks for rows that are missing, from elsewhere.
type fetch struct {
	key  streamKey
	to   int64
	same bool // the connection that it was begun on is still there
}

// isLimit says whether err is that the peer's bytes are over a limit.
func isLimit(err error, e **codec.SyntaxError) bool {
	return errors.As(err, e) && (*e).Code == codec.CodeLimit
}

// cursor returns where a stream is, a new one when it is first heard of; nil
// when there are too many.
func (w *Worker) cursor(k streamKey) *cursor {
	c := w.streams[k]
	if c == nil && len(w.order) < maxStreams {
		c = &cursor{key: k}
		w.streams[k] = c
		w.order = append(w.order, c)
	}
	return c
}

// replicate subscribes to a stream from where the worker is.
func (w *Worker) replicate(t *turn, c *cursor) {
	token := "NOW"
	if c.known {
		token = strconv.FormatInt(c.token, 10)
	}
	w.link.say(t, "REPLICATE "+c.key.stream+" "+token)
}

// stream handles a RDATA or POSITION, or lets it wait behind a fetch of its
// stream.
func (w *Worker) stream(t *turn, f *synapse.Frame) {
	k := streamKey{string(f.Part("stream_name")), string(f.Part("instance_name"))}
	switch {
	case !w.r.streams[k.stream]:
		w.link.do(t, reactor.Noop{Why: fmt.Sprintf("%s has no stream %q", w.r.dialect, k.stream)})
		return
	case k.instance == w.name && w.r.since("v1.13"):
		w.link.do(t, reactor.Noop{Why: "an echo of our own"})
		return
	}
	if lines, waits := w.behind[k.stream]; waits {
		w.behind[k.stream] = append(lines, f)
		w.keep(t, size(f))
		return
	}
	w.handle(t, k, f)
}

func (w *Worker) handle(t *turn, k streamKey, f *synapse.Frame) {
	c := w.cursor(k)
	switch {
	case c == nil:
		w.link.close(t, fmt.Sprintf("more than %d streams", maxStreams))
	case f.Type() == "RDATA":
		w.row(t, c, f)
	case w.r.perStream():
		w.ready[k.stream] = true
		w.arrive(t, c, number(f, "token"))
		w.caughtUp()
	default:
		w.position(t, c, f)
	}
}

// number returns an integer of a line that is known to be fine.
func number(f *synapse.Frame, part string) int64 {
	n, _ := synapse.ParseInt(f.Part(part))
	return n
}

// row takes a row: it waits for the token of its batch, or is handed over
// with those that waited for it.
func (w *Worker) row(t *turn, c *cursor, f *synapse.Frame) {
	if !w.r.perStream() && !w.ready[c.key.stream] {
		w.link.do(t, reactor.Noop{Why: "no POSITION of " + c.key.stream + " yet: a row is passed over"})
		return
	}
	row := slices.Clone(f.Part("row"))
	if string(f.Part("token")) == "batch" {
		c.batch = append(c.batch, row)
		w.keep(t, len(row))
		return
	}
	rows := append(c.batch, row)
	w.drop(c)
	w.hand(t, c, number(f, "token"), rows)
}

// hand delivers rows that share a token. From v1.16 on those that the worker
// has already are passed over.
func (w *Worker) hand(t *turn, c *cursor, token int64, rows [][]byte) {
	if c.known && token <= c.token && w.r.since("v1.18") {
		w.link.do(t, reactor.Noop{Why: fmt.Sprintf("%s is at %d: older rows are passed over", c.key.name(), c.token)})
		return
	}
	if !c.known || token > c.token {
		c.token, c.known = token, true
	}
	w.link.do(t, Rows{c.key.stream, c.key.instance, token, rows})
}

// arrive takes a stream to where its server says that it is.
func (w *Worker) arrive(t *turn, c *cursor, token int64) {
	c.token, c.known = token, true
	w.link.do(t, Position{c.key.stream, c.key.instance, token})
}

// caughtUp begins with short waits again once all streams are there.
func (w *Worker) caughtUp() {
	for _, c := range w.order {
		if !w.ready[c.key.stream] {
			return
		}
	}
	w.delay, _ = w.r.backoff()
}

// position handles a POSITION from v1.13 on: rows that are missing before it
// are asked for.
func (w *Worker) position(t *turn, c *cursor, f *synapse.Frame) {
	delete(w.ready, c.key.stream)
	w.drop(c)
	first, last := "prev_token", "new_token"
	if f.Part(first) == nil {
		first, last = "token", "token"
	}
	prev, to := number(f, first), number(f, last)
	if !c.known || prev == c.token {
		w.ready[c.key.stream] = true
		w.arrive(t, c, to)
		return
	}
	w.asked++
	w.fetches[w.asked] = fetch{key: c.key, to: to, same: true}
	w.behind[c.key.stream] = nil
	w.link.do(t, reactor.Run{Request: w.asked, Command: "fetch", Args: []reactor.Arg{
		{Name: "stream", Value: []byte(c.key.stream)},
		{Name: "instance", Value: []byte(c.key.instance)},
		{Name: "from", Value: strconv.AppendInt(nil, c.token, 10)},
		{Name: "to", Value: strconv.AppendInt(nil, to, 10)},
	}})
}

// fetched takes the answer to a fetch, then the lines that waited for it.
func (w *Worker) fetched(t *turn, v Fetched) {
	f, ok := w.fetches[v.Request]
	if !ok {
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("fetch %d is not open", v.Request)})
		return
	}
	delete(w.fetches, v.Request)
	c := w.cursor(f.key)
	for i := 0; i < len(v.Rows); {
		n := i + 1
		for n < len(v.Rows) && v.Rows[n].Token == v.Rows[i].Token {
			n++
		}
		var rows [][]byte
		for _, r := range v.Rows[i:n] {
			rows = append(rows, r.Row)
		}
		w.hand(t, c, v.Rows[i].Token, rows)
		i = n
	}
	if f.same {
		w.ready[c.key.stream] = true
	}
	w.arrive(t, c, f.to)
	lines := w.behind[c.key.stream]
	delete(w.behind, c.key.stream)
	w.count()
	for i, line := range lines {
		if !w.open() {
			return
		}
		if _, again := w.behind[c.key.stream]; again {
			w.behind[c.key.stream] = slices.Clone(lines[i:])
			w.count()
			return
		}
		w.handle(t, streamKey{c.key.stream, string(line.Part("instance_name"))}, line)
	}
}

// drop forgets the rows of a batch.
func (w *Worker) drop(c *cursor) {
	for _, row := range c.batch {
		w.kept -= int64(len(row))
	}
	c.batch = nil
}

// keep counts bytes that wait, and gives the connection up over too many.
func (w *Worker) keep(t *turn, n int) {
	if w.kept += int64(n); w.kept > w.r.limit {
		w.link.close(t, fmt.Sprintf("rows that wait are over the limit of %d bytes", w.r.limit))
	}
}

// count counts anew what waits.
func (w *Worker) count() {
	w.kept = 0
	for _, c := range w.order {
		for _, row := range c.batch {
			w.kept += int64(len(row))
		}
	}
	for _, lines := range w.behind {
		for _, f := range lines {
			w.kept += int64(size(f))
		}
	}
}
