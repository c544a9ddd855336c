package zeo

import (
	"fmt"
	"math"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// An iterator is where a client is in the transactions, or in the records of
// one.
type iterator struct {
	txns []*storage.Transaction // those to come; nil for records
	last *storage.Transaction   // the one that came last

	of   *storage.Transaction // whose records
	next int
}

// tidRange returns two tids, which may be missing.
func (a *args) tidRange() (start, stop storage.TID, err error) {
	if a.has(0) {
		if start, err = a.tid(0); err != nil {
			return start, stop, err
		}
	}
	if a.has(1) {
		stop, err = a.tid(1)
	}
	return start, stop, err
}

// begin gives an iterator its number.
func (c *session) begin(it *iterator) (any, error) {
	if len(c.iterators) >= c.s.o.MaxIterators {
		return nil, builtin("ValueError", "too many iterators: %d", c.s.o.MaxIterators)
	}
	n := c.iterator
	c.iterator++
	c.iterators[n] = it
	return n, nil
}

// find returns the iterator that an argument names.
func (c *session) find(a *args, i int, records bool) (int, *iterator, error) {
	n, err := a.int(i, 0)
	if err != nil {
		return 0, nil, err
	}
	it := c.iterators[n]
	if it == nil || (it.of != nil) != records {
		return 0, nil, &pyError{module: builtins, class: "KeyError", args: tuple{n}}
	}
	return n, it, nil
}

func (c *session) iteratorStart(a *args) (any, error) {
	start, stop, err := a.tidRange()
	if err != nil {
		return nil, err
	}
	return c.begin(&iterator{txns: c.s.store.Transactions(start, stop)})
}

func (c *session) iteratorNext(a *args) (any, error) {
	n, it, err := c.find(a, 0, false)
	if err != nil {
		return nil, err
	}
	if len(it.txns) == 0 {
		delete(c.iterators, n)
		return nil, nil
	}
	t := it.txns[0]
	it.txns, it.last = it.txns[1:], t
	extension := any(dict{})
	if v, ok := unpickled(t.Extension); ok {
		extension = v
	}
	return tuple{t.TID[:], string(rune(t.Status)), t.User, t.Description, extension}, nil
}

func (c *session) iteratorRecordStart(a *args) (any, error) {
	_, it, err := c.find(a, 0, false)
	if err != nil {
		return nil, err
	}
	tid, err := a.tid(1)
	if err != nil {
		return nil, err
	}
	if it.last == nil || it.last.TID != tid {
		return nil, builtin("Exception", "Out-of-order request for record iterator for transaction %s", c.pythonBytes(tid[:]))
	}
	return c.begin(&iterator{of: it.last})
}

// pythonBytes returns bytes as Python prints them, all of them escaped.
func (c *session) pythonBytes(b []byte) string {
	text := "b'"
	if c.enc == zeo.P1 {
		text = "'"
	}
	for _, x := range b {
		text += fmt.Sprintf(`\x%02x`, x)
	}
	return text + "'"
}

func (c *session) iteratorRecordNext(a *args) (any, error) {
	n, it, err := c.find(a, 0, true)
	if err != nil {
		return nil, err
	}
	if it.next == len(it.of.Records) {
		delete(c.iterators, n)
		return nil, nil
	}
	r := &it.of.Records[it.next]
	it.next++
	data := any(nil)
	if r.Data != nil {
		data = r.Data
	}
	return tuple{r.OID[:], it.of.TID[:], data, orNone(r.From)}, nil
}

func (c *session) iteratorGC(a *args) (any, error) {
	for kid := a.t.First(a.list[0]); kid != 0; kid = a.t.Next(kid) {
		if n, small := a.t.Small(a.t.Deref(kid)); small {
			delete(c.iterators, int(n))
		}
	}
	return nil, nil
}

func floatOf(t *value.Tree, id value.ID) float64 { return math.Float64frombits(uint64(t.Num(id))) }
