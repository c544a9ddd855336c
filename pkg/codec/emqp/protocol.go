package emqp

import (
	"bytes"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// Protocol is EventMQ's eMQP. It implements [codec.Protocol] and
// [codec.ValueExplainer].
type Protocol struct{}

var info = codec.Info{
	Name:       "emqp",
	Title:      "EventMQ's eMQP/1.0 over ZMTP",
	Ports:      []uint16{portBackend, portFrontend, portAdmin, portPublish, portSubscribe},
	Deviations: zmtp.Protocol{}.Info().Deviations,
}

// Info implements [codec.Protocol].
func (Protocol) Info() *codec.Info { return &info }

// Open implements [codec.Protocol].
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	if o.Dialect != "" {
		if _, err := info.Dialect(o.Dialect); err != nil {
			return nil, err
		}
	}
	c, err := newConversation(o)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Parser implements [codec.Protocol].
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	if o.Dialect != "" {
		if _, err := info.Dialect(o.Dialect); err != nil {
			return nil, err
		}
	}
	return &Parser{lower: zmtp.Parser{Fresh: o.Fresh}}, nil
}

// marker is how every message of EventMQ begins.
var marker = []byte("\x01\x00\x01\x08eMQP/1.0")

// Probe implements [codec.Protocol]. ZMTP without a message of EventMQ is
// left to package zmtp.
func (Protocol) Probe(dir codec.Direction, src []byte) codec.Probe {
	if bytes.Contains(src, marker) {
		return codec.Probe{Score: 100, Why: "frames of ZMTP with eMQP/1.0"}
	}
	p := zmtp.ProbeBytes(src)
	if p.Score == 0 {
		return p
	}
	return codec.Probe{Score: p.Score / 2, Why: p.Why + ", but no message of EventMQ"}
}

// Topics implements [codec.Protocol].
func (Protocol) Topics(string) []codec.Topic {
	list := []codec.Topic{{
		Name: "envelope", Kind: "type", Number: -1, Title: "the first four frames of every message",
		Text: `frame  content
0      empty
1      eMQP/1.0; nothing checks it
2      command, in upper case
3      message id: a UUID as text; emq-cli puts "admin:" before it
4…     the command's parts

All frames must be UTF-8: router, scheduler and publisher exit on others.
There is no error command: reactions are silence, exit, or reconnection.`,
		Source: "EventMQ 0.3.13 (2ada4a6)",
	}}
	for _, c := range commands {
		list = append(list, codec.Topic{Name: c.name, Kind: "command", Number: -1, Title: c.title, Text: layout(c) + c.text, Example: c.example, Source: "EventMQ 0.3.13 (2ada4a6), code before docs/protocol.rst"})
	}
	for _, h := range []struct{ name, text string }{
		{"reply-requested", "the jobmanager sends a REPLY with the result, which ends at the router; searched for anywhere in the frame"},
		{"guarantee", "has no effect"},
		{"retry-count", "retry-count:N has no effect"},
		{"timeout", "timeout:N gives the job up after N s; 300 without it"},
		{"nohaste", "SCHEDULE: not at once"},
		{"run_count", "SCHEDULE: run_count:N runs, the first one included"},
	} {
		list = append(list, codec.Topic{Name: h.name, Kind: "header", Of: "REQUEST", Number: -1, Title: h.text, Source: "EventMQ 0.3.13 (2ada4a6)"})
	}
	return slices.Concat(list, zmtpTopics(list))
}

// zmtpTopics are those of the protocol below whose names are free.
func zmtpTopics(taken []codec.Topic) (list []codec.Topic) {
	for _, t := range zmtp.Topics() {
		if !slices.ContainsFunc(taken, func(o codec.Topic) bool { return o.Name == t.Name }) {
			list = append(list, t)
		}
	}
	return list
}

// layout lists the body frames of a command.
func layout(c command) string {
	var b []byte
	for _, s := range c.shapes {
		if len(s.parts) == 0 {
			continue
		}
		b = append(b, "body frames"...)
		if s.name != "" {
			b = append(append(b, ", "...), s.name...)
		}
		b = append(b, ':')
		for i, p := range s.parts {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, ' '), p.name...)
		}
		b = append(b, '\n')
	}
	return string(b)
}

// ExplainValue implements [codec.ValueExplainer].
func (Protocol) ExplainValue(dialect, value string) (string, bool) {
	return zmtp.Protocol{}.ExplainValue(dialect, value)
}
