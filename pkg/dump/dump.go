// Package dump renders records: as JSON lines for programs, and as a hex dump
// with fields, a tree or a table for people.
//
//	codec.Record ──▶ JSON, Hex, Tree, Table ──▶ bytes, appended to the caller's buffer
//
// A renderer does no I/O and knows no terminal: colours are [Styles] that the
// caller gives, and widths count the cells that a terminal shows. What comes
// from captured data is made safe to print: control characters, and those
// that change the direction of text, are shown as escapes.
//
// The layouts are described in docs/dump.md and docs/json.md.
package dump

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Renderer appends records to a buffer in one form.
//
// What it appends for a record depends on nothing but that record and the
// [Options], so that several Renderers may share the work. One Renderer is
// for one goroutine at a time: it keeps scratch memory.
type Renderer interface {
	// AppendHeader appends what stands once, before all records; for most
	// forms nothing.
	AppendHeader(dst []byte) []byte

	// AppendRecord appends r, up to and including its last line feed.
	AppendRecord(dst []byte, r *codec.Record) []byte
}

// Options say how to render. The zero value is usable.
type Options struct {
	View codec.View

	// Wire appends the notation of a record that has bytes: one line, from
	// which the same bytes can be made. Without it JSON has no "wire", and a
	// table no summary.
	Wire func(dst []byte, r *codec.Record) []byte

	// WireJSON appends what Wire does as the inside of a JSON string. Without
	// it JSON is made of what Wire appends.
	WireJSON func(dst []byte, r *codec.Record) []byte

	// Width is the number of columns to fit, for the forms for people.
	// 0 means DefaultWidth; less than MinWidth counts as MinWidth.
	Width int

	// Rows is the number of hex rows that one field may take before the rest
	// is only counted. 0 means DefaultRows; negative means no limit.
	Rows int

	// Times says that a table is to have a column of times.
	Times bool

	// Start is the moment from which the forms for people count. Without it
	// they show the time of day, in UTC. JSON has full times always.
	Start time.Time

	// Styles are the colours of the forms for people.
	Styles Styles
}

// Defaults and limits of [Options].
const (
	DefaultWidth = 120
	MinWidth     = 60
	DefaultRows  = 8
)

func (o *Options) width() int {
	if o.Width == 0 {
		return DefaultWidth
	}
	return max(o.Width, MinWidth)
}

func (o *Options) rows() int {
	if o.Rows == 0 {
		return DefaultRows
	}
	return o.Rows
}
