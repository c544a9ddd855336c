package stats

import "time"

// cells is how many slots of time there are.
const cells = 64

// firstWidth is how long a slot is at first: it doubles when time goes on
// beyond the last one.
const firstWidth = time.Millisecond

// A slot is a place on the time line.
type slot int

// A clock maps times to slots. All rows have the same.
type clock struct {
	start  time.Time
	end    time.Time
	double int // how often the width was doubled
}

// tick returns the slot of a time, -1 without one.
func (c *clock) tick(t time.Time) slot {
	switch {
	case t.IsZero():
		return -1
	case c.start.IsZero():
		c.start, c.end = t, t
	case t.After(c.end):
		c.end = t
	}
	for {
		i := t.Sub(c.start) / c.width()
		if i < cells {
			return slot(max(i, 0))
		}
		c.double++
	}
}

func (c *clock) width() time.Duration { return firstWidth << c.double }

// A timeline counts by slots. What it counted before the slots became longer
// is folded when it is next touched.
type timeline struct {
	counts [cells]uint32
	double int
}

func (l *timeline) add(at slot, c *clock) {
	if at < 0 {
		return
	}
	l.fold(c)
	l.counts[at]++
}

func (l *timeline) fold(c *clock) {
	for ; l.double < c.double; l.double++ {
		for i := range cells / 2 {
			l.counts[i] = l.counts[2*i] + l.counts[2*i+1]
		}
		clear(l.counts[cells/2:])
	}
}

// bars are the heights of a sparkline.
var bars = []rune("▁▂▃▄▅▆▇█")

// Spark draws counts as a line of blocks; nothing is a blank. The highest is
// full.
func Spark(counts []uint32) string {
	var most uint32
	for _, n := range counts {
		most = max(most, n)
	}
	out := make([]rune, len(counts))
	for i, n := range counts {
		out[i] = ' '
		if n > 0 {
			out[i] = bars[(uint64(n)*uint64(len(bars))-1)/uint64(most)]
		}
	}
	return string(out)
}

// Squeeze adds neighbours up so that there are n counts at the most.
func Squeeze(counts []uint32, n int) []uint32 {
	for n > 0 && len(counts) > n {
		half := make([]uint32, (len(counts)+1)/2)
		for i, c := range counts {
			half[i/2] += c
		}
		counts = half
	}
	return counts
}
