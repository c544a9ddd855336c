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
		stopped := false
		settle := func() { stopped = stopped || !give(s.asm.Settle(), yield) }
		s.asm.Lasting, s.file.Moving = true, settle
		defer s.packed.close()
		var pkt pcapfile.Packet
		for {
			link, buf, ahead := s.file.Ahead()
			n, events := s.asm.Packets(link, buf, ahead)
			s.file.Pass(n)
			if len(events) > 0 {
				if !give(events, yield) {
					return
				}
				continue
			}
			err := s.file.Next(&pkt)
			if err != nil {
				settle()
			}
			if stopped {
				return
			}
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
			events, err = s.asm.Packet(pkt.Link, pkt.Data, pkt.Time)
			if len(events) == 0 && err == nil && pkt.Comment == "" {
				continue // as of most
			}
			if !outcome(s.asm, s.info.File, &pkt, events, err, yield) {
				return
			}
		}
		if err := s.packed.damage(s.info.File); err != nil && !yield(Event{}, err) {
			return
		}
		give(s.asm.Finish(), yield)
	}
}

// assemble gives one packet to asm and yields what comes of it. It returns
// false when no more events are wanted.
func assemble(asm *tcpflow.Assembler, file string, pkt *pcapfile.Packet, yield func(Event, error) bool) bool {
	events, err := asm.Packet(pkt.Link, pkt.Data, pkt.Time)
	return outcome(asm, file, pkt, events, err, yield)
}

// outcome yields what came of a packet: events, an error, its comment.
func outcome(asm *tcpflow.Assembler, file string, pkt *pcapfile.Packet, events []Event, err error, yield func(Event, error) bool) bool {
	if !give(events, yield) {
		return false
	}
	if err != nil {
		if pkt.Cut { // which is told next
			return true
		}
		return yield(Event{}, &Damage{File: file, Offset: pkt.Offset, Packet: pkt.Number, Err: err})
	}
	if pkt.Comment != "" {
		if !give(asm.Settle(), yield) {
			return false
		}
		if c := asm.Latest(); c != nil {
			return yield(Event{Conn: c, Dir: codec.ToServer, Time: pkt.Time, Kind: KindNote, Why: "comment: " + pkt.Comment}, nil)
		}
	}
	return true
}

// give yields events. It returns false when no more are wanted.
func give(events []Event, yield func(Event, error) bool) bool {
	for i := range events {
		if !yield(events[i], nil) {
			return false
		}
	}
	return true
}
