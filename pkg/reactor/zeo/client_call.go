package zeo

import (
	"errors"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A clientPurpose says who waits for the answer to a call.
type clientPurpose uint8

const (
	forUser clientPurpose = iota
	forStart
	forTxn
)

// A clientCall is a call whose answer is awaited.
type clientCall struct {
	purpose clientPurpose
	name    string
	id      uint64   // the caller's number
	waiters []uint64 // numbers of others that asked for the same
	oid     storage.OID
	loads   bool // the current revision of oid
}

// message sends a message and returns the key of its id. It says false, and
// sends nothing, when the encoding has no form for a value.
func (c *Client) message(id, flag any, name string, args any) (string, bool) {
	var t value.Tree
	t.Reset(nil)
	b := builder{t: &t, old: c.enc == zeo.P1}
	nodes := [4]value.ID{b.add(id), b.add(flag), b.add(name), b.add(args)}
	k := key(&t, nodes[0])
	f, err := zeo.Create(c.version, c.enc, c.out, &t, nodes[0], nodes[1], nodes[2], nodes[3])
	if err != nil || b.err != nil {
		return "", false
	}
	c.put(f)
	return k, true
}

func (c *Client) put(f *zeo.Frame) {
	c.sends++
	size := int64(f.Len())
	c.unsent[c.sends], c.queued, c.spoken = size, c.queued+size, c.now
	c.do(reactor.Send{ID: c.sends, Frames: []codec.Frame{f}})
}

// number returns the id of the next call.
func (c *Client) number() int64 {
	c.nextID++
	return c.nextID - 1
}

// request sends a call and waits for its answer.
func (c *Client) request(k clientCall, args any) bool { return c.requestAs(c.number(), k, args) }

func (c *Client) requestAs(id any, k clientCall, args any) bool {
	sent, ok := c.message(id, c.era.call, k.name, args)
	if ok {
		c.calls[sent] = &k
		c.order = append(c.order, sent)
	}
	return ok
}

// ask is request for the calls of the start, whose values all have a form.
func (c *Client) ask(method string, args ...any) {
	c.request(clientCall{purpose: forStart, name: method}, tuple(args))
}

// oneway sends a call that has no answer.
func (c *Client) oneway(name string, args any) bool {
	id := int64(0)
	if c.era.first {
		id = c.number()
	}
	return c.onewayAs(id, name, args)
}

func (c *Client) onewayAs(id int64, name string, args any) bool {
	_, ok := c.message(id, c.era.oneway, name, args)
	return ok
}

// parsedArguments reads the arguments of a call, as they stand between its brackets in
// the notation. An error is a [*codec.TextError] about them.
func parsedArguments(enc zeo.Encoding, name, arguments string) (*value.Tree, value.ID, error) {
	dialect := [...]string{zeo.P3: "Z5", zeo.P1: "Z309", zeo.Msgpack: "M5"}[enc]
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: dialect})
	if err != nil {
		return nil, 0, err
	}
	const before = "call 0 "
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(before + name + "(" + arguments + ")")})
	if err != nil {
		if e, ok := errors.AsType[*codec.TextError](err); ok {
			shifted := *e
			at := len(before) + len(name) + 1
			shifted.Start, shifted.End = max(e.Start-at, 0), min(max(e.End-at, 0), len(arguments))
			err = &shifted
		}
		return nil, 0, err
	}
	parts, ok := f.(*zeo.Frame).Parts()
	if !ok {
		return nil, 0, &codec.TextError{End: len(arguments), Message: "this makes no call"}
	}
	return parts.Tree, parts.Args, nil
}

// call sends a call of our own side.
func (c *Client) call(v Call) {
	t, args, err := parsedArguments(c.enc, v.Name, v.Args)
	if err != nil {
		c.refuse(v.ID, v.Name, err.Error())
		return
	}
	k := clientCall{name: v.Name, id: v.ID}
	var eights [][]byte
	for arg := t.First(args); arg != 0; arg = t.Next(arg) {
		b, _ := strOf(t, arg)
		eights = append(eights, b)
	}
	if len(eights) > 0 && len(eights[0]) == 8 {
		k.oid = storage.OID(eights[0])
		k.loads = v.Name == "loadEx" || v.Name == "loadBefore"
	}
	id := any(nil)
	if c.era.modern && v.Name == "loadBefore" && len(eights) == 2 && len(eights[0]) == 8 && len(eights[1]) == 8 {
		// Its id is its arguments: who asks for the same meanwhile gets the
		// same answer.
		same := key(t, args)
		if open := c.calls[same]; open != nil {
			open.waiters = append(slices.Clip(open.waiters), v.ID)
			return
		}
		id = copied{t, args}
	} else {
		id = c.number()
	}
	if !c.requestAs(id, k, copied{t, args}) {
		c.refuse(v.ID, v.Name, "the encoding has no form for the arguments")
	}
}

// tell sends a one-way call of our own side.
func (c *Client) tell(v Oneway) {
	t, args, err := parsedArguments(c.enc, v.Name, v.Args)
	switch {
	case err != nil:
		c.refuse(0, v.Name, err.Error())
	case !c.oneway(v.Name, copied{t, args}):
		c.refuse(0, v.Name, "the encoding has no form for the arguments")
	}
}

// load asks for an object as it is, or as it was before a transaction.
func (c *Client) load(v Load) {
	before := v.Before
	k := clientCall{name: "loadBefore", id: v.ID, oid: v.OID, loads: true}
	if before.IsZero() && c.era.loadEx {
		k.name = "loadEx"
		args := tuple{v.OID[:]}
		if c.versioned() {
			args = append(args, "")
		}
		c.request(k, args)
		return
	}
	if before.IsZero() {
		before = newestTID
	}
	args := tuple{v.OID[:], before[:]}
	if !c.era.modern {
		c.request(k, args)
		return
	}
	var t value.Tree
	b := builder{t: &t}
	if open := c.calls[key(&t, b.add(args))]; open != nil {
		open.waiters = append(slices.Clip(open.waiters), v.ID)
		return
	}
	c.requestAs(args, k, args)
}

// newestTID stands in loadBefore for the current revision.
var newestTID = storage.TID{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// versioned says whether methods have the argument of ZODB's versions, which
// went with Z309.
func (c *Client) versioned() bool { return c.version == "Z308" }

// answered delivers the answer to a call of our own side.
func (c *Client) answered(k *clientCall, f *zeo.Frame, parts zeo.Parts, failed bool) {
	o := Outcome{Call: k.id, Method: k.name, Kind: Answered, Frame: f.Clone().(*zeo.Frame)}
	if failed {
		o.Kind = Failed
		o.Class, o.Value = c.failure(f, parts)
	} else {
		o.Value = c.literal(parts.Tree, parts.Args)
		if k.loads {
			c.loaded(k.oid, parts)
		}
	}
	c.do(o)
	for _, id := range k.waiters {
		o.Call = id
		c.do(o)
	}
}

// loaded remembers the serial of an object whose current revision came.
func (c *Client) loaded(oid storage.OID, parts zeo.Parts) {
	t := parts.Tree
	if k := t.Kind(parts.Args); k != value.Tuple && k != value.List || t.Count(parts.Args) < 2 {
		return
	}
	serial, ok := strOf(t, t.At(parts.Args, 1))
	if !ok || len(serial) != 8 {
		return
	}
	if end := t.At(parts.Args, 2); end != 0 && t.Kind(t.Deref(end)) != value.None && !c.versioned() {
		return // it is no longer current
	}
	c.remember(oid, storage.TID(serial))
}

func (c *Client) remember(oid storage.OID, serial storage.TID) {
	if _, known := c.serials[oid]; known || len(c.serials) < c.o.MaxSerials {
		c.serials[oid] = serial
	}
}

// literal returns a value as a literal of Python.
func (c *Client) literal(t *value.Tree, id value.ID) []byte {
	return pylit.Append(nil, t, id, pylit.Style{StrIsBytes: c.enc == zeo.P1})
}

// failure returns the class of an error reply, and its payload.
func (c *Client) failure(f *zeo.Frame, parts zeo.Parts) (class string, payload []byte) {
	class, id, ok := f.Failure()
	if !ok {
		return "", c.literal(parts.Tree, parts.Args)
	}
	return class, c.literal(parts.Tree, id)
}

// lost tells who waited for an answer that there will be none.
func (c *Client) lost(k *clientCall, why string) {
	if k.purpose != forUser {
		return
	}
	for _, id := range append([]uint64{k.id}, k.waiters...) {
		c.do(Outcome{Call: id, Method: k.name, Kind: Closed, Text: why})
	}
}

// refuse says that a call cannot be sent.
func (c *Client) refuse(id uint64, method, why string) {
	c.do(Outcome{Call: id, Method: method, Kind: Refused, Text: why})
}
