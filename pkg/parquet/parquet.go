// Package parquet writes records as a Parquet file: a row each, with typed
// columns, one schema for each protocol.
//
// The columns of all protocols are
//
//	conn           int64      the conversation, from 1
//	dir            string     > or <
//	seq            int64      number in the conversation, from 0
//	time           timestamp  nanoseconds, UTC; null without times
//	offset         int64      of the first byte in its direction
//	length         int64      bytes; null for a gap
//	gap            int64      bytes that are missing; null if none are
//	dialect        string     null when the protocol has none
//	exchange       int64      of HTTP, from 1; else null
//	type           string     null for bytes that are no frame
//	wire           string     the notation
//	error          string     the code of what is wrong; null for a frame
//	findings       string     codes of what is odd, with blanks between; null for none
//	reply_to       int64      seq of the request; null when it answers none
//	reply_to_conn  int64      the request's conversation, when it is another one
//	elapsed        double     seconds since the request
//
//	other          json       the fields that have no column or do not fit it; null for none
//
// and the protocol's own stand in the group fields, each null where a record
// has no such field. Their types are those of [Kind].
package parquet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind is the type of a column.
type Kind byte

// The kinds of columns.
const (
	JSON  Kind = iota // a string: the value as JSON text
	Int               // int64
	Bool              // boolean
	Text              // string
	Bytes             // bytes, whether they are text or not
)

// A Column is a field of a protocol.
type Column struct {
	Name string
	Kind Kind
}

// rowsPerWrite is how many rows go to the library at a time, and rowsPerGroup
// how many it keeps: a group of rows is written whole.
const (
	rowsPerWrite = 256
	rowsPerGroup = 50_000
)

// A Writer writes the records of one protocol.
type Writer struct {
	w      *parquet.GenericWriter[any]
	proto  string
	fields []Column
	at     map[string]int // the index of each column, by its path, such as fields.id
	rows   []parquet.Row
	json   []byte
}

// New returns a Writer of a protocol's records; with "" and no fields, of
// records of none. What comes out is no whole file before [Writer.Close].
func New(w io.Writer, proto string, fields []Column) *Writer {
	group := parquet.Group{}
	for _, c := range fields {
		group[c.Name] = parquet.Compressed(parquet.Optional(c.Kind.node()), &parquet.Zstd)
	}
	root := parquet.Group{}
	if len(fields) > 0 {
		root["fields"] = group
	}
	for name, c := range columns {
		node := c.kind
		if !c.always {
			node = parquet.Optional(node)
		}
		root[name] = parquet.Compressed(node, &parquet.Zstd)
	}
	schema := parquet.NewSchema("record", root)
	at := map[string]int{}
	for i, path := range schema.Columns() {
		at[strings.Join(path, ".")] = i
	}
	return &Writer{
		w:     parquet.NewGenericWriter[any](w, schema, parquet.MaxRowsPerRowGroup(rowsPerGroup), parquet.KeyValueMetadata("wirectl.protocol", proto)),
		proto: proto, fields: fields, at: at,
	}
}

// columns are those of all protocols.
var columns = map[string]struct {
	kind   parquet.Node
	always bool // never null
}{
	"conn": {parquet.Int(64), true}, "dir": {parquet.String(), true}, "seq": {parquet.Int(64), true},
	"time": {parquet.Timestamp(parquet.Nanosecond), false}, "offset": {parquet.Int(64), true},
	"length": {parquet.Int(64), false}, "gap": {parquet.Int(64), false},
	"dialect": {parquet.String(), false}, "exchange": {parquet.Int(64), false},
	"type": {parquet.String(), false}, "wire": {parquet.String(), false},
	"error": {parquet.String(), false}, "findings": {parquet.String(), false},
	"reply_to": {parquet.Int(64), false}, "reply_to_conn": {parquet.Int(64), false},
	"elapsed": {parquet.Leaf(parquet.DoubleType), false}, "other": {parquet.JSON(), false},
}

func (k Kind) node() parquet.Node {
	switch k {
	case Int:
		return parquet.Int(64)
	case Bool:
		return parquet.Leaf(parquet.BooleanType)
	case Text:
		return parquet.String()
	case Bytes:
		return parquet.Leaf(parquet.ByteArrayType)
	}
	return parquet.JSON()
}

// Write writes a record. Wire is its text in the notation; reply says which
// record it answers, if it does. Nothing is kept of what is given. A record of
// another protocol is an error, one of no protocol is not.
func (w *Writer) Write(r *codec.Record, wire []byte, v codec.View, reply codec.Reply, paired bool) error {
	if r.Proto != w.proto && r.Proto != "" {
		return fmt.Errorf("conversation %d is of %s: a file holds one protocol, here %s", r.Conn, r.Proto, w.proto)
	}
	row := newRow(len(w.at))
	set := func(name string, value parquet.Value) {
		c := w.at[name]
		row[c] = value.Level(0, 0, c)
	}
	some := func(name string, value parquet.Value) { // of a column that may be null
		c := w.at[name]
		row[c] = value.Level(0, 1, c)
	}
	set("conn", parquet.Int64Value(int64(r.Conn)))
	set("dir", text(r.Dir.String()))
	set("seq", parquet.Int64Value(int64(r.Seq)))
	set("offset", parquet.Int64Value(r.Span.Start))
	if !r.Time.IsZero() {
		some("time", parquet.Int64Value(r.Time.UnixNano()))
	}
	if r.Dialect != "" {
		some("dialect", text(r.Dialect))
	}
	if r.Exchange > 0 {
		some("exchange", parquet.Int64Value(int64(r.Exchange)))
	}
	if paired {
		some("reply_to", parquet.Int64Value(int64(reply.Seq)))
		if reply.Conn != r.Conn {
			some("reply_to_conn", parquet.Int64Value(int64(reply.Conn)))
		}
		if reply.Elapsed >= 0 {
			some("elapsed", parquet.DoubleValue(reply.Elapsed.Seconds()))
		}
	}
	if r.IsGap() {
		some("gap", parquet.Int64Value(r.Span.Len()))
	} else {
		some("length", parquet.Int64Value(r.Span.Len()))
		some("wire", parquet.ByteArrayValue(bytes.Clone(wire)))
	}
	if r.Err != nil {
		some("error", text(r.Err.Code))
	}
	if r.Frame != nil {
		some("type", text(r.Frame.Type()))
	}
	if r.Frame != nil && r.Err == nil {
		if codes := findings(r.Frame); codes != "" {
			some("findings", text(codes))
		}
		w.json = r.Frame.AppendJSON(w.json[:0], v)
		if err := w.members(w.json, some); err != nil {
			return err
		}
	}
	w.rows = append(w.rows, row)
	if len(w.rows) < rowsPerWrite {
		return nil
	}
	return w.flush()
}

// newRow returns a row of nulls.
func newRow(n int) parquet.Row {
	row := make(parquet.Row, n)
	for i := range row {
		row[i] = parquet.NullValue().Level(0, 0, i)
	}
	return row
}

func text(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

func findings(f codec.Frame) string {
	var codes []byte
	for _, f := range f.AppendFindings(nil) {
		if len(codes) > 0 {
			codes = append(codes, ' ')
		}
		codes = append(codes, f.Code...)
	}
	return string(codes)
}

// members sets the columns of a frame's own fields.
func (w *Writer) members(src []byte, some func(string, parquet.Value)) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(src, &all); err != nil {
		return fmt.Errorf("the fields: %w", err)
	}
	for _, c := range w.fields {
		raw, ok := all[c.Name]
		if !ok {
			continue
		}
		if string(raw) != "null" {
			value, ok := c.Kind.value(raw)
			if !ok { // hostile peers send what they like
				continue
			}
			some("fields."+c.Name, value)
		}
		delete(all, c.Name)
	}
	if len(all) == 0 {
		return nil
	}
	other, err := json.Marshal(all)
	some("other", parquet.ByteArrayValue(other))
	return err
}

// value makes a value of JSON text, and says whether it is of the kind.
// Integers beyond 2^53 are strings in JSON.
func (k Kind) value(raw json.RawMessage) (parquet.Value, bool) {
	var s string
	isString := json.Unmarshal(raw, &s) == nil
	switch k {
	case Int:
		if !isString {
			s = string(raw)
		}
		n, err := strconv.ParseInt(s, 10, 64)
		return parquet.Int64Value(n), err == nil
	case Bool:
		b, err := strconv.ParseBool(string(raw))
		return parquet.BooleanValue(b), err == nil
	case Text:
		return text(s), isString
	case Bytes:
		return octets(raw)
	}
	return parquet.ByteArrayValue(bytes.Clone(raw)), true
}

// octets makes bytes of {"text": …} or {"hex": …}.
func octets(raw json.RawMessage) (parquet.Value, bool) {
	var b struct {
		Text *string `json:"text"`
		Hex  *string `json:"hex"`
	}
	switch err := json.Unmarshal(raw, &b); {
	case err != nil:
	case b.Text != nil:
		return text(*b.Text), true
	case b.Hex != nil:
		h, err := hex.DecodeString(*b.Hex)
		return parquet.ByteArrayValue(h), err == nil
	}
	return parquet.Value{}, false
}

func (w *Writer) flush() error {
	_, err := w.w.WriteRows(w.rows)
	w.rows = w.rows[:0]
	return err
}

// Close writes what is left, and the end of the file. It does not close what
// is written to.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.w.Close()
}
