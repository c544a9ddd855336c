package msgq

import "github.com/wirectl/wirectl/pkg/codec"

const (
	sourceDaemon  = "BIND 10 1.2.0, src/bin/msgq/msgq.py.in (2014-04-17)"
	sourceLibrary = "BIND 10 1.2.0, src/lib/python/isc/cc and isc/config/ccsession.py (2014-04-17)"
	sourceSkan    = "BIND 10, doc/design/cc-protocol.txt and isc/cc/message.py until 2010-06"
)

// Topics implements [codec.Protocol].
func (Protocol) Topics(dialect string) []codec.Topic {
	var list []codec.Topic
	for _, t := range types {
		list = append(list, codec.Topic{Name: t.name, Kind: "type", Number: -1, Title: t.title, Text: t.text, Example: t.example, Source: sourceDaemon})
	}
	list = append(list, plainTopics...)
	if dialect == "" || dialect == dialectSkan {
		list = append(list, skanTopics...)
	}
	return list
}

// plainTopics are those of all dialects that are no types.
var plainTopics = []codec.Topic{
	{
		Name: "frame", Kind: "layout", Number: -1, Title: "both lengths, header, body", Source: sourceDaemon,
		Text: `octet  0-3   total length T: of all that follows it, 2 + H + B
       4-5   header length H, 1 to 65535
       6-    header: one JSON object
       6+H-  body: B = T-2-H octets, one JSON value by custom; may be absent
All numbers are big-endian.

The daemon closes the connection when T is below 2, H is 0 or above T-2. There
is no upper limit on T. While a frame is not complete the daemon waits for the
rest of it and serves nobody else.`,
		Example: `!header-length=20 {"type": "ping"}`,
	},
	{
		Name: "reply", Kind: "message", Number: -1, Title: "a send that answers another", Source: sourceLibrary,
		Text: `reply is the seq of what it answers, to its from; group and instance are
copied. There is no want_answer. Receivers look at reply only: not at the sender, group or
body.`,
		Example: `reply Auth from=52f0a3c1_7@host.example to=52f0a3c1_5@host.example seq=4 reply=2 answer:0 {"done": true}`,
	},
	{
		Name: "undeliverable", Kind: "message", Number: -1, Title: "the daemon's answer when there is no recipient", Source: sourceDaemon,
		Text: `The request's own header with from "msgq", to the request's from, and reply, the
request's seq, behind the other keys. The body is always the one shown.`,
		Example: `send g1 from=msgq to=52f0a3c1_7@host.example seq=23 want_answer reply=23 {"result": [-1, "No such recipient"]}`,
	},

	{Name: "type", Kind: "key", Number: -1, Title: "what the frame is", Text: "One of send, subscribe, unsubscribe, getlname, ping, stop to the daemon; send, getlname, pong from it. The daemon logs and ignores all others.", Source: sourceDaemon},
	{Name: "from", Kind: "key", Number: -1, Title: "the sender's lname", Text: "Written by the client and not checked by the daemon: it can be forged. Replies go there.", Source: sourceDaemon},
	{Name: "to", Kind: "key", Number: -1, Title: "* for a group, or an lname", Text: "With an lname, group and instance do not count.", Source: sourceDaemon},
	{Name: "group", Kind: "key", Number: -1, Title: "the group that the frame goes to, or is about", Text: "Any string, the empty one too; * has no meaning here. Groups exist while somebody is in them.", Source: sourceDaemon},
	{Name: "instance", Kind: "key", Number: -1, Title: "a part of the group; * by default", Text: "A subscriber of * gets the frames for every instance. A frame sent to * reaches only subscribers of *.", Source: sourceDaemon},
	{Name: "seq", Kind: "key", Number: -1, Title: "the sender's number for the frame", Text: "The Python client begins with 2, the C++ client with 0; replies take numbers too.", Source: sourceLibrary},
	{Name: "want_answer", Kind: "key", Number: -1, Title: "whether an undeliverable error is wanted", Text: "What Python takes for true counts: 1, \"no\" and [0] do; 0, \"\", [] and null do not.", Source: sourceDaemon},
	{Name: "reply", Kind: "key", Number: -1, Title: "the seq of what this answers", Text: "Its mere presence, even as null, makes the frame an answer.", Source: sourceDaemon},

	{
		Name: "command", Kind: "body", Number: -1, Title: "a request to do something", Source: sourceLibrary,
		Text:    `{"command": [name]} or {"command": [name, arg]}, with no other key. The library leaves out an argument that is empty, zero or false.`,
		Example: `send Msgq want_answer command:members {"group": "Auth"}`,
	},
	{
		Name: "answer", Kind: "body", Number: -1, Title: "the result of a command", Source: sourceLibrary,
		Text: `{"result": [0]} or {"result": [0, value]} for success, {"result": [rcode, "text"]} for an error.

rcode   0   success
       -1   no such recipient; negative ones come from the daemon
        1   error
        2   the module has no handler for it`,
		Example: `reply Auth to=52f0a3c1_5@host.example reply=2 answer:1 "no such zone"`,
	},
	{
		Name: "notification", Kind: "body", Number: -1, Title: "something has happened", Source: sourceLibrary,
		Text:    `{"notification": [event]} or {"notification": [event, params]}, sent to the group notifications/FAMILY without want_answer.`,
		Example: `send notifications/ZoneUpdates notification:updated {"zone": "example.org"}`,
	},
	{Name: "success", Kind: "rcode", Number: Success, Title: "the command was done", Source: sourceLibrary},
	{Name: "error", Kind: "rcode", Number: 1, Title: "the command failed; a text says why", Source: sourceLibrary},
	{Name: "no-handler", Kind: "rcode", Number: 2, Title: "the module has no handler for commands or configuration", Source: sourceLibrary},
	{Name: "no-recipient", Kind: "rcode", Number: -1, Title: "-1: the daemon found nobody to deliver to", Source: sourceDaemon},

	membership("connected", "a client has connected; it need not have asked its lname yet", `{"client": "52f0a3c1_7@host.example"}`),
	membership("disconnected", "a client is gone; its unsubscribed notifications came before", `{"client": "52f0a3c1_7@host.example"}`),
	membership("subscribed", "a client subscribed; repeats are told too, the instance is not", `{"client": "52f0a3c1_7@host.example", "group": "Auth"}`),
	membership("unsubscribed", "a client left a group or disconnected, once for each group", `{"client": "52f0a3c1_7@host.example", "group": "Auth"}`),
	{
		Name: "members", Kind: "command", Of: DaemonGroup, Number: -1, Title: "the daemon lists lnames", Source: sourceDaemon,
		Text:    `Without an argument all of them, its own too; with {"group": G} those that subscribed to G with instance * or "".`,
		Example: `send Msgq want_answer command:members {"group": "Auth"}`,
	},
}

// membership is a notification of the daemon's own session.
func membership(event, title, params string) codec.Topic {
	return codec.Topic{
		Name: event, Kind: "notification", Of: MembersGroup, Number: -1, Title: title, Source: sourceDaemon,
		Text:    "The daemon tells it to the group " + MembersGroup + ", once somebody has subscribed to ConfigManager and the daemon has a session of its own.",
		Example: "send " + MembersGroup + " notification:" + event + " " + params,
	}
}

// skanTopics are those of the old encoding.
var skanTopics = []codec.Topic{
	{
		Name: "Skan", Kind: "layout", Number: -1, Title: "the encoding of header and body before 2010-06", Source: sourceSkan,
		Text: `octet  0-3  version, 536b616e ("Skan")
       4-   entries to the end: length of the tag, tag, item

item   octet type and length form, length (1, 2 or 4 octets), data
       type    low half
       length  20 one octet, 10 two, 00 four; 30 crashed the decoder`,
		Example: `Skan {"type": "getlname"}`,
	},
	{Name: "blob", Kind: "item", Of: "Skan", Number: itemBlob, Title: `octets; {"$hex": "00ff"} in texts`, Source: sourceSkan},
	{Name: "hash", Kind: "item", Of: "Skan", Number: itemHash, Title: "entries of tag and item", Source: sourceSkan},
	{Name: "list", Kind: "item", Of: "Skan", Number: itemList, Title: "items", Source: sourceSkan},
	{Name: "null", Kind: "item", Of: "Skan", Number: itemNull, Title: "nothing: no length and no data follow", Source: sourceSkan},
	{Name: "bool", Kind: "item", Of: "Skan", Number: itemBool, Title: `"1" or "0"`, Source: sourceSkan},
	{Name: "int", Kind: "item", Of: "Skan", Number: itemInt, Title: "decimal text of any size", Source: sourceSkan},
	{Name: "real", Kind: "item", Of: "Skan", Number: itemReal, Title: "text of a float", Source: sourceSkan},
	{Name: "utf8", Kind: "item", Of: "Skan", Number: itemUTF8, Title: "text", Source: sourceSkan},
}
