// Package record makes session documents of captures: what the client sent
// becomes lines that are sent, and what the server answered lines that are
// expected.
//
//	codec.Record ──▶ Recorder.Add ──▶ lines ──▶ places ──▶ values ──▶ Recorder.Document
//	                                  text     table of    names      source of a
//	                                           protocol               session
//
// What another run will have otherwise is not written as it stands. The table
// of each protocol (tables.go) says which places of which frames hold such
// values, and of what kind they are. A value that comes from the peer first
// becomes a capture there, {{tid1}}, and a use, $tid1, wherever it stands
// later; where nobody needs it again it is a hole, {{*}}. A value that the
// client makes up is made anew: {{uuid}}, {{now}}. All else stays as it is.
//
// With a second recording of the same run, [Recorder.Compare] finds the
// places that no table knows: what differs there is treated likewise.
//
// Package session reads what comes out; docs/record.md tells users of it.
// Nothing here does I/O or has a clock.
package record
