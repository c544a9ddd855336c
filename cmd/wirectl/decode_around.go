package main

import "github.com/wirectl/wirectl/pkg/codec"

// surroundings shows records that stand near those that were chosen, in the
// order of the capture.
type surroundings struct {
	n       int    // records before and after
	before  []held // the last that were not shown, a ring
	at, len int    // where the ring begins, and how many there are
	after   int    // records still to show
	shown   bool   // any were
	skipped bool   // records were left out since
}

// A held is a record that may be shown yet.
type held struct {
	r      codec.Record
	text   []byte
	reply  codec.Reply
	paired bool
}

// A writer writes a record.
type recordWriter func(r *codec.Record, text []byte, reply codec.Reply, paired bool)

// record takes a record. Divide is called where records are left out between
// those that are shown.
func (a *surroundings) record(r *codec.Record, text []byte, reply codec.Reply, paired, chosen bool, write recordWriter, divide func()) {
	switch {
	case chosen:
		if a.shown && a.skipped {
			divide()
		}
		for ; a.len > 0; a.len-- {
			h := &a.before[a.at]
			write(&h.r, h.text, h.reply, h.paired)
			a.at = (a.at + 1) % a.n
		}
		write(r, text, reply, paired)
		a.after, a.shown, a.skipped = a.n, true, false
	case a.after > 0:
		write(r, text, reply, paired)
		a.after--
	default:
		a.hold(r, text, reply, paired)
	}
}

// hold keeps a record; the oldest one goes.
func (a *surroundings) hold(r *codec.Record, text []byte, reply codec.Reply, paired bool) {
	if a.len == a.n {
		a.at, a.len, a.skipped = (a.at+1)%a.n, a.len-1, true
	}
	place := (a.at + a.len) % a.n
	if place >= len(a.before) {
		a.before = append(a.before, held{}) // the ring fills from 0 once
	}
	h := &a.before[place]
	*h = held{r: *r, text: append(h.text[:0], text...), reply: reply, paired: paired}
	h.r.Frame = nil // it is only lent
	if h.r.Bytes != nil {
		h.r.Bytes = []byte{} // not nil: it is no gap
	}
	a.len++
}
