package hg

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// maxCalls is how many requests of a conversation are kept account of.
const maxCalls = 1024

// maxName is how much of a command's name is kept.
const maxName = 128

// A call is a request with its answer.
type call struct {
	id      uint16
	command [2]int // where its name stands in calls.names
	status  string
	asked   bool // its request was seen
	sent    bool // its request is whole
	ended   bool // its answer is whole
	frames  [2]int
	bytes   [2]int64 // of payloads
	decoded int64    // of the answer's payloads, decoded
	items   int      // of the answer
}

// calls keep account of requests and their answers.
type calls struct {
	open  map[uint16]int // the last one of each request ID
	order []call
	names []byte
	more  int // calls that were not kept
}

// note takes a frame into account. Who wrote it the stream's ID says, which
// is right also where a file holds one direction and nobody said which.
func (c *calls) note(f *Frame) {
	dir := codec.ToClient
	if f.StreamID%2 == 1 {
		dir = codec.ToServer
	}
	begins := dir == codec.ToServer && f.asks()
	i, known := c.open[f.RequestID]
	switch {
	case begins && len(c.order) >= maxCalls:
		delete(c.open, f.RequestID)
		c.more++
		return
	case !begins && !known && (!f.answers() || len(c.order) >= maxCalls):
		return
	case !known || begins && (c.order[i].asked || c.order[i].ended):
		if c.open == nil {
			c.open = make(map[uint16]int)
		}
		i = len(c.order)
		c.open[f.RequestID] = i
		c.order = append(c.order, call{id: f.RequestID})
	}
	k := &c.order[i]
	k.frames[side(dir)]++
	k.bytes[side(dir)] += int64(len(f.Payload))
	if f.Dialect() == final {
		c.noteFinal(k, f, dir)
	} else {
		c.noteSeed(k, f, dir)
	}
}

// asks says whether the frame begins a request.
func (f *Frame) asks() bool {
	if f.Dialect() == final {
		return f.TypeID == FinalCommandRequest && f.Flags&RequestNew != 0
	}
	return f.TypeID == TypeCommandName
}

// answers says whether the frame belongs to an answer.
func (f *Frame) answers() bool {
	if f.Dialect() == final {
		return f.TypeID == FinalCommandResponse || f.TypeID == FinalErrorResponse
	}
	return f.TypeID == TypeBytesResponse || f.TypeID == TypeErrorResponse
}

func (c *calls) noteSeed(k *call, f *Frame, dir codec.Direction) {
	if dir == codec.ToServer {
		switch {
		case f.TypeID == TypeCommandName:
			k.asked = true
			c.name(k, f.Payload)
			k.sent = f.Flags&CommandNameEOS != 0
		case f.TypeID == TypeCommandArgument && f.Flags&CommandArgumentEOA != 0, f.TypeID == TypeCommandData && f.Flags&DataEOS != 0:
			k.sent = true // with data to come after the arguments, not quite yet
		}
		return
	}
	k.decoded += int64(len(f.Payload))
	switch {
	case f.TypeID == TypeBytesResponse && f.Flags&DataEOS != 0:
		k.status, k.ended = "ok", true
	case f.TypeID == TypeErrorResponse:
		k.status, k.ended = "error", true
	}
}

func (c *calls) noteFinal(k *call, f *Frame, dir codec.Direction) {
	in := f.content
	if dir == codec.ToServer {
		switch f.TypeID {
		case FinalCommandRequest:
			k.asked = true
			k.sent = f.Flags&(RequestMore|RequestHaveData) == 0
			if name, ok := in.member("name"); ok {
				c.name(k, name)
			}
		case FinalCommandData:
			k.sent = f.Flags&DataEOS != 0
		}
		return
	}
	k.decoded += int64(len(in.body))
	switch f.TypeID {
	case FinalCommandResponse:
		if status, ok := in.member("status"); ok {
			k.status = word(status)
		}
		k.items += len(in.items) + in.more
		k.ended = k.ended || f.Flags&DataEOS != 0
	case FinalErrorResponse:
		k.status, k.ended = "error", true
	}
}

// name keeps the name of a call's command.
func (c *calls) name(k *call, name []byte) {
	k.command[0] = len(c.names)
	c.names = append(c.names, name[:min(len(name), maxName)]...)
	k.command[1] = len(c.names)
}

// command returns the name of a call's command.
func (c *calls) command(k *call) string { return string(c.names[k.command[0]:k.command[1]]) }

// quoted is command for people.
func (c *calls) quoted(k *call) string {
	if k.command[0] == k.command[1] {
		return "of a name that is not known"
	}
	return strconv.Quote(c.command(k))
}

// member returns a byte string of the map that is the message's first item,
// if that ends in this frame.
func (c *content) member(key string) ([]byte, bool) {
	if len(c.items) == 0 || c.items[0].index != 0 || len(c.items[0].bytes) == 0 || cbor.Kind(c.items[0].bytes[0]>>5) != cbor.Map || !c.parse(&c.items[0]) {
		return nil, false
	}
	i, ok := c.tree.Get(0, key)
	if !ok || c.tree.Nodes[i].Kind != cbor.Bytes {
		return nil, false
	}
	return c.tree.Joined(i), true
}

// word returns a status as a string, without a copy of the usual ones.
func word(b []byte) string {
	for _, w := range []string{"ok", "error", "redirect"} {
		if string(b) == w {
			return w
		}
	}
	return string(b[:min(len(b), maxName)])
}

// AppendEnd implements [codec.Ender]: requests that are not whole, and
// answers that did not come or are not whole.
func (c *conversation) AppendEnd(dst []codec.Finding, dir codec.Direction) []codec.Finding {
	if !c.dirs[side(dir)].any || c.ssh {
		return dst // nothing of the direction was captured
	}
	for i := range c.calls.order {
		k := &c.calls.order[i]
		switch {
		case dir == codec.ToServer && k.asked && !k.sent:
			dst = append(dst, codec.Finding{Code: "request-open", Message: fmt.Sprintf("request %d, %s, is not whole", k.id, c.calls.quoted(k))})
		case dir == codec.ToClient && k.asked && k.sent && !k.ended && k.frames[1] > 0:
			dst = append(dst, codec.Finding{Code: "answer-open", Message: fmt.Sprintf("the answer to request %d, %s, is not whole", k.id, c.calls.quoted(k))})
		case dir == codec.ToClient && k.asked && k.sent && !k.ended:
			dst = append(dst, codec.Finding{Code: "unanswered", Message: fmt.Sprintf("request %d, %s, has no answer", k.id, c.calls.quoted(k))})
		}
	}
	return dst
}

// Summary implements [codec.Summarizer]: the requests with their answers.
// Bytes are those of payloads.
func (c *conversation) Summary() (columns []string, rows [][]string) {
	columns = []string{"request", "command", "status", "frames >", "bytes >", "frames <", "bytes <", "decoded", "items"}
	for i := range c.calls.order {
		k := &c.calls.order[i]
		status := k.status
		switch {
		case status == "" && !k.sent && k.asked:
			status = "not whole"
		case status == "" && k.frames[1] == 0:
			status = "no answer"
		}
		rows = append(rows, []string{
			strconv.Itoa(int(k.id)), c.calls.command(k), status,
			strconv.Itoa(k.frames[0]), strconv.FormatInt(k.bytes[0], 10),
			strconv.Itoa(k.frames[1]), strconv.FormatInt(k.bytes[1], 10),
			strconv.FormatInt(k.decoded, 10), strconv.Itoa(k.items),
		})
	}
	if c.calls.more > 0 {
		row := make([]string, len(columns))
		row[0] = fmt.Sprintf("%d more", c.calls.more)
		rows = append(rows, row)
	}
	return columns, rows
}
