package diff

import (
	"cmp"
	"net"
	"slices"
)

// A differ compares two sides that have been read once.
type differ struct {
	*rules
	sides  [2]*reading
	pairs  []*pairing
	counts map[string]int // of parts that differ
	kept   int            // differences
	left   int
}

// A pairing is a Pair in the making.
type pairing struct {
	Pair
	a, b  *talk
	steps []merged
}

// A merged step is one of both directions, in order.
type merged struct {
	step
	dir int
}

// maxWeighed is how many pairs of conversations are weighed; where there are
// more they go together by their order.
const maxWeighed = 250_000

// pair finds out which conversations go together: those of one protocol, by
// what is said in them, by who speaks, and by their order.
func (d *differ) pair() {
	a, b := d.sides[0].talks, d.sides[1].talks
	type weighed struct{ a, b, weight, apart int }
	var all []weighed
	ranksA, ranksB := ranks(a), ranks(b)
	every := len(a)*len(b) <= maxWeighed
	profiles := map[*talk]profile{}
	if every {
		for _, t := range append(slices.Clone(a), b...) {
			profiles[t] = profileOf(t)
		}
	}
	byRank := map[rankKey]int{}
	for j, t := range b {
		byRank[rankKey{t.Proto, ranksB[j]}] = j
	}
	for i, t := range a {
		if !every {
			if j, ok := byRank[rankKey{t.Proto, ranksA[i]}]; ok {
				all = append(all, weighed{a: i, b: j})
			}
			continue
		}
		for j, u := range b {
			if t.Proto == u.Proto {
				apart := max(ranksA[i]-ranksB[j], ranksB[j]-ranksA[i])
				all = append(all, weighed{i, j, weight(t, u, profiles[t], profiles[u]) - min(apart, 50), apart})
			}
		}
	}
	slices.SortFunc(all, func(x, y weighed) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.apart, y.apart), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	partner := make(map[int]int, len(a))
	taken := make(map[int]bool, len(b))
	for _, w := range all {
		if _, has := partner[w.a]; !has && !taken[w.b] {
			partner[w.a], taken[w.b] = w.b, true
		}
	}
	for i, t := range a {
		var u *talk
		if j, ok := partner[i]; ok {
			u = b[j]
		}
		d.add(t, u)
	}
	for j, u := range b {
		if !taken[j] {
			d.add(nil, u)
		}
	}
}

// rankKey names a conversation by its protocol and its number among those.
type rankKey struct {
	proto string
	rank  int
}

// ranks counts the conversations of each protocol.
func ranks(list []*talk) []int {
	next := map[string]int{}
	out := make([]int, len(list))
	for i, t := range list {
		out[i] = next[t.Proto]
		next[t.Proto]++
	}
	return out
}

// A profile is what is looked at of a conversation: its first records.
type profile struct{ wholes, tokens []uint64 }

// profileSize is how many records of each direction that is.
const profileSize = 24

func profileOf(t *talk) (p profile) {
	for _, list := range t.dirs {
		for _, g := range list[:min(len(list), profileSize)] {
			p.wholes = append(p.wholes, g.whole)
			p.tokens = append(p.tokens, g.token)
		}
	}
	slices.Sort(p.wholes)
	slices.Sort(p.tokens)
	return p
}

// weight says how much speaks for two conversations to be each other's.
func weight(a, b *talk, x, y profile) int {
	w := shared(x.wholes, y.wholes, 120) + shared(x.tokens, y.tokens, 60)
	if a.Server == b.Server {
		w += 20
	}
	switch {
	case a.Client == b.Client:
		w += 20
	case host(a.Client) == host(b.Client):
		w += 10
	}
	return w
}

// host returns an end without its port.
func host(end string) string {
	if h, _, err := net.SplitHostPort(end); err == nil {
		return h
	}
	return end
}

// shared returns which part of two sorted lists is common to both, of so many.
func shared(a, b []uint64, of int) int {
	common, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	all := len(a) + len(b) - common
	if all == 0 {
		return of
	}
	return of * common / all
}

// add aligns two conversations, one of which may be nil.
func (d *differ) add(a, b *talk) {
	p := &pairing{a: a, b: b}
	if a != nil {
		p.A = &a.Conversation
	} else {
		a = &talk{}
	}
	if b != nil {
		p.B = &b.Conversation
	} else {
		b = &talk{}
	}
	var al aligner
	var ways [2][]step
	for dir := range ways {
		ways[dir] = al.align(a.dirs[dir], b.dirs[dir])
	}
	p.merge(ways, a, b)
	for _, s := range p.steps {
		switch s.change {
		case Same:
			p.Same++
		case Changed:
			p.Changed++
		case Removed:
			p.Removed++
		case Added:
			p.Added++
		}
	}
	d.pairs = append(d.pairs, p)
}

// merge brings the steps of both directions in one order: that of a, and where
// a has none that of b. Nobody promises the order of what two ends send at
// about the same time, so that it is no difference.
func (p *pairing) merge(ways [2][]step, a, b *talk) {
	x, y := ways[0], ways[1]
	p.steps = make([]merged, 0, len(x)+len(y))
	seq := func(t *talk, dir int, k int32) int32 { return t.dirs[dir][k].seq }
	first := func(s, u step) bool { // whether s, of direction 0, comes before u
		switch {
		case s.a >= 0 && u.a >= 0:
			return seq(a, 0, s.a) < seq(a, 1, u.a)
		case s.b >= 0 && u.b >= 0:
			return seq(b, 0, s.b) < seq(b, 1, u.b)
		}
		return s.a >= 0
	}
	for len(x) > 0 || len(y) > 0 {
		if len(y) == 0 || len(x) > 0 && first(x[0], y[0]) {
			p.steps = append(p.steps, merged{x[0], 0})
			x = x[1:]
		} else {
			p.steps = append(p.steps, merged{y[0], 1})
			y = y[1:]
		}
	}
}
