package textin

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Own reads what wirectl's own dump prints (docs/dump.md): the bytes of its
// rows, and the conversations and directions of its headings. Names, values
// and messages are passed over.
//
// Rows that the dump leaves out, bytes that it masks and gaps that it tells
// of are gaps here.
type Own struct {
	flow string
	dir  codec.Direction
	next map[string]int64 // where each direction goes on
	row  []byte
}

var (
	ownHeading = lazyre.New(`^#(\d+(?:/\d+)?) (?:\S+ )?([<>]) `)
	ownRow     = lazyre.New(`^(?:  |! )([0-9a-f]{8,16})  ((?:[0-9a-f]{2}|\*\*)(?: (?:[0-9a-f]{2}|\*\*))*)(?:  |$)`)
	ownCount   = lazyre.New(`^(?:  |! )([0-9a-f]{8,16})  … (\d{1,3}(?: \d{3})*) (?:more bytes?|bytes? missing)$`)
	ownStart   = lazyre.New(`^  [0-9a-f]{8,16}  \S`)
)

// Parse implements [Parser].
func (p *Own) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	line = bytes.TrimRight(line, " \t\r")
	if m := ownHeading.Get().FindSubmatch(line); m != nil {
		p.flow, p.dir = string(m[1]), codec.Direction(m[2][0])
		return dst, nil
	}
	if m := ownCount.Get().FindSubmatch(line); m != nil {
		n, err := strconv.ParseInt(string(bytes.ReplaceAll(m[2], []byte(" "), nil)), 10, 62)
		if err != nil {
			return dst, errorf(len(m[1])+6, "%q is no count of bytes", m[2])
		}
		return p.give(dst, m[1], nil, n)
	}
	m := ownRow.Get().FindSubmatch(line)
	if m == nil {
		if ownStart.Get().Match(line) {
			return dst, errorf(0, "a row of pairs of hex digits expected, %q found", line)
		}
		return dst, nil
	}
	n := (len(m[2]) + 1) / 3
	if m[2][0] == '*' {
		return p.give(dst, m[1], nil, int64(n))
	}
	p.row = p.row[:0]
	for i := 0; i < len(m[2]); i += 3 {
		c := hexValue(m[2][i])<<4 | hexValue(m[2][i+1])
		if c < 0 {
			return dst, errorf(len(line)-len(m[2])+i, "%q among bytes that are not masked", m[2][i:i+2])
		}
		p.row = append(p.row, byte(c))
	}
	return p.give(dst, m[1], p.row, 0)
}

// give appends what stands at an offset: bytes, or so many that are missing.
func (p *Own) give(dst []Chunk, offset, data []byte, missing int64) ([]Chunk, error) {
	at, err := strconv.ParseInt(string(offset), 16, 62)
	if err != nil {
		return dst, errorf(2, "%q is no offset", offset)
	}
	key := p.flow + p.dir.String()
	want, known := p.next[key]
	if known && at < want {
		return dst, &Error{Column: 3, Message: fmt.Sprintf("offset %x is behind this: the bytes up to %x were there before", at, want)}
	}
	if p.next == nil {
		p.next = map[string]int64{}
	}
	p.next[key] = at + int64(len(data)) + missing
	if known { // a dump may begin anywhere
		missing += at - want
	}
	c := Chunk{Flow: p.flow, Dir: p.dir, Data: data, Gap: missing}
	if missing > 0 {
		c.Why = "the dump leaves it out"
	}
	return append(dst, c), nil
}

// End implements [Parser].
func (p *Own) End(dst []Chunk) ([]Chunk, error) { return dst, nil }
