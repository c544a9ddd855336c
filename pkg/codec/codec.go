// Package codec holds what every wire protocol of wirectl shares: the shapes
// of a frame, of a decoder and of a protocol, and the [Stream] that cuts one
// direction of a connection into records without losing a byte.
//
// Nothing here and nothing in a protocol's package does I/O: no network, no
// files, no clock, no goroutine. Bytes come in as slices, records go out.
//
//	bytes ──▶ Stream ──▶ Decoder ──▶ Record{Frame} ──▶ dump, humanframe
//	text  ──▶ humanframe ──▶ Parser ──▶ Frame ──▶ AppendBinary ──▶ bytes
package codec

import (
	"encoding"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// A Direction is one of the two directions of a conversation. Its value is
// the mark that stands for it in the notation and in JSON.
type Direction byte

// The two directions.
const (
	ToServer Direction = '>' // what the client sends
	ToClient Direction = '<' // what the server sends
)

// Reverse returns the other direction.
func (d Direction) Reverse() Direction {
	if d == ToClient {
		return ToServer
	}
	return ToClient
}

// String returns ">" or "<".
func (d Direction) String() string {
	if d == ToClient {
		return "<"
	}
	return ">"
}

// A Span is a half-open range of offsets in one direction of a stream.
type Span struct{ Start, End int64 }

// Len returns the number of bytes in s.
func (s Span) Len() int64 { return s.End - s.Start }

// A Field is one named range of a frame, as a dump or a tree shows it.
//
// The fields of Depth 0 cover every byte of a frame exactly once, in order.
// The fields of Depth n+1 that follow a field of Depth n do the same for that
// field, or are absent.
type Field struct {
	Name  string // the protocol document's own name, lower case
	Span  Span   // offsets in the stream
	Value string // the value as text
	Note  string // a symbolic name or a remark
	Depth int    // nesting, 0 for the frame's own fields
}

// A Finding says what is odd about a frame that is valid all the same.
type Finding struct {
	Code    string // short and stable, such as "reserved-bits"
	Message string // for people
	Span    Span   // within the frame, from 0; empty when it means the whole
}

// A View says how much of a frame to show.
type View struct {
	Secrets bool // show passwords and tokens instead of masking them
	Depth   int  // how many levels of opaque payload to open; 0 for none

	// Only says which members of AppendJSON's object are looked at: others may
	// be left out, and are where that saves work. Nil means all.
	Only *Members

	// Texts is memory for the strings of AppendFields and Unpack. It may be nil.
	Texts *Texts
}

// A Frame is one unit cut from, or to be put on, a stream.
//
// A Frame got from a [Decoder] may share memory with the bytes that it was
// decoded from and may be used again by the Decoder for the next frame: it is
// good until the next call of Decode. Clone detaches it.
type Frame interface {
	// AppendBinary appends the exact bytes of the frame. A frame that came
	// from a Decoder always succeeds and gives the bytes that it came from.
	encoding.BinaryAppender

	// Type returns the protocol's own name for the kind of frame.
	Type() string

	// AppendText appends the frame in the notation: one line, without
	// direction, from which a [Parser] makes the same bytes. When v hides
	// secrets and the frame has some, the text holds [Redacted] in their
	// place and no Parser takes it.
	AppendText(dst []byte, v View) []byte

	// AppendJSON appends the JSON object that stands under "fields".
	AppendJSON(dst []byte, v View) []byte

	// AppendFields appends the fields in stream order; base is the offset of
	// the frame's first byte.
	AppendFields(dst []Field, base int64, v View) []Field

	// AppendFindings appends what is odd about the frame.
	AppendFindings(dst []Finding) []Finding

	// Clone returns a copy that shares no memory with the frame.
	Clone() Frame
}

// Redacted stands in texts in the place of a secret. It never encodes.
const Redacted = "{{redacted}}"

// ErrShort reports that src ends before the frame does. It is not a fault:
// the caller is to try again with the same bytes and more after them.
var ErrShort = errors.New("codec: need more bytes")

// A Decoder cuts frames from one direction of one conversation.
type Decoder interface {
	// Decode cuts the frame at the front of src. atEOF says that no byte
	// follows src. It returns one of
	//
	//	frame, n > 0, nil           a frame of n bytes
	//	nil, n, ErrShort            src holds only part of a frame, which has at
	//	                            least n bytes; 0 when that is not known
	//	frame or nil, n > 0, fault  n bytes that are a unit but no valid one;
	//	                            the frame, if any, shows what can be shown
	//	nil, 0, fault               no frame begins here and it is not known
	//	                            where the next one does
	//
	// A fault is a [*SyntaxError] with an offset from the start of src.
	// Decode changes the Decoder's state only when it takes bytes, and what
	// it returns depends on no more than src, atEOF and that state.
	Decode(src []byte, atEOF bool) (f Frame, n int, err error)

	// Sync looks for the first place in src, offset 0 included, where frames
	// confirm each other so that decoding can begin there. It returns its
	// offset and true, or false and how many bytes at the front of src hold
	// no such place whatever follows them (all of src when atEOF). It does
	// not change the Decoder's state.
	Sync(src []byte, atEOF bool) (n int, ok bool)
}

// A Resumer is a Decoder that wants to know when bytes are missing: Resume
// says that what Decode gets next does not follow what it got before.
type Resumer interface{ Resume() }

// A SyntaxError says what is wrong with the bytes of a stream, and where.
type SyntaxError struct {
	Code   string // short and stable: CodeTruncated, CodeLimit, ...
	Offset int64  // of the first bad byte
	Path   string // where in the frame: "payload/args[2]"; may be empty
	Err    error
}

// Codes that any protocol may use; protocols may have others.
const (
	CodeTruncated = "truncated" // the bytes end inside a frame
	CodeLimit     = "limit"     // a length, depth or count is over a limit
	CodeSyntax    = "syntax"    // the bytes break the protocol's rules
	CodeSkipped   = "skipped"   // bytes passed over to find the next frame
)

// Error returns "offset N in PATH: what".
func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("offset %d in %s: %v", e.Offset, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Faultf returns a [SyntaxError] at an offset.
func Faultf(code string, offset int, path, format string, args ...any) *SyntaxError {
	return &SyntaxError{Code: code, Offset: int64(offset), Path: path, Err: fmt.Errorf(format, args...)}
}

// A Record is one piece of a conversation: a frame, a stretch of bytes that
// are no frame, or a gap. The records of one direction follow each other
// without a hole.
type Record struct {
	Proto    string    // the protocol's name
	Dialect  string    // its dialect, "" when it has none or it is not known
	Conn     int       // the conversation, from 1
	Seq      int       // the record's number in its conversation, from 0
	Exchange int       // the request and answer pair of HTTP, from 1; else 0
	Dir      Direction // who sent it
	Time     time.Time // when it was complete; zero when the input has no times
	Span     Span      // where in its direction
	Frame    Frame     // nil for a raw stretch and for a gap
	Bytes    []byte    // exactly the bytes of Span; nil for a gap
	Err      *SyntaxError
	HTTP     *HTTP // when HTTP carries the bytes: by what message
}

// HTTP tells of the message in whose body a record's bytes are. Spans count
// in that body.
type HTTP struct {
	Method, Target string      // of the request
	Status         int         // of an answer; 0 in a request
	MediaType      string      // of the body
	Header         []HTTPField // of a request, as sent
}

// An HTTPField is a field of a header of HTTP.
type HTTPField struct{ Name, Value string }

// String returns "POST /path" for a request, "200 POST /path" for an answer.
func (h *HTTP) String() string {
	s := h.Method + " " + h.Target
	if h.Status != 0 {
		s = fmt.Sprintf("%d %s", h.Status, s)
	}
	return s
}

// IsGap says whether r stands for bytes that are missing.
func (r *Record) IsGap() bool { return r.Bytes == nil && r.Span.Len() > 0 }

// A Link ties requests to their answers.
type Link struct {
	Role LinkRole
	Key  LinkKey // equal for a request and its answers
	Wide bool    // Key counts over all conversations, not in one only
}

// A LinkKey names an exchange: by a number where the protocol has numbers, else
// by a text.
type LinkKey struct {
	Number int64
	Text   string
}

// String returns the text, or the number in decimal.
func (k LinkKey) String() string {
	if k.Text == "" {
		return strconv.FormatInt(k.Number, 10)
	}
	return k.Text
}

// A LinkRole is the part that a frame has in an exchange.
type LinkRole byte

// The roles of frames.
const (
	LinkNone    LinkRole = iota
	LinkAsks             // wants an answer
	LinkAnswers          // is one answer, more may come
	LinkEnds             // is the last answer
	LinkGoesOn           // goes on from the last frame of its key; nobody waits
)

// A Linked is a Frame that may take part in an exchange of request and
// answer.
type Linked interface{ Link() Link }

// A Joined is what other records of a capture tell about one of them.
type Joined struct {
	To      Reply // what it answers, or goes on from
	Answers bool  // there is such a record
	Last    bool  // and with this one, nobody waits for more
	Asks    bool  // an answer to it will be known when it comes

	By       Reply // what answered it last, if somebody looked ahead for that
	Answered bool  // there is such a record

	// Outstanding is how many requests of the conversation that asked wait for
	// an answer after this record, which is one of them or answers one: if not,
	// it is -1.
	Outstanding int
}

// An Unpacker is a Frame with bytes that may have gone through an encoding,
// such as compression.
type Unpacker interface {
	// Unpack returns these bytes as they were before, and their fields,
	// appended to dst. It says false when there are none. The bytes are good
	// as long as the frame.
	Unpack(dst []Field, v View) (Unpacked, bool)
}

// Unpacked are bytes of a frame as they were before they were encoded.
type Unpacked struct {
	Bytes  []byte
	How    string  // the encoding's name
	Fields []Field // spans count from the first of Bytes
}

// A Reply says which record another one answers.
type Reply struct {
	Conn, Seq int           // of the other record
	Elapsed   time.Duration // between the two; negative when the times are not known
}
