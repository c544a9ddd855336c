// Package synth makes streams and captures of all five protocols for
// benchmarks. What it makes depends on its arguments alone: the same
// arguments give the same bytes on every machine.
//
// The bytes are put together here and not by the codecs, so that a fault of a
// codec does not hide in the inputs that it is measured with. They are what
// the real programs send, in the encodings that they use.
package synth

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// A Mix is a distribution of the sizes of what frames carry.
type Mix string

// The mixes.
const (
	Small Mix = "small" // 16 to 64 bytes
	Mixed Mix = "mixed" // 70 % small, 20 % up to 2 KiB, 10 % up to 32 KiB; about 2 KiB in the mean
	Large Mix = "large" // 28 to 32 KiB; of synapse, whose lines are shorter, 14 to 16 KiB
)

// Protocols and Mixes are what [New] takes.
var (
	Protocols = []string{"hg", "zeo", "synapse", "msgq", "zmtp"}
	Mixes     = []Mix{Small, Mixed, Large}
)

// A Tally says what was made, so that a reader can be held to it.
type Tally struct {
	Frames  int
	Bytes   int64 // of the streams
	Packets int   // of a capture
	Sum     uint64
}

// Note adds a frame to t: the conversation's number, from 1, the frame's
// number in it, from 0, and its length. The order of calls does not matter.
func (t *Tally) Note(conn, seq, length int) {
	t.Frames++
	t.Bytes += int64(length)
	x := uint64(conn)<<48 ^ uint64(seq)<<24 ^ uint64(length)
	x ^= x >> 31
	x *= 0x9e3779b97f4a7c15
	t.Sum += x ^ x>>29
}

// A Stream makes the frames of one direction, from its beginning.
type Stream struct {
	*pools
	rng *rand.Rand
	mix Mix
	max int // the most that a frame may carry
	seq int

	events uint64 // of synapse: where the stream of events is

	open [][]byte // frames that begin the stream
	next func(*Stream, []byte) []byte
}

// New returns the Stream of a protocol, a mix and a seed.
func New(protocol string, mix Mix, seed uint64) (*Stream, error) {
	return newStream(protocol, mix, seed, newPools(seed))
}

func newStream(protocol string, mix Mix, seed uint64, p *pools) (*Stream, error) {
	if !slices.Contains(Mixes, mix) {
		return nil, fmt.Errorf("no mix %q: there are %v", mix, Mixes)
	}
	s := &Stream{pools: p, rng: rand.New(rand.NewPCG(seed, 2)), mix: mix, max: 32 << 10}
	switch protocol {
	case "hg":
		s.next = (*Stream).hg
	case "zeo":
		s.open, s.next = zeoOpening, (*Stream).zeo
	case "synapse":
		s.open, s.next, s.max, s.events = synapseOpening, (*Stream).synapse, 16<<10-200, 1000
	case "msgq":
		s.next = (*Stream).msgq
	case "zmtp":
		s.open, s.next = zmtpOpening(), (*Stream).zmtp
	default:
		return nil, fmt.Errorf("no protocol %q: there are %q", protocol, Protocols)
	}
	return s, nil
}

// Append appends the next frame.
func (s *Stream) Append(dst []byte) []byte {
	s.seq++
	if s.seq <= len(s.open) {
		return append(dst, s.open[s.seq-1]...)
	}
	return s.next(s, dst)
}

// size draws how much a frame carries.
func (s *Stream) size() int {
	n := 16 + s.rng.IntN(49)
	switch kind := s.rng.IntN(10); {
	case s.mix == Large:
		n = s.max*7/8 + s.rng.IntN(s.max/8)
	case s.mix == Small || kind < 7:
	case kind < 9:
		n = 256 + s.rng.IntN(2<<10-256)
	default:
		n = 4<<10 + s.rng.IntN(28<<10)
	}
	return min(n, s.max)
}

// one says yes one time in n.
func (s *Stream) one(n int) bool { return s.rng.IntN(n) == 0 }
