// Package emqp reads and builds the messages of EventMQ, eMQP/1.0, which
// travel as messages of ZMTP (package zmtp).
//
//	frame  content
//	0      empty
//	1      eMQP/1.0
//	2      command, in upper case
//	3      message id: a UUID as text, 36 bytes; emq-cli puts "admin:" before it
//	4…     the command's own parts, all text in UTF-8
//
// The identity of the sender is in no message: a ROUTER socket takes it from
// READY. What the parts are stands in the table of commands.go.
//
// Everything on the connection that is no such message, greetings, commands
// of ZMTP and other messages, stays what it is in package zmtp.
//
// Source: EventMQ 0.3.13 (eventmq/eventmq, commit 2ada4a6), its code before
// its document docs/protocol.rst; docs/protocols/emqp.md lists where the two
// differ.
package emqp
