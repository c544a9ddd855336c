// Package capture reads recorded conversations, in whatever form they were
// recorded, as streams of bytes with their directions and times.
//
//	raw bytes  ─────────────────────────────┐
//	text       ── textin ──── chunks ───────┤
//	             └─ packets ─┐              ├──▶ Source ──▶ Event
//	pcap, pcapng ─ pcapfile ─┴── tcpflow ───┘
//
// [Open] finds out what a file is and gives a [Source]; [Merge] makes one of
// several. Files packed with gzip or zstd are unpacked on the way.
package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// The shapes of what comes out of a [Source].
type (
	Event    = tcpflow.Event
	Part     = tcpflow.Part
	Kind     = tcpflow.Kind
	Conn     = tcpflow.Conn
	Endpoint = tcpflow.Endpoint
	Limits   = tcpflow.Limits
	Stats    = tcpflow.Stats

	// A Damage is what is wrong with a capture, and where. Reading goes on
	// after it.
	Damage = pcapfile.Damage
)

// The kinds of events.
const (
	KindData  = tcpflow.Data
	KindGap   = tcpflow.Gap
	KindOpen  = tcpflow.Open
	KindClose = tcpflow.Close
	KindNote  = tcpflow.Note
)

// Options say how to read a capture. The zero value finds out the format.
type Options struct {
	Format     Format
	Direction  codec.Direction // of formats that do not tell; 0 means to the server
	LogPattern string          // of Log, which it implies: see [textin.NewLog]
	Limits     Limits          // of what waits for its turn; zero fields mean the defaults

	// Filter chooses the conversations of packets; nil takes all. See
	// [ParseFilter].
	Filter Filter

	// Follow says that the input may still grow, or comes slowly: the format
	// is judged by what can be read at once, and not by the first 4 KiB.
	Follow bool
}

// Info says what a [Source] reads.
type Info struct {
	File   string
	Format Format
	Why    string // why that format
	Packed string // "gzip", "zstd" or ""
	Stats  Stats  // of packets, so far
}

// A Source gives the events of one or several captures.
type Source interface {
	// Events returns the events, once. An event is good until the next one
	// is asked for. An error that is a [*Damage] comes with an empty event,
	// and reading goes on; any other error is the last thing that comes.
	Events() iter.Seq2[Event, error]

	// Info says what is read.
	Info() Info
}

// A DirectSource is a Source of which the data may be read to where its user
// wants them.
type DirectSource interface {
	Source

	// ReadBy has the data of Events be what read returns. It reads once: so many
	// bytes at most that events are as they are without it, or more or less where
	// that makes no difference to who uses them.
	ReadBy(read func(r io.Reader, size int) ([]byte, error))
}

// Singly yields the events of a [Source] with no more than one packet in each.
func Singly(events iter.Seq2[Event, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for ev, err := range events {
			for one := range ev.Each() {
				if !yield(one, err) {
					return
				}
			}
		}
	}
}

// sniffSize is how much of an input is looked at to find its format.
const sniffSize = 4 << 10

// Open finds out what r holds and returns a Source that reads it. name is
// for messages. The caller closes r.
func Open(name string, r io.Reader, o Options) (Source, error) {
	if o.Direction == 0 {
		o.Direction = codec.ToServer
	}
	if o.Format == Auto && o.LogPattern != "" {
		o.Format = Log
	}
	info := Info{File: name, Format: o.Format, Why: "as asked"}
	if o.Format == Raw {
		return &rawSource{info: info, r: r, dir: o.Direction}, nil
	}
	br := bufio.NewReaderSize(r, 64<<10)
	prefix, err := sniffable(br, o.Follow)
	if err != nil {
		return nil, err
	}
	var packed *unpacker
	if info.Packed = packing(prefix); info.Packed != "" {
		if packed, err = unpack(info.Packed, br); err != nil {
			return nil, &Damage{File: name, Err: err}
		}
		br = bufio.NewReaderSize(packed, 64<<10)
		if prefix, err = sniffable(br, o.Follow); err != nil {
			return nil, err
		}
	}
	if o.Format == Auto {
		info.Format, info.Why = sniff(prefix, len(prefix) < sniffSize && !o.Follow)
	}
	switch info.Format {
	case Raw:
		return &rawSource{info: info, r: br, dir: o.Direction, packed: packed}, nil
	case Pcap, Pcapng:
		file, err := pcapfile.NewReader(name, br)
		if err != nil {
			return nil, err
		}
		if kind, _ := pcapfile.Is(prefix); kind == Pcapng.String() {
			info.Format = Pcapng
		} else {
			info.Format = Pcap
		}
		return &packetSource{info: info, file: file, limits: o.Limits, keep: o.Filter, packed: packed}, nil
	}
	parser, err := newParser(info.Format, o)
	if err != nil {
		return nil, err
	}
	return &textSource{info: info, r: br, parser: parser, dir: o.Direction, limits: o.Limits, keep: o.Filter, packed: packed}, nil
}

// sniffable returns the first bytes of r without taking them: all that
// [sniffSize] allows, or what comes at once.
func sniffable(r *bufio.Reader, atOnce bool) ([]byte, error) {
	n := sniffSize
	if atOnce {
		if _, err := r.Peek(1); err == nil {
			n = min(r.Buffered(), sniffSize)
		}
	}
	b, err := r.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// A rawSource gives the bytes of its input as one direction of one
// conversation.
type rawSource struct {
	info   Info
	r      io.Reader
	dir    codec.Direction
	packed *unpacker
	read   func(r io.Reader, size int) ([]byte, error)
}

// rawSize is how much of a bare stream is in an event.
const rawSize = 64 << 10

func (s *rawSource) Info() Info { return s.info }

func (s *rawSource) ReadBy(read func(io.Reader, int) ([]byte, error)) { s.read = read }

func (s *rawSource) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		defer s.packed.close()
		conn := &Conn{ID: 1, Client: Endpoint{Name: s.info.File}}
		side := conn.Side(s.dir)
		if !yield(Event{Conn: conn, Dir: s.dir, Kind: KindOpen, Why: s.info.Format.String()}, nil) {
			return
		}
		if s.read == nil {
			s.read = reuse(make([]byte, rawSize))
		}
		for {
			p, err := s.read(s.r, rawSize)
			if len(p) > 0 {
				side.Bytes += int64(len(p))
				if !yield(Event{Conn: conn, Dir: s.dir, Kind: KindData, Data: p}, nil) {
					return
				}
			}
			switch {
			case err == nil:
				continue
			case !errors.Is(err, io.EOF):
				yield(Event{}, fmt.Errorf("%s: %w", s.info.File, err))
				return
			}
			if err := s.packed.damage(s.info.File); err != nil && !yield(Event{}, err) {
				return
			}
			yield(Event{Conn: conn, Dir: s.dir, Kind: KindClose, Why: "the input ends"}, nil)
			return
		}
	}
}

// reuse returns what reads into buf each time.
func reuse(buf []byte) func(io.Reader, int) ([]byte, error) {
	return func(r io.Reader, _ int) ([]byte, error) {
		n, err := r.Read(buf)
		return buf[:n], err
	}
}
