// Package standin plays the server of a recording: it answers as the session
// document says that the server did, and never asks anybody else.
//
//	document ──▶ New ──▶ StandIn, a hub
//
//	connection 1 ─┐   ┌─ script of the document's connection 1
//	connection 2 ─┼──▶├─ script of the document's connection 2
//	connection 3 ─┘   └─ … and again from the first, as a new play
//
// Each connection that comes in gets the next of the document's connections
// that nobody has yet; when all are taken the document begins anew, with
// variables of its own. A script is what the document has of one connection:
// "<" lines are sent and ">" lines are expected, as in package session with
// Options.Serve.
//
// In order, which is the default, a client has to say what the document
// expects, and what it says instead is told with how it differs from the
// nearest line; the connection ends there. In any order, what is expected
// with all that is sent after it is one answer, and each frame of a client gets
// the answer that it matches: one that was not given yet before one that was.
package standin
