package capture

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strings"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Merge makes one timeline of several sources. Packets of capture files are
// brought in the order of their times before conversations are made of them,
// so that one may begin in one file and end in another, or have one direction
// in each. The conversations of other sources come behind those, numbered on.
func Merge(sources ...Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	m := &merged{}
	for _, s := range sources {
		if p, ok := s.(*packetSource); ok {
			m.packets = append(m.packets, &head{source: p})
		} else {
			m.others = append(m.others, s)
		}
	}
	return m
}

// merged is several sources as one.
type merged struct {
	packets []*head
	others  []Source
	asm     *tcpflow.Assembler
}

// A head is a capture file with its next packet.
type head struct {
	source *packetSource
	pkt    pcapfile.Packet
	done   bool
}

// Info tells of all sources: their names, the sum of their counts, and of
// the rest what the first says.
func (m *merged) Info() Info {
	var all Info
	var names []string
	add := func(i Info) {
		if names == nil {
			all = i
			all.Stats = Stats{}
		}
		names = append(names, i.File)
	}
	for _, h := range m.packets {
		add(h.source.Info())
	}
	for _, s := range m.others {
		add(s.Info())
	}
	all.File = strings.Join(names, ", ")
	if m.asm != nil {
		all.Stats = m.asm.Stats()
	}
	return all
}

func (m *merged) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if !m.files(yield) {
			return
		}
		conns := 0
		if m.asm != nil {
			conns = m.asm.Stats().Conns
		}
		for _, s := range m.others {
			before := conns
			for e, err := range s.Events() {
				if err == nil && e.Kind == KindOpen {
					e.Conn.ID += before
					conns = max(conns, e.Conn.ID)
				}
				if !yield(e, err) {
					return
				}
				if err != nil {
					if _, ok := errors.AsType[*Damage](err); !ok {
						return
					}
				}
			}
		}
	}
}

// files yields the events of the capture files. It returns false when no
// more are wanted.
func (m *merged) files(yield func(Event, error) bool) bool {
	if len(m.packets) == 0 {
		return true
	}
	m.asm = tcpflow.New(m.packets[0].source.limits)
	m.asm.Keep = m.packets[0].source.keep
	m.asm.Name = func(a netip.Addr) string {
		for _, h := range m.packets {
			if name := h.source.file.Name(a); name != "" {
				return name
			}
		}
		return ""
	}
	defer func() {
		for _, h := range m.packets {
			h.source.packed.close()
		}
	}()
	for _, h := range m.packets {
		if !h.next(yield) {
			return false
		}
	}
	for {
		var first *head
		for _, h := range m.packets {
			if !h.done && (first == nil || h.pkt.Time.Before(first.pkt.Time)) {
				first = h
			}
		}
		if first == nil {
			break
		}
		if !assemble(m.asm, first.source.info.File, &first.pkt, yield) || !first.next(yield) {
			return false
		}
	}
	return give(m.asm.Finish(), yield)
}

// next reads the file's next packet.
func (h *head) next(yield func(Event, error) bool) bool {
	for {
		err := h.source.file.Next(&h.pkt)
		if err == nil {
			return true
		}
		if _, ok := errors.AsType[*Damage](err); ok {
			if !yield(Event{}, err) {
				return false
			}
			continue
		}
		h.done = true
		if !errors.Is(err, io.EOF) {
			yield(Event{}, fmt.Errorf("%s: %w", h.source.info.File, err))
			return false
		}
		if err := h.source.packed.damage(h.source.info.File); err != nil {
			return yield(Event{}, err)
		}
		return true
	}
}
