package zmtp

import (
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The message form of a subscription is a byte and the topic.
const (
	formCancel    = 0
	formSubscribe = 1
)

// maxTopics bounds the topics of one peer.
const maxTopics = 100000

func subscriptionForm(topic string, cancel bool) []byte {
	first := byte(formSubscribe)
	if cancel {
		first = formCancel
	}
	return append([]byte{first}, topic...)
}

// isSubscription says whether b is the message form of a subscription.
func isSubscription(b []byte) bool { return len(b) > 0 && b[0] <= formSubscribe }

// subscription returns the frames that want a topic, or do not any more:
// before 3.1 it was a message.
func (p *peer) subscription(topic string, cancel bool) []codec.Frame {
	if p.s.Peer().Minor == 0 {
		return p.s.Message(subscriptionForm(topic, cancel))
	}
	name := "SUBSCRIBE"
	if cancel {
		name = "CANCEL"
	}
	return []codec.Frame{p.s.Command(name, []byte(topic))}
}

// count counts how often a topic was asked for, and returns that.
func (s *Socket) count(topic string, cancel bool) int {
	switch n := s.subs[topic]; {
	case !cancel:
		s.subs[topic]++
	case n > 1:
		s.subs[topic]--
	default:
		delete(s.subs, topic)
	}
	return s.subs[topic]
}

// topic changes what a SUB or XSUB wants. Only the first and the last of a
// topic are told.
func (s *Socket) topic(topic string, cancel bool) {
	n := s.subs[topic]
	switch {
	case s.o.SocketType != "SUB" && s.o.SocketType != "XSUB":
		s.reject("a %s has no topics", s.o.SocketType)
		return
	case cancel && n == 0:
		s.reject("the topic %q is not subscribed to", topic)
		return
	}
	if n = s.count(topic, cancel); !cancel && n > 1 || cancel && n > 0 {
		return
	}
	for _, conn := range s.turn {
		p := s.peers[conn]
		s.send(p, p.subscription(topic, cancel)...)
	}
}

// upstream sends a message of an XSUB. A subscription goes out as it is, each
// time; the end of one only with the last.
func (s *Socket) upstream(parts [][]byte) {
	if b := parts[0]; len(parts) == 1 && isSubscription(b) {
		topic, cancel := string(b[1:]), b[0] == formCancel
		before := s.subs[topic]
		if s.count(topic, cancel); cancel && before != 1 {
			return
		}
	}
	for _, conn := range s.turn {
		if p := s.peers[conn]; p.out < s.o.HighWater {
			s.send(p, p.s.Message(parts...)...)
		}
	}
}

// subscribed takes what a peer wants, or does not any more: once is enough,
// however often it says so. An XPUB hands over what nobody has wanted before,
// and what nobody wants any more, in the message form.
func (s *Socket) subscribed(p *peer, topic string, cancel bool) {
	_, has := p.subs[topic]
	switch {
	case cancel:
		delete(p.subs, topic)
	case len(p.subs) >= maxTopics:
		return
	default:
		p.subs[topic] = struct{}{}
	}
	if s.o.SocketType == "XPUB" {
		if !s.wantedBy(topic, p) && (cancel || !has) {
			s.deliver(p, [][]byte{subscriptionForm(topic, cancel)})
		}
		return
	}
	kind := "subscribed"
	if cancel {
		kind = "cancelled"
	}
	s.do(p.to(reactor.Deliver{Kind: kind, Body: []byte(topic)}))
}

// unsubscribed takes what a peer wanted that is gone.
func (s *Socket) unsubscribed(p *peer) {
	if s.o.SocketType != "XPUB" {
		return
	}
	for _, topic := range slices.Sorted(maps.Keys(p.subs)) {
		if !s.wantedBy(topic, p) {
			s.deliver(p, [][]byte{subscriptionForm(topic, true)})
		}
	}
}

// wantedBy says whether a peer other than one wants a topic.
func (s *Socket) wantedBy(topic string, than *peer) bool {
	for _, p := range s.peers {
		if _, has := p.subs[topic]; has && p != than {
			return true
		}
	}
	return false
}

// fromSubscriber takes a message that came to a PUB or XPUB: subscriptions of
// a peer before 3.1, or of one that likes the old form. Behind one, each frame
// is taken alone. The rest is for an XPUB's application.
func (s *Socket) fromSubscriber(p *peer, parts [][]byte) {
	if !isSubscription(parts[0]) {
		if s.o.SocketType == "XPUB" {
			s.deliver(p, parts)
		}
		return
	}
	for i, b := range parts {
		if isSubscription(b) {
			s.subscribed(p, string(b[1:]), b[0] == formCancel)
		} else if s.o.SocketType == "XPUB" {
			s.deliver(p, parts[i:i+1])
		}
	}
}

// wanted says whether a SUB wants a topic.
func (s *Socket) wanted(topic []byte) bool {
	for want := range s.subs {
		if strings.HasPrefix(string(topic), want) {
			return true
		}
	}
	return false
}

// wants says whether a peer wants a message.
func (p *peer) wants(parts [][]byte) bool {
	if len(parts) == 0 {
		return false
	}
	for topic := range p.subs {
		if strings.HasPrefix(string(parts[0]), topic) {
			return true
		}
	}
	return false
}
