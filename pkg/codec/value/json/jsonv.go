// Package jsonv reads JSON text where it stands, byte by byte, with the
// offset of everything: it checks a value, looks into it, and writes it anew
// for records or as another program would have written it. It builds no
// values and keeps no copies.
//
// The readers of the real programs take more than RFC 8259 allows, and each
// something else; [Allow] names these ways.
//
//	Check        is there one JSON value at the front, how long is it, and
//	             what is wrong with it where
//	Get, …       one member, one number, one string of a checked value
//	AppendTyped  the value for JSON records: strict, nothing lost by readers
//	             that keep numbers as float64
//	AppendPython the value as Python's json.dumps writes it
//	AppendCpp    the value as BIND 10's C++ library writes it
//	AppendFields the fields of a dump
//
// All but the Check functions expect a value that a Check function accepted,
// with any options. For other bytes they give what their comments say, and
// do not panic.
package jsonv

import "github.com/wirectl/wirectl/pkg/codec"

// Allow is a set of departures from RFC 8259.
type Allow uint16

// The departures that can be asked for one by one.
const (
	// Constants admits NaN, Infinity and -Infinity, as Python's json module
	// does unless told otherwise.
	Constants Allow = 1 << iota

	// Control admits raw control characters in strings, as Python's json
	// does with strict=False.
	Control

	wideSpace        // \b and \f are blanks
	looseNumbers     // +5, 01, 1. and .5
	anyCase          // True, nULL
	trailingComma    // [1,]
	int64Only        // integers end at 64 bits, floats at the largest double
	noUnicodeEscapes // no \u
	bareNumbers      // 01, 1., -.5 and - alone
	noNUL            // a raw NUL ends the text, in strings too
)

// The ways of known readers.
const (
	// Python is json.loads(…, strict=False).
	Python = Constants | Control

	// Ujson is the reader of ujson 5.7: to it, - alone is 0.
	Ujson = Constants | Control | bareNumbers | noNUL

	// Cpp is the reader of BIND 10's C++ library (isc::data::Element,
	// release 1.2.0). It stops at the end of the value; what follows it
	// never looks at.
	Cpp = Control | wideSpace | looseNumbers | anyCase | trailingComma | int64Only | noUnicodeEscapes

	// Lax admits what any of the known readers does.
	Lax = Python | wideSpace | looseNumbers | bareNumbers | anyCase | trailingComma
)

// Options are the settings of a check. The zero value is RFC 8259.
type Options struct {
	Allow    Allow
	MaxDepth int // deepest nesting; 0 means codec.DefaultMaxNesting, 10000 is the most

	// UTF8 says that the text is known to be UTF-8: strings are not looked at
	// for that again. Of other text the check might then find no fault.
	UTF8 bool
}

// maxDepth is the deepest nesting that any function here walks into.
const maxDepth = 10000

func (o Options) depth() int {
	if o.MaxDepth <= 0 {
		return codec.DefaultMaxNesting
	}
	return min(o.MaxDepth, maxDepth)
}

// Check returns the length of the one JSON value at the front of src, blanks
// before it included and blanks after it not. Otherwise it returns a
// [*codec.SyntaxError], which counts from the start of src and whose Path is
// like "/command[1]/name", "" for the outermost value, to be put behind the
// name of what src is. Its Code is codec.CodeTruncated when src ends inside
// the value, codec.CodeLimit when the nesting is too deep, else
// codec.CodeSyntax. Without an error Check does not allocate.
func Check(src []byte, o Options) (n int, err error) {
	s := newScanner(src, o)
	n, fault := s.value(0, 0)
	if fault != nil {
		return 0, fault
	}
	return n, nil
}

// CheckWhole is Check for a src that holds one value and nothing else but
// blanks around it.
func CheckWhole(src []byte, o Options) error {
	s := newScanner(src, o)
	end, fault := s.value(0, 0)
	if fault != nil {
		return fault
	}
	return s.nothingFrom(end)
}

// A Kind is the kind of a JSON value: one of the characters below.
type Kind byte

// The kinds of values.
const (
	Invalid Kind = 0
	Null    Kind = 'n'
	Bool    Kind = 'b'
	Number  Kind = '0' // NaN and the infinities too
	String  Kind = '"'
	Array   Kind = '['
	Object  Kind = '{'
)

// KindOf tells the kind of the value at the front of src by how it begins.
func KindOf(src []byte) Kind {
	if len(src) > 0 && kinds[src[0]] != Invalid {
		return kinds[src[0]]
	}
	return oddKind(src)
}

// kinds are the kinds of values by their first characters, as far as these tell.
var kinds = [256]Kind{
	'"': String, '[': Array, '{': Object, 't': Bool, 'f': Bool, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number,
	'5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// oddKind is KindOf for values that begin in other ways.
func oddKind(src []byte) Kind {
	s := scanner{src: src, allow: Lax}
	i := s.space(0)
	if i == len(src) {
		return Invalid
	}
	switch c := src[i]; {
	case c == '"' || c == '[' || c == '{':
		return Kind(c)
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		return Bool
	case c == 'N' && i+1 < len(src) && src[i+1] == 'a':
		return Number
	case c == 'n' || c == 'N':
		return Null
	case c == 'I' || c == '-' || c == '+' || c == '.' || isDigit(c):
		return Number
	}
	return Invalid
}
