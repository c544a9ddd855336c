package zeo

import "github.com/wirectl/wirectl/pkg/codec"

// rules are what lint holds traffic to. What the servers do was measured with
// ZODB 3.9.7, ZEO 4 and ZEO 6.
var rules = []codec.Rule{
	{ID: "zeo/unknown-id", Severity: codec.Error, Title: "a protocol id that no version has", Text: "The servers close the connection."},
	{ID: "zeo/version", Severity: codec.Error, Title: "the client answers with an id that the server does not take", Text: "The smaller of the two, as text, is to be spoken: servers up to ZEO 4 take what is not above their own, ZEO 5 and 6 only version 5. The server closes the connection."},
	{ID: "zeo/letter", Severity: codec.Note, Title: "the client chooses another encoding than the server announced", Text: "ZEO 5 and 6 obey the client's letter: a server of Z5 speaks msgpack with a client that answers M5."},
	{ID: "zeo/client-first", Severity: codec.Warning, Title: "the client speaks before the server", Text: "The server's first message is its protocol id; a client waits for it."},
	{ID: "zeo/before-register", Severity: codec.Error, Title: "a call before register", Text: "ZEO 5 and 6 close the connection. Older servers answer with an error, and are silent when no answer is wanted."},
	{ID: "zeo/register-again", Severity: codec.Error, Title: "register on a connection that is registered", Text: "ZEO 5 and 6 close the connection, older servers answer with ValueError."},
	{ID: "zeo/unknown-method", Severity: codec.Error, Title: "a method that no version has", Text: "The servers close the connection, and answers that wait may be lost."},
	{ID: "zeo/wrong-direction", Severity: codec.Error, Title: "a message that this side does not send", Text: "Servers push what clients do not call, clients call what servers do not push, and only clients send heartbeats. The receiver closes the connection."},
	{ID: "zeo/reply-to-nothing", Severity: codec.Error, Title: "an answer that no call waits for", Text: "ZEO 4 to 6 close the connection, 3.9.7 ignores it."},
	{ID: "zeo/id-reuse", Severity: codec.Warning, Title: "the id of a call that still waits", Text: "The server gives the id back as it is, and which answer is whose cannot be told."},
	{ID: "zeo/no-transaction", Severity: codec.Error, Title: "a part of a transaction before tpc_begin", Text: "The server has no such transaction: StorageTransactionError, and, for a call without an answer, ZEO 5 and 6 close the connection."},
	{ID: "zeo/begin-again", Severity: codec.Error, Title: "tpc_begin while a transaction is open", Text: "A connection has one at a time: StorageTransactionError."},
	{ID: "zeo/wrong-transaction", Severity: codec.Error, Title: "the number of another transaction", Text: "It is not the one that tpc_begin named: StorageTransactionError, or silence."},
	{ID: "zeo/vote-again", Severity: codec.Error, Title: "vote on a transaction that has voted", Text: "From ZEO 4 on: Already voting, locked or waiting. 3.9.7 votes again."},
	{ID: "zeo/finish-before-vote", Severity: codec.Error, Title: "tpc_finish before the answer to vote", Text: "Nothing is stored before vote, which can fail or wait for the lock."},
	{ID: "zeo/vote-open", Severity: codec.Warning, Title: "a vote is never finished", Text: "The transaction has the commit lock, and nobody else can commit, until tpc_finish, tpc_abort or the end of the connection."},
	{ID: "zeo/transaction-open", Severity: codec.Warning, Title: "a transaction is never finished", Text: "The connection ends without tpc_finish or tpc_abort: the server drops what was stored."},
	{ID: "zeo/blob-order", Severity: codec.Error, Title: "a part of a blob outside of its start and end", Text: "storeBlobStart, chunks, storeBlobEnd follow each other on a connection."},
	{ID: "zeo/encoding", Severity: codec.Warning, Title: "another encoding than the handshake chose", Text: "ZEO 5 and 6 read one only: of the other they make nonsense, or close."},
	{ID: "zeo/protocol", Severity: codec.Error, Title: "a pickle protocol over 3", Text: "ZEO 5 and 6, and 3.9.7, close the connection; ZEO 4 on Python 3 reads it."},
	{ID: "zeo/trailing", Severity: codec.Warning, Title: "bytes after the pickle", Text: "Peers ignore them. After msgpack they would end the connection."},
	{ID: "zeo/opcodes", Severity: codec.Note, Title: "a body that no peer's writer makes", Text: "It means the same."},
	{ID: "zeo/flag", Severity: codec.Note, Title: "a flag of another type than ZEO 5 and 6 send", Text: "0 for False and 1 for True count the same. A 2 on a call is taken for a call without an answer."},
	{ID: "zeo/inert", Severity: codec.Error, Title: "a pickle that names or calls something", Text: "No client sends one. Nothing was obeyed here; ZEO 5 and 6 servers would call anything of Python's builtins."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule { return rules }
