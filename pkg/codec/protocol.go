package codec

import "fmt"

// A Protocol is one wire protocol: what there is to know about it, and the
// makers of its decoders and parsers. Its methods may be called from several
// goroutines; what they return may not be shared between goroutines.
type Protocol interface {
	// Info describes the protocol. The caller must not change it.
	Info() *Info

	// Open returns the two decoders of a new conversation.
	// It fails when o names a dialect that the protocol does not have.
	Open(o Options) (Conversation, error)

	// Parser returns the reader of the notation for a new conversation.
	Parser(o Options) (Parser, error)

	// Probe judges whether src, the first bytes known of a direction, are
	// this protocol's. They may begin in the middle of a frame.
	Probe(dir Direction, src []byte) Probe

	// Topics lists what explain, template and completion know about.
	Topics(dialect string) []Topic
}

// Info describes a protocol.
type Info struct {
	Name       string      // as on the command line, such as "hg"
	Title      string      // one line
	Dialects   []Dialect   // the first is the default
	Ports      []uint16    // TCP ports that it is known to use
	MediaTypes []MediaType // HTTP bodies that hold its frames
	Deviations []Deviation // the !name and !name=value that its texts may begin with
}

// A Dialect is one variant of a protocol.
type Dialect struct {
	Name    string
	Aliases []string
	Title   string
}

// A MediaType names the dialect of HTTP bodies of that type.
type MediaType struct{ Type, Dialect string }

// Dialect returns the dialect of that name or alias.
func (i *Info) Dialect(name string) (Dialect, error) {
	names := make([]string, 0, len(i.Dialects))
	for _, d := range i.Dialects {
		names = append(names, d.Name)
		if d.Name == name {
			return d, nil
		}
		for _, a := range d.Aliases {
			if a == name {
				return d, nil
			}
		}
	}
	return Dialect{}, &UnknownNameError{What: i.Name + " dialect", Name: name, Allowed: names}
}

// An UnknownNameError is a name that is not in a list.
type UnknownNameError struct {
	What, Name string
	Allowed    []string
}

func (e *UnknownNameError) Error() string {
	return fmt.Sprintf("no %s %q", e.What, e.Name)
}

// Options are the settings of a conversation. The zero value is usable.
type Options struct {
	Dialect   string // "" means: find out
	MediaType string // of the HTTP body that holds the frames, if one does

	// ServerPort is the TCP port of the conversation's server, 0 when it is
	// not known. Some protocols tell roles by it.
	ServerPort uint16

	MaxFrame   int // largest frame to accept, in bytes; 0 means DefaultMaxFrame
	MaxNesting int // deepest nesting of values; 0 means DefaultMaxNesting

	// Compat asks for the reference program's ways where they are known to
	// be wrong. The protocols' pages list what it changes.
	Compat bool

	// Headers asks for no more than the ends of frames: what stands behind
	// their headers is not looked at, so that nothing in it is wrong and no
	// dialect is found out by it. Frames are as those of a payload that cannot
	// be read, or read it when they are asked for what takes it.
	Headers bool

	// Account asks a conversation to keep account of what it sees, for
	// [Summarizer] and [Ender]. That takes memory for each request.
	Account bool

	// ReadFile reads the files that texts name. Without it no text can name
	// a file.
	ReadFile func(name string) ([]byte, error)

	// Fresh makes the values that texts ask for by {{name}}, a new one each
	// time: uuid, a UUID of version 4, and now, the time in s since 1970 as
	// Python writes it. It says false for other names. Without it no text can
	// ask for one.
	Fresh func(name string) (value string, ok bool)
}

// Defaults of [Options]. They admit frames of 1 MiB and a little more.
const (
	DefaultMaxFrame   = 1<<20 + 64<<10
	DefaultMaxNesting = 100
)

// FrameLimit returns the limit on frames that o asks for.
func (o Options) FrameLimit() int {
	if o.MaxFrame > 0 {
		return o.MaxFrame
	}
	return DefaultMaxFrame
}

// NestingLimit returns the limit on nesting that o asks for.
func (o Options) NestingLimit() int {
	if o.MaxNesting > 0 {
		return o.MaxNesting
	}
	return DefaultMaxNesting
}

// A Conversation is the state that both directions of one connection share.
type Conversation interface {
	// Decoder returns the decoder of a direction, always the same one.
	Decoder(Direction) Decoder

	// Dialect names the dialect in force, "" while it is not known, and says
	// why it was chosen.
	Dialect() (name, why string)
}

// A Text is one frame in the notation, without direction and brackets.
type Text struct {
	Body       []byte
	Deviations []Deviation // what stood before Body as !name=value
}

// A Deviation is a departure from the canonical encoding that the text asks
// for.
type Deviation struct {
	Name, Value string // in an Info the value says what may stand there, "" for nothing
	Pos         int    // where it stands, counted from the start of Body: negative
}

// A Parser makes frames of texts, for one conversation.
type Parser interface {
	// Parse makes the frame that t describes. A fault of the text is a
	// [*TextError]. The frame may share memory with t.Body and is good until
	// the next call.
	Parse(dir Direction, t Text) (Frame, error)
}

// A BinaryParser is a Parser that appends the bytes of a text at once, and makes
// no frame of them.
type BinaryParser interface {
	// AppendParsed appends what the frame of Parse would. What it returns with
	// an error is of no use.
	AppendParsed(dst []byte, dir Direction, t Text) ([]byte, error)
}

// A TextError says what is wrong with a text, and where.
type TextError struct {
	Start, End int      // the range in Body; from a Deviation it is negative
	Field      string   // the part of the frame, such as "stream flags"
	Message    string   // what is wrong
	Allowed    []string // what could stand there
	Hint       string   // what to do
}

// Error returns the field and what is wrong with it.
func (e *TextError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// A Probe is how sure a protocol is that bytes are its own.
type Probe struct {
	Score int // 0 not at all, 100 beyond doubt
	Why   string
	More  bool // what comes next may show that they are those of another protocol on top of this one
}

// A Topic is one thing that a protocol can explain.
type Topic struct {
	Name    string // as in the protocol's document
	Kind    string // "type", "flag", "stream flag", "field", "command", ...
	Of      string // for flags and the like: the name of what they belong to
	Number  int    // its value on the wire, -1 when it has none
	Title   string // one line
	Text    string // paragraphs, with the layout as a table where there is one
	Example string // in the notation, ready to be edited; may be empty
	Source  string // document or program, with version
}

// A ValueExplainer is a Protocol that can explain values which are no topic's
// name, such as the byte "0x41".
type ValueExplainer interface {
	ExplainValue(dialect, value string) (text string, ok bool)
}
