package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// recordKeys are the keys of a JSON record that a path can begin with. What is
// none of them is the name of a field.
var recordKeys = []string{"type", "fields", "findings", "wire", "gap", "time", "offset", "length", "seq", "exchange", "dialect", "http"}

// extraKeys are those that are compared only when they are asked for, as they
// say where a record stands and not what it is.
var extraKeys = []string{"time", "offset", "length", "seq", "exchange", "dialect", "http"}

// ignorable are those that need not be named: they are not compared anyway.
var ignorable = []string{"conn", "dir", "proto", "v", "reply_to", "reply_to_conn", "elapsed"}

// A Path names parts of records: those of a JSON record, such as type or
// fields.args[0].oid; "fields." may be left out. * stands for one name or
// number, also within a name, and ** for any number of them; a * at the
// beginning stands for any number too, so that *.timestamp is a timestamp
// wherever it stands. What is below a part belongs to it.
type Path struct {
	source string
	parts  []string
}

// ParsePath reads a path. An error is a [*codec.TextError].
func ParsePath(s string) (Path, error) {
	p := Path{source: s}
	for i := 0; i < len(s); {
		var part string
		switch end := strings.IndexByte(s[i:], ']'); {
		case s[i] == '[' && end < 0:
			return p, pathError(s, i, len(s), "a bracket has no end")
		case s[i] == '[':
			part = s[i+1 : i+end]
			if q, err := strconv.Unquote(part); err == nil && strings.HasPrefix(part, `"`) {
				part = q
			} else if _, err := strconv.ParseUint(part, 10, 31); err != nil && part != "*" {
				return p, pathError(s, i+1, i+end, "in brackets stands a number, * or a quoted name")
			}
			i += end + 1
		default:
			if i > 0 {
				if s[i] != '.' {
					return p, pathError(s, i, i+1, "a dot or a bracket is missing")
				}
				i++
			}
			n := strings.IndexAny(s[i:], ".[")
			if n < 0 {
				n = len(s) - i
			}
			if part = s[i : i+n]; part == "" {
				return p, pathError(s, max(0, i-1), i, "a name is missing")
			}
			i += n
		}
		p.parts = append(p.parts, part)
	}
	if len(p.parts) == 0 {
		return p, pathError(s, 0, 0, "it is empty")
	}
	switch first := p.parts[0]; {
	case first == "*" && len(p.parts) > 1:
		p.parts = append([]string{"fields", "**"}, p.parts[1:]...)
	case first == "**":
		p.parts = append([]string{"fields"}, p.parts...)
	case !slices.Contains(recordKeys, first) && !slices.Contains(ignorable, first):
		p.parts = append([]string{"fields"}, p.parts...)
	}
	return p, nil
}

func pathError(s string, start, end int, what string) error {
	return &codec.TextError{
		Start: start, End: max(end, start+1), Message: fmt.Sprintf("%q is no path: %s", s, what),
		Hint: "such as type, args[0], header.*.seq or *.timestamp",
	}
}

// String returns the path as it was written.
func (p Path) String() string { return p.source }

// matches says whether p names just the place at.
func (p Path) matches(at []string) bool { return match(p.parts, at) }

func match(parts, at []string) bool {
	for len(parts) > 0 {
		if parts[0] == "**" {
			for n := 0; n <= len(at); n++ {
				if match(parts[1:], at[n:]) {
					return true
				}
			}
			return false
		}
		if len(at) == 0 || !glob(parts[0], at[0]) {
			return false
		}
		parts, at = parts[1:], at[1:]
	}
	return len(at) == 0
}

// glob matches a name against a pattern in which * is any text.
func glob(pattern, name string) bool {
	for {
		lead, rest, star := strings.Cut(pattern, "*")
		if !star {
			return pattern == name
		}
		if !strings.HasPrefix(name, lead) {
			return false
		}
		name = name[len(lead):]
		next, _, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, rest)
		}
		i := strings.Index(name, next)
		if i < 0 {
			return false
		}
		pattern, name = rest, name[i:]
	}
}

// ShortPath returns the path of a part as short as [ParsePath] reads it:
// without "fields." where that does no harm.
func ShortPath(path string) string {
	short, ok := strings.CutPrefix(path, "fields.")
	if !ok {
		return path
	}
	first := short
	if end := strings.IndexAny(short, ".["); end >= 0 {
		first = short[:end]
	}
	if first == "" || slices.Contains(recordKeys, first) || slices.Contains(ignorable, first) {
		return path
	}
	return short
}

// named says whether one of the paths names just the place at.
func named(paths []Path, at []string) bool {
	return slices.ContainsFunc(paths, func(p Path) bool { return p.matches(at) })
}

// appendPath appends a place the way that ParsePath reads it.
func appendPath(dst []byte, at []string) []byte {
	for i, part := range at {
		_, err := strconv.ParseUint(part, 10, 31)
		switch {
		case err == nil && i > 0:
			dst = append(append(append(dst, '['), part...), ']')
		case part == "" || strings.ContainsAny(part, ".[]*\""):
			dst = append(strconv.AppendQuote(append(dst, '['), part), ']')
		case i > 0:
			dst = append(append(dst, '.'), part...)
		default:
			dst = append(dst, part...)
		}
	}
	return dst
}
