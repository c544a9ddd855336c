package hg

import (
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// A walker looks for what Mercurial's reader of CBOR refuses (sansiodecoder
// in utils/cborutil.py of hg 5.8.1), in its words: text strings, floats, other
// tags than 258, indefinite lengths but of a byte string that stands alone,
// keys and elements of sets that are collections. It stops at an item that is
// not whole.
type walker struct {
	pos    int
	stack  []open
	chunks bool // in a byte string of indefinite length
	values int  // outermost items so far; each chunk counts
}

// An open collection waits for items.
type open struct {
	special int
	left    uint64 // items, or pairs
	value   bool   // of a map: a value comes next
}

// What an item is for the reader; these numbers are in its messages.
const (
	plain = iota
	startChunks
	startArray
	startMap
	startSet
	stop
)

var places = [stop + 1]string{startArray: "array value", startMap: "map key", startSet: "set value"}

// check goes on where it stopped. The bytes before that must be the same.
func (w *walker) check(b []byte) error {
	for w.pos < len(b) {
		n, special, arg, err := readItem(b[w.pos:])
		if err == nil && n > 0 {
			err = w.place(special, arg)
		}
		if err != nil || n == 0 {
			return err
		}
		w.pos += n
		w.close()
	}
	return nil
}

// whole says whether b was all looked at and no item waits for more.
func (w *walker) whole(b []byte) bool { return w.pos == len(b) && len(w.stack) == 0 && !w.chunks }

// place puts an item where the reader is.
func (w *walker) place(special int, arg uint64) error {
	switch {
	case w.chunks:
		if special != plain && special != stop {
			return fmt.Errorf("unexpected special value when expecting bytestring chunk: %d", special)
		}
		w.chunks = special == plain
		w.values++
		return nil
	case len(w.stack) > 0:
		if err := w.element(special); err != nil {
			return err
		}
	case special == plain:
		w.values++
	case special == startChunks:
		w.chunks = true
	case special == stop:
		return fmt.Errorf("unhandled special state: %d", special)
	}
	if special == plain || special == startChunks {
		return nil
	}
	if len(w.stack) >= codec.DefaultMaxNesting {
		return fmt.Errorf("items nest deeper than %d", codec.DefaultMaxNesting)
	}
	w.stack = append(w.stack, open{special: special, left: arg})
	return nil
}

// element puts an item into the innermost collection.
func (w *walker) element(special int) error {
	top := &w.stack[len(w.stack)-1]
	place := places[top.special]
	if top.value {
		place = "map value"
	}
	collection := special == startArray || special == startMap || special == startSet
	switch {
	case special == startChunks:
		return fmt.Errorf("indefinite length bytestrings not allowed as %ss", place)
	case special == stop:
		return fmt.Errorf("unhandled special item when expecting %s: %d", place, special)
	case collection && place == "map key":
		return errors.New("collections not supported as map keys")
	case collection && place == "set value":
		return errors.New("collections not allowed as set values")
	case place == "map key":
		top.value = true
		return nil
	}
	top.left--
	top.value = false
	return nil
}

// close ends the collections that are whole.
func (w *walker) close() {
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		if top.value || top.left > 0 {
			return
		}
		if w.stack = w.stack[:len(w.stack)-1]; len(w.stack) == 0 {
			w.values++
		}
	}
}

// readItem reads the item at the front of b, of collections only the head,
// and of a set its tag and the head of its array. It returns the length, 0
// when the item is not whole.
func readItem(b []byte) (n, special int, arg uint64, err error) {
	major, info := b[0]>>5, b[0]&31
	switch major {
	case 3:
		return 0, 0, 0, errors.New("string major type not supported")
	case 7:
		switch {
		case info == 31:
			return 1, stop, 0, nil
		case info < 20 || info > 22:
			return 0, 0, 0, fmt.Errorf("special type %d not allowed", info)
		}
		return 1, plain, 0, nil
	case 2:
		if info == 31 {
			return 1, startChunks, 0, nil
		}
	}
	if arg, n, err = argument(b, info); err != nil || n == 0 {
		return 0, 0, 0, err
	}
	switch major {
	case 2:
		if arg > uint64(len(b)-n) {
			return 0, 0, 0, nil
		}
		return n + int(arg), plain, 0, nil
	case 4:
		return n, startArray, arg, nil
	case 5:
		return n, startMap, arg, nil
	case 6:
		return readSet(b, n, arg)
	}
	return n, plain, 0, nil
}

// readSet reads what follows a tag of n bytes.
func readSet(b []byte, n int, tag uint64) (int, int, uint64, error) {
	if tag != cbor.TagSet {
		return 0, 0, 0, fmt.Errorf("semantic tag %d not allowed", tag)
	}
	noArray := errors.New("expected array after finite set semantic tag")
	switch {
	case n == len(b):
		return 0, 0, 0, nil
	case b[n]>>5 == 6: // at the most one more, so that tags do not recurse
		inner, m, err := argument(b[n:], b[n]&31)
		switch {
		case err != nil || m == 0:
			return 0, 0, 0, err
		case inner != cbor.TagSet:
			return 0, 0, 0, fmt.Errorf("semantic tag %d not allowed", inner)
		}
		return 0, 0, 0, noArray
	}
	m, special, count, err := readItem(b[n:])
	switch {
	case err != nil || m == 0:
		return 0, 0, 0, err
	case special != startArray:
		return 0, 0, 0, noArray
	}
	return n + m, startSet, count, nil
}

// argument reads a head's argument and returns the head's length, 0 when it
// is not whole.
func argument(b []byte, info byte) (uint64, int, error) {
	switch {
	case info < 24:
		return uint64(info), 1, nil
	case info == 31:
		return 0, 0, errors.New("indefinite length uint not allowed here")
	case info > 27:
		return 0, 0, fmt.Errorf("unsupported subtype on integer type: %d", info)
	}
	size := 1 << (info - 24)
	if len(b) < 1+size {
		return 0, 0, nil
	}
	var arg uint64
	for _, c := range b[1 : 1+size] {
		arg = arg<<8 | uint64(c)
	}
	return arg, 1 + size, nil
}
