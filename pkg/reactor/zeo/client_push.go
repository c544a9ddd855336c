package zeo

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A clientPush is an invalidation that our own side is told of later.
type clientPush struct {
	invalidation
	push Push
}

// clientMethods are what a server may call, and oldClientMethods what up to
// ZEO 4 it may call besides.
var (
	clientMethods    = []string{"invalidateTransaction", "info", "receiveBlobStart", "receiveBlobChunk", "receiveBlobStop"}
	oldClientMethods = []string{"serialnos", "invalidateVerify", "beginVerify", "endVerify", "invalidateTrans", "invalidate", "end"}
)

// reply takes the answer to a call.
func (c *Client) reply(f *zeo.Frame, parts zeo.Parts) {
	failed := f.Kind() == zeo.KindError
	if truthy(parts.Tree, parts.Flag) {
		failed = c.era.modern
		if !c.era.modern && !c.era.first {
			c.offend("a reply with the flag of a one-way call")
			return
		}
	} else if c.era.modern {
		failed = false
	}
	id := key(parts.Tree, parts.ID)
	k := c.calls[id]
	if k == nil {
		if c.era.modern {
			c.offend("a reply to %.100s, which is no open call", id)
			return
		}
		c.do(reactor.Noop{Why: "a reply to no open call"})
		return
	}
	if k := parts.Tree.Kind(parts.Args); failed && c.era.modern && (k != value.Tuple && k != value.List || parts.Tree.Count(parts.Args) != 2) {
		c.offend("an error that is no class and payload: %.200s", c.literal(parts.Tree, parts.Args))
		return
	}
	delete(c.calls, id)
	i := slices.Index(c.order, id)
	c.order = slices.Delete(slices.Clone(c.order), i, i+1)
	switch k.purpose {
	case forStart:
		c.started(k, f, parts, failed)
	case forTxn:
		c.txnReply(k, f, parts, failed)
	default:
		c.answered(k, f, parts, failed)
	}
}

// push takes a call of the server, which wants no answer.
func (c *Client) push(f *zeo.Frame, parts zeo.Parts) {
	method := f.Method()
	if !slices.Contains(clientMethods, method) && (c.era.modern || !slices.Contains(oldClientMethods, method)) {
		c.offend("the server calls %.100q, which is no method of a client", method)
		return
	}
	if !c.pushed(method, parts) {
		// An exception in a handler ends the connection from ZEO 5 on; before,
		// it is logged.
		if c.era.modern {
			c.offend("%s with wrong arguments: %.200s", method, c.literal(parts.Tree, parts.Args))
			return
		}
		c.do(reactor.Noop{Why: method + " with wrong arguments, or out of turn"})
	}
}

// pushed does what the server says. It says false when the arguments are
// wrong.
func (c *Client) pushed(method string, parts zeo.Parts) bool {
	t, args := parts.Tree, parts.Args
	if k := t.Kind(args); k != value.Tuple && k != value.List {
		return false
	}
	p := Push{Method: method, Args: c.literal(t, args)}
	switch method {
	case "invalidateTransaction":
		i, ok := c.invalidation(t, args)
		switch {
		case !ok:
			return false
		case c.state == clientReady || c.state == clientInforming:
			c.invalidate(i)
		default:
			size := int64(len(p.Args)) + 100
			if c.earlier+size > c.o.MaxBuffered {
				c.offend("more than %d bytes of changes while we verify", c.o.MaxBuffered)
				return true
			}
			c.early, c.earlier = append(c.early, clientPush{i, p}), c.earlier+size
			return true
		}
	case "serialnos":
		if t.Count(args) != 1 {
			return false
		}
		if c.txn != nil && c.txn.step == txnVoting {
			c.serialnos(t, t.First(args))
			return true
		}
	case "receiveBlobStart", "receiveBlobChunk", "receiveBlobStop":
		return c.receiveBlob(method, t, args)
	}
	c.do(p)
	return true
}

// invalidation reads a transaction and its objects: (tid, [oid…]), up to Z308
// with pairs of oid and version.
func (c *Client) invalidation(t *value.Tree, args value.ID) (i invalidation, ok bool) {
	if k := t.Kind(args); k != value.Tuple && k != value.List || t.Count(args) != 2 {
		return i, false
	}
	first := t.First(args)
	tid, ok := strOf(t, first)
	oids := t.Deref(t.Next(first))
	if k := t.Kind(oids); !ok || len(tid) != 8 || k != value.List && k != value.Tuple {
		return i, false
	}
	i.tid = storage.TID(tid)
	for kid := t.First(oids); kid != 0; kid = t.Next(kid) {
		one := t.Deref(kid)
		if t.Kind(one) == value.Tuple && c.versioned() {
			one = t.First(one)
		}
		oid, ok := strOf(t, one)
		if !ok || len(oid) != 8 {
			return i, false
		}
		i.oids = append(i.oids, storage.OID(oid))
	}
	return i, true
}

// invalidate forgets the serials of what a transaction changed; all changes
// up to it are known.
func (c *Client) invalidate(i invalidation) {
	for _, oid := range i.oids {
		delete(c.serials, oid)
	}
	if c.lastTID.Before(i.tid) {
		c.lastTID = i.tid
	}
}

// A clientBlobKey names a revision of a blob.
type clientBlobKey struct {
	oid    storage.OID
	serial storage.TID
}

// A clientBlob is a blob that comes in.
type clientBlob struct {
	data []byte
	over bool // it is too large, and dropped
}

// receiveBlob puts a blob together. One that nobody asked for is an error, as
// it is for the real clients, which have no file for it.
func (c *Client) receiveBlob(method string, t *value.Tree, args value.ID) bool {
	oid, ok := strOf(t, t.First(args))
	if !ok || len(oid) != 8 {
		return false
	}
	serial, ok := strOf(t, t.At(args, 1))
	if !ok || len(serial) != 8 {
		return false
	}
	k := clientBlobKey{storage.OID(oid), storage.TID(serial)}
	b := c.blobs[k]
	switch method {
	case "receiveBlobStart":
		if b != nil || !c.wantsBlob(k.oid) {
			return false
		}
		c.blobs[k] = &clientBlob{}
		return true
	case "receiveBlobChunk":
		chunk, ok := strOf(t, t.At(args, 2))
		if b == nil || t.Count(args) != 3 || !ok {
			return false
		}
		if b.over || c.blobSize+int64(len(chunk)) > c.o.MaxBlob {
			c.blobSize -= int64(len(b.data))
			b.data, b.over = nil, true
			return true
		}
		b.data = append(b.data, chunk...)
		c.blobSize += int64(len(chunk))
		return true
	}
	if b == nil {
		return false
	}
	delete(c.blobs, k)
	c.blobSize -= int64(len(b.data))
	c.do(BlobData{OID: k.oid, Serial: k.serial, Data: b.data, TooLarge: b.over})
	return true
}

// wantsBlob says whether somebody asked for a blob of an object.
func (c *Client) wantsBlob(oid storage.OID) bool {
	for _, k := range c.calls {
		if k.name == "sendBlob" && k.oid == oid {
			return true
		}
	}
	return false
}
