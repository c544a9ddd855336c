package msgq

import "github.com/wirectl/wirectl/pkg/codec"

// rules are what lint holds traffic to: what the daemon dies of, closes for or
// ignores, and what its clients misread.
var rules = []codec.Rule{
	{ID: "msgq/wrong-length", Severity: codec.Error, Title: "lengths that are not the true ones", Text: "The daemon closes the connection, or waits for the rest with all other clients waiting behind."},
	{ID: "msgq/no-type", Severity: codec.Error, Title: "a header without a type", Text: "A KeyError ends the daemon's poller thread: nobody is served any more."},
	{ID: "msgq/unknown-type", Severity: codec.Warning, Title: "a type that the daemon does not know", Text: "It is logged and ignored."},
	{ID: "msgq/missing-key", Severity: codec.Error, Title: "a key is missing that the type needs", Text: "A KeyError ends the daemon's poller thread: nobody is served any more."},
	{ID: "msgq/key-type", Severity: codec.Warning, Title: "a key's value is of a type that it should not be", Text: "An array or an object as to or group ends the daemon's poller thread; a seq that is no integer comes back in the reply as it is."},
	{ID: "msgq/ignored", Severity: codec.Warning, Title: "a frame that the daemon ignores", Text: "A group or an instance that is null."},
	{ID: "msgq/repeated-key", Severity: codec.Warning, Title: "a key comes again", Text: "The last one counts, and is all that the daemon forwards."},
	{ID: "msgq/lenient-json", Severity: codec.Warning, Title: "JSON that not all libraries read", Text: "NaN and raw control characters are Python's, upper case and trailing commas the C++ library's."},
	{ID: "msgq/header-only", Severity: codec.Warning, Title: "a send without a body", Text: "The Python client takes it for the answer that it waits for, the C++ client throws."},
	{ID: "msgq/forged-from", Severity: codec.Error, Title: "from is not the sender's own lname", Text: "The daemon does not look: the answer goes to somebody else, or to nobody. Only the daemon's own errors are from msgq."},
	{ID: "msgq/want-answer", Severity: codec.Warning, Title: "want_answer is not what it seems", Text: "Its truth is Python's: \"no\" and 1 are true. In a reply it has no effect."},
	{ID: "msgq/body-not-json", Severity: codec.Error, Title: "a body that is no JSON", Text: "The daemon forwards it, and the receiving client raises an error."},
	{ID: "msgq/answer-form", Severity: codec.Warning, Title: "an answer that clients cannot take apart", Text: "An answer is {\"result\": [rcode]} or [rcode, value], and an error has a text."},
	{ID: "msgq/command-form", Severity: codec.Warning, Title: "a command that handlers cannot take apart", Text: "A command is {\"command\": [name]} or [name, argument] and nothing else."},
	{ID: "msgq/old-encoding", Severity: codec.Error, Title: "the binary encoding of before June 2010", Text: "Later daemons close the connection."},
	{ID: "msgq/seq-reuse", Severity: codec.Warning, Title: "a sequence number comes again", Text: "A reply carries nothing else to be matched by: that of the first may be taken for that of the second."},
	{ID: "msgq/reply-to-nothing", Severity: codec.Warning, Title: "a reply to what did not arrive", Text: "No message from that lname with that seq came over this connection. Who gets the reply drops it."},
	{ID: "msgq/no-lname", Severity: codec.Note, Title: "a send before getlname", Text: "The document wants the name to be asked first; the daemon does not."},
	{ID: "msgq/wrong-direction", Severity: codec.Warning, Title: "a type that this side does not send", Text: "The daemon ignores pong of a client; a client that gets a subscribe does not know what to do with it."},
	{ID: "msgq/not-subscribed", Severity: codec.Warning, Title: "unsubscribe from what was not subscribed", Text: "Group and instance must be the same pair. The daemon ignores it and notifies nobody."},
	{ID: "msgq/subscribed-again", Severity: codec.Note, Title: "subscribe to what is subscribed", Text: "It is kept once, and notified again."},
	{ID: "msgq/after-stop", Severity: codec.Warning, Title: "a client goes on after stop", Text: "The daemon closes everything; a second stop makes it fail on its way out."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule { return rules }
