package synth

import (
	"math/rand/v2"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
)

// shaken is the least size of the packets that a [Shaker] shakes: those with
// data, and not the handshakes, by which conversations are numbered.
const shaken = 100

// A Shaker is a writer of packets that sends a share of those with data late,
// by one to three of their like, or twice.
type Shaker struct {
	Packets int // that were written

	w     pcapfile.PacketWriter
	share float64 // half of it late, half twice
	rng   *rand.Rand
	late  []latePacket
	last  time.Time
}

// NewShaker returns a Shaker that shakes a share of what it passes on to w.
func NewShaker(w pcapfile.PacketWriter, seed uint64, share float64) *Shaker {
	return &Shaker{w: w, share: share, rng: rand.New(rand.NewPCG(seed, 3))}
}

type latePacket struct {
	data []byte
	left int // packets with data before it is sent
}

// Packet implements [pcapfile.PacketWriter].
func (s *Shaker) Packet(t time.Time, data []byte, _ string) error {
	s.last = t
	if s.share == 0 || len(data) < shaken {
		return s.write(data)
	}
	switch x := s.rng.Float64(); {
	case x < s.share/2:
		s.late = append(s.late, latePacket{append([]byte(nil), data...), 1 + s.rng.IntN(3)})
		return nil
	case x < s.share:
		if err := s.write(data); err != nil {
			return err
		}
	}
	if err := s.write(data); err != nil {
		return err
	}
	keep := s.late[:0]
	for _, p := range s.late {
		if p.left--; p.left > 0 {
			keep = append(keep, p)
		} else if err := s.write(p.data); err != nil {
			return err
		}
	}
	s.late = keep
	return nil
}

func (s *Shaker) write(data []byte) error {
	s.Packets++
	return s.w.Packet(s.last, data, "")
}

// Flush writes what is late.
func (s *Shaker) Flush() error {
	for _, p := range s.late {
		if err := s.write(p.data); err != nil {
			return err
		}
	}
	s.late = nil
	return s.w.Flush()
}
