package codec

import "time"

// A Mention is what a line of another text tells of a protocol: of a log, of
// a transcript, of the output of another program.
type Mention struct {
	Dir  Direction // 0 when the text does not say
	Time time.Time // zero when the text does not say
	Flow string    // tells conversations apart; "" when the text does not say
	Data []byte    // the bytes of the frame
}

// A Mentioner is a Protocol that finds its frames in lines of other texts.
type Mentioner interface {
	// Mention finds the frame that line, without its line break, tells of.
	// Data is appended to buf, or is a part of it.
	Mention(buf, line []byte) (Mention, bool)
}

// An Ender is a Conversation that knows when something was left unfinished.
type Ender interface {
	// AppendEnd appends what is odd about a direction when no more bytes of
	// it come: what began and never ended.
	AppendEnd(dst []Finding, dir Direction) []Finding
}

// A Hearer is a Conversation in which what one side says decides how the
// other is read. Who sends frames itself, and decodes only what comes back,
// tells it of them; a decoder does that for what it decodes.
type Hearer interface {
	// Hear takes in a frame that is sent in dir. It keeps nothing of it.
	Hear(dir Direction, f Frame)
}

// A Starter is a Conversation that is read in another way when it is seen from
// its first byte on for certain, as by one of the two who talk.
type Starter interface {
	// Start says so. It comes before all bytes.
	Start()
}

// A Summarizer is a Conversation that sums up what it has seen, as a table.
type Summarizer interface {
	// Summary returns the names of the columns and the rows, whose cells are
	// as many. The order is that of first appearance.
	Summary() (columns []string, rows [][]string)
}

// A Briefer is a Frame whose text says too much before it comes to the point,
// and that can tell in a few words what it is about.
type Briefer interface {
	// AppendBrief appends the words, on one line. They are for people: no
	// Parser reads them, and bytes of the frame in them may be anything.
	AppendBrief(dst []byte, v View) []byte
}

// A JSONTexter is a Frame whose text has many bytes with escapes. In a JSON
// string their backslashes would have to be escaped again, and it can write
// that at once.
type JSONTexter interface {
	// AppendJSONText appends what AppendText does as the inside of a JSON
	// string: with a backslash before each quotation mark and each backslash,
	// and otherwise the same, so that a text which has control characters, and
	// cannot be used, still has them. It says false when it does not do that
	// for this frame; what it has appended then is of no use.
	AppendJSONText(dst []byte, v View) (out []byte, ok bool)
}

// A Certain is a Frame that knows something about its text for certain: no
// printer has to look for it.
type Certain interface {
	// Certain says what holds for what AppendText appends, and AppendJSONText
	// if there is one.
	Certain() Certainty
}

// A Certainty is a set of what is known about a text.
type Certainty uint8

// What may be known about a text.
const (
	// Printable says that it is UTF-8 without control characters, 7f among
	// them.
	Printable Certainty = 1 << iota

	// Own says that it begins with a digit or a letter, and not with
	// "raw", and does not end in a backslash with which something begins.
	Own

	// Bare says that [Redacted] does not stand in it.
	Bare

	Everything = Printable | Own | Bare
)

// A Subject is what a frame is about, beside its type.
type Subject struct {
	Kind string // "method", "command", "stream", "queue", "group"
	Name []byte // good as long as the frame
}

// A Measure is what a frame counts as when traffic is added up.
type Measure struct {
	Subjects []Subject // two at the most; those of an answer are its request's

	// Error is the class of what failed, such as the name of an exception; ""
	// when nothing did. It has no number and no name of an object in it, so
	// that the same failure has the same class.
	Error string

	// Step says that an answer is a step on the way to one: what comes to an
	// end with it, such as "queue wait".
	Step string

	// Encoding is the name of what the payload was encoded by, "" for none;
	// Encoded and Plain are its bytes with and without that.
	Encoding       string
	Encoded, Plain int64
}

// A Measured is a Frame that counts as more than its type and its size.
type Measured interface {
	// Measure fills in m, which is empty but for the memory of Subjects.
	Measure(m *Measure)
}

// A Sample is one value of something that a protocol measures.
type Sample struct {
	Metric string // what is measured, such as "lock wait"
	Name   string // of what, such as a stream; may be empty
	Conn   int
	Value  int64 // nanoseconds when Time is set, else a number
	Time   bool
}

// A Meter measures what no single frame and no pair of request and answer
// tells. It sees all conversations of a capture that are its protocol's, in
// the order of time. What it keeps is bounded.
type Meter interface {
	// Take looks at a frame. Server names the server of the conversation.
	Take(r *Record, server string, emit func(Sample))

	// End says that no more comes.
	End(emit func(Sample))
}

// A Metered is a Protocol with a Meter.
type Metered interface{ Meter() Meter }

// A Mover is a Frame from a Decoder that can be copied without a memory of
// its own for each copy.
type Mover interface {
	// MoveTo returns a copy of the frame that uses raw, which has the bytes
	// of its record, in place of the memory that it shares now. into is what
	// an earlier call returned and is needed no more, or nil: the copy may
	// take its place.
	MoveTo(raw []byte, into Frame) Frame
}

// A Postponer is a Mover of which a copy is decoded only when it is asked for
// something, into memory that it takes then. Who has many copies, and asks one
// after the other, moves each of them once more before, to the same place: then
// that memory is taken once.
type Postponer interface {
	Mover

	// Postponed says whether the frame is such a copy.
	Postponed() bool
}

// A Told is what a frame is between applications.
type Told struct {
	Below bool   // it is of the layers below: a handshake, a heartbeat
	Kind  string // what frames that say the same again have in common
	Label string // what it says, in a few words; "" when Kind tells all

	// Client and Server are names of the ends of the conversation, where the
	// frame tells them.
	Client, Server string
}

// A Teller is a Frame that can be told of in a few words, as an arrow of a
// diagram.
type Teller interface {
	// Tell fills in t, which is empty. What it tells is short, and hides
	// what v hides.
	Tell(t *Told, v View)
}

// A Fielder is a Protocol that tells what members AppendJSON's object may
// have, for those who ask for them by name.
type Fielder interface {
	// FieldTables returns the protocol's own table, and then those of the
	// layers below it, whose frames its streams have as well.
	FieldTables() []FieldTable
}

// A FieldTable is a text of lines with tabs in them.
type FieldTable struct {
	Fields   string // name, type and meaning of each member
	Examples string // "field" or "record" (of records in general), name, and a value as JSON
}
