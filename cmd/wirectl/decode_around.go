package main

// surroundings shows records that stand near those that were chosen, in the
// order of the capture.
type surroundings struct {
	n       int       // records before and after
	before  []showing // the last that were not shown, a ring
	at, len int       // where the ring begins, and how many there are
	after   int       // records still to show
	shown   bool      // any were
	skipped bool      // records were left out since
}

// record takes a record. Divide is called where records are left out between
// those that are shown.
func (a *surroundings) record(x *showing, write func(*showing), divide func()) {
	switch {
	case x.chosen:
		if a.shown && a.skipped {
			divide()
		}
		for ; a.len > 0; a.len-- {
			write(&a.before[a.at])
			a.at = (a.at + 1) % a.n
		}
		write(x)
		a.after, a.shown, a.skipped = a.n, true, false
	case a.after > 0:
		write(x)
		a.after--
	default:
		a.hold(x)
	}
}

// hold keeps a record; the oldest one goes.
func (a *surroundings) hold(x *showing) {
	if a.len == a.n {
		a.at, a.len, a.skipped = (a.at+1)%a.n, a.len-1, true
	}
	place := (a.at + a.len) % a.n
	if place >= len(a.before) {
		a.before = append(a.before, showing{}) // the ring fills from 0 once
	}
	h := &a.before[place]
	text := append(h.text[:0], x.text...)
	*h = x.alone()
	h.text = text
	a.len++
}
