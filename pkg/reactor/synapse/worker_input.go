package synapse

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Inputs of a worker.
type (
	// Line is a line to be sent as it is, without its LF.
	Line struct{ Text string }

	// UserSync says that a user begins or ends to sync at this worker.
	UserSync struct {
		User, Device string // Device from v1.92 on, "" for none
		Syncing      bool
	}

	// Known says how far the worker has come in a stream. Before v1.13 it
	// subscribes to it from there.
	Known struct {
		Stream, Instance string
		Token            int64
		Now              bool // no token: from where the stream is now
	}

	// Fetched answers a fetch: rows up to where it went, oldest first.
	Fetched struct {
		Request uint64
		Rows    []Fetch
	}

	// Fetch is one row of a Fetched.
	Fetch struct {
		Token int64
		Row   []byte // JSON
	}

	// Name is the worker's own name, Server that which the server must have.
	Name   struct{ Name string }
	Server struct{ Name string }

	// Close ends the connection from our side. The worker makes no other.
	Close struct{}
)

// input does what our own side wants.
func (w *Worker) input(t *turn, v any) {
	switch v := v.(type) {
	case Line:
		w.tell(t, v.Text)
	case UserSync:
		w.user(t, v)
	case Known:
		w.known(t, v)
	case Fetched:
		w.fetched(t, v)
	case Name:
		w.name = v.Name
	case Server:
		w.server = v.Name
	case Close:
		w.leave(t)
	default:
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
	}
}

// tell sends a line. Without a connection, versions before v1.13 keep it for
// the next one; later ones drop it.
func (w *Worker) tell(t *turn, line string) {
	switch {
	case w.open() && w.link.say(t, line):
	case w.open():
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("a line of %d bytes is over the limit of %d", len(line), maxLine)})
	case !w.r.perStream():
		t.dst = append(t.dst, reactor.Reject{Message: "there is no connection: the line is dropped"})
	case len(w.pending) >= maxQueued:
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("%d lines wait for a connection", maxQueued)})
	default:
		w.pending = append(w.pending, line)
		t.dst = append(t.dst, reactor.Noop{Why: "the line waits for a connection"})
	}
}

// user notes who syncs, for the next connection too, and tells it.
func (w *Worker) user(t *turn, v UserSync) {
	if v.Device == "" {
		v.Device = "None"
	}
	state := "end"
	if v.Syncing {
		state = "start"
		if _, known := w.syncing[v.User]; !known && len(w.syncing) >= w.o.Requests() {
			t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("more than %d users sync", w.o.Requests())})
			return
		}
		w.syncing[v.User] = v.Device
	} else {
		delete(w.syncing, v.User)
	}
	w.tell(t, w.userSync(t.now, v.User, state, v.Device))
}

// known sets where the worker is in a stream.
func (w *Worker) known(t *turn, v Known) {
	k := streamKey{v.Stream, v.Instance}
	if w.r.perStream() {
		k.instance = ""
	}
	c := w.cursor(k)
	if c == nil {
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("more than %d streams", maxStreams)})
		return
	}
	c.token, c.known = v.Token, !v.Now
	if w.r.perStream() && w.open() {
		w.replicate(t, c)
	}
}

// leave ends the connection. From v1.13 on the worker takes its users back;
// the program's line does not make it out.
func (w *Worker) leave(t *turn) {
	w.over = true
	if !w.dial.IsZero() {
		w.dial = time.Time{}
		t.dst = append(t.dst, reactor.SetTimer{Timer: timerDial})
	}
	if w.open() && !w.r.perStream() && !w.r.compat {
		w.link.say(t, "CLEAR_USER_SYNC "+w.name)
	}
	if w.open() {
		w.link.close(t, "")
	}
}

var workerDirectives = []directive[*Worker]{
	{"open", nil},
	{"close", func(*Worker, string) (any, error) { return Close{}, nil }},
	{"name NAME", func(_ *Worker, args string) (any, error) { return Name{args}, nil }},
	{"server NAME", func(_ *Worker, args string) (any, error) { return Server{args}, nil }},
	{"known STREAM [INSTANCE] TOKEN|NOW", readKnown},
	{"user-sync USER start|end [DEVICE]", readUserSync},
	{"federation-ack TOKEN", func(w *Worker, args string) (any, error) {
		if w.r.since("v1.18") {
			args = w.name + " " + args
		}
		return w.command("FEDERATION_ACK", args)
	}},
	{"clear-user-sync", func(w *Worker, _ string) (any, error) { return w.command("CLEAR_USER_SYNC", w.name) }},
	{"remove-pusher APP KEY USER", func(w *Worker, args string) (any, error) { return w.command("REMOVE_PUSHER", args) }},
	{"invalidate-cache FUNC JSON", func(w *Worker, args string) (any, error) { return w.command("INVALIDATE_CACHE", args) }},
	{"user-ip USER …", func(w *Worker, args string) (any, error) { return w.command("USER_IP", args) }},
	{"remote-server-up HOST", func(w *Worker, args string) (any, error) { return w.command("REMOTE_SERVER_UP", args) }},
	{"send LINE", func(_ *Worker, args string) (any, error) { return Line{args}, nil }},
	{"fetched ID [[TOKEN,ROW],…]", readFetched},
}

// InputNames implements [reactor.Inputs].
func (w *Worker) InputNames() []string { return usages(workerDirectives) }

// Input implements [reactor.Inputs].
func (w *Worker) Input(name, args string) (reactor.Event, error) {
	return direct(workerDirectives, w, name, args)
}

// command makes a line of a command that the dialect has.
func (w *Worker) command(name, payload string) (any, error) {
	return command(w.r, codec.ToServer, name, payload)
}

func readKnown(w *Worker, args string) (any, error) {
	words := strings.Fields(args)
	v := Known{}
	switch {
	case len(words) == 2 && w.r.perStream():
		v.Stream = words[0]
	case len(words) == 3 && !w.r.perStream():
		v.Stream, v.Instance = words[0], words[1]
	case w.r.perStream():
		return nil, &codec.TextError{End: len(args), Message: "it wants a stream and a token", Hint: "such as @known events 54"}
	default:
		return nil, &codec.TextError{End: len(args), Message: "it wants a stream, an instance and a token", Hint: "such as @known events master 54"}
	}
	last := words[len(words)-1]
	if v.Now = w.r.perStream() && last == "NOW"; v.Now {
		return v, nil
	}
	var err error
	v.Token, err = readToken(args, last)
	return v, err
}

func readUserSync(w *Worker, args string) (any, error) {
	words := strings.Fields(args)
	most := 2
	if w.r.since("v1.98") {
		most = 3
	}
	if len(words) < 2 || len(words) > most || words[1] != "start" && words[1] != "end" {
		return nil, &codec.TextError{End: len(args), Message: "it wants a user, then start or end", Hint: "such as @user-sync @alice:example.com start"}
	}
	v := UserSync{User: words[0], Syncing: words[1] == "start"}
	if len(words) == 3 {
		v.Device = words[2]
	}
	return v, nil
}

func readFetched(_ *Worker, args string) (any, error) {
	id, list, _ := strings.Cut(args, " ")
	n, ok := synapse.ParseInt([]byte(id))
	if !ok || n < 1 {
		return nil, &codec.TextError{End: len(id), Field: "id", Message: fmt.Sprintf("the number of a fetch expected, not %q", id)}
	}
	v := Fetched{Request: uint64(n)}
	if list = strings.TrimSpace(list); list == "" {
		return v, nil
	}
	wrong := &codec.TextError{Start: len(args) - len(list), End: len(args), Field: "rows", Message: "a list of [token,row] expected", Hint: `such as @fetched 1 [[5,["@a:x"]],[6,["@b:x"]]]`}
	if jsonv.CheckWhole([]byte(list), jsonv.Options{MaxDepth: codec.DefaultMaxNesting}) != nil || jsonv.KindOf([]byte(list)) != jsonv.Array {
		return nil, wrong
	}
	for _, e := range jsonv.Elements([]byte(list)) {
		if jsonv.KindOf(e) != jsonv.Array || jsonv.Len(e) != 2 {
			return nil, wrong
		}
		token, _ := jsonv.Index(e, 0)
		row, _ := jsonv.Index(e, 1)
		n, ok := synapse.ParseInt(token)
		if !ok {
			return nil, wrong
		}
		v.Rows = append(v.Rows, Fetch{n, bytes.Clone(row)})
	}
	return v, nil
}
