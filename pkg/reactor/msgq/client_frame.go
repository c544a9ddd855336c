package msgq

import (
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// receive handles a frame of the daemon.
func (c *Client) receive(now time.Time, f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	h, err := parseHeader(f)
	if err != nil {
		return c.fail(err.Error(), dst)
	}
	before := len(dst)
	switch kind, _ := jsonv.StringValue(h.kind); {
	case kind == "getlname":
		return c.named(f, dst)
	case kind == "pong":
		return c.pong(f, dst)
	case kind != "send":
		return append(dst, reactor.Noop{Why: "unknown type " + jsonv.Show(h.kind)})
	case h.reply != nil:
		return c.answered(now, h, f, dst)
	case string(h.group) == watched().group && string(h.to) == string(star):
		dst = c.gone(f.Body, dst)
		if !c.subs[watched()] {
			if len(dst) == before {
				dst = append(dst, reactor.Noop{})
			}
			return dst
		}
	}
	return c.incoming(h, f, dst)
}

// incoming hands a message to our own side: a command is to be run, all else
// is told.
func (c *Client) incoming(h header, f *msgq.Frame, dst []reactor.Action) []reactor.Action {
	m := Message{Body: slices.Clone(f.Body)}
	m.From, _ = jsonv.StringValue(h.from)
	m.Group, _ = jsonv.StringValue(h.group)
	m.Instance, _ = jsonv.StringValue(h.instance)
	name, arg, ok := msgq.ParseCommand(m.Body)
	if !ok || m.From == "" || h.seq == nil {
		return append(dst, m)
	}
	c.asked++
	if len(c.requests) >= c.o.MaxRequests {
		return c.sendFrames(dst, c.reply(h, failed("too many open requests")))
	}
	c.requests[c.asked] = h
	return append(dst, reactor.Run{Request: uint64(c.asked), Command: name, Args: []reactor.Arg{
		{Name: "from", Value: []byte(m.From)}, {Name: "group", Value: []byte(m.Group)}, {Name: "instance", Value: []byte(m.Instance)},
	}, Data: arg})
}

// reply makes the frame that answers a command: it copies the group and the
// instance, and wants no answer.
func (c *Client) reply(h header, body []byte) *msgq.Frame {
	c.seq++
	members := []member{{"type", quote("send")}, {"from", quote(c.lname)}, {"to", h.from}}
	for _, m := range []member{{"group", h.group}, {"instance", h.instance}} {
		if m.value != nil {
			members = append(members, m)
		}
	}
	members = append(members, member{"seq", strconv.AppendInt(nil, int64(c.seq), 10)}, member{"reply", h.seq})
	return &msgq.Frame{Header: object(members...), Body: body}
}
