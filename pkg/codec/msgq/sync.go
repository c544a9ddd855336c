package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A verdict is what can be said of a place where a frame may begin.
type verdict byte

const (
	isNot verdict = iota
	isFrame
	cannotTell // more bytes will tell
)

// Sync implements [codec.Decoder]. A place is where both lengths make sense
// and the header is what it should be, with a type that is known or else with
// another frame, or the end of the input, behind it.
func (d *decoder) Sync(src []byte, atEOF bool) (n int, ok bool) {
	for i := range src {
		switch v, end := d.frameAt(src[i:]); v {
		case isNot:
		case cannotTell:
			if !atEOF {
				return i, false
			}
		case isFrame:
			if hasType(src[i+prefixSize : i+end]) {
				return i, true
			}
			next, _ := d.frameAt(src[i+end:])
			switch {
			case next == isFrame, i+end == len(src) && atEOF:
				return i, true
			case next == cannotTell && atEOF && len(src)-i-end >= prefixSize:
				return i, true // a frame whose rest is missing follows
			case next == cannotTell && !atEOF:
				return i, false
			}
		}
	}
	return len(src), false
}

// frameAt judges the front of src and returns the frame's length.
func (d *decoder) frameAt(src []byte) (v verdict, n int) {
	if len(src) <= prefixSize {
		if len(src) > 0 && src[0] > byte(d.limit>>24) {
			return isNot, 0
		}
		return cannotTell, 0
	}
	total, header := prefix(src)
	if total < 4 || total+lengthSize > int64(d.limit) || header < 2 || header > total-2 || src[prefixSize] != '{' && src[prefixSize] != skanMark[0] {
		return isNot, 0
	}
	n = lengthSize + int(total)
	end := prefixSize + int(header)
	if len(src) < end {
		if src[prefixSize] == '{' && d.brokenJSON(src[prefixSize:]) {
			return isNot, 0
		}
		return cannotTell, 0
	}
	f := Frame{Header: src[prefixSize:end:end]}
	switch {
	case d.checkHeader(&f) != nil:
		return isNot, 0
	case len(src) < n:
		return cannotTell, 0
	}
	return isFrame, n
}

// brokenJSON says whether no header begins with src.
func (d *decoder) brokenJSON(src []byte) bool {
	_, err := jsonv.Check(src, d.checks)
	fault, ok := err.(*codec.SyntaxError)
	return ok && fault.Code != codec.CodeTruncated
}
