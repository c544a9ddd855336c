package msgq

// A messageType is what is known of one value of the header's "type".
type messageType struct {
	name    string
	needs   []headerKey // keys without which the daemon does not live on
	title   string
	text    string
	example string
}

// types are the known ones, in the order of topics.
var types = []messageType{
	{
		name: "send", needs: []headerKey{keyTo, keyGroup, keyInstance},
		title: "a message to a group or to one client, and how the daemon delivers it",
		text: `Client to daemon, and daemon to each recipient. Keys as the Python client
writes them: type, from, to, group, instance, seq, and want_answer in a request
or reply in an answer.

to *         every subscriber of (group, instance) and of (group, *), but not
             the sender; a group without subscribers is legal
to an lname  that client; group and instance do not count, but are kept

The daemon writes the header anew (blanks, escapes, repeated keys) and forwards
the body byte for byte. When nobody is there, want_answer is true and there is
no reply key, it answers with an undeliverable error; else it stays silent.`,
		example: `send Auth to=* from=52f0a3c1_5@host.example seq=2 want_answer {"command": ["shutdown"]}`,
	},
	{
		name:  "getlname",
		title: "a client asks for its own name, and the answer",
		text: `Client to daemon without a body; any body is ignored. Daemon to client with the
body {"lname": "…"}. It may be asked again and gives the same. The document
wants it to be the first message; the daemon does not.

An lname is hex seconds, _, hex counter, @, host name. Treat it as opaque.`,
		example: "getlname",
	},
	{
		name: "subscribe", needs: []headerKey{keyGroup, keyInstance},
		title: "a client joins a group",
		text: `There is no answer: only a ping that was sent later and has come back proves it.
Instance * gets the frames for all instances. A repeat changes nothing but is
notified again.`,
		example: "subscribe notifications/cc_members",
	},
	{
		name: "unsubscribe", needs: []headerKey{keyGroup, keyInstance},
		title:   "a client leaves a group",
		text:    `It takes away exactly that pair of group and instance; one that is not there is ignored. There is no answer.`,
		example: "unsubscribe Auth/*",
	},
	{
		name:  "ping",
		title: "a client asks for a pong with the same body",
		text: `Not in the document. The only barrier there is: when the pong is there, all that
the client sent before has been done.`,
		example: `ping {"n": 1}`,
	},
	{
		name:    "pong",
		title:   "the answer to ping",
		text:    `Daemon to client, with the ping's body byte for byte. The C++ client fails on one without a body.`,
		example: `pong {"n": 1}`,
	},
	{
		name:    "stop",
		title:   "the daemon ends",
		text:    `The daemon closes all connections, removes its socket and exits with 0. Nothing is asked about who may say it. There is no answer.`,
		example: "stop",
	},
}
