package hg

import "sync"

const sourceFinal = "mercurial/wireprotoframing.py and internals/wireprotocolrpc.txt of hg 5.8.1"

// finalTypes tells about the types of the final dialect, by number.
var finalTypes = [16]topicText{
	FinalCommandRequest: {
		"a client asks for a command", `The payload is one CBOR map, cut over as many frames as it needs:

name      the command
args      a map, left out when it is empty
redirect  what redirects the client follows: targets, hashes

The first frame has new, the others continuation, all but the last more.
With have-data, which then stands on all of them, command-data frames follow.`, "1 1 stream-begin command-request new cbor:{b'args': {b'key': b'tip'}, b'name': b'lookup'}",
	},
	FinalCommandData: {
		"data that goes with a command", `The payload is raw bytes. All frames but the last have continuation, the last
has eos, and may be empty.`, `1 1 0 command-data eos some\x20bytes\n`,
	},
	FinalCommandResponse: {
		"the answer to a command", `The payloads are a sequence of CBOR items, cut over frames anywhere. The first
is a map with status:

ok        the command's own items follow
error     error is a map message, args
redirect  location is a map url, mediatype, size, fullhashes, …

With encoded the payload is a piece of the stream's encoding; so one frame is
not one item. All frames but the last have continuation, the last eos.`, "1 2 stream-begin command-response eos cbor:{b'status': b'ok'}",
	},
	FinalErrorResponse: {
		"something failed, and not in the way of a command", `The payload is a CBOR map: type is protocol, server or command; message is an
array of maps msg, args, labels, as in text-output. It ends the answer.`, "1 2 stream-begin error-response 0 cbor:{b'message': [{b'msg': b'out of disk'}], b'type': b'server'}",
	},
	FinalTextOutput: {
		"text for people, ready for translation", `The payload is a CBOR array of maps:

msg     the format, ASCII: %s stands for the next argument, %% for a percent sign
args    arguments, UTF-8, if there are some
labels  labels, ASCII, if there are some

hg's own client refuses these frames.`, `1 2 stream-begin text-output 0 cbor:[{b'args': [b'3'], b'labels': [b'ui.status'], b'msg': b'%s changes\n'}]`,
	},
	FinalProgress: {
		"how far the server has got", `The payload is a CBOR map: topic, pos, total and perhaps label and item. A pos
of -1 ends a topic. No release sends it, and hg's own client refuses it.`, "1 2 stream-begin progress 0 cbor:{b'pos': 1, b'topic': b'bundling', b'total': 10}",
	},
	FinalProtocolSettings: {
		"what the sender can do", `The payload is a CBOR map. contentencodings lists the encodings that the
client can read, the best one first; without it that is identity alone.

It comes before all else that a client sends, with the first request's ID.`, "1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'zstd-8mb', b'zlib', b'identity']}",
	},
	FinalStreamSettings: {
		"how a stream is encoded", `The payload is the encoding's name, a CBOR byte string: identity, zlib or
zstd-8mb. Frames of the stream that have encoded are encoded that way from
then on, as one stream of bytes over all requests on it.

In wirectl's texts encode: puts a payload through the stream's encoding.`, "1 2 stream-begin stream-settings eos cbor:b'zlib'\n1 2 encoded command-response eos encode:cbor:{b'status': b'ok'}",
	},
}

// finalFlagTitles tells about flags that the final dialect has otherwise than
// the seed.
var finalFlagTitles = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"new":     "the first frame of a request",
		"more":    "more command-request frames of this request follow",
		"encoded": "the payload went through the stream's encoding; servers send it, and refuse it",
	}
})
