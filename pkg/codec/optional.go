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
