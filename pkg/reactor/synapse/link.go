package synapse

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// States of a link.
const (
	stateConnecting  = "connecting"
	stateEstablished = "established"
	statePaused      = "paused" // too much is under way: lines wait
	stateClosed      = "closed"
)

// A link is what both ends of a connection do alike: lines in and out, pings,
// time-outs, waiting while the peer is slow.
type link struct {
	r     *rules
	dir   codec.Direction // of what this end sends
	conn  int             // its number in a hub, 0 for a machine of its own
	state string

	sent, heard time.Time // when the last line went out, and came in
	due         time.Time // of the next tick
	pinged      bool      // the peer has sent a PING, so it can time out

	queue    []codec.Frame // wait until the peer takes more
	queued   int64         // their bytes
	out      []codec.Frame // go out with the next Send
	outBytes int
	sends    int
	unsent   map[int]int // bytes of each Send under way
	underWay int
}

func newLink(r *rules, dir codec.Direction, conn int) link {
	return link{r: r, dir: dir, conn: conn, state: stateConnecting, unsent: map[int]int{}}
}

func (l *link) clone() link {
	c := *l
	c.queue, c.out, c.unsent = slices.Clone(l.queue), slices.Clone(l.out), maps.Clone(l.unsent)
	return c
}

// A turn is one event being handled: when, and the actions so far.
type turn struct {
	now time.Time
	dst []reactor.Action
}

// do appends an action on the link, after what it has to send.
func (l *link) do(t *turn, a reactor.Action) {
	l.flush(t)
	l.act(t, a)
}

func (l *link) act(t *turn, a reactor.Action) {
	if l.conn > 0 {
		a = reactor.To{Conn: l.conn, Action: a}
	}
	t.dst = append(t.dst, a)
}

// flush appends the Send of the lines that are to go out.
func (l *link) flush(t *turn) {
	if len(l.out) == 0 {
		return
	}
	l.sends++
	l.unsent[l.sends] = l.outBytes
	l.act(t, reactor.Send{ID: l.sends, Frames: l.out})
	l.out, l.outBytes = nil, 0
}

// open begins a connection: with these lines, then a PING, so that the peer
// knows that it can time us out. The caller goes on with setTick.
func (l *link) open(t *turn, first ...string) {
	l.state, l.heard, l.pinged = stateEstablished, t.now, false
	l.queue, l.queued, l.out, l.outBytes, l.unsent, l.underWay = nil, 0, nil, 0, map[int]int{}, 0
	for _, line := range first {
		l.say(t, line)
	}
	l.ping(t)
}

func (l *link) ping(t *turn) {
	l.say(t, "PING "+strconv.FormatInt(milliseconds(t.now), 10))
}

// setTick asks for the next tick.
func (l *link) setTick(t *turn) {
	l.due = t.now.Add(tickEvery)
	l.do(t, reactor.SetTimer{Timer: timerPing, At: l.due})
}

// tick is what is done every 5 s.
func (l *link) tick(t *turn) {
	if t.now.Before(l.due) {
		t.now = l.due // a driver without a clock
	}
	if t.now.Sub(l.sent) >= pingAfter {
		l.ping(t)
	}
	if l.pinged && t.now.Sub(l.heard) > l.r.timeout() {
		l.fail(t, "ping timeout")
	}
	if l.state != stateClosed {
		l.setTick(t)
	}
}

// say sends a line, or lets it wait.
func (l *link) say(t *turn, line string) bool {
	f := l.r.frame(l.dir, line)
	if f != nil {
		l.send(t, f)
	}
	return f != nil
}

// send sends a frame, or lets it wait while the peer is slow.
func (l *link) send(t *turn, f codec.Frame) {
	switch l.state {
	case stateEstablished:
		l.put(t, f)
	case statePaused:
		l.wait(t, f)
	}
}

func (l *link) put(t *turn, f codec.Frame) {
	n := size(f)
	l.out = append(l.out, f)
	l.outBytes += n
	l.underWay += n
	l.sent = t.now
	if l.underWay > highWater {
		l.state = statePaused
	}
}

// size is how many bytes a frame is on the wire.
func size(f codec.Frame) int { return len(f.(*synapse.Frame).Line()) + 1 }

// wait queues a frame. A peer for which too much waits is given up.
func (l *link) wait(t *turn, f codec.Frame) {
	l.queue = append(l.queue, f)
	l.queued += int64(size(f))
	if len(l.queue) > maxQueued || l.queued > l.r.limit {
		l.put(t, l.r.frame(l.dir, "ERROR Failed to keep up"))
		l.close(t, "failed to keep up")
	}
}

// went notes that a Send is out. Once all are, what waits goes on.
func (l *link) went(t *turn, id int) {
	l.underWay -= l.unsent[id]
	delete(l.unsent, id)
	if l.state != statePaused || l.underWay > 0 {
		return
	}
	l.state = stateEstablished
	for len(l.queue) > 0 && l.state == stateEstablished {
		f := l.queue[0]
		l.queue = l.queue[1:]
		l.queued -= int64(size(f))
		l.put(t, f)
	}
}

// fail says an ERROR and closes. While the peer is slow the ERROR is lost
// with all else that waits.
func (l *link) fail(t *turn, text string) {
	f := l.r.frame(l.dir, "ERROR "+text)
	if f == nil { // the program raises an exception, and drops the connection
		l.close(t, "the line of the error is too long")
		return
	}
	l.send(t, f)
	why := f.AppendText(nil, codec.View{}) // it may quote an access token
	l.close(t, strings.TrimPrefix(string(why), "ERROR "))
}

// close ends the connection.
func (l *link) close(t *turn, why string) {
	if l.state == stateClosed {
		return
	}
	l.state, l.queue, l.queued = stateClosed, nil, 0
	l.do(t, reactor.Close{Why: why})
}

// abort ends the connection at once.
func (l *link) abort(t *turn, why string) {
	l.state, l.queue, l.queued = stateClosed, nil, 0
	l.do(t, reactor.Drop{Why: why})
}
