package zeo

import (
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// Inputs of a [Client]. The number of a call or a transaction is the caller's
// own and comes back in its [Outcome].
type (
	// Call calls a method of the server and waits for the answer. The
	// arguments are what stands between the brackets of a call in the
	// notation.
	Call struct {
		ID         uint64
		Name, Args string
	}

	// Oneway calls a method that has no answer. An error of it ends the
	// connection from ZEO 5 on; before, nobody learns of it.
	Oneway struct{ Name, Args string }

	// Load asks for an object: as it is, or as it was before a transaction.
	// The serial of an object as it is is remembered for the next [Commit].
	Load struct {
		ID     uint64
		OID    storage.OID
		Before storage.TID // zero for as it is
	}

	// GetBlob asks for a blob, which comes as [BlobData] before the Outcome.
	GetBlob struct {
		ID     uint64
		OID    storage.OID
		Serial storage.TID
	}

	// Commit does a whole transaction: it begins, stores, votes and finishes,
	// or aborts when the server does not take it. Transactions are done one
	// after the other.
	Commit struct {
		ID                uint64
		User, Description string
		Extension         string // the literal of a dict; "" for an empty one
		Undo              [][]byte
		Objects           []Object
	}

	// Undo is a Commit that takes transactions back. They are named as
	// undoLog does, by the base64 of their tids.
	Undo struct {
		ID           uint64
		Transactions [][]byte
	}

	// Resume says up to which transaction our own side knows all changes, and
	// asks for a connection when there is none. The server will be asked what
	// has changed since.
	Resume struct{ LastTID storage.TID }

	// Disconnect ends the connection. The protocol has no word for that.
	Disconnect struct{}
)

// An Object is what a transaction does to one object.
type Object struct {
	OID    storage.OID
	Data   []byte // the data record
	Blob   []byte // nil for none; an empty one is a blob without bytes
	Delete bool
	Check  bool // only that it is still at Serial

	// Serial is the revision that the change is based on, if Given; else it
	// is the one that was last loaded or committed here, or that of a new
	// object. NoSerial sends None, as clients up to ZEO 4 do for the first
	// root object.
	Serial   storage.TID
	Given    bool
	NoSerial bool
}

// method returns what a transaction is called in its Outcome.
func (v *Commit) method() string {
	if len(v.Undo) > 0 && len(v.Objects) == 0 {
		return "undo"
	}
	return "commit"
}

// size returns about how many bytes a transaction sends.
func (v *Commit) size() int64 {
	n := 100 + len(v.User) + len(v.Description) + len(v.Extension) + 100*len(v.Undo)
	for i := range v.Objects {
		o := &v.Objects[i]
		n += 200 + len(o.Data) + len(o.Blob)
		if o.Blob != nil {
			n += len(o.Data)
		}
	}
	return int64(n)
}

// input handles what our own side wants.
func (c *Client) input(v any) {
	size := int64(100)
	switch v := v.(type) {
	case Resume:
		c.resume(v)
		return
	case Disconnect:
		c.disconnect()
		return
	case Call:
		size += int64(len(v.Name) + len(v.Args))
	case Oneway:
		size += int64(len(v.Name) + len(v.Args))
	case Commit:
		size += v.size()
	case Load, GetBlob, Undo:
	default:
		c.do(reactor.Reject{Message: fmt.Sprintf("a %T is no input of this machine", v)})
		return
	}
	switch open := len(c.calls) + len(c.queue) + len(c.commits); {
	case c.state == clientClosed && c.o.Reconnect <= 0:
		c.do(reactor.Reject{Message: "there is no connection"})
	case open >= c.o.MaxCalls:
		c.do(reactor.Reject{Message: fmt.Sprintf("too many open calls: %d", c.o.MaxCalls)})
	case c.waiting+c.queued+size > c.o.MaxBuffered:
		c.do(reactor.Reject{Message: fmt.Sprintf("%d bytes wait to be sent, at most %d may", c.waiting+c.queued+size, c.o.MaxBuffered)})
	case c.state != clientReady:
		c.queue = append(slices.Clip(c.queue), v)
		c.waiting += size
		c.do(reactor.Noop{Why: "it waits until the client is ready"})
	default:
		c.perform(v)
	}
}

// perform does what our own side wants, with a client that is ready.
func (c *Client) perform(v any) {
	if c.state != clientReady {
		c.dropped(v, "the connection has ended")
		return
	}
	switch v := v.(type) {
	case Call:
		c.call(v)
	case Oneway:
		c.tell(v)
	case Load:
		c.load(v)
	case GetBlob:
		k := clientCall{name: "sendBlob", id: v.ID, oid: v.OID}
		c.request(k, tuple{v.OID[:], v.Serial[:]})
	case Commit:
		c.commit(v)
	case Undo:
		c.commit(Commit{ID: v.ID, Undo: v.Transactions})
	}
}

// dropped tells that an input that waited is not done.
func (c *Client) dropped(v any, why string) {
	o := Outcome{Kind: Closed, Text: why}
	switch v := v.(type) {
	case Call:
		o.Call, o.Method = v.ID, v.Name
	case Oneway:
		o.Method = v.Name
	case Load:
		o.Call, o.Method = v.ID, "load"
	case GetBlob:
		o.Call, o.Method = v.ID, "sendBlob"
	case Commit:
		o.Call, o.Method = v.ID, v.method()
	case Undo:
		o.Call, o.Method = v.ID, "undo"
	}
	c.do(o)
}

// drain tells of all inputs that waited that they are not done.
func (c *Client) drain(why string) {
	queue := c.queue
	c.queue, c.waiting = nil, 0
	for _, v := range queue {
		c.dropped(v, why)
	}
}

// resume takes what our own side knows.
func (c *Client) resume(v Resume) {
	if c.connected() {
		c.do(reactor.Reject{Message: "there is a connection"})
		return
	}
	if v.LastTID != c.lastTID {
		clear(c.serials)
	}
	c.lastTID = v.LastTID
	c.do(reactor.Connect{})
}

// disconnect ends the connection for good.
func (c *Client) disconnect() {
	if !c.connected() {
		c.do(reactor.Reject{Message: "there is no connection"})
		return
	}
	again := c.o.Reconnect
	c.o.Reconnect = 0
	c.ended("asked by our own side")
	c.o.Reconnect = again
}
