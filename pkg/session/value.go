package session

import (
	"bytes"
	"encoding/json"
	"strings"
)

// textOf returns a value for people: JSON, but byte strings and tuples as most
// texts have them.
func textOf(v any, is bool) string {
	if !is {
		return ""
	}
	return string(appendValue(nil, v))
}

func appendValue(dst []byte, v any) []byte {
	o := open(v)
	switch o.kind {
	case isMap:
		dst = append(dst, '{')
		for i, k := range keys(o.fields, nil) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendScalar(dst, k), ':')
			dst = appendValue(dst, o.fields[k])
		}
		return append(dst, '}')
	case isList, isTuple:
		brackets := "[]"
		if o.kind == isTuple {
			brackets = "()"
		}
		dst = append(dst, brackets[0])
		for i, e := range o.list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, e)
		}
		return append(dst, brackets[1])
	}
	return appendScalar(dst, v)
}

func appendScalar(dst []byte, v any) []byte {
	if m, ok := v.(map[string]any); ok {
		kind, inner := only(m)
		switch text, _ := inner.(string); kind {
		case "text":
			return appendScalar(dst, text)
		case "hex", "$b":
			return append(append(append(dst, `x"`...), text...), '"')
		case "$int", "$f":
			return append(dst, text...)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return dst
	}
	return append(dst, strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), `\\ud`, `\ud`)...)
}
