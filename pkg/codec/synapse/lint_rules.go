package synapse

import "github.com/wirectl/wirectl/pkg/codec"

// rules are what lint holds traffic to: what the versions' own receivers
// refuse or pass over, and what a client that follows the streams would miss.
var rules = []codec.Rule{
	{ID: "synapse/over-long", Severity: codec.Error, Title: "a line is longer than 16384 bytes", Text: "The receiver closes the connection: without a word up to v0.99.1, then with ERROR Line length exceeded."},
	{ID: "synapse/wrong-direction", Severity: codec.Error, Title: "a command is sent by the side that does not send it", Text: "The receiver answers ERROR invalid command and closes."},
	{ID: "synapse/no-space", Severity: codec.Warning, Title: "no space after the name", Text: "Up to v1.12 the line cannot be split, and the connection is dropped without ERROR. Later versions take it; their programs write the space all the same."},
	{ID: "synapse/carriage-return", Severity: codec.Warning, Title: "CR before LF", Text: "The delimiter is LF alone, so the CR is a part of the last field: of a name, or of an integer, which Python strips."},
	{ID: "synapse/blank-line", Severity: codec.Note, Title: "a blank line", Text: "Passed over by the versions for Python 2 and from v1.73 on; those between drop the connection."},
	{ID: "synapse/ignored-text", Severity: codec.Warning, Title: "text after a command that takes none", Text: "From v1.13 on REPLICATE has no argument, and what stands there is ignored: a client of an older version does not get what it asks for."},
	{ID: "synapse/int-spelling", Severity: codec.Note, Title: "an integer in another spelling than programs write", Text: "Python's int() takes signs, blanks, leading zeros and digits of other scripts."},
	{ID: "synapse/blank-in-field", Severity: codec.Warning, Title: "a blank in an early field", Text: "REMOVE_PUSHER is split at its first two blanks: a push key with one moves the fields behind it, and another pusher, or none, is removed."},
	{ID: "synapse/unknown-stream", Severity: codec.Warning, Title: "a stream that no version has", Text: "A client logs it and goes on."},
	{ID: "synapse/row-shape", Severity: codec.Warning, Title: "a row with other columns than its stream has", Text: "Rows are JSON arrays that are taken apart by position: what is missing raises an exception in the client, and what is too much is an error too."},
	{ID: "synapse/batch-open", Severity: codec.Error, Title: "a batch is never closed", Text: "Rows with the token \"batch\" wait for one with a number. Without it a client never delivers them, and from v1.13 on drops them at the next POSITION."},
	{ID: "synapse/token-regression", Severity: codec.Error, Title: "a stream's token goes back", Text: "A token says: everything up to here. From v1.16 on a client discards rows at or below its position; before, it goes back with the stream."},
	{ID: "synapse/token-gap", Severity: codec.Warning, Title: "rows between two tokens did not come", Text: "A POSITION begins where this connection has not been: from v1.22 on a client fetches the missing rows itself."},
	{ID: "synapse/error-line", Severity: codec.Warning, Title: "a side says ERROR", Text: "It gives the connection up, and says why. The receiver only logs it."},
	{ID: "synapse/after-error", Severity: codec.Error, Title: "a side goes on after its ERROR", Text: "A program that has sent ERROR is closed at once and sends no more."},
	{ID: "synapse/not-subscribed", Severity: codec.Error, Title: "rows of a stream that nobody asked for", Text: "Up to v1.12 a server sends a stream's rows after REPLICATE of that stream, or of ALL."},
	{ID: "synapse/before-position", Severity: codec.Note, Title: "rows before the first POSITION of their stream", Text: "From v1.13 on a client discards RDATA until the connection's first POSITION of the stream. Servers send rows to every connection, so that the first ones after it began are lost like this."},
	{ID: "synapse/silence", Severity: codec.Warning, Title: "a side is silent for longer than the other waits", Text: "A program that has nothing to send sends PING at the latest every 10 s. After the peer's first PING, it gives up when nothing came for 15 s (seed) or 25 s (later)."},
	{ID: "synapse/no-server", Severity: codec.Warning, Title: "the server does not begin with SERVER", Text: "The first line of a server names it, and a client compares the name with its own."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule { return rules }
