// Package diff compares two recordings: conversation by conversation, frame by
// frame, field by field.
//
//	a ─ Side ─┐                    ┌─ conversations paired ─ frames aligned ─┐
//	          ├─ first reading ────┤                                         ├─ second reading ──▶ Result
//	b ─ Side ─┘  a digest a record └─ in windows, each direction for itself ─┘  what differs, field by field
//
// Each side is read twice, so that no more is kept of a record that is the
// same on both sides than its digest of some 60 bytes.
//
// Nothing here does I/O: records come from the caller. docs/diff.md tells what
// counts as the same.
package diff

import (
	"context"
	"iter"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Side is one of two recordings.
type Side struct {
	Name string

	// Read returns the records, in order. It is called twice and gives the
	// same both times. A record is good until the next one is asked for. An
	// error ends the reading.
	Read func() iter.Seq2[Record, error]
}

// A Record is a record and what else is known of it.
type Record struct {
	*codec.Record
	Client, Server string // the ends of its conversation; may be empty
	Line           int    // of the document that it is from; 0 for others

	// Open are the fields that may be anything, by the names on the way to
	// them, as in a session whose line has a pattern there.
	Open [][]string

	// Alone says that the record was read without its conversation, as a line
	// of a session is: findings and fields that only the other side has are
	// not compared.
	Alone bool

	// Masked says that the bytes are not those that were recorded, as a
	// secret among them is not known.
	Masked bool
}

// Options say what counts. The zero value compares types, fields, findings
// and bytes; what is no valid frame is its bytes.
type Options struct {
	View        codec.View
	Ignore      []Path   // what may differ
	IgnoreKinds []string // kinds of values that may differ: see [Kinds]
	With        []Path   // what else is compared: time, offset, length, seq, exchange, dialect, http

	// Context is how many frames that are the same stand around those that
	// differ.
	Context int

	// Max is how many differences are kept; the others are only counted. 0
	// means all.
	Max int

	// Whole keeps all frames, also those that are the same and those of
	// conversations that only one side has; Context and Max do not count.
	Whole bool

	// MaxRecords is how many records a side may have. 0 means
	// DefaultMaxRecords.
	MaxRecords int

	// Wire appends the notation of a record that has bytes: one line.
	Wire func(dst []byte, r *codec.Record) []byte
}

// DefaultMaxRecords is how many records a side may have.
const DefaultMaxRecords = 5_000_000

// A Change says what became of a frame or of a part of it.
type Change byte

// The changes.
const (
	Same    Change = iota
	Changed        // it is on both sides, and differs
	Removed        // only a has it
	Added          // only b has it
)

// String returns the name of c.
func (c Change) String() string { return [...]string{"same", "changed", "removed", "added"}[c] }

// A Result is what a comparison found.
type Result struct {
	Pairs []*Pair
	Total Counts // of frames

	// Paths are the parts that differ in frames that are on both sides, the
	// most frequent first.
	Paths []PathCount

	// Left says how many differences are counted but not kept.
	Left int
}

// Equal says whether nothing differs.
func (r *Result) Equal() bool {
	for _, p := range r.Pairs {
		if p.A == nil || p.B == nil {
			return false
		}
	}
	return r.Total.Differences() == 0
}

// Counts are numbers of frames, raw stretches and gaps.
type Counts struct{ Same, Changed, Removed, Added int }

// Differences returns how many differ.
func (c Counts) Differences() int { return c.Changed + c.Removed + c.Added }

func (c *Counts) add(o Counts) {
	c.Same += o.Same
	c.Changed += o.Changed
	c.Removed += o.Removed
	c.Added += o.Added
}

// A PathCount says in how many frames a part differs.
type PathCount struct {
	Path   string // numbers are * there
	Frames int
}

// A Pair is a conversation of a and the one of b that it was compared with.
// One of them is nil when there is none.
type Pair struct {
	A, B *Conversation
	Counts
	Hunks []Hunk // in order
}

// A Conversation is one that has records.
type Conversation struct {
	ID             int // as conn in JSON records
	Proto, Dialect string
	Client, Server string
	Records        int
}

// A Hunk is a run of frames that stand together.
type Hunk []*Frames

// Frames are a frame of a and one of b that are each other's, or one alone.
type Frames struct {
	Change Change
	A, B   *Frame // of one that is the same B has only Conn and Seq, unless Options.Whole
	Parts  []Part // what differs, when Change is Changed
}

// A Frame is a record as a difference shows it.
type Frame struct {
	Index               int // number in its recording, from 0
	Line                int // as in Record
	Proto, Dialect      string
	Conn, Seq, Exchange int
	Dir                 codec.Direction
	Time                time.Time
	Span                codec.Span
	Gap                 bool
	Type                string // "" for what is no frame
	Wire                string // the notation; empty for a gap
	Error               string // the code
}

// A Part is a part of a frame that differs. A and B are JSON values; one is
// nil when only the other side has it. Both are when the bytes alone differ,
// and all fields are the same: Path is then "wire".
type Part struct {
	Path string
	A, B []byte
}

// Compare compares two recordings. Errors are those of the sides, of the
// context, and of what o names: [*codec.UnknownNameError].
func Compare(ctx context.Context, a, b Side, o Options) (*Result, error) {
	rules, err := newRules(&o)
	if err != nil {
		return nil, err
	}
	first, err := digestBoth(ctx, a, b, rules)
	if err != nil {
		return nil, err
	}
	d := &differ{rules: rules, sides: first}
	d.pair()
	if err := d.details(ctx, a, b); err != nil {
		return nil, err
	}
	return d.result(), nil
}
