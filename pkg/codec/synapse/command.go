package synapse

import "github.com/wirectl/wirectl/pkg/codec"

// A kind is how a part of a payload is read.
type kind byte

const (
	text     kind = iota // any text
	number               // a Python integer
	rowToken             // an integer, or "batch": the row shares the token of a later one
	fromNow              // an integer, or "NOW" or "now"
	syncing              // "start" or "end", shown as is_syncing
	device               // any text; "None" stands for no device
	asJSON               // the rest of the line is JSON
	jsonList             // the rest is JSON of as many elements as there are names
)

// A part is one piece of a payload. Pieces are separated by single spaces;
// the last one takes what is left, spaces included.
type part struct {
	name string
	kind kind
}

// A layout is one form of a command's payload.
type layout struct {
	in    set
	parts []part
	list  []string // the names of the elements of a jsonList
	exact bool     // a space in the last part is an error, as str.split(" ") makes it
	what  string   // for the reason of a detected dialect; "" when it tells nothing
}

// A command is one word that a line can begin with.
type command struct {
	name    string
	from    byte // 's', 'c' or 'b': which side may send it
	layouts []layout
}

// in is the set of the dialects that know the command.
func (c *command) in() set {
	var s set
	for i := range c.layouts {
		s |= c.layouts[i].in
	}
	return s
}

// mayCome says whether the command may be sent in a direction.
func (c *command) mayCome(dir codec.Direction) bool {
	switch c.from {
	case 's':
		return dir == codec.ToClient
	case 'c':
		return dir == codec.ToServer
	}
	return c.from == 'b'
}

func words(name string, in set) []layout {
	return []layout{{in: in, parts: []part{{name, text}}}}
}

// commands are all commands of all versions. Sources: commands.py and
// protocol.py of each dialect's release.
var commands = [...]command{
	{"SERVER", 's', words("data", every)},
	{"RDATA", 's', []layout{
		{in: until(v112), what: "RDATA without an instance", parts: []part{{"stream_name", text}, {"token", rowToken}, {"row", asJSON}}},
		{in: since(v113), what: "RDATA with an instance", parts: []part{{"stream_name", text}, {"instance_name", text}, {"token", rowToken}, {"row", asJSON}}},
	}},
	{"POSITION", 's', []layout{
		{in: until(v112), what: "POSITION with 2 fields", parts: []part{{"stream_name", text}, {"token", number}}},
		{in: v113 | v118, what: "POSITION with 3 fields", parts: []part{{"stream_name", text}, {"instance_name", text}, {"token", number}}},
		{in: since(v122), what: "POSITION with 4 fields", parts: []part{{"stream_name", text}, {"instance_name", text}, {"prev_token", number}, {"new_token", number}}},
	}},
	{"ERROR", 'b', words("data", every)},
	{"PING", 'b', words("data", every)},
	{"NAME", 'c', words("data", every)},
	{"REPLICATE", 'c', []layout{
		{in: until(v112), what: "REPLICATE with a stream", parts: []part{{"stream_name", text}, {"token", fromNow}}},
		{in: since(v113), what: "REPLICATE without a stream"},
	}},
	{"USER_SYNC", 'c', []layout{
		{in: seed, what: "USER_SYNC with 2 fields", parts: []part{{"user_id", text}, {"is_syncing", syncing}}},
		{in: v021 | v022 | v100 | v112, what: "USER_SYNC with 3 fields", parts: []part{{"user_id", text}, {"is_syncing", syncing}, {"last_sync_ms", number}}},
		{in: since(v113) &^ v198, what: "USER_SYNC with 4 fields", parts: []part{{"instance_id", text}, {"user_id", text}, {"is_syncing", syncing}, {"last_sync_ms", number}}},
		{in: v198, what: "USER_SYNC with 5 fields", parts: []part{{"instance_id", text}, {"user_id", text}, {"device_id", device}, {"is_syncing", syncing}, {"last_sync_ms", number}}},
	}},
	{"CLEAR_USER_SYNC", 'c', []layout{{in: since(v113), what: "CLEAR_USER_SYNC", parts: []part{{"instance_id", text}}}}},
	{"FEDERATION_ACK", 'c', []layout{
		{in: until(v113), what: "FEDERATION_ACK without an instance", parts: []part{{"token", number}}},
		{in: since(v118), what: "FEDERATION_ACK with an instance", parts: []part{{"instance_name", text}, {"token", number}}, exact: true},
	}},
	{"REMOVE_PUSHER", 'c', []layout{{in: until(v122), what: "REMOVE_PUSHER", parts: []part{{"app_id", text}, {"push_key", text}, {"user_id", text}}}}},
	{"INVALIDATE_CACHE", 'c', []layout{{in: until(v113), what: "INVALIDATE_CACHE", parts: []part{{"cache_func", text}, {"keys", asJSON}}}}},
	{"SYNC", 's', []layout{{in: until(v112), what: "SYNC", parts: []part{{"data", text}}}}},
	{"USER_IP", 'c', []layout{
		{in: v022, what: "USER_IP in words", parts: []part{{"user_id", text}, {"access_token", text}, {"ip", text}, {"device_id", device}, {"last_seen", number}, {"user_agent", text}}},
		{in: since(v100), what: "USER_IP in JSON", parts: []part{{"user_id", text}, {"json", jsonList}}, list: []string{"access_token", "ip", "user_agent", "device_id", "last_seen"}},
	}},
	{"REMOTE_SERVER_UP", 'b', []layout{{in: since(v112), what: "REMOTE_SERVER_UP", parts: []part{{"data", text}}}}},
	{"LOCK_RELEASED", 'b', []layout{{in: v198, what: "LOCK_RELEASED", parts: []part{{"json", jsonList}}, list: []string{"instance_name", "lock_name", "lock_key"}}}},
	{"NEW_ACTIVE_TASK", 'n', []layout{{in: v198, what: "NEW_ACTIVE_TASK", parts: []part{{"data", text}}}}},
}

// Indices of commands that are treated by name.
const (
	cmdServer    = 0
	cmdRData     = 1
	cmdPosition  = 2
	cmdError     = 3
	cmdPing      = 4
	cmdName      = 5
	cmdReplicate = 6
	cmdUserIP    = 13

	cmdBlank   = -1 // a line of nothing but blanks
	cmdUnknown = -2
	cmdRedis   = -3 // no line: another value of the Redis protocol
)

// oneWord is the set of the dialects that take a line without a space: the
// rest is then empty. The others drop the connection.
const oneWord = every &^ (v113 - 1)

// find returns the index of the command of that name, or cmdUnknown.
func find(name []byte) int {
	if len(name) == 0 {
		return cmdUnknown
	}
	for i := range commands {
		if c := commands[i].name; len(c) == len(name) && c[0] == name[0] && c == string(name) {
			return i
		}
	}
	return cmdUnknown
}

// commandNames returns the names of all commands.
func commandNames() []string {
	names := make([]string, len(commands))
	for i := range commands {
		names[i] = commands[i].name
	}
	return names
}
