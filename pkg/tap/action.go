package tap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// An action is what a rule does.
type action struct {
	name     string
	wait     time.Duration
	at       int // of split
	field    string
	value    []byte
	number   uint64 // in the place of value
	isNumber bool
	re       *regexp.Regexp
	text     string
}

// A piece is some bytes that pass.
type piece struct {
	bytes []byte
	wait  time.Duration // before they do
	apart bool          // it is written by itself, not with what is before it
	close bool          // the connection is closed afterwards
}

// do returns what an action makes of the pieces that a frame has become, and
// whether it has done anything.
func (a *action) do(p codec.Protocol, r *codec.Record, pieces []piece) (out []piece, done bool, err error) {
	switch a.name {
	case "delay":
		pieces[0].wait += a.wait
	case "drop":
		return nil, true, nil
	case "duplicate":
		again := slices.Clone(pieces)
		for i := range again {
			again[i].close = false
		}
		return append(again, pieces...), true, nil
	case "split":
		out, err = a.cut(pieces)
		return out, err == nil, err
	case "close":
		pieces[len(pieces)-1].close = true
	case "set", "replace":
		change := a.set
		if a.name == "replace" {
			change = a.replace
		}
		b, err := change(p, r)
		if err != nil || b == nil {
			return pieces, false, err
		}
		last := pieces[len(pieces)-1]
		return []piece{{bytes: b, wait: pieces[0].wait, close: last.close}}, true, nil
	}
	return pieces, true, nil
}

// cut cuts the first piece that is long enough.
func (a *action) cut(pieces []piece) ([]piece, error) {
	for i, one := range pieces {
		if a.at < len(one.bytes) {
			second := piece{bytes: one.bytes[a.at:], wait: a.wait, apart: true, close: one.close}
			pieces[i].bytes, pieces[i].close = one.bytes[:a.at], false
			return slices.Insert(pieces, i+1, second), nil
		}
	}
	return pieces, fmt.Errorf("it has no more than %d bytes", a.at)
}

// set returns the frame with another value in a field.
func (a *action) set(p codec.Protocol, r *codec.Record) ([]byte, error) {
	var names []string
	for _, f := range r.Frame.AppendFields(nil, 0, codec.View{Secrets: true, Depth: 1}) {
		names = append(names, f.Name)
		if f.Name != a.field {
			continue
		}
		value := a.value
		if a.isNumber {
			var err error
			if value, err = integer(p, a.number, int(f.Span.Len())); err != nil {
				return nil, err
			}
		}
		if int64(len(value)) != f.Span.Len() || f.Span.Start < 0 || f.Span.End > int64(len(r.Bytes)) {
			return nil, fmt.Errorf("the field %q has %d bytes here, and the value %d; replace changes lengths too", f.Name, f.Span.Len(), len(value))
		}
		b := bytes.Clone(r.Bytes)
		copy(b[f.Span.Start:], value)
		return b, nil
	}
	hint := ""
	if n := lex.Nearest(a.field, names); n != "" {
		hint = fmt.Sprintf(": did you mean %q?", n)
	}
	return nil, fmt.Errorf("it has no field %q%s", a.field, hint)
}

// integer writes a number as a protocol has them: as text in one of lines,
// and else as so many bytes.
func integer(p codec.Protocol, n uint64, size int) ([]byte, error) {
	name := p.Info().Name
	switch {
	case name == "synapse":
		return strconv.AppendUint(nil, n, 10), nil
	case size < 1 || size > 8 || size < 8 && n>>(8*size) != 0:
		return nil, fmt.Errorf("%d does not fit into a field of %d bytes", n, size)
	case name == "hg": // alone in putting the lowest byte first
		return binary.LittleEndian.AppendUint64(nil, n)[:size], nil
	}
	return binary.BigEndian.AppendUint64(nil, n)[8-size:], nil
}

// replace returns the frame of the changed text; nil when it is not changed.
func (a *action) replace(_ codec.Protocol, r *codec.Record) ([]byte, error) {
	printer := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	text := printer.AppendText(nil, r)
	changed := a.re.ReplaceAll(text, []byte(a.text))
	if bytes.Equal(changed, text) {
		return nil, nil
	}
	// Nothing is sent that was not understood: what the text stands for has to
	// be the frame, before it is changed.
	same, err := encode(r, text)
	if err != nil || !bytes.Equal(same, r.Bytes) {
		return nil, errors.New("its text alone is not enough to make it again")
	}
	b, err := encode(r, changed)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", changed[:min(len(changed), 200)], reason(err))
	}
	return b, nil
}

// reason returns an error of a text without its place.
func reason(err error) error {
	if e, ok := errors.AsType[*humanframe.Error](err); ok {
		return errors.New(e.Reason())
	}
	return err
}

// encode makes the bytes of a text, of the kind that a record is.
func encode(r *codec.Record, text []byte) ([]byte, error) {
	lines := humanframe.NewScanner("rule", strings.NewReader(string(text)))
	lines.Alone()
	l, err := lines.Next()
	if err != nil {
		return nil, err
	}
	if l.Directive != "" {
		return nil, errors.New("it is a directive")
	}
	e := humanframe.NewEncoder(registry.Lookup, r.Dir, codec.Options{MaxFrame: maxChanged})
	if err := e.Use(r.Proto, r.Dialect); err != nil {
		return nil, err
	}
	l.Marked = false
	item, ok, err := e.Encode(l)
	if err != nil {
		return nil, err
	}
	if _, err := lines.Next(); !ok || err == nil {
		return nil, errors.New("it is not one frame")
	}
	return bytes.Clone(item.Bytes), nil
}

// maxChanged is the longest frame that a rule makes.
const maxChanged = 16 << 20
