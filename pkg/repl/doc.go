// Package repl is the console of wirectl as a library: it takes a line, does
// what it says with a machine, and returns what there is to see. It knows no
// terminal, no network, no files and no clock: who runs it gives it lines and
// writes what it says.
//
//	line ──▶ Console.Do ──▶ command      back, fork, break, load, …
//	             │
//	             └─ Reader ──▶ events ──▶ Stepper ──▶ world ──▶ Machine
//	                                         │          └─ frames on their way,
//	                                         ▼             timers, what is out
//	                             steps, snapshots, branches
//
// A world is all that time travel has to bring back: one machine, or a client
// and a server with the frames between them. It is a machine itself, so that
// the [reactor.Stepper] keeps its past. What a Reader has learnt is not in it:
// it is learnt again from the steps, when the console has gone back.
//
// docs/repl.md shows the language, docs/notation.md that of frames.
package repl
