package textin

import (
	"bytes"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
)

// Tcpdump reads the packets that tcpdump prints with -x, -X, -xx and -XX: a
// line with the time and a summary, perhaps more such lines with -v, then the
// bytes as hex digits behind their offsets. With doubled letters the bytes
// begin with the link header, which is taken to be Ethernet's.
type Tcpdump struct {
	time time.Time
	days int // midnights passed, of times without a date
	pkt  []byte
	out  []byte
}

// Parse implements [Parser].
func (p *Tcpdump) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	text := bytes.TrimLeft(line, " \t")
	if !bytes.HasPrefix(text, []byte("0x")) {
		dst = p.flush(dst)
		if len(line) > 0 && line[0] != ' ' && line[0] != '\t' {
			p.summary(string(line))
		}
		return dst, nil
	}
	col := len(line) - len(text)
	offset, rest, ok := bytes.Cut(text, []byte(":"))
	at, err := strconv.ParseUint(string(offset[2:]), 16, 32)
	if !ok || err != nil {
		return dst, errorf(col, "%q is no offset", offset)
	}
	if at == 0 {
		dst = p.flush(dst)
	}
	if int(at) != len(p.pkt) {
		return dst, errorf(col, "offset 0x%04x after %d bytes", at, len(p.pkt))
	}
	rest = bytes.TrimPrefix(rest, []byte("  "))
	if end := bytes.Index(rest, []byte("  ")); end >= 0 {
		rest = rest[:end]
	}
	p.pkt, err = AppendHex(p.pkt, rest)
	if err != nil {
		return dst, err
	}
	return dst, nil
}

// summary takes the time of a packet's first line.
func (p *Tcpdump) summary(line string) {
	t, ok := leadingTime(line)
	if !ok {
		return
	}
	if t.Year() == 1970 && t.YearDay() == 1 {
		t = t.AddDate(0, 0, p.days)
		if t.Before(p.time.Add(-12 * time.Hour)) {
			p.days++
			t = t.AddDate(0, 0, 1)
		}
	}
	p.time = t
}

// leadingTime reads the time that a line begins with, of one word or two.
func leadingTime(line string) (time.Time, bool) {
	for n, words := 0, 0; n <= len(line); n++ {
		if n == len(line) || line[n] == ' ' {
			if words++; words > 2 {
				break
			}
			if t, ok := ParseTime(line[:n]); ok {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// flush gives out the packet. Bytes of it that were captured only in part
// are told by its own headers.
func (p *Tcpdump) flush(dst []Chunk) []Chunk {
	if len(p.pkt) == 0 {
		return dst
	}
	p.out = append(p.out[:0], p.pkt...)
	c := Chunk{IsPacket: true, Link: tcpflow.LinkRaw, Data: p.out, Time: p.time}
	if v := p.pkt[0] >> 4; v != 4 && v != 6 || ethernet(p.pkt) {
		c.Link = tcpflow.LinkEthernet
	}
	p.pkt = p.pkt[:0]
	return append(dst, c)
}

// ethernet reports whether b looks more like an Ethernet frame with IP than
// like a bare IP packet.
func ethernet(b []byte) bool {
	if len(b) < 34 {
		return false
	}
	switch string(b[12:14]) {
	case "\x08\x00":
		return b[14]>>4 == 4
	case "\x86\xdd":
		return b[14]>>4 == 6
	case "\x81\x00":
		return true
	}
	return false
}

// End implements [Parser].
func (p *Tcpdump) End(dst []Chunk) ([]Chunk, error) { return p.flush(dst), nil }
