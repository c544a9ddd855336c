package capture

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A packetSource gives the TCP conversations of a capture file.
type packetSource struct {
	info   Info
	file   *pcapfile.Reader
	limits Limits
	keep   Filter
	packed *unpacker
	asm    *tcpflow.Assembler
}

func (s *packetSource) Info() Info {
	i := s.info
	if s.asm != nil {
		i.Stats = s.asm.Stats()
	}
	return i
}

func (s *packetSource) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s.asm = tcpflow.New(s.limits)
		s.asm.Name, s.asm.Keep = s.file.Name, s.keep
		s.asm.Lasting, s.file.Moving = true, s.asm.Settle
		defer s.packed.close()
		var pkt pcapfile.Packet
		for {
			err := s.file.Next(&pkt)
			if err != nil {
				if _, ok := errors.AsType[*Damage](err); ok {
					if !yield(Event{}, err) {
						return
					}
					continue
				}
				if !errors.Is(err, io.EOF) {
					yield(Event{}, fmt.Errorf("%s: %w", s.info.File, err))
					return
				}
				break
			}
			if !assemble(s.asm, s.info.File, &pkt, yield) {
				return
			}
		}
		if err := s.packed.damage(s.info.File); err != nil && !yield(Event{}, err) {
			return
		}
		finish(s.asm, yield)
	}
}

// assemble gives one packet to asm and yields what comes of it. It returns
// false when no more events are wanted.
func assemble(asm *tcpflow.Assembler, file string, pkt *pcapfile.Packet, yield func(Event, error) bool) bool {
	events, err := asm.Packet(pkt.Link, pkt.Data, pkt.Time)
	if err != nil {
		if pkt.Cut { // which is told next
			return true
		}
		return yield(Event{}, &Damage{File: file, Offset: pkt.Offset, Packet: pkt.Number, Err: err})
	}
	for i := range events {
		if !yield(events[i], nil) {
			return false
		}
	}
	if pkt.Comment != "" {
		if c := asm.Latest(); c != nil {
			return yield(Event{Conn: c, Dir: codec.ToServer, Time: pkt.Time, Kind: KindNote, Why: "comment: " + pkt.Comment}, nil)
		}
	}
	return true
}

// finish yields the events that the end of the packets brings. It returns
// false when no more are wanted.
func finish(asm *tcpflow.Assembler, yield func(Event, error) bool) bool {
	for _, e := range asm.Finish() {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}
