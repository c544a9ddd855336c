package record

import "strconv"

// A kind is a kind of values that differ from run to run.
type kind struct {
	name string // of variables

	// form says whether a text can be such a value; nil takes all.
	form func(text string) bool

	// anywhere says that the same text in another place is the same value.
	// Others are only looked for where the table has them.
	anywhere bool

	// not is a prefix of strings that are never of this kind.
	not string

	// fresh is the name of what makes a new one when the client made it up:
	// "uuid", "now"; "" when it stays as it is.
	fresh string

	// hex says that the value is a number of hexadecimal digits, of which
	// the next ones are used as well.
	hex bool

	// sent says that the value matters only when the client sends it later.
	sent bool

	// varied says that no table has it, but another recording.
	varied bool

	// once says that nobody uses the value again.
	once bool

	// whole says that it is a list or map, and not what is in it.
	whole bool
}

// The kinds of values.
var (
	uuid    = &kind{name: "id", form: isUUID, anywhere: true, fresh: "uuid"}
	now     = &kind{name: "now", once: true, fresh: "now"}
	passing = &kind{name: "any", once: true}              // nobody needs it, such as a time of the server's
	loose   = &kind{name: "any", once: true, whole: true} // a list or map in whatever order
	tid     = &kind{name: "tid", form: isTID, anywhere: true, hex: true}
	oid     = &kind{name: "oid", form: isOID, anywhere: true, not: "tid"}
	undoID  = &kind{name: "undo", anywhere: true}
	lname   = &kind{name: "lname", form: isLname, anywhere: true}
	seq     = &kind{name: "seq", form: isNumber}
	token   = &kind{name: "token", form: isNumber, sent: true}
)

// A rule says what stands at a place of a frame.
type rule struct {
	// frame is the type of the frame, or "*"; of ZEO with the method, in an
	// answer that of the call: "reply tpc_finish".
	frame string

	// path is the place in the frame's text. Items between blanks have
	// names, or else numbers from 0; what is in brackets follows as [0] or
	// .key, and the key itself is .key#. A [*] is any number, and ** at either
	// end anything.
	path string

	kind  *kind
	items int // how many items the text has; 0 for any number

	// scope is a place whose text goes with the value: the same number is
	// another value in another scope. With a = it is a text itself. When the
	// scope is of a kind its text has to be of the kind's form.
	scope     string
	scopeKind *kind
}

// A table is what this package knows of a protocol.
type table struct {
	names []string // of the items
	plain bool     // see reader
	rules []rule

	// timed are the types of frames that come when it is time for them, and
	// not as an answer.
	timed []string

	// bound are pieces of texts with which a conversation cannot be had a
	// second time, and why.
	bound [][2]string
}

// tables returns the tables of the protocols. A protocol that has none has
// nothing in its frames that differs: in hg the client numbers the requests
// and the streams, and nodes are hashes of their contents.
func tables(proto string) *table {
	switch proto {
	case "zeo":
		return zeoTable
	case "msgq":
		return msgqTable
	case "synapse":
		return synapseTable
	case "emqp", "zmtp":
		return emqpTable
	case "hg":
		return &table{names: []string{"request-id", "stream-id", "stream-flags", "type", "flags"}, plain: true}
	}
	return &table{}
}

// In ZEO the storage gives transactions their tids and hands out oids. A tid
// is a time, so one is known when it is seen; its successor is asked for by
// loadBefore. Message ids are the client's own.
var zeoTable = &table{
	names: []string{"type", "id", "args"},
	rules: []rule{
		{frame: "*", path: "**", kind: tid},
		{frame: "reply new_oids", path: "args[*]", kind: oid},
		{frame: "reply new_oid", path: "args", kind: oid},
		{frame: "reply undoInfo", path: "args[*].id", kind: undoID},
		{frame: "reply undoInfo", path: "args[*].time", kind: passing},
		{frame: "reply undoLog", path: "args[*].id", kind: undoID},
		{frame: "reply undoLog", path: "args[*].time", kind: passing},
		{frame: "reply undoInfo", path: "args[*].size", kind: passing},
		{frame: "reply undoLog", path: "args[*].size", kind: passing},
		{frame: "reply get_info", path: "args.interfaces", kind: loose},
		{frame: "reply get_info", path: "args.extensionMethods", kind: loose},
		{frame: "reply getInvalidations", path: "args[1]", kind: loose},
		{frame: "reply server_status", path: "args.start", kind: passing},
		{frame: "reply history", path: "args[*].time", kind: passing},
		{frame: "reply auth_get_challenge", path: "args[*]", kind: passing},
		{frame: "reply get_info", path: "args.name", kind: passing},
		{frame: "reply get_info", path: "args.size", kind: passing},
		{frame: "oneway info", path: "args[0].size", kind: passing},
		{frame: "call pack", path: "args[0]", kind: now},
	},
	timed: []string{"heartbeat"},
	bound: [][2]string{{"!mac=", "its messages are signed with a key of that session"}},
}

// In msgq the daemon gives names to its clients, and senders number what they
// send; an answer has the number in "reply". Clients of the recording number
// again as they did, so only those of others are new.
var msgqTable = &table{
	names: []string{"header", "body"},
	rules: []rule{
		{frame: "getlname", path: "body.lname", kind: lname},
		{frame: "*", path: "header.from", kind: lname},
		{frame: "*", path: "header.to", kind: lname},
		{frame: "*", path: "header.seq", kind: seq, scope: "header.from", scopeKind: lname},
		{frame: "*", path: "header.reply", kind: seq, scope: "header.to", scopeKind: lname},
	},
}

// In Synapse a stream has tokens, which the client names to go on from there.
// Times are those of the sender.
var synapseTable = &table{
	names: []string{"command"},
	plain: true,
	rules: []rule{
		{frame: "RDATA", path: "2", items: 4, kind: token, scope: "1"},
		{frame: "RDATA", path: "3", items: 5, kind: token, scope: "1"},
		{frame: "POSITION", path: "2", items: 3, kind: token, scope: "1"},
		{frame: "POSITION", path: "3", items: 4, kind: token, scope: "1"},
		{frame: "POSITION", path: "3", items: 5, kind: token, scope: "1"},
		{frame: "POSITION", path: "4", items: 5, kind: token, scope: "1"},
		{frame: "REPLICATE", path: "2", items: 3, kind: token, scope: "1"},
		{frame: "FEDERATION_ACK", path: "1", items: 2, kind: token, scope: "=federation"},
		{frame: "FEDERATION_ACK", path: "2", items: 3, kind: token, scope: "=federation"},
		{frame: "PING", path: "1", kind: passing},
	},
	timed: []string{"PING"},
}

// In EventMQ each message has a UUID of its sender's, which the answer names,
// and so has each device; heartbeats tell the time.
var emqpTable = &table{
	names: []string{"type"},
	rules: []rule{
		{frame: "*", path: "**", kind: uuid},
		{frame: "HEARTBEAT", path: "timestamp", kind: now},
		{frame: "REPLY", path: "**.hb", kind: passing},
		{frame: "REPLY", path: "**latency_messages_by_queue.**", kind: passing},
	},
	timed: []string{"HEARTBEAT", "ping", "pong"},
	bound: [][2]string{{"greeting 3.0 CURVE", encrypted}, {"greeting 3.1 CURVE", encrypted}},
}

const encrypted = "it is encrypted with keys of that session"

func itoa(n int) string { return strconv.Itoa(n) }
