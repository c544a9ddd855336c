package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Path names fields of a frame, as in the "fields" of its JSON record:
// header.seq, args[0].oid; * stands for any one name or number, or any part of a
// name, ** for any number of them, and so does a * at the beginning: *.oid is an
// oid wherever it stands. What is below a field belongs to it. "!name" is a
// deviation, "type" the frame's type.
type Path []string

// ParsePath reads a path; "fields." may stand before it. An error is a
// [*codec.TextError].
func ParsePath(s string) (Path, error) {
	fail := func(at int, what string) (Path, error) {
		return nil, &codec.TextError{Start: at, End: max(at+1, len(s)), Message: fmt.Sprintf("%q is no path of a field: %s", s, what), Hint: "such as header.seq, args[0] or fields.properties[*].value"}
	}
	var p Path
	for i := 0; i < len(s); {
		if s[i] == '[' {
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return fail(i, "a bracket has no end")
			}
			key := s[i+1 : i+end]
			if q, err := strconv.Unquote(key); err == nil && strings.HasPrefix(key, `"`) {
				key = q
			} else if _, err := strconv.ParseUint(key, 10, 31); err != nil && key != "*" {
				return fail(i+1, "in brackets stands a number, * or a quoted name")
			}
			p = append(p, key)
			i += end + 1
			continue
		}
		if s[i] == '.' && i > 0 {
			i++
		} else if i > 0 {
			return fail(i, "a dot or a bracket is missing")
		}
		n := strings.IndexAny(s[i:], ".[")
		if n < 0 {
			n = len(s) - i
		}
		if n == 0 {
			return fail(min(i, len(s)-1), "a name is missing")
		}
		p = append(p, s[i:i+n])
		i += n
	}
	if len(p) == 0 {
		return fail(0, "it is empty")
	}
	if strings.HasSuffix(s, ".") {
		return fail(len(s)-1, "a name is missing")
	}
	if p[0] == "fields" && len(p) > 1 {
		p = p[1:]
	}
	// What only says of what kind a value is stands in no path.
	kinds := func(key string) bool { return key == "$t" || key == "$d" || key == "$b" }
	return slices.DeleteFunc(p, kinds), nil
}

// String returns the path as ParsePath reads it.
func (p Path) String() string {
	var b strings.Builder
	for i, key := range p {
		_, err := strconv.ParseUint(key, 10, 31)
		switch {
		case err == nil || key == "*" && i > 0:
			b.WriteString("[" + key + "]")
		case strings.ContainsAny(key, ".[]") || key == "":
			b.WriteString("[" + strconv.Quote(key) + "]")
		case i > 0:
			b.WriteString("." + key)
		default:
			b.WriteString(key)
		}
	}
	return b.String()
}

// covers says whether the field at q is p's, or below it.
func (p Path) covers(q Path) bool {
	if len(p) > 1 && p[0] == "*" {
		return below(p[1:], q)
	}
	return covers(p, q)
}

// covers is [Path.covers] without what a star at the beginning means.
func covers(p, q Path) bool {
	for i, key := range p {
		if key == "**" && i+1 < len(p) && p[i+1] == "**" {
			return covers(p[i+1:], q[i:])
		}
		if key == "**" {
			return below(p[i+1:], q[i:])
		}
		if i == len(q) || !like(key, q[i]) {
			return false
		}
	}
	return true
}

// below says whether p covers q without some of its first names.
func below(p, q Path) bool {
	for n := range len(q) + 1 {
		if covers(p, q[n:]) {
			return true
		}
	}
	return false
}

// like matches a name against one in which * is any text.
func like(pattern, name string) bool {
	for {
		lead, rest, star := strings.Cut(pattern, "*")
		if !star {
			return pattern == name
		}
		name, star = strings.CutPrefix(name, lead)
		if !star {
			return false
		}
		next, _, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, rest)
		}
		i := strings.Index(name, next) // the first will do: a * follows
		if i < 0 {
			return false
		}
		pattern, name = rest, name[i:]
	}
}
