package standin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/session"
)

// maxItems bounds a script: repeats are rolled out.
const maxItems = 1 << 20

// A script is what a document has of one connection.
type script struct {
	conn           int    // in the document
	proto, dialect string // of its first line that has one
	found          string // the dialect of its last line
	items          []item
}

// An item is a step of a script, or a variable of a repeat that gets a value.
type item struct {
	step  session.Step // a *Send, *Expect, *AnyOrder, *Set, *Sleep, *End or *Gap; nil for a variable
	name  string
	value string
}

// scripts returns the scripts of a document, in the order in which their
// connections come up.
func scripts(doc *session.Document) ([]script, error) {
	var b builder
	if err := b.add(doc.Steps); err != nil {
		return nil, err
	}
	for _, one := range b.pending {
		b.put(b.last, one)
	}
	if len(b.list) == 0 {
		return nil, errors.New("the document has no frames")
	}
	return b.list, nil
}

// A builder takes the steps of a document apart. What is of no connection
// stands before the next step that is of one.
type builder struct {
	list    []script
	pending []item
	last    int
	n       int
}

func (b *builder) add(steps []session.Step) error {
	for _, s := range steps {
		if b.n++; b.n > maxItems {
			return fmt.Errorf("more than %d steps", maxItems)
		}
		switch s := s.(type) {
		case *session.Send:
			b.put(s.Conn, item{step: s}).speaks(&s.Head)
		case *session.Expect:
			b.put(s.Conn, item{step: s}).speaks(&s.Head)
		case *session.End:
			b.put(s.Conn, item{step: s})
		case *session.Gap:
			b.put(s.Conn, item{step: s})
		case *session.AnyOrder:
			b.anyOrder(s)
		case *session.Set, *session.Sleep:
			b.pending = append(b.pending, item{step: s})
		case *session.Repeat:
			for n := range s.Count {
				if s.Name != "" {
					b.pending = append(b.pending, item{name: s.Name, value: fmt.Sprint(n + 1)})
				}
				if err := b.add(s.Steps); err != nil {
					return err
				}
			}
		case *session.Retry: // the client's business: here it passes at once
			if err := b.add(s.Steps); err != nil {
				return err
			}
		case *session.HTTP:
			return fmt.Errorf("%s:%d: HTTP cannot be played from a recording", s.File, s.Line)
		case *session.Connect, *session.Serve: // where it is played, others say
		}
	}
	return nil
}

// anyOrder puts the parts of a block into the scripts of their connections.
func (b *builder) anyOrder(s *session.AnyOrder) {
	parts := map[int][]*session.Expect{}
	var conns []int
	for _, e := range s.Expects {
		if parts[e.Conn] == nil {
			conns = append(conns, e.Conn)
		}
		parts[e.Conn] = append(parts[e.Conn], e)
	}
	for _, conn := range conns {
		b.put(conn, item{step: &session.AnyOrder{Place: s.Place, Expects: parts[conn]}})
	}
}

// put appends an item to the script of a connection.
func (b *builder) put(conn int, one item) *script {
	i := slices.IndexFunc(b.list, func(s script) bool { return s.conn == conn })
	if i < 0 {
		i = len(b.list)
		b.list = append(b.list, script{conn: conn})
	}
	b.list[i].items = append(b.list[i].items, b.pending...)
	b.list[i].items = append(b.list[i].items, one)
	b.pending, b.last = nil, conn
	return &b.list[i]
}

// speaks notes what is spoken on a connection.
func (s *script) speaks(h *session.Head) {
	if s.proto == "" {
		s.proto, s.dialect = h.Proto, h.Dialect
	}
	if h.Dialect != "" {
		s.found = h.Dialect
	}
}

// An answer is what is expected, with what is sent when it comes.
type answer struct {
	expect *session.Expect
	items  []item
	given  bool
}

// answers cuts a script into answers, and what is sent before any.
func (s *script) answers() (first []item, list []answer) {
	for _, one := range s.items {
		switch step := one.step.(type) {
		case *session.Expect:
			list = append(list, answer{expect: step})
		case *session.AnyOrder:
			for _, e := range step.Expects {
				list = append(list, answer{expect: e})
			}
		default:
			if len(list) == 0 {
				first = append(first, one)
			} else {
				last := &list[len(list)-1]
				last.items = append(last.items, one)
			}
		}
	}
	return first, list
}
