package load

import (
	"math"
	"time"
)

// A plan says when sessions are to begin. It is settled before the first one.
type plan struct {
	rate  float64       // 0 for as soon as a client is free
	until time.Duration // 0 for no end
	count int           // 0 for no end; with a rate there always is one
}

// grace is how long after the end a session that was due may still begin: the
// last ones are due shortly before it.
const grace = 100 * time.Millisecond

func newPlan(o *Options) plan {
	p := plan{o.Rate, o.Duration, o.Sessions}
	if p.rate > 0 && p.until > 0 {
		if n := p.before(p.until); p.count == 0 || n < p.count {
			p.count = n
		}
	}
	return p
}

// at returns when session i, from 0, is to begin, since the beginning.
func (p plan) at(i int) time.Duration {
	return time.Duration(math.Round(float64(i) / p.rate * 1e9))
}

// before returns how many sessions are to begin before d, if the rate alone
// counts.
func (p plan) before(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	n := int(math.Ceil(d.Seconds() * p.rate))
	for n > 0 && p.at(n-1) >= d {
		n--
	}
	for p.at(n) < d {
		n++
	}
	return n
}

// due returns how many sessions are to begin before d.
func (p plan) due(d time.Duration) int {
	n := p.before(d)
	if p.count > 0 {
		n = min(n, p.count)
	}
	return n
}

// over says that nothing more is to begin: so much time has passed, or so many
// sessions have been begun.
func (p plan) over(begun int, passed time.Duration) bool {
	if p.count > 0 && begun >= p.count {
		return true
	}
	if p.until <= 0 {
		return false
	}
	if p.rate > 0 {
		return passed > p.until+grace
	}
	return passed >= p.until
}

// length returns the time in which the sessions are to begin; 0 when that is
// not known.
func (p plan) length() time.Duration {
	if p.rate <= 0 {
		return p.until
	}
	if d := p.at(p.count); p.until <= 0 || d < p.until {
		return d
	}
	return p.until
}
