package diff

import (
	"cmp"
	"math/bits"
	"slices"
)

// A step of an alignment is a record of a and the one of b that it goes with:
// numbers of digests in one direction; -1 when there is none.
type step struct {
	change Change
	a, b   int32
}

// An aligner finds which records of one direction go with which.
type aligner struct {
	a, b  []digest
	steps []step

	score, below []int32
	moves        []byte
}

// window is how many records of each side are laid beside each other where
// nothing tells which go together: it bounds time and memory.
const window = 1024

// align returns the steps through a and b, in order.
func (al *aligner) align(a, b []digest) []step {
	al.a, al.b, al.steps = a, b, nil
	al.span(0, len(a), 0, len(b), 0)
	return al.steps
}

func (al *aligner) add(c Change, a, b int) {
	al.steps = append(al.steps, step{c, int32(a), int32(b)})
}

// maxSplits is how often a stretch is split at what occurs once in it.
const maxSplits = 12

// span aligns a[i:n] with b[j:m]. What is the same at both ends goes together;
// then what is the same and occurs once on both sides does, and splits the
// rest.
func (al *aligner) span(i, n, j, m, splits int) {
	for i < n && j < m && al.a[i].same(&al.b[j]) {
		al.add(Same, i, j)
		i, j = i+1, j+1
	}
	tail := 0
	for i < n && j < m && al.a[n-1].same(&al.b[m-1]) {
		n, m, tail = n-1, m-1, tail+1
	}
	anchors := [][2]int(nil)
	if splits < maxSplits && n-i > 0 && m-j > 0 {
		anchors = al.anchors(i, n, j, m)
	}
	if anchors == nil {
		al.beside(i, n, j, m)
	}
	for _, at := range anchors {
		al.span(i, at[0], j, at[1], splits+1)
		al.add(Same, at[0], at[1])
		i, j = at[0]+1, at[1]+1
	}
	if anchors != nil {
		al.span(i, n, j, m, splits+1)
	}
	for k := range tail {
		al.add(Same, n+k, m+k)
	}
}

// anchors returns pairs of records that are the same and occur once in
// a[i:n] and once in b[j:m]: of these the most that are in order.
func (al *aligner) anchors(i, n, j, m int) [][2]int {
	type seen struct{ a, b, inA, inB int }
	table := make(map[uint64]seen, n-i)
	for k := i; k < n; k++ {
		s := table[al.a[k].whole]
		s.a, s.inA = k, s.inA+1
		table[al.a[k].whole] = s
	}
	for k := j; k < m; k++ {
		if s, ok := table[al.b[k].whole]; ok {
			s.b, s.inB = k, s.inB+1
			table[al.b[k].whole] = s
		}
	}
	var pairs [][2]int
	for _, s := range table {
		if s.inA == 1 && s.inB == 1 && al.a[s.a].same(&al.b[s.b]) {
			pairs = append(pairs, [2]int{s.a, s.b})
		}
	}
	slices.SortFunc(pairs, func(x, y [2]int) int { return cmp.Compare(x[0], y[0]) })
	return rising(pairs)
}

// rising returns the longest part of pairs of which the second numbers rise.
func rising(pairs [][2]int) [][2]int {
	var ends []int // of the best run of each length: the pair that it ends with
	before := make([]int, len(pairs))
	for k, p := range pairs {
		n, _ := slices.BinarySearchFunc(ends, p[1], func(e, b int) int { return cmp.Compare(pairs[e][1], b) })
		if before[k] = -1; n > 0 {
			before[k] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, k)
		} else {
			ends[n] = k
		}
	}
	if len(ends) == 0 {
		return nil
	}
	run := make([][2]int, len(ends))
	for n, k := len(ends)-1, ends[len(ends)-1]; n >= 0; n, k = n-1, before[k] {
		run[n] = pairs[k]
	}
	return run
}

// beside aligns stretches in windows, by how much records have in common.
func (al *aligner) beside(i, n, j, m int) {
	for i < n && j < m {
		wn, wm := min(n, i+window), min(m, j+window)
		al.fill(i, wn, j, wm)
		stopA, stopB := wn, wm
		if wn < n || wm < m { // what is near the end may go with what comes later
			stopA, stopB = i+(wn-i+3)*3/4, j+(wm-j+3)*3/4
		}
		i, j = al.follow(i, wn, j, wm, stopA, stopB)
	}
	for ; i < n; i++ {
		al.add(Removed, i, -1)
	}
	for ; j < m; j++ {
		al.add(Added, -1, j)
	}
}

// Moves through the table of a window.
const (
	goBoth byte = iota
	goA
	goB
)

// fill finds the best way through a[i:n] and b[j:m] from their ends.
func (al *aligner) fill(i, n, j, m int) {
	width := m - j + 1
	al.moves = slices.Grow(al.moves[:0], (n-i+1)*width)[:(n-i+1)*width]
	al.score = slices.Grow(al.score[:0], width)[:width]
	al.below = slices.Grow(al.below[:0], width)[:width]
	clear(al.below)
	for k := range width {
		al.moves[(n-i)*width+k] = goB
	}
	for x := n - 1; x >= i; x-- {
		row := al.moves[(x-i)*width:]
		al.score[width-1], row[width-1] = 0, goA
		for y := m - 1; y >= j; y-- {
			k := y - j
			best, move := al.below[k], goA
			if al.score[k+1] > best {
				best, move = al.score[k+1], goB
			}
			if v := likeness(&al.a[x], &al.b[y]); v > 0 && v+al.below[k+1] >= best {
				best, move = v+al.below[k+1], goBoth
			}
			al.score[k], row[k] = best, move
		}
		al.score, al.below = al.below, al.score
	}
}

// follow takes the way that fill found until it comes to stopA or stopB.
func (al *aligner) follow(i, n, j, m, stopA, stopB int) (int, int) {
	width, x, y := m-j+1, i, j
	for (x < n || y < m) && (x < stopA && y < stopB || stopA == n && stopB == m) {
		switch al.moves[(x-i)*width+y-j] {
		case goBoth:
			if al.a[x].same(&al.b[y]) {
				al.add(Same, x, y)
			} else {
				al.add(Changed, x, y)
			}
			x, y = x+1, y+1
		case goA:
			al.add(Removed, x, -1)
			x++
		default:
			al.add(Added, -1, y)
			y++
		}
	}
	return x, y
}

// likeness says how much speaks for two records to be each other's; 0 when
// they are not. Being the same is worth more than any two likenesses.
func likeness(a, b *digest) int32 {
	switch {
	case a.same(b):
		return 1000
	case a.open || b.open:
		return openLikeness(a, b)
	case a.token != b.token:
		return 0
	}
	common := bits.OnesCount64(a.sig[0]&b.sig[0]) + bits.OnesCount64(a.sig[1]&b.sig[1])
	all := bits.OnesCount64(a.sig[0]|b.sig[0]) + bits.OnesCount64(a.sig[1]|b.sig[1])
	if common*4 <= all {
		return 0
	}
	return int32(100 + 300*common/all)
}

// openLikeness is likeness where fields of one may be anything: those that are
// known count.
func openLikeness(a, b *digest) int32 {
	if a.kind != b.kind {
		return 0 // what is answered may be told by a field that may be anything
	}
	count := func(d *digest) int { return bits.OnesCount64(d.sig[0]) + bits.OnesCount64(d.sig[1]) }
	all := count(a)
	if !a.open || b.open && count(b) < all {
		all = count(b)
	}
	common := bits.OnesCount64(a.sig[0]&b.sig[0]) + bits.OnesCount64(a.sig[1]&b.sig[1])
	switch {
	case all == 0:
		return 150
	case common*2 < all:
		return 0
	}
	return int32(100 + 300*common/all)
}
