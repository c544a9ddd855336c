package synapse

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// titles are one line on each command, in the order of commands.
var titles = [len(commands)]string{
	"the server's name, its first line",
	"a row of a stream",
	"where a stream is now",
	"a fault, in words; the sender mostly closes after it",
	"still there: sent after 5 s of silence",
	"the client's name, for the server's log",
	"subscribe to a stream, later to all",
	"a user begins or ends to sync",
	"forget who syncs by this worker",
	"the federation sender has handled rows up to a token",
	"delete a pusher",
	"drop an entry of a cache",
	"comes back as it was; for tests",
	"a user was seen: access token, address, program",
	"another homeserver answers again",
	"a lock that workers share is free",
	"a task is to be run",
}

// notes are what the layouts do not say, in the order of commands.
var notes = [len(commands)]string{
	"The client compares it with its own server_name. When they differ, the first commit resets the connection, later versions send ERROR Wrong remote and close.",
	"The token says that all rows up to and including it have come. Rows that share a token carry \"batch\" in its place, in lower case, except the last one, which carries the number; a client delivers them together when that has come. While a client catches up (before v1.13) rows are not batched: those that share a token all carry it.",
	"Before v1.13 it follows the missing rows that REPLICATE asked for. From v1.13 on REPLICATE is answered by it alone, on every connection, and a client that is behind fetches the rows elsewhere; a batch that is open then is dropped. From v1.22 on it has two tokens: rows between prev_token and new_token there are none.",
	"The receiver only logs it. Known texts: ping timeout, Failed to keep up, Wrong remote, Line length exceeded, invalid command: X, failed to parse line …, failed to handle replicate: ….",
	"The text is milliseconds since 1970, but any text will do. The first one arms the time-out: 15 s in the first commit, 25 s after that, looked at every 5 s. Any line that is accepted puts it off. There are none over Redis.",
	"It ends up in the server's log and in the labels of its metrics.",
	"The token is an integer or NOW (or now, no other case): rows after it are sent, then POSITION. The stream ALL stands for all of them. From v1.13 on the command has no arguments, and what stands there is ignored; programs write it with the space and nothing after it.",
	"The state is start or end; \"stop\", which the program's own comment names, is refused. last_sync_ms is milliseconds since 1970. The device None stands for none.",
	"Sent when a worker stops, though recordings do not have it: the connection is gone first.",
	"The main process deletes what it has kept for the sender up to the token: replaying it loses data.",
	"Split at the first two spaces: a space in push_key moves into user_id.",
	"keys is a list, or null for the whole cache.",
	"The code lists it for the server only, although its document says both.",
	"The access token is masked in what wirectl shows unless secrets are asked for. JSON that is a string of five characters or an object of five keys is taken too, as Python unpacks it.",
	"The server passes it on to all other connections.",
	"JSON that is a string of three characters or an object of three keys is taken too.",
	"Over Redis only; the code has it in neither direction's list.",
}

// Topics implements [codec.Protocol].
func (Protocol) Topics(dialect string) []codec.Topic {
	as, err := lookup(dialect)
	if err != nil || as == none {
		as = every
	}
	var list []codec.Topic
	list = append(list, lineTopic())
	for i := range commands {
		if commands[i].in()&as != none {
			list = append(list, commandTopic(i, as))
		}
	}
	for i := range streams {
		if streams[i].in&as != none {
			list = append(list, streamTopic(&streams[i], as))
		}
	}
	for i := range releases {
		list = append(list, dialectTopic(i))
	}
	return list
}

func lineTopic() codec.Topic {
	return codec.Topic{
		Name: "line", Kind: "type", Number: -1,
		Title: "one command: a name, a space, its payload, LF",
		Text: `name     upper case; ends at the first space
payload  UTF-8; fields separated by single spaces, the last takes the rest
LF       ends the line; a CR before it is text

A receiver takes 16384 bytes without the LF. Integers are as Python's int()
reads them: a sign, blanks around, digits of any script, any size. Bytes that
are not UTF-8 drop the connection without an ERROR.

The text of a line is the line itself. The deviation !check=DIALECT makes
encode refuse a line that this version refuses.`,
		Example: "PING 1490197665618",
		Source:  "synapse/replication/tcp/protocol.py",
	}
}

// commandTopic explains a command as the dialects in as have it.
func commandTopic(i int, as set) codec.Topic {
	c := &commands[i]
	var b strings.Builder
	example := ""
	for j := range c.layouts {
		l := &c.layouts[j]
		if l.in&as == none {
			continue
		}
		fmt.Fprintf(&b, "%-24s %s\n", l.in, strings.TrimSpace(c.name+" "+form(l)))
		example = c.name + " " + exampleOf(c, l, newest(l.in&as)) // the last is the newest
	}
	fmt.Fprintf(&b, "\nsent by: %s\n\n%s", map[byte]string{'s': "the server", 'c': "the client", 'b': "both", 'n': "any process, over Redis"}[c.from], wrap(notes[i]))
	return codec.Topic{Name: c.name, Kind: "command", Number: -1, Title: titles[i], Text: b.String(), Example: example, Source: "synapse/replication/tcp/commands.py"}
}

// newest returns the set of the newest dialect in s alone.
func newest(s set) set {
	n := set(1)
	for s >= n<<1 {
		n <<= 1
	}
	return n
}

// wrap breaks text into lines of 76 characters.
func wrap(text string) string {
	var b strings.Builder
	width := 0
	for _, w := range strings.Fields(text) {
		switch {
		case width > 0 && width+1+len(w) > 76:
			b.WriteByte('\n')
			width = 0
		case width > 0:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(w)
		width += len(w)
	}
	return b.String()
}

// form writes a layout as the program's comments do.
func form(l *layout) string {
	var words []string
	for _, p := range l.parts {
		switch p.kind {
		case jsonList:
			words = append(words, "<["+strings.Join(l.list, ", ")+"]>")
		case syncing:
			words = append(words, "<start|end>")
		case rowToken:
			words = append(words, "<token|batch>")
		case fromNow:
			words = append(words, "<token|NOW>")
		default:
			words = append(words, "<"+p.name+">")
		}
	}
	return strings.Join(words, " ")
}

// examples are values of parts by name.
var examples = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"stream_name": "events", "instance_name": "master", "token": "54", "prev_token": "53", "new_token": "54",
		"user_id": "@alice:example.com", "is_syncing": "start", "last_sync_ms": "1490197665618", "instance_id": "mgzfQ",
		"device_id": "DEVICE", "app_id": "im.vector.app", "push_key": "key", "cache_func": "get_user_by_id",
		"keys": `["@alice:example.com"]`, "access_token": "TOKEN", "ip": "203.0.113.5", "last_seen": "1490197665618",
		"user_agent": "Mozilla/5.0",
	}
})

// exampleOf writes the payload of an example.
func exampleOf(c *command, l *layout, as set) string {
	data := map[string]string{
		"SERVER": "example.com", "PING": "1490197665618", "NAME": "synapse.app.synchrotron", "ERROR": "ping timeout",
		"SYNC": "1", "REMOTE_SERVER_UP": "matrix.org", "NEW_ACTIVE_TASK": "aBcDeFgHiJkLmNoP",
	}
	var words []string
	for _, p := range l.parts {
		switch {
		case p.name == "data":
			words = append(words, data[c.name])
		case p.name == "row":
			words = append(words, rowExample(findStream([]byte("events")), as))
		case p.kind == jsonList && c.name == "LOCK_RELEASED":
			words = append(words, `["master","purge","!room:example.com"]`)
		case p.kind == jsonList:
			words = append(words, spell(`["TOKEN","203.0.113.5","Mozilla/5.0","DEVICE",1490197665618]`, as))
		default:
			words = append(words, examples()[p.name])
		}
	}
	return strings.Join(words, " ")
}

func streamTopic(s *stream, as set) codec.Topic {
	var b strings.Builder
	for _, p := range s.shapes {
		if p.in&as != none {
			fmt.Fprintf(&b, "%-24s [%s]\n", p.in, strings.Join(p.columns, ", "))
		}
	}
	for _, k := range s.kinds {
		for _, p := range k.shapes {
			if p.in&as != none {
				fmt.Fprintf(&b, "%-24s [%q, [%s]]\n", p.in, k.name, strings.Join(p.columns, ", "))
			}
		}
	}
	last := newest(s.in & as)
	instance := ""
	if last >= v113 {
		instance = " master"
	}
	return codec.Topic{
		Name: s.name, Kind: "stream", Of: "RDATA", Number: -1, Title: s.about, Text: strings.TrimSpace(b.String()),
		Example: "RDATA " + s.name + instance + " 54 " + rowExample(s, last),
		Source:  "synapse/replication/tcp/streams",
	}
}

// columnExamples are values of columns, JSON.
var columnExamples = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"event_id": `"$event"`, "room_id": `"!room:example.com"`, "type": `"m.room.message"`, "state_key": "null", "redacts": "null",
		"relates_to": "null", "membership": "null", "rejected": "false", "outlier": "false", "user_id": `"@alice:example.com"`,
		"state": `"online"`, "last_active_ts": "1490197665618", "last_federation_update_ts": "1490197665618", "last_user_sync_ts": "0",
		"status_msg": "null", "currently_active": "true", "destination": `"matrix.org"`, "user_ids": `["@alice:example.com"]`,
		"receipt_type": `"m.read"`, "thread_id": "null", "data": `{}`, "app_id": `"im.vector.app"`, "pushkey": `"key"`, "deleted": "false",
		"cache_func": `"get_user_by_id"`, "keys": `["@alice:example.com"]`, "invalidation_ts": "1490197665618", "visibility": `"public"`,
		"appservice_id": "null", "network_id": "null", "entity": `"@alice:example.com"`, "is_signature": "false", "data_type": `"m.direct"`,
		"group_id": `"+group:example.com"`, "content": `{}`, "rejection_status_changed": "false",
	}
})

// rowExample writes a row of s as the dialects in as have it.
func rowExample(s *stream, as set) string {
	shapes, kind := s.shapes, ""
	for _, k := range s.kinds {
		if kind == "" && slices.ContainsFunc(k.shapes, func(p shape) bool { return p.in&as != none }) {
			shapes, kind = k.shapes, k.name
		}
	}
	for _, p := range shapes {
		if p.in&as == none {
			continue
		}
		values := make([]string, len(p.columns))
		for i, c := range p.columns {
			values[i] = columnExamples()[c]
			if s.name == "federation" && c == "type" {
				values[i] = `"pd"`
			}
		}
		list := "[" + strings.Join(values, ",") + "]"
		if kind != "" {
			list = fmt.Sprintf("[%q,%s]", kind, list)
		}
		return spell(list, as)
	}
	return "[]"
}

// spell writes JSON as the program of a dialect does.
func spell(json string, as set) string {
	switch {
	case as&ujson != none:
		return strings.ReplaceAll(json, "/", `\/`)
	case as&(v100|v112|v113|v118) != none:
		out, _ := jsonv.AppendPython(nil, []byte(json))
		return string(out)
	}
	return json
}

func dialectTopic(i int) codec.Topic {
	r := releases[i]
	var has []string
	for j := range commands {
		if commands[j].in()&(1<<i) != 0 {
			has = append(has, commands[j].name)
		}
	}
	return codec.Topic{
		Name: r.name, Kind: "dialect", Number: -1, Title: r.title,
		Text:   "also called: " + strings.Join(r.aliases, ", ") + "\ncommands: " + strings.Join(has, ", "),
		Source: "matrix-org/synapse " + r.name,
	}
}
