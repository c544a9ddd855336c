package faults

import (
	"bytes"
	"math/rand/v2"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/live"
)

// A saboteur follows a Plan on one connection.
type saboteur struct {
	p      *Plan
	conn   int
	random *rand.Rand
	counts [][]int // how often each counting predicate was asked
	muted  bool
}

// Frame implements live.Saboteur.
func (s *saboteur) Frame(f codec.Frame, wire []byte) []live.Piece {
	pieces := []live.Piece{{Bytes: wire}}
	for i := range s.p.lines {
		l := &s.p.lines[i]
		if s.holds(l, s.counts[i], f) {
			pieces = s.apply(l, f, pieces)
		}
	}
	if s.muted {
		return []live.Piece{{Mute: true}}
	}
	return pieces
}

// holds says whether all predicates of a line do. One that counts is asked
// only when those before it hold.
func (s *saboteur) holds(l *line, counts []int, f codec.Frame) bool {
	for i := range l.when {
		c := &l.when[i]
		counts[i]++
		ok := false
		switch c.name {
		case "type":
			ok = f.Type() == c.text
		case "text":
			ok = c.re.Match(f.AppendText(nil, codec.View{Secrets: true}))
		case "conn":
			ok = s.conn == c.n
		case "nth":
			ok = counts[i] == c.n
		case "every":
			ok = counts[i]%c.n == 0
		case "after":
			ok = counts[i] > c.n
		case "chance":
			ok = s.random.Float64() < c.chance
		}
		if !ok {
			return false
		}
	}
	return true
}

// apply does a fault to the pieces that a frame has become.
func (s *saboteur) apply(l *line, f codec.Frame, pieces []live.Piece) []live.Piece {
	switch l.action {
	case "mute":
		s.muted = true
	case "drop":
		return nil
	case "wrong-id":
		if other, ok := s.p.wrong(f); ok {
			if wire, err := other.AppendBinary(nil); err == nil {
				return []live.Piece{{Bytes: wire, Fault: l.action}}
			}
		}
	}
	if len(pieces) == 0 {
		return nil // it has been dropped
	}
	last := &pieces[len(pieces)-1]
	switch l.action {
	case "delay":
		pieces[0].Delay += l.wait
	case "duplicate":
		again := *last
		again.Delay, again.Fault = 0, l.action
		return append(pieces, again)
	case "close":
		last.Close = true
	case "corrupt":
		at := l.at
		if at < 0 && len(last.Bytes) > 0 {
			at = s.random.IntN(len(last.Bytes))
		}
		if at < len(last.Bytes) {
			last.Bytes, last.Fault = bytes.Clone(last.Bytes), l.action
			last.Bytes[at] ^= 1 << s.random.IntN(8)
		}
	case "split":
		if l.at > 0 && l.at < len(last.Bytes) {
			rest := live.Piece{Bytes: last.Bytes[l.at:], Delay: l.wait, Close: last.Close, Fault: l.action}
			last.Bytes, last.Close, last.Fault = last.Bytes[:l.at], false, l.action
			return append(pieces, rest)
		}
	}
	return pieces
}
