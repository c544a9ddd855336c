// Package session reads session documents (.wire) and holds what came against
// what they expect. docs/session.md is their specification; a frame's text is
// that of package humanframe, and every document that it reads is a session.
//
//	source ──▶ Parse ──▶ Document{Steps}
//	Document.Begin ──▶ Run ──▶ Frame(Send)          what to send
//	                       └─▶ Match(Expect, Record) what came: Result
//	source ──▶ Format ──▶ source                     wirectl fmt
//
// Nothing here does I/O or has a clock: who runs a session (replay, check,
// serve --from) walks the steps in order, does what they say, and asks the Run
// about frames.
//
// # Steps
//
// A Document is a list of steps, each of a type of its own:
//
//	Send      a frame, or raw bytes, that we send
//	Expect    a pattern that the next frame of its connection has to match
//	AnyOrder  Expects that are met in any order           @any-order … @end
//	Repeat    steps that are done N times                 @repeat N [NAME] … @end
//	Retry     steps that are tried again until they pass  @retry N [every D] … @end
//	Set       a variable gets a value                     @set NAME=VALUE
//	Sleep     wait                                        @sleep D
//	Connect   where a connection goes                     @connect [#N] URL
//	Serve     which server to run for it                  @serve [#N] PROTOCOL
//	HTTP      the request whose body holds what follows   @http METHOD PATH
//	End       one side sends no more                      > @eof
//	Gap       bytes that a capture lacks                  < @gap N
//
// What only describes other steps is in them: @proto, @timeout, @optional,
// @ignore and @assert are fields of a Send or an Expect, and what @include
// names stands in its place. A "<" line is expected and a ">" line is sent,
// unless Options.Serve turns that round.
//
// # Patterns
//
// In a line that is expected {{name}} stands for any text and keeps it,
// {{name:/re/}} and {{name:glob}} for what they match, and a lone * or /re/
// for a value. $name is the value of a variable, in all lines, where the
// document has such a variable. A pattern also matches its own text, so that
// every line that decode prints matches the frame that it was printed of.
//
// A frame matches when its text does, or else when its fields do (those of
// JSON records), so that blanks in JSON or the order of its keys do not
// matter. The Diffs of a Result are of the fields.
//
// # Errors
//
// Parse returns all errors that it finds, each a *humanframe.Error with its
// place, what could stand there and a hint. A session with an error has no
// Document.
package session
