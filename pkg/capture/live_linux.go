package capture

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"strings"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Live returns a Source of the conversations on a network interface, until
// ctx is done. It needs the right to open packet sockets (CAP_NET_RAW). Of o
// only Filter and Limits count.
func Live(ctx context.Context, iface string, o Options) (Source, error) {
	at, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, liveError(iface, err)
	}
	h, err := openPacketSocket(at.Index)
	if err != nil {
		return nil, liveError(iface, err)
	}
	return &liveSource{ctx: ctx, iface: iface, h: h, o: o}, nil
}

func liveError(iface string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("interface %s: no right to capture: run as root, or give the program the right with: setcap cap_net_raw+ep PROGRAM", iface)
	case strings.Contains(err.Error(), "no such network interface"):
		var names []string
		all, _ := net.Interfaces()
		for _, i := range all {
			names = append(names, i.Name)
		}
		return fmt.Errorf("no network interface %q: there are %s", iface, strings.Join(names, ", "))
	}
	return fmt.Errorf("interface %s: %w", iface, err)
}

type liveSource struct {
	ctx   context.Context
	iface string
	h     *packetSocket
	o     Options
	asm   *tcpflow.Assembler
}

func (s *liveSource) Info() Info {
	i := Info{File: s.iface, Format: Pcap, Why: "live on " + s.iface}
	if s.asm != nil {
		i.Stats = s.asm.Stats()
	}
	return i
}

func (s *liveSource) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		stop := context.AfterFunc(s.ctx, func() { s.h.close() })
		defer func() {
			if stop() {
				s.h.close()
			}
		}()
		s.asm = tcpflow.New(s.o.Limits)
		s.asm.Keep = s.o.Filter
		for n := 1; ; n++ {
			data, length, at, err := s.h.read()
			if err != nil {
				if s.ctx.Err() == nil {
					yield(Event{}, fmt.Errorf("interface %s: %w", s.iface, err))
					return
				}
				give(s.asm.Finish(), yield)
				return
			}
			pkt := pcapfile.Packet{Time: at.UTC(), Link: tcpflow.LinkEthernet, Data: data, Length: length, Number: n}
			if !assemble(s.asm, s.iface, &pkt, yield) {
				return
			}
		}
	}
}
