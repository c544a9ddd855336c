package zeo

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// Client is a client's end of one connection after another.
//
//	Opened ─▶ server's id, ours ─▶ (login ─▶) register ─▶ verify ─▶ get_info ─▶ ready
//	                                                                             │
//	            Opened ◀─ Connect ◀─ timer ◀─ closed ◀─ EOF, Broken, a fault ◀───┘
//
// It takes [Call], [Oneway], [Load], [GetBlob], [Commit], [Undo] and [Resume]
// at any time: what comes before the client is ready waits until then. What
// becomes of them comes out as [Outcome]; what the server says by itself as
// [Push] and [BlobData]; that the client is ready as [Connected], and that all
// that was kept of objects is worthless as [Stale].
type Client struct {
	o     ClientOptions
	era   clientEra
	fault error // in the settings: the client does nothing else than say so

	state    clientState
	version  string // the id in force
	enc      zeo.Encoding
	readOnly bool
	in, out  *zeo.MAC
	key      []byte // of the MACs, while the server looks at our answer
	nextID   int64
	calls    map[string]*clientCall // by the key of their ids
	order    []string               // keys of calls, the oldest first
	lastTID  storage.TID
	seen     storage.TID // the server's last, while it is compared with ours

	early    []clientPush // invalidations that came while the client verified
	earlier  int64        // their bytes
	queue    []any        // inputs that wait for the start
	waiting  int64        // their bytes
	serials  map[storage.OID]storage.TID
	blobs    map[clientBlobKey]*clientBlob
	blobSize int64
	txn      *clientTxn
	commits  []Commit // that wait for txn
	txnID    int64    // the last number of a transaction

	sends  int
	unsent map[int]int64
	queued int64     // bytes of unsent
	spoken time.Time // the last message in any direction

	now time.Time
	dst []reactor.Action
}

type clientState string

const (
	clientNew         clientState = "new"
	clientGreeting    clientState = "greeting"
	clientLogin       clientState = "login"
	clientRegistering clientState = "registering"
	clientVerifying   clientState = "verifying"
	clientInforming   clientState = "informing" // all is verified, get_info is open
	clientReady       clientState = "ready"
	clientClosed      clientState = "closed"
)

// Timers of a client.
const (
	timerStart     = "start"
	timerHeartbeat = "heartbeat"
	timerReconnect = "reconnect"
)

// NewClient returns a client whose connection is not there yet.
func NewClient(o ClientOptions) *Client {
	o = o.withDefaults()
	return &Client{
		o: o, era: o.era(), state: clientNew, lastTID: o.LastTID, txnID: o.FirstTxnID - 1,
		calls: map[string]*clientCall{}, serials: map[storage.OID]storage.TID{},
		blobs: map[clientBlobKey]*clientBlob{}, unsent: map[int]int64{},
	}
}

// ClientOf returns a client with the settings of o; see [ClientOptionsOf]. If
// one is wrong, the client answers every event with that.
func ClientOf(o reactor.Options) *Client {
	own, err := ClientOptionsOf(o)
	c := NewClient(own)
	c.fault = err
	return c
}

// Step implements [reactor.Machine].
func (c *Client) Step(now time.Time, ev reactor.Event, dst []reactor.Action) []reactor.Action {
	if c.fault != nil {
		return append(dst, reactor.Fail{Message: c.fault.Error()})
	}
	c.now, c.dst = now, dst
	c.event(ev)
	dst, c.dst = c.dst, nil
	return dst
}

func (c *Client) event(ev reactor.Event) {
	switch ev := ev.(type) {
	case reactor.Opened:
		c.opened()
	case reactor.Input:
		c.input(ev.Value)
	case reactor.Sent:
		c.queued -= c.unsent[ev.ID]
		delete(c.unsent, ev.ID)
	case reactor.Expired:
		c.expired(ev.Timer)
	case reactor.Received:
		f, ok := ev.Frame.(*zeo.Frame)
		switch {
		case !ok:
			c.do(reactor.Reject{Message: fmt.Sprintf("a %T is no frame of zeo", ev.Frame)})
		case !c.connected():
			c.do(reactor.Noop{Why: "there is no connection"})
		default:
			c.receive(f)
		}
	case reactor.EOF:
		c.ended("the server ended the connection")
	case reactor.Broken:
		c.ended(ev.Err.Error())
	default:
		c.do(reactor.Noop{})
	}
}

func (c *Client) do(a reactor.Action) { c.dst = append(c.dst, a) }

func (c *Client) connected() bool { return c.state != clientNew && c.state != clientClosed }

// opened begins a connection. The server speaks first.
func (c *Client) opened() {
	if c.connected() {
		c.do(reactor.Reject{Message: "the connection was opened before"})
		return
	}
	c.state, c.version, c.in, c.out = clientGreeting, "", nil, nil
	c.readOnly, c.nextID = c.o.ReadOnly, 0
	if c.era.modern {
		c.nextID = 1
	}
	c.spoken = c.now
	c.do(reactor.SetTimer{Timer: timerStart, At: c.now.Add(c.o.Timeout)})
	c.do(reactor.SetTimer{Timer: timerHeartbeat, At: c.now.Add(c.o.Heartbeat)})
}

// expired handles the end of a timer.
func (c *Client) expired(timer string) {
	switch {
	case timer == timerReconnect && c.state == clientClosed:
		c.do(reactor.Connect{})
	case timer == timerStart && c.connected() && c.state != clientReady:
		c.offend("the server does not answer")
	case timer == timerHeartbeat && c.connected():
		c.beat()
	default:
		c.do(reactor.Noop{Why: "that timer is off"})
	}
}

// beat keeps the connection alive. Up to ZEO 4 that is needed only when there
// has been silence, and is written as Python 2 does by all.
func (c *Client) beat() {
	next := c.now.Add(c.o.Heartbeat)
	switch due := c.spoken.Add(c.o.Heartbeat); {
	case c.version == "":
	case c.era.modern:
		c.message(-1, 0, ".reply", nil)
	case c.now.Before(due):
		next = due
	default:
		enc := c.enc
		c.enc = zeo.P1
		c.message(-1, 0, ".reply", nil)
		c.enc = enc
	}
	c.do(reactor.SetTimer{Timer: timerHeartbeat, At: next})
}

// offend ends the connection because the server broke the rules, or said that
// it does not want us.
func (c *Client) offend(format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	c.do(reactor.Fail{Message: why})
	c.ended(why)
}

// ended is the end of the connection: no call will be answered. The machine
// waits for another connection if it is to ask for one.
func (c *Client) ended(why string) {
	if c.state == clientClosed {
		if c.o.Reconnect > 0 { // an attempt failed
			c.do(reactor.SetTimer{Timer: timerReconnect, At: c.now.Add(c.o.Reconnect)})
		}
		return
	}
	had, starting := c.connected(), c.connected() && c.state != clientReady
	c.state = clientClosed
	c.early, c.earlier, c.queued = nil, 0, 0
	clear(c.unsent)
	clear(c.blobs)
	c.blobSize = 0
	if starting {
		c.do(reactor.SetTimer{Timer: timerStart})
	}
	if had {
		c.do(reactor.SetTimer{Timer: timerHeartbeat})
	}
	order := c.order
	c.order = nil
	for _, key := range order {
		k := c.calls[key]
		delete(c.calls, key)
		c.lost(k, why)
	}
	c.txnLost(why)
	if c.o.Reconnect > 0 {
		c.do(reactor.SetTimer{Timer: timerReconnect, At: c.now.Add(c.o.Reconnect)})
		if had {
			c.do(reactor.Drop{Why: why})
		}
		return
	}
	c.drain(why)
	c.do(reactor.Close{Why: why})
}

// Fault implements [reactor.Faulty].
func (c *Client) Fault() error { return c.fault }
