package stats

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Selection says which rows of a report are wanted, and in what order. It is
// about the rows of each kind, not about the total and the largest frames. The
// zero value wants all as they are.
type Selection struct {
	Name   string     // only rows of that name; * stands for anything
	Having *Threshold // only rows that it holds for, by ParseBound
	Sort   string     // a value, the largest first, or "name"; see Orders
	Top    int        // so many of each kind at the most; 0 means all
}

// byName is the order of names.
const byName = "name"

// Orders returns what rows may be sorted by.
func Orders() []string { return append([]string{byName}, Measures()...) }

// ParseBound reads a threshold that says of no row what it is of: a value, a
// comparison and a bound. An error is a [*codec.TextError].
func ParseBound(text string) (*Threshold, error) {
	t, err := ParseThreshold(text)
	if err == nil && (t.by != ByTotal || t.name != "") {
		end := strings.Index(text, t.op)
		return nil, &codec.TextError{End: end, Field: "bound", Message: fmt.Sprintf("%q is more than a value", strings.TrimSpace(text[:end])), Hint: "such as p99 > 50ms"}
	}
	return t, err
}

// Select returns a report with the rows that are wanted.
func (r *Report) Select(s Selection) *Report {
	some := *r
	some.Rows = nil
	for rows := r.Rows; len(rows) > 0; {
		n := slices.IndexFunc(rows, func(w *Row) bool { return w.By != rows[0].By })
		if n < 0 {
			n = len(rows)
		}
		some.Rows = append(some.Rows, s.of(r, slices.Clone(rows[:n]))...)
		rows = rows[n:]
	}
	return &some
}

// of returns the rows of one kind that are wanted.
func (s *Selection) of(r *Report, rows []*Row) []*Row {
	rows = slices.DeleteFunc(rows, func(w *Row) bool {
		return s.Name != "" && !matches(s.Name, w.label()) || s.Having != nil && !s.Having.judge(r, w).Met
	})
	if m, ok := measures()[s.Sort]; ok {
		slices.SortStableFunc(rows, func(a, b *Row) int {
			return cmp.Or(
				cmp.Compare(m.unknown(a), m.unknown(b)), // what was never measured comes last
				cmp.Compare(m.get(r, b), m.get(r, a)),
			)
		})
	} else if s.Sort == byName {
		slices.SortStableFunc(rows, func(a, b *Row) int {
			return cmp.Or(cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.Name, b.Name))
		})
	}
	if s.Top > 0 {
		rows = rows[:min(s.Top, len(rows))]
	}
	return rows
}

// label returns what a row goes by: its name, or the number of a conversation.
func (w *Row) label() string {
	if w.By == ByConversation {
		return strconv.Itoa(w.Conn)
	}
	return w.Name
}

// matches says whether a name is like a pattern in which * is any text.
func matches(pattern, name string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	if !more {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	for ok && more {
		if first, rest, more = strings.Cut(rest, "*"); !more {
			return strings.HasSuffix(name, first)
		}
		_, name, ok = strings.Cut(name, first)
	}
	return ok
}
