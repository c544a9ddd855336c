package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/capture/textin"
	"github.com/wirectl/wirectl/pkg/codec"
)

// maxLine is the longest line of text that is read.
const maxLine = 256 << 20

// newParser returns the parser of a text format.
func newParser(f Format, o Options) (textin.Parser, error) {
	switch f {
	case Hex:
		return &textin.Hex{}, nil
	case Base64:
		return &textin.Base64{}, nil
	case XXD:
		return &textin.Dump{Style: textin.XXD}, nil
	case Hexdump:
		return &textin.Dump{Style: textin.Hexdump}, nil
	case OD:
		return &textin.Dump{Style: textin.OD}, nil
	case Tcpdump:
		return &textin.Tcpdump{}, nil
	case Strace:
		return &textin.Strace{}, nil
	case PyBytes:
		return &textin.Python{}, nil
	case GoQuoted:
		return &textin.Go{}, nil
	case CArray:
		return &textin.CArray{}, nil
	case Redis:
		return &textin.Redis{}, nil
	case Follow:
		return &textin.Follow{}, nil
	case Log:
		p, err := textin.NewLog(o.LogPattern)
		if err != nil {
			return nil, err
		}
		return p, nil
	case Dump:
		return &textin.Own{}, nil
	}
	return nil, fmt.Errorf("input format %s cannot be read as text", f)
}

// Decode turns a text of one direction, such as a line of hex digits, into
// bytes. The format is one of the text formats or Raw. An error is a
// [*textin.Error] where the text is at fault; the bytes before it are
// returned.
func Decode(f Format, text []byte) ([]byte, error) {
	if f == Raw {
		return text, nil
	}
	p, err := newParser(f, Options{})
	if err != nil {
		return nil, err
	}
	var out []byte
	var chunks []textin.Chunk
	for line := range bytes.Lines(text) {
		var perr error
		chunks, perr = p.Parse(chunks[:0], trimEOL(line))
		for i := range chunks {
			out = append(out, chunks[i].Data...)
		}
		if perr != nil {
			return out, perr
		}
	}
	chunks, err = p.End(chunks[:0])
	for i := range chunks {
		out = append(out, chunks[i].Data...)
	}
	return out, err
}

func trimEOL(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// A textSource gives the bytes that a text stands for.
type textSource struct {
	info   Info
	r      *bufio.Reader
	parser textin.Parser
	dir    codec.Direction
	limits Limits
	keep   Filter
	packed *unpacker

	asm   *tcpflow.Assembler // of texts with packets
	flows map[string]*Conn
	order []*Conn
	yield func(Event, error) bool

	offset int64 // of the line at hand
	line   int
	long   []byte // a line that does not fit the reader's buffer
}

func (s *textSource) Info() Info {
	i := s.info
	if s.asm != nil {
		i.Stats = s.asm.Stats()
	}
	return i
}

func (s *textSource) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		defer s.packed.close()
		s.yield = yield
		s.flows = make(map[string]*Conn)
		if s.run() {
			s.finish()
		}
	}
}

// run reads the lines. It returns false when no more events are wanted.
func (s *textSource) run() bool {
	var chunks []textin.Chunk
	for {
		line, err := s.readLine()
		if len(line) > 0 || err == nil {
			s.line++
			var perr error
			chunks, perr = s.parser.Parse(chunks[:0], trimEOL(line))
			if !s.take(chunks) || perr != nil && !s.yield(Event{}, s.damage(perr)) {
				return false
			}
			s.offset += int64(len(line))
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, io.EOF):
			s.yield(Event{}, fmt.Errorf("%s: %w", s.info.File, err))
			return false
		}
		var perr error
		chunks, perr = s.parser.End(chunks[:0])
		if !s.take(chunks) || perr != nil && !s.yield(Event{}, s.damage(perr)) {
			return false
		}
		if err := s.packed.damage(s.info.File); err != nil {
			return s.yield(Event{}, err)
		}
		return true
	}
}

// readLine returns the next line with its line break.
func (s *textSource) readLine() ([]byte, error) {
	line, err := s.r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	s.long = append(s.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(s.long) > maxLine {
			return nil, fmt.Errorf("line %d is longer than the limit of %d bytes", s.line+1, maxLine)
		}
		line, err = s.r.ReadSlice('\n')
		s.long = append(s.long, line...)
	}
	return s.long, err
}

func (s *textSource) damage(err error) error {
	offset := s.offset
	if e, ok := errors.AsType[*textin.Error](err); ok {
		offset += int64(e.Column) - 1
	}
	return &Damage{File: s.info.File, Offset: offset, Err: fmt.Errorf("line %d, %w", s.line, err)}
}

// take yields what comes of the chunks.
func (s *textSource) take(chunks []textin.Chunk) bool {
	for i := range chunks {
		c := &chunks[i]
		if c.IsPacket {
			if s.asm == nil {
				s.asm = tcpflow.New(s.limits)
				s.asm.Keep = s.keep
			}
			pkt := pcapfile.Packet{Time: c.Time, Link: c.Link, Data: c.Data, Number: int(s.asm.Stats().Packets) + 1, Offset: s.offset}
			if !assemble(s.asm, s.info.File, &pkt, s.yield) {
				return false
			}
			continue
		}
		if !s.stream(c) {
			return false
		}
	}
	return true
}

// stream yields a chunk as the next bytes of its direction.
func (s *textSource) stream(c *textin.Chunk) bool {
	dir := c.Dir
	if dir == 0 {
		dir = s.dir
	}
	conn := s.flows[c.Flow]
	if conn == nil {
		conn = s.open(c)
		if !s.yield(Event{Conn: conn, Dir: dir, Time: c.Time, Kind: KindOpen, Why: s.info.Format.String()}, nil) {
			return false
		}
	}
	if !c.Time.IsZero() {
		conn.End = c.Time
	}
	if c.Gap > 0 {
		conn.Side(dir).Missing += c.Gap
		if !s.yield(Event{Conn: conn, Dir: dir, Time: c.Time, Kind: KindGap, Gap: c.Gap, Why: c.Why}, nil) {
			return false
		}
	}
	if len(c.Data) == 0 {
		return true
	}
	conn.Side(dir).Bytes += int64(len(c.Data))
	return s.yield(Event{Conn: conn, Dir: dir, Time: c.Time, Kind: KindData, Data: c.Data}, nil)
}

func (s *textSource) open(c *textin.Chunk) *Conn {
	conn := &Conn{
		ID:     len(s.order) + 1,
		Client: endpoint(c.Client),
		Server: endpoint(c.Server),
		Start:  c.Time,
		End:    c.Time,
	}
	if c.Client == "" && c.Server == "" {
		conn.Client.Name = s.info.File
	}
	s.flows[c.Flow] = conn
	s.order = append(s.order, conn)
	return conn
}

// endpoint returns the end of that name, which may be an address with a port.
func endpoint(name string) Endpoint {
	if a, err := netip.ParseAddrPort(name); err == nil {
		return Endpoint{Addr: a}
	}
	return Endpoint{Name: name}
}

// finish ends the conversations.
func (s *textSource) finish() {
	if s.asm != nil && !give(s.asm.Finish(), s.yield) {
		return
	}
	if len(s.order) == 0 && s.asm == nil { // an empty input is an empty stream
		c := textin.Chunk{Time: time.Time{}}
		if !s.stream(&c) {
			return
		}
	}
	for _, conn := range s.order {
		if !s.yield(Event{Conn: conn, Dir: s.dir, Time: conn.End, Kind: KindClose, Why: "the input ends"}, nil) {
			return
		}
	}
}
