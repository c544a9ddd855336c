package diff

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// rules are Options made ready.
type rules struct {
	*Options
	kinds []Kind
	seed  maphash.Seed
}

func newRules(o *Options) (*rules, error) {
	list, err := lookupKinds(o.IgnoreKinds)
	if err != nil {
		return nil, err
	}
	for _, p := range o.With {
		if !slices.Contains(extraKeys, p.parts[0]) {
			return nil, &codec.UnknownNameError{What: "part to compare", Name: p.source, Allowed: extraKeys}
		}
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = DefaultMaxRecords
	}
	return &rules{Options: o, kinds: list, seed: maphash.MakeSeed()}, nil
}

// ignored says whether the part at may differ.
func (r *rules) ignored(at []string) bool { return named(r.Ignore, at) }

// A document is what is compared of a record: its fields, and what the record
// itself says of it.
type document struct {
	json []byte
	tree tree
}

// valid says whether r is a valid frame. What is none is compared by its bytes.
func valid(r *codec.Record) bool { return r.Frame != nil && r.Err == nil }

// load fills d with what the record says, as JSON in the form of JSON records.
// began is the time of the conversation's first record.
func (d *document) load(r *rules, rec *codec.Record, began time.Time) {
	js := append(d.json[:0], '{')
	if rec.IsGap() {
		js = appendMember(js, "gap", strconv.AppendInt(nil, rec.Span.Len(), 10))
	}
	if valid(rec) {
		js = appendMember(js, "type", strconv.AppendQuote(nil, rec.Frame.Type()))
		js = append(appendName(js, "fields"), rec.Frame.AppendJSON(nil, r.View)...)
		js = appendFindings(js, rec.Frame.AppendFindings(nil))
	}
	for i := range r.With {
		js = appendExtra(js, r.With[i].parts[0], rec, began)
	}
	d.json = append(js, '}')
	d.tree.parse(d.json)
}

func appendName(js []byte, name string) []byte {
	if len(js) > 1 {
		js = append(js, ',')
	}
	return append(append(append(js, '"'), name...), '"', ':')
}

func appendMember(js []byte, name string, value []byte) []byte {
	return append(appendName(js, name), value...)
}

func appendFindings(js []byte, list []codec.Finding) []byte {
	if len(list) == 0 {
		return js
	}
	js = append(appendName(js, "findings"), '[')
	for i, f := range list {
		if i > 0 {
			js = append(js, ',')
		}
		js = strconv.AppendQuote(js, f.Code)
	}
	return append(js, ']')
}

// appendExtra appends what says where a record stands.
func appendExtra(js []byte, key string, r *codec.Record, began time.Time) []byte {
	number := func(n int64) []byte { return appendMember(js, key, strconv.AppendInt(nil, n, 10)) }
	switch key {
	case "time":
		if !r.Time.IsZero() {
			return appendMember(js, key, strconv.AppendFloat(nil, r.Time.Sub(began).Seconds(), 'f', -1, 64))
		}
	case "offset":
		return number(r.Span.Start)
	case "length":
		return number(r.Span.Len())
	case "seq":
		return number(int64(r.Seq))
	case "exchange":
		return number(int64(r.Exchange))
	case "dialect":
		return appendMember(js, key, strconv.AppendQuote(nil, r.Dialect))
	case "http":
		if r.HTTP != nil {
			return appendMember(js, key, strconv.AppendQuote(nil, r.HTTP.String()))
		}
	}
	return js
}

// name returns the name of a node, the number i in a list.
func (t *tree) name(j, i int) string {
	key := t.nodes[j].key
	switch {
	case key == nil:
		return strconv.Itoa(i)
	case bytes.IndexByte(key, '\\') < 0:
		return string(key)
	}
	if s, err := strconv.Unquote(`"` + string(key) + `"`); err == nil {
		return s
	}
	return string(key)
}
