// Package zeo is the protocol between a ZEO server and its clients, from ZODB
// 3.9.7 to ZEO 6: sized messages, a handshake, and remote calls whose
// arguments are pickles or msgpack. Nothing in a pickle is ever obeyed.
//
// A message on the wire:
//
//	offset  size  meaning
//	0       4     length of the body, big-endian. Up to ZEO 4 the top bit says
//	              that a MAC follows
//	4       0/20  MAC: HMAC-SHA1 over all bodies of this direction that had one
//	4/24    n     body
//
// The server speaks first: the body of its first message is a protocol id,
// such as Z5; the client's first message is the id that it chooses, and then
// messages are four values,
//
//	(id, flag, name, args)
//
// pickled or, when the client chose an id with M, packed. A name of .reply
// makes it an answer. There is no official document but protocol.txt of ZODB
// 3.9; the rest was read in, and recorded from, ZODB 3.9.7 and ZEO 4 to 6.
//
// The notation has one line for a message:
//
//	hello Z5                                    a protocol id
//	call 7 loadBefore(oid'1', tid'7f…')         a call; also loadBefore(oid=…, tid=…)
//	oneway 0 storea(oid'1', …)                  a call without an answer
//	reply 7 (b"data", tid'1', None)             an answer
//	error 7 ZODB.POSException.POSKeyError(b"")  an answer that is an error
//	heartbeat
//	message (1, False, "a", ())                 any value
//	pickle MARK BININT1 1 …                     a pickle by its opcodes, when ZEO's
//	                                            own pickler would write it otherwise
//	msgpack fixarray 4 …                        the same for msgpack
//	body b"any bytes"
//	ruok                                        asks for the statistics
//	status {"1": {…}}                           the statistics
//
// Values are Python's literals and inert forms, see package pylit. Before a
// message may stand !encoding=p1, p3 or msgpack, !flag=…, !mac=… and
// !length=… where they are not what the dialect or the bytes say.
package zeo

import (
	"errors"
	"fmt"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Protocol implements [codec.Protocol].
type Protocol struct{}

var info = sync.OnceValue(func() *codec.Info {
	i := &codec.Info{
		Name:       "zeo",
		Title:      "ZEO, the network storage of ZODB",
		Deviations: deviations,
	}
	for _, d := range dialects {
		i.Dialects = append(i.Dialects, d.Dialect)
	}
	return i
})

// Info describes the protocol. No port is its own.
func (Protocol) Info() *codec.Info { return info() }

// asked returns the dialect that o names, nil when it names none.
func asked(o codec.Options) (*dialect, error) {
	if o.Dialect == "" {
		return nil, nil
	}
	d, err := info().Dialect(o.Dialect)
	if err != nil {
		return nil, err
	}
	return lookup(d.Name), nil
}

// Open returns the decoders of a conversation. A dialect in o means that the
// handshake may be missing.
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	d, err := asked(o)
	if err != nil {
		return nil, err
	}
	return newConversation(o, d), nil
}

// Parser returns the reader of the notation.
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	d, err := asked(o)
	if err != nil {
		return nil, err
	}
	return newParser(o, d), nil
}

// Probe judges the first bytes of a direction.
func (Protocol) Probe(dir codec.Direction, src []byte) codec.Probe {
	d := decoder{s: new(session), dir: dir, limit: codec.DefaultMaxFrame, work: newWork(codec.Options{})}
	h, n, err := Cut(src, true, d.limit)
	if err == nil {
		body := src[h.Size():n]
		switch {
		case lookup(body) != nil:
			return codec.Probe{Score: 98, Why: fmt.Sprintf("begins with the protocol id %s", body)}
		case string(body) == "ruok" && dir == codec.ToServer:
			return codec.Probe{Score: 90, Why: "begins with ruok"}
		}
	}
	if n, ok := d.Sync(src, true); ok {
		if n == 0 {
			return codec.Probe{Score: 92, Why: "begins with a message of four values"}
		}
		return codec.Probe{Score: 70, Why: fmt.Sprintf("a message of four values at offset %d", n)}
	}
	if errors.Is(err, codec.ErrShort) && len(src) > h.Size()+2 && looksBegun(src[h.Size():]) {
		return codec.Probe{Score: 50, Why: "begins like a pickled or packed message"}
	}
	return codec.Probe{}
}

// looksBegun says whether b begins as the messages of real peers do.
func looksBegun(b []byte) bool {
	switch b[0] {
	case 0x80:
		return b[1] >= 2 && b[1] <= 5
	case '(':
		return b[1] == 'K' || b[1] == 'J' || b[1] == 'M' || b[1] == 'I'
	}
	return b[0] == 0x94
}
