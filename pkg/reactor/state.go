package reactor

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A State is what a machine knows: names and values in a fixed order.
type State []Attr

// An Attr is one thing of a State. Its value is a string, a bool, an int, or
// a slice of ints or strings.
type Attr struct {
	Name  string
	Value any
}

// Get returns the value of a name, or nil.
func (s State) Get(name string) any {
	for _, a := range s {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

// AppendJSON appends s as an object.
func (s State) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, a := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonenc.AppendString(dst, a.Name)
		dst = append(dst, ':')
		dst = appendValue(dst, a.Value)
	}
	return append(dst, '}')
}

func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return jsonenc.AppendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return jsonenc.AppendInt(dst, int64(v))
	case []int:
		return appendList(dst, v, func(dst []byte, n int) []byte { return jsonenc.AppendInt(dst, int64(n)) })
	case []string:
		return appendList(dst, v, jsonenc.AppendString[string])
	}
	return append(dst, "null"...)
}

func appendList[T any](dst []byte, list []T, one func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

// text returns a value for people: lists in braces.
func (a Attr) text() string {
	switch v := a.Value.(type) {
	case []int:
		words := make([]string, len(v))
		for i, n := range v {
			words[i] = strconv.Itoa(n)
		}
		return "{" + strings.Join(words, " ") + "}"
	case []string:
		return "{" + strings.Join(v, " ") + "}"
	}
	return fmt.Sprint(a.Value)
}

// String returns all of s on one line.
func (s State) String() string {
	words := make([]string, len(s))
	for i, a := range s {
		words[i] = a.Name + " " + a.text()
	}
	return strings.Join(words, "   ")
}

// Diff returns what changed from before to after, one change a string, such
// as "active {} → {1}".
func Diff(before, after State) []string {
	var changes []string
	for _, b := range after {
		was := "–"
		for _, a := range before {
			if a.Name == b.Name {
				was = a.text()
			}
		}
		if now := b.text(); was != now {
			changes = append(changes, fmt.Sprintf("%s %s → %s", b.Name, was, now))
		}
	}
	for _, a := range before {
		if after.Get(a.Name) == nil {
			changes = append(changes, fmt.Sprintf("%s %s → –", a.Name, a.text()))
		}
	}
	return changes
}
