package jsonv

import (
	"bytes"
	"math"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A style is a way to write JSON.
type style byte

const (
	styleTyped  style = iota // AppendTyped
	stylePython              // AppendPython
	styleCpp                 // AppendCpp
	styleShown               // Show: Python's separators, numbers as they are
)

// marks are the separators of a style.
type marks struct {
	comma, colon string
	pad          string // inside the brackets of what has something in it
	empty        string // inside the others
}

var styleMarks = [...]marks{
	styleTyped:  {comma: ",", colon: ":"},
	stylePython: {comma: ", ", colon: ": "},
	styleCpp:    {comma: ", ", colon: ": ", pad: " ", empty: "  "},
	styleShown:  {comma: ", ", colon: ": "},
}

// appendNumber appends a number, NaN and the infinities included.
func appendNumber(dst, text []byte, s style) []byte {
	n := parseNumber(text)
	switch {
	case !n.ok && len(text) == 1: // the minus that ujson takes
		return append(dst, '0')
	case !n.ok:
		return appendConstant(dst, string(text), s)
	case s == styleShown, s == styleTyped && n.float && n.strict && !n.long:
		return append(dst, text...)
	case n.float:
		return appendFloat(dst, &n, s)
	}
	return appendInteger(dst, &n, s)
}

// appendConstant appends NaN, Infinity or -Infinity.
func appendConstant(dst []byte, word string, s style) []byte {
	if s != styleTyped {
		return append(dst, word...)
	}
	dst = append(dst, '"')
	dst = append(dst, word...)
	return append(dst, '"')
}

func appendInteger(dst []byte, n *numeral, s style) []byte {
	i, small := n.int64()
	switch {
	case s == styleTyped && n.strict && small && i > -1<<53 && i < 1<<53:
		return append(dst, n.text...)
	case s == styleTyped && small:
		return jsonenc.AppendInt(dst, i)
	case small:
		return strconv.AppendInt(dst, i, 10)
	}
	if s == styleTyped {
		dst = append(dst, '"')
	}
	if n.neg {
		dst = append(dst, '-')
	}
	dst = append(dst, n.whole...)
	if s == styleTyped {
		dst = append(dst, '"')
	}
	return dst
}

func appendFloat(dst []byte, n *numeral, s style) []byte {
	f := n.value()
	switch {
	case math.IsInf(f, 1):
		return appendConstant(dst, "Infinity", s)
	case math.IsInf(f, -1):
		return appendConstant(dst, "-Infinity", s)
	case s == stylePython:
		return appendRepr(dst, f)
	case s == styleCpp:
		return strconv.AppendFloat(dst, f, 'g', 6, 64)
	case n.strict:
		return append(dst, n.text...)
	}
	return jsonenc.AppendFloat(dst, f)
}

// appendRepr appends f as Python's repr writes it: the shortest digits, an
// exponent below 1e-4 and from 1e16 on, and a point where there is none.
func appendRepr(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}
