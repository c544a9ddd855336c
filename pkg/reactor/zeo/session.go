package zeo

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A session is one connection of a Server.
type session struct {
	s    *Server
	conn int

	protocol   string       // what the client chose; "" before
	modern     bool         // Z5 or M5
	enc        zeo.Encoding // of what we send
	registered bool
	readOnly   bool
	label      string

	login login

	txn       *transaction
	blob      *blob // one that is being sent to us
	iterators map[int]*iterator
	iterator  int // the last number

	sends  int
	queued int64 // bytes that wait to be written
	unsent map[int]int64
}

func (c *session) clone(s *Server) *session {
	d := *c
	d.s = s
	d.unsent = maps.Clone(c.unsent)
	d.login = c.login.clone()
	d.txn, d.blob = c.txn.clone(), c.blob.clone()
	d.iterators = make(map[int]*iterator, len(c.iterators))
	for n, it := range c.iterators {
		copied := *it
		d.iterators[n] = &copied
	}
	return &d
}

func (c *session) do(a reactor.Action) { c.s.do(reactor.To{Conn: c.conn, Action: a}) }

// state says how far the connection is, as "#1=Z5 writing".
func (c *session) state() string {
	text := fmt.Sprintf("#%d=", c.conn)
	switch {
	case c.protocol == "":
		return text + "greeted"
	case !c.registered:
		return text + c.protocol
	}
	text += c.protocol + "/registered"
	if c.readOnly {
		text += "/read-only"
	}
	if c.txn != nil {
		text += "/" + c.txn.state.String()
	}
	return text
}

// end ends the connection: what it had begun is as if it had not been.
func (c *session) end(how reactor.Action) {
	delete(c.s.sessions, c.conn)
	c.forget()
	c.do(how)
	c.s.next()
}

// offend ends a connection that broke the rules. It returns false, for those
// who would go on.
func (c *session) offend(format string, args ...any) bool {
	why := fmt.Sprintf(format, args...)
	c.do(reactor.Fail{Message: why})
	c.end(reactor.Close{Why: why})
	return false
}

func (c *session) open() bool { return c.s.sessions[c.conn] == c }

// send sends a frame. A client that does not read what it asked for loses its
// connection.
func (c *session) send(f *zeo.Frame) {
	if !c.open() {
		return
	}
	size := int64(f.Len())
	if c.queued+size > c.s.o.MaxQueued && c.queued > 0 {
		c.end(reactor.Drop{Why: fmt.Sprintf("%d bytes wait to be read, at most %d may", c.queued+size, c.s.o.MaxQueued)})
		return
	}
	c.sends++
	c.unsent[c.sends] = size
	c.queued += size
	c.do(reactor.Send{ID: c.sends, Frames: []codec.Frame{f}})
}

// message sends a message. It says false, and sends nothing, when the
// encoding has no form for a value.
func (c *session) message(id, flag any, name string, args any) bool {
	var t value.Tree
	t.Reset(nil)
	b := builder{t: &t, old: c.enc == zeo.P1, tag: c.enc == zeo.Msgpack}
	nodes := [4]value.ID{b.add(id), b.add(flag), b.add(name), b.add(args)}
	f, err := zeo.Create(c.protocol, c.enc, c.login.out, &t, nodes[0], nodes[1], nodes[2], nodes[3])
	if err != nil || b.err != nil {
		return false
	}
	c.send(f)
	return true
}

// push calls a method of the client, which does not answer.
func (c *session) push(method string, args ...any) {
	flag := any(1)
	if c.modern {
		flag = true
	}
	c.message(c.pushID(), flag, method, tuple(args))
}

// reply answers a call.
func (c *session) reply(id copied, result any) {
	if !c.message(id, 0, ".reply", result) {
		c.fail(id, builtin("ValueError", "Couldn't pickle response"))
	}
}

// fail answers a call with an error.
func (c *session) fail(id copied, err error) {
	e := asPyError(err)
	if c.modern {
		c.message(id, 2, ".reply", e.tagged())
		return
	}
	c.message(id, 0, ".reply", e.instance(c.enc == zeo.P1))
}

// receive takes a frame of the client.
func (c *session) receive(f *zeo.Frame) {
	if !c.checkMAC(f) {
		return
	}
	if c.protocol == "" {
		c.greet(f)
		return
	}
	if why := c.unreadable(f); why != "" {
		c.offend("%s", why)
		return
	}
	switch f.Kind() {
	case zeo.KindHeartbeat:
	case zeo.KindCall:
		c.called(f, false)
	case zeo.KindOneway:
		c.called(f, true)
	case zeo.KindReply, zeo.KindError:
		if c.protocol != "Z309" { // which ignores it
			c.offend("an answer to nothing")
		}
	default:
		c.offend("no call: %s", f.AppendText(nil, codec.View{}))
	}
}

// unreadable says why the real server could not read a message that we can,
// "" when it could.
func (c *session) unreadable(f *zeo.Frame) string {
	packed := f.Encoding() == zeo.Msgpack
	if packed != (c.enc == zeo.Msgpack) {
		return fmt.Sprintf("a message in %s, and %s was agreed on", f.Encoding(), c.enc)
	}
	newest := byte(3) // of zodbpickle
	switch {
	case c.enc == zeo.P1:
		newest = 2
	case !c.modern:
		newest = 5
	}
	if b := f.Body(); !packed && len(b) > 1 && b[0] == 0x80 && b[1] > newest {
		return fmt.Sprintf("a pickle of protocol %d", b[1])
	}
	return ""
}

// accepted are the ids that servers took, by the one that they announced.
func accepted(announced string) []string {
	switch announced {
	case "Z5", "M5":
		return []string{"Z5", "M5"}
	case "Z4", "Z3101", "Z310", "Z309":
		old := []string{"Z200", "Z201", "Z303", "Z308", "Z309", "Z310", "Z3101", "Z4"}
		return old[:slices.Index(old, announced)+1]
	}
	return nil
}

// greet takes the first message of a client: the id that it chooses.
func (c *session) greet(f *zeo.Frame) {
	id := string(f.Body())
	switch announced := c.s.o.Protocol; {
	case id == "ruok" && announced >= "Z4" || id == "ruok" && announced == "M5":
		c.send(zeo.NewStatus(c.s.statusJSON()))
		c.end(reactor.Close{Why: "only the statistics were wanted"})
	case !slices.Contains(accepted(announced), id):
		c.offend("the client chose %.20q, and %s was announced", id, announced)
	default:
		c.protocol, c.enc = id, zeo.EncodingOf(id)
		c.modern = strings.HasSuffix(id, "5")
		if c.s.o.Python2 && !c.modern {
			c.enc = zeo.P1
		}
		if !c.modern && announced == "Z4" && !c.s.o.Python2 {
			c.enc = zeo.P3
		}
	}
}

// checkMAC holds the MAC of a message against the key of the connection.
func (c *session) checkMAC(f *zeo.Frame) bool {
	got := f.MAC()
	switch {
	case c.login.in == nil:
		return true // as a peer does that has no key
	case got == nil:
		return c.offend("a message without the MAC that was agreed on")
	}
	if want := c.login.in.Append(nil, f.Body()); !hmac.Equal(want, got) {
		return c.offend("a wrong MAC")
	}
	return true
}

// pushID returns the id of a push: the 3.9 server counted them.
func (c *session) pushID() any {
	if c.protocol != "Z309" {
		return 0
	}
	c.login.pushes++
	return c.login.pushes - 1
}

// equalID says whether a transaction's id is the one that the client means.
func equalID(t *transaction, k []byte) bool { return t != nil && bytes.Equal(t.id, k) }
