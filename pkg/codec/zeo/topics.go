package zeo

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

const (
	sourceDoc  = "ZEO Network Protocol (sans authentication), protocol.txt of ZODB 3.9.7"
	sourceCode = "ZODB 3.9.7 and ZEO 4 to 6, recorded"
)

// Topics lists kinds of messages, protocol ids and methods. All dialects have
// the same list.
func (Protocol) Topics(string) []codec.Topic {
	list := append([]codec.Topic(nil), kindTopics...)
	for _, d := range dialects {
		list = append(list, codec.Topic{
			Name: d.Name, Kind: "protocol id", Number: -1, Title: d.Title,
			Text:    "Messages are written in " + d.encoding.String() + ". The ids are compared as strings of bytes: the client answers with the smaller one of the server's and its own newest.",
			Example: "hello " + d.Name, Source: sourceCode,
		})
	}
	for i := range methods {
		list = append(list, methods[i].topic())
	}
	return list
}

var kindTopics = []codec.Topic{
	{
		Name: "hello", Kind: "type", Number: -1, Title: "a protocol id, the first message of each side",
		Text:    "The server sends its id first, the client answers with the id to use. The first letter is the encoding: Z for pickle, M for msgpack. A server of ZEO 5 or 6 obeys the client's letter, not its own.",
		Example: "hello Z5", Source: sourceDoc,
	},
	{
		Name: "ruok", Kind: "type", Number: -1, Title: "asks for the server's statistics, instead of a protocol id",
		Text: "Servers from ZEO 4 on answer with JSON and close.", Example: "ruok", Source: sourceCode,
	},
	{
		Name: "status", Kind: "type", Number: -1, Title: "the answer to ruok: JSON",
		Example: `status {"1": {"connections": 0}}`, Source: sourceCode,
	},
	{
		Name: "call", Kind: "type", Number: -1, Title: "a call that wants an answer",
		Text:    "(id, False, name, args); the flag is 0 up to Z309. The id comes back in the reply; it may be any value. From ZEO 5 on that of loadBefore is the tuple of its arguments.",
		Example: "call 7 loadBefore(oid'1', tid'7fffffffffffffff')", Source: sourceDoc,
	},
	{
		Name: "oneway", Kind: "type", Number: -1, Title: "a call that wants no answer",
		Text:    "(id, True, name, args); the flag is 1 up to ZEO 4, the id 0 from Z310 on.",
		Example: "oneway 0 set_client_label(\"label\")", Source: sourceDoc,
	},
	{
		Name: "reply", Kind: "type", Number: -1, Title: "the answer to a call",
		Text: `(id, 0, ".reply", value). Replies may come in any order.`, Example: "reply 7 None", Source: sourceDoc,
	},
	{
		Name: "error", Kind: "type", Number: -1, Title: "the answer to a call that failed",
		Text: "ZEO 5 and 6: (id, 2, \".reply\", (class name, arguments or state)).\n\n" +
			"Up to ZEO 4: (id, 0, \".reply\", (class, instance)), both as names and calls in the pickle.",
		Example: `error 7 ZODB.POSException.POSKeyError(oid'1')`, Source: sourceCode,
	},
	{
		Name: "heartbeat", Kind: "type", Number: -1, Title: "a reply to nothing, that keeps the connection alive",
		Text:    `(-1, 0, ".reply", None), from the client only. Up to ZEO 4 always in Python 2's pickle, even from Python 3.`,
		Example: "heartbeat", Source: sourceCode,
	},
	{
		Name: "message", Kind: "type", Number: -1, Title: "any value, such as four that are no call and no reply",
		Example: `message (7, False, "ping", [])`, Source: sourceCode,
	},
	{
		Name: "body", Kind: "type", Number: -1, Title: "a body that is no message",
		Text:    "A pickle or msgpack that ZEO's own writer would write otherwise is told by its opcodes or formats: pickle …, msgpack ….",
		Example: `body b"anything"`, Source: sourceCode,
	},
	{
		Name: "encoding", Kind: "deviation", Number: -1, Title: "the message's encoding, where it is not the dialect's",
		Text:    "p3: pickle protocol 3, as Python 3 writes it. p1: protocol 1, as Python 2 does. msgpack.",
		Example: "!encoding=p1 call 7 ping()", Source: sourceCode,
	},
	{
		Name: "flag", Kind: "deviation", Number: -1, Title: "the message's flag, where it is not the dialect's",
		Example: "!flag=0 call 7 ping()", Source: sourceCode,
	},
	{
		Name: "mac", Kind: "deviation", Number: -1, Title: "the message's MAC",
		Text:    "Up to ZEO 4, after a login: HMAC-SHA1, keyed by the session key, of all bodies so far in this direction that had a MAC.",
		Example: "!mac=0000000000000000000000000000000000000000 call 7 get_info()", Source: sourceCode,
	},
	{
		Name: "length", Kind: "deviation", Number: -1, Title: "a length that is not the body's",
		Example: "!length=1000 call 7 ping()", Source: sourceCode,
	},
}

// examples are the literals of arguments in examples, by what they mean.
var examples = [...]string{
	anything: "None", oid: "oid'1'", tid: "tid'0'", data: `b"."`, txn: "140557033582352",
	secret: `("user", "challenge", "response")`,
}

func (m *method) topic() codec.Topic {
	verb, dir := "call 7 ", "The client calls it"
	if m.oneway {
		verb = "oneway 0 "
	}
	if m.push {
		dir = "The server calls it"
	}
	var args []string
	for _, a := range m.params {
		args = append(args, a.name+"="+examples[a.kind])
	}
	text := dir
	if m.versions != "" {
		text += ", " + m.versions
	}
	text += "."
	if m.reply != "" {
		text += "\n\nThe answer is " + m.reply + "."
	}
	return codec.Topic{
		Name: m.name, Kind: "method", Number: -1,
		Title: m.signature(), Text: text,
		Example: verb + m.name + "(" + strings.Join(args, ", ") + ")", Source: sourceCode,
	}
}

// signature returns the name and the arguments; those that may be absent stand
// in square brackets.
func (m *method) signature() string {
	var names []string
	for i, a := range m.params {
		n := a.name
		if i >= len(m.params)-m.optional {
			n = "[" + n + "]"
		}
		names = append(names, n)
	}
	return m.name + "(" + strings.Join(names, ", ") + ")"
}
