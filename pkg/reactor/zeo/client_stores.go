package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// words returns a text of a transaction: from ZEO 5 on they are bytes.
func (c *Client) words(s string) any {
	if c.era.modern {
		return []byte(s)
	}
	return s
}

// extensionOf reads the literal of a dict.
func extensionOf(text string) (any, error) {
	if text == "" {
		return dict{}, nil
	}
	var t value.Tree
	id, err := pylit.Parse(&t, []byte(text), pylit.Options{Inert: true})
	if err != nil {
		return nil, err
	}
	if t.Kind(id) != value.Dict {
		return nil, pylit.Unexpected(&t, id, "a dict")
	}
	return copied{&t, id}, nil
}

// A clientMessage is a one-way call of a transaction that is yet to be
// numbered.
type clientMessage struct {
	name string
	args tuple
	late bool // numbered after the vote
	id   int64
}

// stores sends all that a transaction does, and the vote.
func (c *Client) stores() {
	x := c.txn
	if c.era.first && x.undone < len(x.Undo) {
		x.step = txnUndoing
		x.undone++
		c.request(clientCall{purpose: forTxn, name: "undo"}, tuple{x.Undo[x.undone-1], c.txnid()})
		return
	}
	var list []clientMessage
	if !c.era.first {
		for _, id := range x.Undo {
			list = append(list, clientMessage{name: "undoa", args: tuple{id, c.txnid()}})
		}
	}
	for i := range x.Objects {
		list = c.object(list, &x.Objects[i])
	}
	x.step = txnVoting
	// ZODB 3.9 numbers the parts of a blob when they are written, which is
	// after the vote has its number.
	vote := int64(0)
	if c.era.first {
		for i := range list {
			if !list[i].late {
				list[i].id = c.number()
			}
		}
		vote = c.number()
		for i := range list {
			if list[i].late {
				list[i].id = c.number()
			}
		}
	} else {
		vote = c.number()
	}
	for _, m := range list {
		c.onewayAs(m.id, m.name, m.args) // ids, bytes and None have a form everywhere
	}
	c.requestAs(vote, clientCall{purpose: forTxn, name: "vote"}, tuple{c.txnid()})
}

// object appends the messages for one object.
func (c *Client) object(list []clientMessage, o *Object) []clientMessage {
	serial := c.serialOf(o)
	args := func(more ...any) tuple {
		all := append(tuple{o.OID[:], serial}, more...)
		if c.versioned() && len(more) > 0 {
			all = append(all, "")
		}
		return append(all, c.txnid())
	}
	switch {
	case o.Check:
		return append(list, clientMessage{name: "checkCurrentSerialInTransaction", args: args()})
	case o.Delete:
		return append(list, clientMessage{name: "deleteObject", args: args()})
	}
	list = append(list, clientMessage{name: "storea", args: args(o.Data)})
	if o.Blob == nil {
		return list
	}
	list = append(list, clientMessage{name: "storeBlobStart", args: tuple{}, late: true})
	for rest := o.Blob; len(rest) > 0; {
		n := min(len(rest), maxChunk)
		list = append(list, clientMessage{name: "storeBlobChunk", args: tuple{rest[:n]}, late: true})
		rest = rest[n:]
	}
	return append(list, clientMessage{name: "storeBlobEnd", args: args(o.Data), late: true})
}

// serialOf returns the serial that an object is based on: the one given, the
// one of its last load or commit, or that of a new object.
func (c *Client) serialOf(o *Object) any {
	switch {
	case o.NoSerial:
		return nil
	case o.Given:
		return o.Serial[:]
	}
	serial := c.serials[o.OID]
	return serial[:]
}
