// Package replay runs session documents against a live peer: it sends what a
// document sends, waits for what it expects, and tells what came instead.
//
//	session.Document ──▶ Run ──▶ Report{Verdicts} ──▶ text, JUnit, TAP, JSON, HTML
//	                      │ ▲
//	            Dialer ◀──┘ └── peers: a goroutine each that reads and decodes
//
// A connection is made when the first step wants it. What comes is decoded at
// once and waits, in its order, until a step asks for it. What a protocol's
// client does by itself, such as the handshake of ZMTP, is done by the client
// machines of package reactor, unless Options.Literal.
package replay
