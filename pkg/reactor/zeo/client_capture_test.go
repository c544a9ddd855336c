package zeo

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A recorded client is one connection of a capture: what the server said is
// given to ours, and ours is told to do what the recorded one did.
type recordedClient struct {
	t    *testing.T
	c    *Client
	now  time.Time
	list []moment // of this connection
	out  []*zeo.Frame
	acts []string

	compared, commits int
}

func (r *recordedClient) step(ev reactor.Event) {
	r.t.Helper()
	for _, a := range r.c.Step(r.now, ev, nil) {
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				r.out = append(r.out, f.(*zeo.Frame))
			}
		case reactor.SetTimer, reactor.Noop:
		case reactor.Reject:
			r.t.Errorf("%v", a)
		default:
			r.acts = append(r.acts, a.String())
		}
	}
}

// settings are those that the recorded client seems to have had.
func (r *recordedClient) settings(protocol string, python2 bool) ClientOptions {
	o := ClientOptions{Protocol: protocol, Python2: python2}
	registers := 0
	for _, m := range r.list {
		if m.frame == nil || m.dir != codec.ToServer {
			continue
		}
		p, _ := m.frame.Parts()
		switch m.frame.Method() {
		case "auth_get_challenge":
			o.User, o.Password = "foo", "bar"
		case "register":
			registers++
			o.Storage = string(p.Tree.Bytes(p.Tree.At(p.Args, 0)))
			flag := p.Tree.At(p.Args, 1)
			o.Fallback = registers > 1 || p.Tree.Kind(flag) == value.Bool && p.Tree.Num(flag) == 0
			o.ReadOnly = registers == 1 && p.Tree.Num(flag) == 1
		case "getInvalidations":
			o.LastTID = storage.TID(p.Tree.Bytes(p.Tree.First(p.Args)))
		case "get_info":
			return o
		}
	}
	return o
}

func (r *recordedClient) run() {
	r.step(reactor.Opened{})
	for i, m := range r.list {
		switch {
		case m.frame == nil:
			r.t.Fatalf("%v", m.err)
		case r.c.state != clientReady && (m.frame.Method() == "verify" || m.frame.Method() == "endZeoVerify"):
			// The recorded client asks for each object that it kept; ours says
			// that they are stale.
		case m.dir == codec.ToClient:
			r.step(reactor.Received{Frame: m.frame})
		default:
			r.says(m.frame, r.list[i:])
		}
	}
	if last := r.list[len(r.list)-1]; len(r.out) > 0 && last.frame.Kind() != zeo.KindHello { // it was cut off
		r.t.Errorf("%d messages too many, such as %s", len(r.out), textOf(r.out[0]))
	}
}

// says compares a message of the recorded client with what ours says, having
// told it what to do if it has nothing to say by itself.
func (r *recordedClient) says(f *zeo.Frame, rest []moment) {
	if len(r.out) == 0 {
		if f.Kind() == zeo.KindHeartbeat {
			r.now = r.now.Add(time.Minute)
			r.step(reactor.Expired{Timer: timerHeartbeat})
		} else {
			r.step(reactor.Input{Value: r.input(f, rest)})
		}
	}
	if len(r.out) == 0 {
		r.t.Errorf("nothing is said, want %.300s; %s", textOf(f), r.c.State())
		return
	}
	got, _ := r.out[0].AppendBinary(nil)
	want, _ := f.AppendBinary(nil)
	r.compared++
	wrong := f.Method() == "auth_response" && strings.HasSuffix(rest[1].text, " False") // the password is not known
	if !bytes.Equal(got, want) && !wrong {
		r.t.Errorf("said\n%.300s, want\n%.300s", textOf(r.out[0]), textOf(f))
	}
	r.out = r.out[1:]
}

// input makes an input of what the recorded client said: of a transaction
// that is whole a Commit.
func (r *recordedClient) input(f *zeo.Frame, rest []moment) any {
	if f.Method() == "tpc_begin" {
		if v, ok := r.transaction(f, rest); ok {
			r.commits++
			return v
		}
	}
	p, _ := f.Parts()
	args := string(r.c.literal(p.Tree, p.Args))
	args = args[1 : len(args)-1]
	if f.Kind() == zeo.KindOneway {
		return Oneway{Name: f.Method(), Args: args}
	}
	return Call{Name: f.Method(), Args: args}
}

// transaction makes a Commit if nothing else was said in the transaction.
func (r *recordedClient) transaction(f *zeo.Frame, rest []moment) (v Commit, ok bool) {
	p, _ := f.Parts()
	at := func(p zeo.Parts, i int) []byte { return bytes.Clone(p.Tree.Bytes(p.Tree.At(p.Args, i))) }
	if p.Tree.Kind(p.Tree.At(p.Args, 4)) != value.None {
		return v, false // of a restore
	}
	txnid, _ := p.Tree.Small(p.Tree.At(p.Args, 0))
	v.User, v.Description = string(at(p, 1)), string(at(p, 2))
	v.Extension = string(r.c.literal(p.Tree, p.Tree.At(p.Args, 3)))
	voted := false
	for _, m := range rest[1:] {
		if m.dir != codec.ToServer {
			continue
		}
		p, _ := m.frame.Parts()
		method := m.frame.Method()
		o := Object{}
		switch method {
		case "storea", "deleteObject", "checkCurrentSerialInTransaction":
			o.OID = storage.OID(at(p, 0))
			if o.NoSerial = p.Tree.Kind(p.Tree.At(p.Args, 1)) == value.None; !o.NoSerial {
				o.Serial, o.Given = storage.TID(at(p, 1)), true
			}
			o.Delete, o.Check = method == "deleteObject", method == "checkCurrentSerialInTransaction"
			if method == "storea" {
				o.Data = at(p, 2)
			}
			v.Objects = append(v.Objects, o)
		case "undo", "undoa":
			v.Undo = append(v.Undo, at(p, 0))
		case "storeBlobStart":
			v.Objects[len(v.Objects)-1].Blob = []byte{}
		case "storeBlobChunk":
			blob := &v.Objects[len(v.Objects)-1].Blob
			*blob = append(*blob, at(p, 0)...)
		case "storeBlobEnd":
		case "vote":
			if voted {
				return v, false
			}
			voted = true
		case "tpc_finish", "tpc_abort":
			// An abort without vote is what only our own side would want; of
			// an undo that failed the machine does it by itself.
			if !voted && (len(v.Undo) == 0 || !r.c.era.first) {
				return v, false
			}
			r.c.txnID = txnid - 1
			return v, true
		default:
			return v, false
		}
	}
	return v, false
}

// Our client says, byte by byte, what the real clients said when it is told
// to do the same.
func TestClientCaptures(t *testing.T) {
	for _, tt := range []struct {
		name, protocol string
		python2        bool
		compared       int // at least
		commits        int
	}{
		{"zeo6-basic", "Z5", false, 100, 10},
		{"zeo6m-basic", "Z5", false, 100, 10},
		{"zeo4_36-basic", "Z4", false, 100, 10},
		{"z397-basic", "Z309", false, 100, 10},
		{"zeo6-readonly", "Z5", false, 10, 0},
		{"zeo6m-readonly", "Z5", false, 10, 0},
		{"z397-readonly", "Z309", false, 10, 0},
		{"zeo6-reconnect", "Z5", false, 50, 10},
		{"zeo4_36-reconnect", "Z4", false, 50, 10},
		{"zeo6-lockq", "Z5", false, 30, 1},
		{"zeo6m-lockq", "Z5", false, 30, 1},
		{"zeo4_36-lockq", "Z4", false, 30, 1},
		{"z397-lockq", "Z309", false, 30, 1},
		{"zeo6-heartbeat", "Z5", false, 5, 0},
		{"zeo6m-heartbeat", "Z5", false, 5, 0},
		{"z397-heartbeat", "Z309", false, 5, 0},
		{"z397-auth", "Z309", false, 20, 2},
		{"zeo4_36-auth", "Z4", false, 20, 2},
		{"z4py2client-z309server", "Z4", true, 5, 0},
		{"mismatch-zeo6client-zeo4server", "Z5", false, 0, 0},
		{"mismatch-zeo4client-zeo6server", "Z4", false, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conns := map[int][]moment{}
			var order []int
			for _, m := range messages(t, "zeo/captures/"+tt.name+".pcap") {
				if conns[m.conn] == nil {
					order = append(order, m.conn)
				}
				conns[m.conn] = append(conns[m.conn], m)
			}
			slices.Sort(order)
			compared, commits := 0, 0
			for _, conn := range order {
				r := &recordedClient{t: t, now: time.Unix(1, 0), list: conns[conn]}
				r.c = NewClient(r.settings(tt.protocol, tt.python2))
				r.run()
				compared, commits = compared+r.compared, commits+r.commits
			}
			if compared < tt.compared || commits < tt.commits {
				t.Errorf("%d messages compared, %d of them of commits, want %d and %d", compared, commits, tt.compared, tt.commits)
			}
			t.Logf("%d messages compared, %d commits", compared, commits)
		})
	}
}
