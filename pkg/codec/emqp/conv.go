package emqp

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// A Role is a part that a process has in EventMQ; "" when it is not known.
type Role string

// The roles.
const (
	Router     Role = "router"
	JobManager Role = "jobmanager"
	Scheduler  Role = "scheduler"
	Client     Role = "client"
	Admin      Role = "admin"
	Publisher  Role = "publisher-client" // a client that publishes
	PubSub     Role = "pubsub"           // the publisher process
	Subscriber Role = "subscriber"
)

// The ports that EventMQ uses unless it is told otherwise.
const (
	portBackend   = 47290 // of the router, for jobmanagers
	portFrontend  = 47291 // of the router, for clients and schedulers
	portAdmin     = 47293 // of the router, for emq-cli
	portPublish   = 47298 // of the publisher
	portSubscribe = 47299 // of the publisher
)

// A conversation is one connection: that of ZMTP, and who is who.
//
// A router's socket is a ROUTER that others connect to. Where no READY was
// seen the server of the TCP connection is taken for it.
type conversation struct {
	z        *zmtp.Conversation
	decoders [2]Decoder
	port     uint16
	dealer   Role // who has the DEALER socket
	server   Role // who has the other: Router or PubSub

	// results holds the hashes of the ids of REQUESTs that want a result and
	// were not handed over yet.
	results map[uint64]struct{}

	tallies []tally
}

// maxResults is how many ids are kept; then they are forgotten.
const maxResults = 1 << 16

func newConversation(o codec.Options) (*conversation, error) {
	o.Dialect = ""
	z, err := zmtp.NewConversation(o)
	if err != nil {
		return nil, err
	}
	c := &conversation{z: z, port: o.ServerPort, results: map[uint64]struct{}{}}
	switch c.port {
	case portBackend:
		c.dealer, c.server = JobManager, Router
	case portFrontend:
		c.server = Router
	case portAdmin:
		c.dealer, c.server = Admin, Router
	case portPublish:
		c.dealer, c.server = Publisher, PubSub
	case portSubscribe:
		c.dealer, c.server = Subscriber, PubSub
	}
	for i, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
		d := &c.decoders[i]
		d.c, d.z, d.dir = c, z.ZMTP(dir), dir
	}
	return c, nil
}

// Decoder implements [codec.Conversation].
func (c *conversation) Decoder(dir codec.Direction) codec.Decoder {
	if dir == codec.ToClient {
		return &c.decoders[1]
	}
	return &c.decoders[0]
}

// Dialect implements [codec.Conversation]: eMQP has one.
func (c *conversation) Dialect() (name, why string) { return "", "" }

// fromDealer says whether dir is what the DEALER socket sends.
func (c *conversation) fromDealer(dir codec.Direction) bool {
	switch c.z.Side(dir).SocketType {
	case "DEALER", "REQ", "SUB", "XSUB":
		return true
	case "ROUTER", "REP", "PUB", "XPUB":
		return false
	}
	switch c.z.Side(dir.Reverse()).SocketType {
	case "DEALER", "REQ", "SUB", "XSUB":
		return false
	case "ROUTER", "REP", "PUB", "XPUB":
		return true
	}
	return dir == codec.ToServer
}

// place sets the roles of f, and learns from it.
func (c *conversation) place(f *Frame, dir codec.Direction) {
	up := c.fromDealer(dir)
	dealerSide, serverSide := dir, dir.Reverse()
	if !up {
		dealerSide, serverSide = serverSide, dealerSide
	}
	c.learn(f, up)
	f.last = c.handedOver(f)
	if t := c.z.Side(serverSide).SocketType; c.server == "" && (t == "PUB" || t == "XPUB") {
		c.server, c.dealer = PubSub, Subscriber
	}
	server := c.server
	if server == "" && f.envelope {
		server = Router
	}
	f.from, f.to = c.dealer, server
	if !up {
		f.from, f.to = f.to, f.from
	}
	f.peer, f.port = c.z.Side(dealerSide).Identity, c.port
}

// learn takes from a message who its sender or receiver must be. What was
// learnt stays, but for INFORM, which says it itself.
func (c *conversation) learn(f *Frame, up bool) {
	if f.cmd == nil {
		return
	}
	who := Role("")
	switch f.cmd.name {
	case "INFORM":
		if !up || f.shape == nil {
			return
		}
		switch t, _ := f.Part("type"); string(t) {
		case "worker":
			c.dealer = JobManager
		case "scheduler":
			c.dealer = Scheduler
		}
		return
	case "STATUS", "ROUTER_SHOW_WORKERS", "ROUTER_SHOW_SCHEDULERS", "HELLO":
		who = Admin
	case "DISCONNECT":
		if bytes.HasPrefix(f.MsgID(), []byte("admin:")) {
			who = Admin
		}
	case "READY":
		who = JobManager
	case "REQUEST":
		if who = Client; !up {
			who = JobManager
		}
	case "SCHEDULE", "UNSCHEDULE":
		if who = Client; !up {
			who = Scheduler
		}
	case "PUBLISH":
		who = Publisher
		if c.server == "" {
			c.server = PubSub
		}
	case "REPLY":
		who = c.replied(f, up)
	}
	if c.dealer == "" && who != "" {
		c.dealer = who
	}
}

// handedOver says whether f is the notice of a REQUEST that wants no result:
// no other answer to that comes. It keeps account of those that want one.
func (c *conversation) handedOver(f *Frame) bool {
	if f.shape == nil {
		return false
	}
	switch {
	case f.cmd.name == "REQUEST":
		if headers, _ := f.Part("headers"); bytes.Contains(headers, []byte("reply-requested")) {
			if len(c.results) >= maxResults {
				clear(c.results)
			}
			c.results[hash(f.MsgID())] = struct{}{}
		}
	case f.shape.name == replyHandedOver:
		id, _ := f.Part("orig_msgid")
		h := hash(id)
		_, wanted := c.results[h]
		delete(c.results, h)
		return !wanted
	}
	return false
}

// hash is FNV-1a.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// replied tells from a REPLY who the DEALER is.
func (c *conversation) replied(f *Frame, up bool) Role {
	switch {
	case f.shape == nil:
		return ""
	case up:
		return JobManager
	case f.shape.name == replyReport:
		return Admin
	}
	return "" // a client or a scheduler
}

// A Decoder cuts one direction. Its frames are of type [*Frame].
type Decoder struct {
	c   *conversation
	z   *zmtp.Decoder
	dir codec.Direction
	f   Frame
}

// Decode implements [codec.Decoder].
func (d *Decoder) Decode(src []byte, atEOF bool) (codec.Frame, int, error) {
	z, n, err := d.z.Next(src, atEOF)
	if z == nil {
		return nil, n, err
	}
	d.f.z = z
	d.f.read()
	d.c.place(&d.f, d.dir)
	d.c.count(&d.f, d.dir)
	return &d.f, n, err
}

// Sync implements [codec.Decoder].
func (d *Decoder) Sync(src []byte, atEOF bool) (int, bool) { return d.z.Sync(src, atEOF) }

// Resume implements [codec.Resumer].
func (d *Decoder) Resume() { d.z.Resume() }
