package zeo

import (
	"bytes"
	"crypto/hmac"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// receive takes a message of the server.
func (c *Client) receive(f *zeo.Frame) {
	c.spoken = c.now
	if !c.rightMAC(f) {
		return
	}
	if c.state == clientGreeting {
		c.greet(string(f.Body()))
		return
	}
	parts, ok := f.Parts()
	if !ok {
		c.offend("no message: %s", f.AppendText(nil, codec.View{}))
		return
	}
	switch f.Kind() {
	case zeo.KindReply, zeo.KindError, zeo.KindHeartbeat:
		c.reply(f, parts)
	case zeo.KindOneway:
		c.push(f, parts)
	case zeo.KindCall:
		c.offend("the server wants an answer to %.100q", f.Method())
	default:
		c.offend("no call and no reply: %.200s", f.AppendText(nil, codec.View{}))
	}
}

// rightMAC holds the MAC of a message against the key of the connection.
func (c *Client) rightMAC(f *zeo.Frame) bool {
	if c.in == nil {
		return true // as a peer does that has no key
	}
	got := f.MAC()
	if got == nil {
		c.offend("a message without the MAC that was agreed on")
		return false
	}
	if !hmac.Equal(c.in.Append(nil, f.Body()), got) {
		c.offend("a wrong MAC")
		return false
	}
	return true
}

// greet answers the id of the server. One that cannot be spoken with is left
// without a word.
func (c *Client) greet(id string) {
	c.version = c.o.choose(id)
	if c.version == "" {
		c.offend("the server speaks %.20q, and we %s", id, c.o.Protocol)
		return
	}
	c.enc = c.era.enc
	c.put(zeo.NewHello(c.version))
	if c.era.modern {
		c.enc = zeo.EncodingOf(c.version)
		c.register(c.readOnly)
		return
	}
	c.state = clientLogin
	c.ask("getAuthProtocol")
}

// register asks for the storage. The real clients give their setting as it
// is: 0 or 1 where they mean to fall back, up to ZEO 4.
func (c *Client) register(readOnly bool) {
	c.state, c.readOnly = clientRegistering, readOnly
	arg := any(readOnly)
	switch {
	case c.o.Fallback && c.era.modern:
	case c.o.Fallback && readOnly:
		arg = 1
	case !readOnly:
		arg = 0
	}
	c.ask("register", c.o.Storage, arg)
}

// started goes on with the start after the answer to one of its calls.
func (c *Client) started(k *clientCall, f *zeo.Frame, parts zeo.Parts, failed bool) {
	if failed {
		class, payload := c.failure(f, parts)
		if k.name == "register" && class == posError+".ReadOnlyError" && c.o.Fallback && !c.readOnly {
			c.register(true)
			return
		}
		c.offend("%s failed: %s %.500s", k.name, class, payload)
		return
	}
	t := parts.Tree
	none := t.Kind(parts.Args) == value.None
	switch k.name {
	case "getAuthProtocol":
		c.login(none, t, parts.Args)
	case "auth_get_challenge":
		c.respond(t, parts.Args)
	case "auth_response":
		c.trust(t, parts.Args)
	case "register":
		if !c.era.modern || none {
			c.ask("lastTransaction")
			return
		}
		c.verify(t, parts.Args)
	case "lastTransaction":
		c.verify(t, parts.Args)
	case "getInvalidations":
		c.changed(none, t, parts.Args)
	case "get_info":
		c.ready(parts)
	}
}

// login begins the authentication if the server wants it.
func (c *Client) login(none bool, t *value.Tree, id value.ID) {
	name, _ := strOf(t, id)
	switch {
	case none:
		c.register(c.readOnly)
	case string(name) != "digest":
		c.offend("the server authenticates by %.100s, we know digest", c.literal(t, id))
	case c.o.User == "":
		c.offend("the server wants a user and a password")
	default:
		c.ask("auth_get_challenge")
	}
}

// respond answers a challenge.
func (c *Client) respond(t *value.Tree, id value.ID) {
	var parts [3]string
	n := 0
	for kid := t.First(id); kid != 0; kid = t.Next(kid) {
		if b, ok := strOf(t, kid); ok && n < len(parts) {
			parts[n] = string(b)
		}
		n++
	}
	if n != len(parts) {
		c.offend("no challenge: %.200s", c.literal(t, id))
		return
	}
	l := zeo.Login{User: c.o.User, Realm: parts[0], Password: c.o.Password}
	c.key = l.Key(parts[2])
	c.ask("auth_response", tuple{c.o.User, parts[1], l.Response(parts[1])})
}

// trust takes the answer to ours. From here on all messages have MACs.
func (c *Client) trust(t *value.Tree, id value.ID) {
	if !truthy(t, id) {
		c.offend("the server does not take the user and the password")
		return
	}
	c.in, c.out, c.key = zeo.NewMAC(c.key), zeo.NewMAC(c.key), nil
	c.register(c.readOnly)
}

// verify compares the server's last transaction with ours.
func (c *Client) verify(t *value.Tree, id value.ID) {
	b, ok := strOf(t, id)
	if !ok || len(b) != 8 {
		c.offend("no last transaction: %.200s", c.literal(t, id))
		return
	}
	c.state, c.seen = clientVerifying, storage.TID(b)
	switch {
	case !c.lastTID.IsZero() && c.seen.Before(c.lastTID):
		c.offend("the server is at %s, behind our %s", c.seen, c.lastTID)
	case c.lastTID.IsZero() || c.seen == c.lastTID:
		c.verified(c.seen)
	default:
		c.ask("getInvalidations", c.lastTID[:])
	}
}

// changed takes what has changed since our last transaction.
func (c *Client) changed(none bool, t *value.Tree, id value.ID) {
	if none {
		clear(c.serials)
		c.do(Stale{})
		c.verified(c.seen)
		return
	}
	i, ok := c.invalidation(t, id)
	if !ok {
		c.offend("no list of what has changed: %.200s", c.literal(t, id))
		return
	}
	c.invalidate(i)
	c.do(Push{Method: "invalidateTransaction", Args: c.literal(t, id)})
	c.verified(i.tid)
}

// verified goes on when all changes up to a transaction are known. What the
// server told meanwhile is told to our own side only now.
func (c *Client) verified(tid storage.TID) {
	c.state, c.lastTID = clientInforming, tid
	for _, p := range c.early {
		if tid.Before(p.tid) {
			c.invalidate(p.invalidation)
			c.do(p.push)
		}
	}
	c.early, c.earlier = nil, 0
	c.ask("get_info")
}

// ready ends the start and does what has waited for it.
func (c *Client) ready(parts zeo.Parts) {
	c.state = clientReady
	c.do(reactor.SetTimer{Timer: timerStart})
	c.do(Connected{
		Protocol: c.version, ReadOnly: c.readOnly, LastTID: c.lastTID,
		Info: bytes.Clone(c.literal(parts.Tree, parts.Args)),
	})
	queue := c.queue
	c.queue, c.waiting = nil, 0
	for _, v := range queue {
		c.perform(v)
	}
}
