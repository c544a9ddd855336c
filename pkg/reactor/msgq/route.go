package msgq

import (
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A subscription is a group and an instance, as JSON in Python's spelling:
// they need not be strings.
type subscription struct{ group, instance string }

// overhead is what a subscription costs beside its names.
const overhead = 64

func (s subscription) size() int { return len(s.group) + len(s.instance) + overhead }

// receive handles a frame of a client.
func (d *Daemon) receive(p *peer, f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	if size := 6 + len(f.Header) + len(f.Body); size > d.o.MaxMessage {
		return d.offend(p, fmt.Sprintf("a message of %d octets is over the limit of %d", size, d.o.MaxMessage), dst)
	}
	h, err := parseHeader(f)
	switch {
	case err != nil:
		return d.offend(p, err.Error(), dst)
	case h.kind == nil:
		return d.offend(p, `header: no key "type"`, dst)
	}
	noop := func(why string) []reactor.Action {
		return append(dst, reactor.To{Conn: p.conn, Action: reactor.Noop{Why: why}})
	}
	switch kind, _ := jsonv.StringValue(h.kind); kind {
	case "send":
		if why := h.needs(true); why != "" {
			return d.offend(p, why, dst)
		}
		if isNull(h.group) || isNull(h.instance) {
			return noop("group or instance is null")
		}
		return d.send(p, h, slices.Clone(f.Body), dst)
	case "subscribe", "unsubscribe":
		if why := h.needs(false); why != "" {
			return d.offend(p, why, dst)
		}
		if isNull(h.group) || isNull(h.instance) {
			return noop("group or instance is null")
		}
		s := subscription{string(h.group), string(h.instance)}
		if kind == "unsubscribe" {
			d.unsubscribe(p, s)
			return dst
		}
		return d.subscribe(p, s, dst)
	case "getlname":
		return d.answer(p, "getlname", object(member{"lname", quote(p.lname)}), dst)
	case "ping":
		return d.answer(p, "pong", slices.Clone(f.Body), dst)
	case "stop":
		if d.o.RefuseStop {
			return noop("stop is refused")
		}
		return d.stop("asked by "+p.lname, dst)
	}
	return noop("unknown type " + jsonv.Show(h.kind))
}

// needs says which key is missing or of a kind that cannot be, "" when all is
// well.
func (h *header) needs(to bool) string {
	for _, key := range [...]struct {
		name   string
		value  []byte
		needed bool
	}{{"group", h.group, true}, {"instance", h.instance, true}, {"to", h.to, to}} {
		switch {
		case key.needed && key.value == nil:
			return fmt.Sprintf("header: no key %q", key.name)
		case key.needed && !hashable(key.value):
			return fmt.Sprintf("header: %s: a name expected, not %s", key.name, jsonv.Show(key.value))
		}
	}
	return ""
}

// answer sends what the daemon itself answers, outside of any group.
func (d *Daemon) answer(p *peer, kind string, body []byte, dst []reactor.Action) []reactor.Action {
	dst, _ = d.deliver(p, &msgq.Frame{Header: object(member{"type", quote(kind)}), Body: body}, dst)
	return dst
}

// send routes a message to all that it is for, but not back to its sender. If
// that is nobody and the sender wants to know, it is told.
func (d *Daemon) send(from *peer, h header, body []byte, dst []reactor.Action) []reactor.Action {
	f := &msgq.Frame{Header: h.text, Body: body}
	reached := false
	for _, conn := range d.recipients(&h) {
		p := d.peers[conn]
		switch {
		case p == nil || p == from: // ended by what came before, or no echo
		case conn == ownConn:
			reached = true
			dst = d.toOwn(h, body, dst)
		default:
			var ok bool
			dst, ok = d.deliver(p, f, dst)
			reached = reached || ok
		}
	}
	if reached || !jsonv.Truthy(h.wantAnswer) || h.reply != nil || from.conn == ownConn || d.peers[from.conn] == nil {
		return dst
	}
	if h.from == nil || h.seq == nil {
		return d.offend(from, `header: an answer is wanted, but "from" or "seq" is missing`, dst)
	}
	text := h.undeliverable()
	if len(text) > maxHeader {
		return d.offend(from, "header: too long to be answered", dst)
	}
	dst, _ = d.deliver(from, &msgq.Frame{Header: text, Body: []byte(noRecipient)}, dst)
	return dst
}

// noRecipient is the body of an undeliverable error.
const noRecipient = `{"result": [-1, "No such recipient"]}`

// recipients returns the connections that a message is for, each once: the
// one with the name, or the subscribers of the group's instance and of all
// its instances. The list is the caller's.
func (d *Daemon) recipients(h *header) []int {
	if string(h.to) != string(star) {
		name, ok := jsonv.StringValue(h.to)
		conn, known := d.names[name]
		if !ok || !known {
			return nil
		}
		return []int{conn}
	}
	s := subscription{string(h.group), string(h.instance)}
	conns := slices.Clone(d.members[s])
	if s.instance == string(star) {
		return conns
	}
	for _, conn := range d.members[subscription{s.group, string(star)}] {
		if _, both := d.peers[conn].subs[s]; !both {
			conns = append(conns, conn)
		}
	}
	return conns
}

// subscribe adds a connection to a group. A repeat is told again.
func (d *Daemon) subscribe(p *peer, s subscription, dst []reactor.Action) []reactor.Action {
	if _, again := p.subs[s]; !again {
		if p.subscribed+s.size() > d.o.MaxSubscribed {
			return d.offend(p, fmt.Sprintf("subscriptions over the limit of %d octets", d.o.MaxSubscribed), dst)
		}
		p.subscribed += s.size()
		p.subscribes++
		p.subs[s] = p.subscribes
		d.members[s] = append(d.members[s], p.conn)
	}
	d.tell("subscribed", p.lname, []byte(s.group))
	if s.group == configManager && d.o.Membership == MembershipConfigManager && d.own.step == ownAbsent {
		d.own.step = ownConnecting
		return append(dst, reactor.SetTimer{Timer: timerSession, At: d.now})
	}
	return dst
}

func (d *Daemon) unsubscribe(p *peer, s subscription) {
	if _, has := p.subs[s]; !has {
		return
	}
	delete(p.subs, s)
	p.subscribed -= s.size()
	d.forget(s, p.conn)
	d.tell("unsubscribed", p.lname, []byte(s.group))
}

// forget takes a connection out of the list of a group's members.
func (d *Daemon) forget(s subscription, conn int) {
	d.members[s] = slices.DeleteFunc(d.members[s], func(c int) bool { return c == conn })
	if len(d.members[s]) == 0 {
		delete(d.members, s)
	}
}

// groups returns the groups of a peer, each once, as it first subscribed.
func (p *peer) groups() [][]byte {
	first := map[string]int{}
	for s, n := range p.subs {
		if at, ok := first[s.group]; !ok || n < at {
			first[s.group] = n
		}
	}
	names := make([]string, 0, len(first))
	for name := range first {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return first[a] - first[b] })
	groups := make([][]byte, len(names))
	for i, name := range names {
		groups[i] = []byte(name)
	}
	return groups
}
