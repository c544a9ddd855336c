package hg

import "github.com/wirectl/wirectl/pkg/codec"

// rules are what lint holds traffic to: what the reactors of Mercurial refuse,
// what its documents forbid, and what they let pass that ends badly later.
var rules = []codec.Rule{
	{ID: "hg/stream-parity", Severity: codec.Error, Title: "a stream with the wrong parity", Text: "Odd streams are written by the client, even ones, 0 among them, by the server. Both reactors stop: received frame with even numbered stream ID."},
	{ID: "hg/stream-not-begun", Severity: codec.Error, Title: "the first frame of a stream has no stream-begin", Text: "The reactors stop: received frame on unknown inactive stream without beginning of stream flag set. So does the first frame after a stream-end."},
	{ID: "hg/stream-begin-again", Severity: codec.Error, Title: "stream-begin on a stream that is open", Text: "The reactors take it in silence, and the client's goes on with the old decoder: what is encoded afresh comes out as garbage."},
	{ID: "hg/stream-never-ended", Severity: codec.Note, Title: "a stream has no stream-end", Text: "The documents want the last frame of a stream to say so. No release of Mercurial ever sets the flag."},
	{ID: "hg/request-parity", Severity: codec.Warning, Title: "a client's request with an even id", Text: "Odd ids are for requests of the client, even ones for those of the server. No reactor looks."},
	{ID: "hg/request-again", Severity: codec.Error, Title: "a request id that is still in use", Text: "The reactors stop: request with ID N already received, or is already active. It is in use until its answer has been sent."},
	{ID: "hg/unexpected-frame", Severity: codec.Error, Title: "a frame that may not stand here", Text: "Such as an argument of a request that announced none, or of no request at all. The reactors stop, or the seed's returns nothing and its caller crashes."},
	{ID: "hg/after-eos", Severity: codec.Error, Title: "data after its end", Text: "After eos, or eoa of arguments, nothing of that kind follows. The seed's server takes more arguments and runs the command with them; for data it stops."},
	{ID: "hg/data-before-eoa", Severity: codec.Error, Title: "data before the last argument", Text: "The seed's reactor runs the command at the end of the data, without the arguments that come later."},
	{ID: "hg/data-flag", Severity: codec.Error, Title: "frames of a request differ in have-data", Text: "The final reactor stops: mismatch between expect data flag and previous frame."},
	{ID: "hg/settings-late", Severity: codec.Error, Title: "settings after other frames", Text: "sender-protocol-settings come before all else of a client, or the reactor stops: expected command request frame; got 8. stream-settings come before the stream's other frames, which would else be read without them."},
	{ID: "hg/answer-to-nothing", Severity: codec.Error, Title: "an answer that no request waits for", Text: "The client's reactor stops: received frame for inactive request ID."},
	{ID: "hg/answer-after-end", Severity: codec.Error, Title: "an answer goes on after its end", Text: "After eos, or an error-response, the request is forgotten: the client's reactor stops."},
	{ID: "hg/request-open", Severity: codec.Warning, Title: "a request is not whole", Text: "The end came before the last argument or the end of the data. The reactors say nothing, and the command does not run."},
	{ID: "hg/answer-open", Severity: codec.Warning, Title: "an answer is not whole", Text: "Neither eos nor an error came."},
	{ID: "hg/long-payload", Severity: codec.Error, Title: "a payload of over 65535 bytes", Text: "Without negotiation, which does not exist, the documents forbid it. Both reference readers weigh the third octet of the length wrongly: from 65536 on they lose their place."},
	{ID: "hg/reserved-stream-flags", Severity: codec.Warning, Title: "stream flags without a meaning", Text: "The reactors ignore them."},
	{ID: "hg/reserved-flags", Severity: codec.Warning, Title: "flags without a meaning on this type", Text: "The reactors ignore them."},
	{ID: "hg/unknown-type", Severity: codec.Error, Title: "a type that the dialect does not have", Text: "The server stops; while it receives a request, the seed's returns nothing and its caller crashes."},
	{ID: "hg/encoded", Severity: codec.Error, Title: "an encoded payload that nobody can read", Text: "The seed declares encodings and has none, no server reads an encoded request, and a stream without settings is taken as it is."},
	{ID: "hg/decoding", Severity: codec.Error, Title: "an encoded payload that cannot be decoded", Text: "zlib or zstd says what is wrong. The client's reactor raises that error."},
	{ID: "hg/flags", Severity: codec.Error, Title: "flags that do not go together", Text: "Of new and continuation, or continuation and eos, exactly one must be set. The server stops: command data frame without flags, and the like."},
	{ID: "hg/payload", Severity: codec.Error, Title: "a payload that is not in the form of its type", Text: "Such as an argument that is cut. The server stops with an error, or raises an exception."},
	{ID: "hg/cbor", Severity: codec.Error, Title: "a payload that is no CBOR", Text: "The reader raises: input data not complete, or not fully consumed."},
	{ID: "hg/cbor-kind", Severity: codec.Error, Title: "a kind of CBOR that Mercurial refuses", Text: "Text strings, floats, and tags but that of sets: string major type not supported."},
	{ID: "hg/cbor-long", Severity: codec.Note, Title: "CBOR with a longer head than needed", Text: "Mercurial's own writer takes the shortest; its reader takes all."},
	{ID: "hg/limit", Severity: codec.Note, Title: "more items than are looked at", Text: "The frame holds more, or longer, items than wirectl lists: what is in them is not checked."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule { return rules }
