package msgq

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendSkan appends the JSON object src as a Skan message, the encoding of
// headers and bodies before 2010-06:
//
//	octet  0-3  version, 536b616e ("Skan")
//	       4-   entries to the end: octet length of the tag, tag (UTF-8), item
//
//	item   octet type and length form, length (1, 2 or 4 octets), data
//	       type    low half: 1 blob, 2 hash (entries), 3 list (items), 4 null
//	               (nothing follows), 5 bool, 6 int, 7 real (these three as
//	               text), 8 UTF-8
//	       length  20 one octet, 10 two, 00 four
//
// Integers and floats keep their spelling; {"$hex": "00ff"} is a blob. It
// fails when src is no object, a key has more than 255 octets, or the nesting
// is deeper than jsonv checks by default.
func AppendSkan(dst, src []byte) ([]byte, error) {
	if err := jsonv.CheckWhole(src, jsonv.Options{Allow: jsonv.Python}); err != nil {
		return dst, err
	}
	if jsonv.KindOf(src) != jsonv.Object {
		return dst, fmt.Errorf("an object expected, not %s", jsonv.Show(src))
	}
	return appendHash(append(dst, skanMark...), src)
}

func appendHash(dst, src []byte) (out []byte, err error) {
	for key, value := range jsonv.Members(src) {
		at := len(dst)
		dst = jsonv.AppendText(append(dst, 0), key)
		const most = 255
		n := len(dst) - at - 1
		if n > most {
			return dst, fmt.Errorf("tag: %d octets, at most %d fit", n, most)
		}
		dst[at] = byte(n)
		if dst, err = appendItem(dst, value); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendItem(dst, src []byte) ([]byte, error) {
	switch jsonv.KindOf(src) {
	case jsonv.Null:
		return append(dst, itemNull), nil
	case jsonv.Bool:
		if src[0] == 't' {
			return append(appendLength(dst, itemBool, 1), '1'), nil
		}
		return append(appendLength(dst, itemBool, 1), '0'), nil
	case jsonv.Number:
		kind, text := number(src)
		return append(appendLength(dst, kind, len(text)), text...), nil
	case jsonv.String:
		return sized(dst, itemUTF8, func(b []byte) ([]byte, error) { return jsonv.AppendText(b, src), nil })
	case jsonv.Array:
		return sized(dst, itemList, func(b []byte) (out []byte, err error) {
			for _, e := range jsonv.Elements(src) {
				if b, err = appendItem(b, e); err != nil {
					break
				}
			}
			return b, err
		})
	}
	if blob, ok := asBlob(src); ok {
		return append(appendLength(dst, itemBlob, len(blob)), blob...), nil
	}
	return sized(dst, itemHash, func(b []byte) ([]byte, error) { return appendHash(b, src) })
}

// sized appends an item whose data fill appends.
func sized(dst []byte, kind byte, fill func([]byte) ([]byte, error)) ([]byte, error) {
	at := len(dst)
	dst, err := fill(dst)
	if err != nil {
		return dst, err
	}
	var room [5]byte
	return slices.Insert(dst, at, appendLength(room[:0], kind, len(dst)-at)...), nil
}

// number returns the type and the text of a number.
func number(src []byte) (kind byte, text string) {
	switch string(src) {
	case "NaN":
		return itemReal, "nan"
	case "Infinity":
		return itemReal, "inf"
	case "-Infinity":
		return itemReal, "-inf"
	}
	if bytes.ContainsAny(src, ".eE") {
		return itemReal, string(src)
	}
	return itemInt, string(src)
}

// asBlob returns the bytes that an object {"$hex": "…"} stands for.
func asBlob(src []byte) ([]byte, bool) {
	text, ok := jsonv.Get(src, blobKey)
	if !ok || jsonv.Len(src) != 1 {
		return nil, false
	}
	s, ok := jsonv.StringValue(text)
	if !ok {
		return nil, false
	}
	blob, err := hex.DecodeString(s)
	return blob, err == nil
}
