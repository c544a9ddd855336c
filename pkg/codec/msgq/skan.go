package msgq

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// The item types of Skan: the low half of an item's first octet. The
// document lists the first four.
const (
	itemBlob = 1 + iota
	itemHash
	itemList
	itemNull
	itemBool // "1" or "0"
	itemInt  // decimal text
	itemReal // text
	itemUTF8
)

// The length forms of Skan: two bits of an item's first octet.
const (
	form32   = 0x00
	form16   = 0x10
	form8    = 0x20
	formMask = 0x30 // 0xf0 in the document; all four bits clear or known in what was ever written
	typeMask = 0x0f
)

// blobKey is the only key of the JSON object that stands for a blob.
const blobKey = "$hex"

func isSkan(src []byte) bool {
	return len(src) >= len(skanMark) && string(src[:len(skanMark)]) == skanMark
}

// checkSkan says what is wrong with a Skan message, with nil for nothing; the
// error is a [*codec.SyntaxError].
func checkSkan(src []byte, depth int) error {
	_, err := SkanToJSON(nil, src, depth)
	return err
}

// SkanToJSON appends the hash that the Skan message src holds, as one JSON
// object, keys in their order and repeated if they are. A blob becomes
// {"$hex": "00ff"}, the reals nan and inf become NaN and Infinity. depth is
// the deepest nesting to accept. An error is a [*codec.SyntaxError] that
// counts from the start of src; it stands for what the decoder of 2010 said,
// or crashed of.
func SkanToJSON(dst, src []byte, depth int) ([]byte, error) {
	const least = 5
	if !isSkan(src) {
		return dst, codec.Faultf(codec.CodeSyntax, 0, "", `"Skan" expected, not %q`, src[:min(len(src), len(skanMark))])
	}
	if len(src) < least {
		return dst, codec.Faultf(codec.CodeSyntax, len(src), "", "%d octets, a message has %d at least", len(src), least)
	}
	s := skanReader{src: src, max: depth}
	out, fault := s.hash(dst, len(skanMark), len(src), 1)
	if fault != nil {
		return dst, fault
	}
	return out, nil
}

// A skanReader turns Skan into JSON.
type skanReader struct {
	src []byte
	max int
}

// hash appends the entries of src[i:end].
func (s *skanReader) hash(dst []byte, i, end, depth int) ([]byte, *codec.SyntaxError) {
	if depth > s.max {
		return dst, codec.Faultf(codec.CodeLimit, i, "", "nested deeper than the limit of %d", s.max)
	}
	dst = append(dst, '{')
	for first := true; i < end; first = false {
		if !first {
			dst = append(dst, ", "...)
		}
		tag, item, fault := s.tag(i, end)
		if fault != nil {
			return dst, fault
		}
		dst = jsonenc.AppendString(dst, tag)
		dst = append(dst, ": "...)
		if dst, i, fault = s.item(dst, item, end, depth); fault != nil {
			fault.Path = "/" + string(tag) + fault.Path
			return dst, fault
		}
	}
	return append(dst, '}'), nil
}

// tag returns the tag at i and where its item begins.
func (s *skanReader) tag(i, end int) (tag []byte, item int, fault *codec.SyntaxError) {
	item = i + 1 + int(s.src[i])
	if item > end {
		return nil, 0, codec.Faultf(codec.CodeSyntax, i, "", "a tag of %d octets, %d are left", s.src[i], end-i-1)
	}
	if tag = s.src[i+1 : item]; !utf8.Valid(tag) {
		return nil, 0, codec.Faultf(codec.CodeSyntax, i+1, "", "a tag is UTF-8, not %q", tag)
	}
	return tag, item, nil
}

func (s *skanReader) list(dst []byte, i, end, depth int) ([]byte, *codec.SyntaxError) {
	if depth > s.max {
		return dst, codec.Faultf(codec.CodeLimit, i, "", "nested deeper than the limit of %d", s.max)
	}
	dst = append(dst, '[')
	for n := 0; i < end; n++ {
		if n > 0 {
			dst = append(dst, ", "...)
		}
		var fault *codec.SyntaxError
		if dst, i, fault = s.item(dst, i, end, depth); fault != nil {
			fault.Path = "[" + strconv.Itoa(n) + "]" + fault.Path
			return dst, fault
		}
	}
	return append(dst, ']'), nil
}

// data returns where the data of the item at i begin and end.
func (s *skanReader) data(i, end int) (from, to int, fault *codec.SyntaxError) {
	if i >= end {
		return 0, 0, codec.Faultf(codec.CodeSyntax, i, "", "an item expected, nothing is left")
	}
	if s.src[i]&typeMask == itemNull {
		return i + 1, i + 1, nil
	}
	size := 0
	switch s.src[i] & formMask {
	case form8:
		size = 1
	case form16:
		size = 2
	case form32:
		size = 4
	default:
		return 0, 0, codec.Faultf(codec.CodeSyntax, i, "", "%#02x has no known length form", s.src[i])
	}
	from = i + 1 + size
	if from > end {
		return 0, 0, codec.Faultf(codec.CodeSyntax, i+1, "", "a length of %d octets, %d are left", size, end-i-1)
	}
	var length uint64
	for _, b := range s.src[i+1 : from] {
		length = length<<8 | uint64(b)
	}
	if length > uint64(end-from) {
		return 0, 0, codec.Faultf(codec.CodeSyntax, i+1, "", "an item of %d octets, %d are left", length, end-from)
	}
	return from, from + int(length), nil
}

// item appends the item at i and returns where it ends.
func (s *skanReader) item(dst []byte, i, end, depth int) ([]byte, int, *codec.SyntaxError) {
	from, to, fault := s.data(i, end)
	if fault != nil {
		return dst, 0, fault
	}
	data := s.src[from:to]
	switch s.src[i] & typeMask {
	case itemHash:
		dst, fault = s.hash(dst, from, to, depth+1)
	case itemList:
		dst, fault = s.list(dst, from, to, depth+1)
	case itemNull:
		dst = append(dst, "null"...)
	case itemBool:
		dst = strconv.AppendBool(dst, string(data) == "1")
	case itemBlob:
		dst = append(dst, `{"`+blobKey+`": "`...)
		dst = hex.AppendEncode(dst, data)
		dst = append(dst, `"}`...)
	case itemUTF8:
		if !utf8.Valid(data) {
			fault = codec.Faultf(codec.CodeSyntax, from, "", "text is UTF-8, not %q", data[:min(len(data), 32)])
		}
		dst = jsonenc.AppendString(dst, data)
	case itemInt:
		dst, fault = s.integer(dst, from, data)
	case itemReal:
		dst, fault = s.real(dst, from, data)
	default:
		fault = codec.Faultf(codec.CodeSyntax, i, "", "%#02x is no known item type", s.src[i]&typeMask)
	}
	return dst, to, fault
}

func (s *skanReader) integer(dst []byte, at int, data []byte) ([]byte, *codec.SyntaxError) {
	if isInteger(data) {
		return append(dst, data...), nil
	}
	digits := data
	if len(digits) > 0 && digits[0] == '+' {
		digits = digits[1:]
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	if !isInteger(digits) || digits[0] == '-' {
		return dst, codec.Faultf(codec.CodeSyntax, at, "", "%q is no integer", data[:min(len(data), 32)])
	}
	return append(dst, digits...), nil
}

// isInteger says whether data is spelled as JSON spells integers.
func isInteger(data []byte) bool {
	n, err := jsonv.Check(data, jsonv.Options{})
	if err != nil || n != len(data) || jsonv.KindOf(data) != jsonv.Number {
		return false
	}
	for _, c := range data {
		if c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// real appends a real, which is text as Python's float takes it.
func (s *skanReader) real(dst []byte, at int, data []byte) ([]byte, *codec.SyntaxError) {
	switch string(data) {
	case "nan":
		return append(dst, "NaN"...), nil
	case "inf":
		return append(dst, "Infinity"...), nil
	case "-inf":
		return append(dst, "-Infinity"...), nil
	}
	n, err := jsonv.Check(data, jsonv.Options{})
	if err == nil && n == len(data) && jsonv.KindOf(data) == jsonv.Number && !isInteger(data) {
		return append(dst, data...), nil
	}
	f, perr := strconv.ParseFloat(string(data), 64)
	if perr != nil {
		return dst, codec.Faultf(codec.CodeSyntax, at, "", "%q is no real number", data[:min(len(data), 32)])
	}
	start := len(dst)
	dst = jsonenc.AppendFloat(dst, f)
	if isInteger(dst[start:]) {
		dst = append(dst, ".0"...)
	}
	return dst, nil
}

// appendLength appends the first octet of an item and its length, in the
// smallest form, as the encoder of 2010 did.
func appendLength(dst []byte, kind byte, n int) []byte {
	switch {
	case n < 1<<8:
		return append(dst, kind|form8, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, kind|form16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, kind|form32), uint32(n))
}
