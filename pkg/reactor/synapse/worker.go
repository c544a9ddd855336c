package synapse

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Worker is the client: it subscribes, keeps track of where each stream
// is, puts batches together and connects again by itself.
//
// It begins with [reactor.Opened]. Its settings are
//
//	reactor.Options.Extra  "name"    its name, also that of its instance
//	                       "server"  the name that the server must have; "" takes any
//
// and the inputs of InputNames.
type Worker struct {
	o      reactor.Options
	r      *rules
	link   link
	clock  time.Time // the latest time heard of
	name   string
	server string // "" until it is known

	streams map[streamKey]*cursor
	order   []*cursor         // by first appearance
	ready   map[string]bool   // streams with a POSITION on this connection
	syncing map[string]string // users who sync here, and their devices
	pending []string          // lines said while there was no connection
	kept    int64             // bytes of batches and of lines behind fetches

	fetches map[uint64]fetch
	behind  map[string][]*synapse.Frame // lines of streams with an open fetch
	asked   uint64

	delay time.Duration // before the next attempt to connect
	dial  time.Time     // when that is; zero when none is planned
	over  bool          // our own side has closed
}

// NewWorker returns a worker that is not connected yet.
func NewWorker(o reactor.Options) *Worker {
	r := newRules(o)
	w := &Worker{
		o: o, r: r, link: newLink(r, codec.ToServer, 0), name: o.Extra["name"], server: o.Extra["server"],
		streams: map[streamKey]*cursor{}, ready: map[string]bool{}, syncing: map[string]string{},
		fetches: map[uint64]fetch{}, behind: map[string][]*synapse.Frame{},
	}
	if w.name == "" {
		w.name = "wirectl"
	}
	w.delay, _ = r.backoff()
	return w
}

// State implements [reactor.Machine].
func (w *Worker) State() reactor.State {
	streams := make([]string, 0, len(w.order))
	batches := []string{}
	for _, c := range w.order {
		streams = append(streams, c.String())
		if len(c.batch) > 0 {
			batches = append(batches, fmt.Sprintf("%s %d", c.key.name(), len(c.batch)))
		}
	}
	fetching := []string{}
	for _, id := range slices.Sorted(maps.Keys(w.fetches)) {
		fetching = append(fetching, fmt.Sprintf("%d %s", id, w.fetches[id].key.name()))
	}
	return reactor.State{
		{Name: "state", Value: w.link.state},
		{Name: "server", Value: w.server},
		{Name: "streams", Value: streams},
		{Name: "batches", Value: batches},
		{Name: "fetching", Value: fetching},
		{Name: "syncing", Value: slices.Sorted(maps.Keys(w.syncing))},
		{Name: "waiting", Value: len(w.link.queue) + len(w.pending)},
	}
}

// Snapshot implements [reactor.Machine].
func (w *Worker) Snapshot() reactor.Machine {
	c := *w
	c.link = w.link.clone()
	c.streams, c.order = make(map[streamKey]*cursor, len(w.streams)), make([]*cursor, len(w.order))
	for i, s := range w.order {
		copied := *s
		copied.batch = slices.Clone(s.batch)
		c.order[i], c.streams[s.key] = &copied, &copied
	}
	c.ready, c.syncing, c.fetches = maps.Clone(w.ready), maps.Clone(w.syncing), maps.Clone(w.fetches)
	c.behind = make(map[string][]*synapse.Frame, len(w.behind))
	for name, lines := range w.behind {
		c.behind[name] = slices.Clone(lines)
	}
	c.pending = slices.Clone(w.pending)
	return &c
}

// Step implements [reactor.Machine].
func (w *Worker) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	t := &turn{now: now, dst: dst}
	if now.Before(w.clock) {
		t.now = w.clock
	}
	w.event(t, ev)
	w.link.flush(t)
	if w.link.state == stateClosed && !w.over && w.dial.IsZero() {
		w.lost(t)
	}
	w.clock = t.now
	if len(t.dst) == len(dst) {
		t.dst = append(t.dst, reactor.Noop{})
	}
	return t.dst
}

func (w *Worker) event(t *turn, ev reactor.Event) {
	switch ev := ev.(type) {
	case reactor.Opened:
		w.opened(t)
	case reactor.Received:
		f, ok := ev.Frame.(*synapse.Frame)
		switch {
		case !ok:
			t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("a %T is no line of synapse", ev.Frame)})
		case !w.open():
			t.dst = append(t.dst, reactor.Reject{Message: "there is no connection: @open makes one"})
		default:
			w.receive(t, f)
		}
	case reactor.Input:
		w.input(t, ev.Value)
	case reactor.Sent:
		w.link.went(t, ev.ID)
	case reactor.Expired:
		w.expired(t, ev.Timer)
	case reactor.EOF:
		if w.open() {
			w.link.close(t, "the server has closed")
		}
	case reactor.Broken:
		w.broken(t, ev.Err)
	}
}

// open says whether there is a connection.
func (w *Worker) open() bool {
	return w.link.state == stateEstablished || w.link.state == statePaused
}

// opened says what a worker says first, in the order of the program.
func (w *Worker) opened(t *turn) {
	if w.open() {
		t.dst = append(t.dst, reactor.Reject{Message: "there is a connection already"})
		return
	}
	w.dial, w.over = time.Time{}, false
	clear(w.ready)
	for _, c := range w.order {
		w.drop(c)
	}
	w.link.open(t, "NAME "+w.name)
	if w.r.perStream() {
		for _, c := range w.order {
			w.replicate(t, c)
		}
		if len(w.order) == 0 {
			w.link.say(t, "REPLICATE ALL NOW")
		}
	}
	for _, user := range slices.Sorted(maps.Keys(w.syncing)) {
		w.link.say(t, w.userSync(t.now, user, "start", w.syncing[user]))
	}
	if !w.r.perStream() {
		w.link.say(t, "REPLICATE ")
		w.delay, _ = w.r.backoff()
	}
	for _, line := range w.pending {
		w.link.say(t, line)
	}
	w.pending = nil
	w.link.setTick(t)
}

// broken is the end of a connection, or of an attempt to connect.
func (w *Worker) broken(t *turn, err error) {
	var e *codec.SyntaxError
	switch {
	case w.open() && isLimit(err, &e):
		w.link.overLong(t)
	case w.open():
		w.link.close(t, err.Error())
	case w.link.state == stateConnecting && !w.over:
		w.lost(t)
	}
}

// lost plans the next attempt to connect.
func (w *Worker) lost(t *turn) {
	w.link.state = stateClosed
	clear(w.behind)
	for id, f := range w.fetches {
		f.same = false
		w.fetches[id], w.behind[f.key.stream] = f, nil
	}
	w.count()
	_, longest := w.r.backoff()
	w.delay = min(time.Duration(float64(w.delay)*math.E).Round(time.Millisecond), longest)
	w.dial = t.now.Add(w.delay)
	t.dst = append(t.dst, reactor.SetTimer{Timer: timerPing}, reactor.SetTimer{Timer: timerDial, At: w.dial})
}

func (w *Worker) expired(t *turn, timer string) {
	switch {
	case timer == timerPing && w.open():
		w.link.tick(t)
	case timer == timerDial && !w.dial.IsZero():
		if t.now.Before(w.dial) {
			t.now = w.dial
		}
		w.dial, w.link.state = time.Time{}, stateConnecting
		t.dst = append(t.dst, reactor.Connect{})
	}
}

// receive handles a line of the server.
func (w *Worker) receive(t *turn, f *synapse.Frame) {
	if f = w.link.judge(t, f); f == nil {
		return
	}
	switch f.Type() {
	case "SERVER":
		w.meet(t, string(f.Part("data")))
	case "PING":
		w.link.pinged = true
	case "RDATA", "POSITION":
		w.stream(t, f)
	default: // SYNC, REMOTE_SERVER_UP, and ERROR, which closes nothing here
		w.link.do(t, Heard{f})
	}
}

// meet checks the name of the server.
func (w *Worker) meet(t *turn, name string) {
	switch {
	case w.server == "":
		w.server = name
	case w.server == name:
	case w.r.dialect == "seed":
		w.link.abort(t, "Wrong remote")
	default:
		w.link.fail(t, "Wrong remote")
	}
}

// userSync makes the line that says that a user starts or ends to sync.
func (w *Worker) userSync(now time.Time, user, state, device string) string {
	words := []string{"USER_SYNC"}
	if w.r.since("v1.13") {
		words = append(words, w.name)
	}
	words = append(words, user)
	if w.r.since("v1.98") {
		words = append(words, device)
	}
	words = append(words, state)
	if w.r.dialect != "seed" {
		words = append(words, strconv.FormatInt(milliseconds(now), 10))
	}
	return strings.Join(words, " ")
}
