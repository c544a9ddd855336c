package textin

import (
	"bytes"
	"slices"
	"strconv"
)

// A DumpStyle is the program whose dumps a [Dump] reads.
type DumpStyle int

// The styles of dumps.
const (
	XXD     DumpStyle = iota // xxd, also with -a, -c, -g and -u
	Hexdump                  // hexdump -C, and hexdump without options
	OD                       // od -tx1, -tx2 (-x), -tx4 and -tx8, with any -A
)

// Dump reads what xxd, hexdump and od print: an offset, bytes or words as hex
// digits, perhaps the text beside them.
//
// Offsets tell more than the order: a step forward without a mark for
// repeated lines is a gap, the last offset gives the true length when the
// last word was filled up, and a fall to a lower one begins another dump.
// Words are taken as little-endian, as nearly all machines print them.
type Dump struct {
	Style DumpStyle

	row   []byte // waits for the offset behind it
	at    int64  // offset of row
	base  int    // of the offsets, 0 while in doubt
	star  bool
	began bool
	out   []byte
}

// Parse implements [Parser].
func (p *Dump) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	line = bytes.TrimRight(line, " \t\r")
	if len(line) == 0 {
		return dst, nil
	}
	if string(line) == "*" {
		p.star = true
		return dst, nil
	}
	offset, rest, col := p.split(line)
	p.out = p.out[:0]
	dst, err := p.place(dst, offset)
	if err != nil {
		return dst, err
	}
	p.row, err = p.digits(p.row[:0], rest, col)
	return dst, err
}

// split parts a line in its offset, which is empty for od -A n, and the rest
// up to the column with the text, which begins at col.
func (p *Dump) split(line []byte) (offset, rest []byte, col int) {
	switch p.Style {
	case XXD:
		i := bytes.IndexByte(line, ':')
		if i < 0 {
			return nil, line, 0
		}
		offset, rest = line[:i], line[i+1:]
		if end := bytes.Index(rest, []byte("  ")); end > 0 {
			rest = rest[:end]
		}
		return bytes.TrimSpace(offset), rest, i + 1
	case Hexdump:
		if i := bytes.IndexByte(line, '|'); i >= 0 {
			line = line[:i]
		}
	case OD:
		if i := bytes.Index(line, []byte("  >")); i >= 0 {
			line = line[:i]
		}
		if line[0] == ' ' {
			return nil, line, 0
		}
	}
	if i := bytes.IndexByte(line, ' '); i >= 0 {
		return line[:i], line[i:], i
	}
	return line, nil, 0
}

// place gives out the waiting row, cut to the offset of the line behind it,
// and what a mark for repeats stands for.
func (p *Dump) place(dst []Chunk, offset []byte) ([]Chunk, error) {
	end := p.at + int64(len(p.row))
	if offset == nil {
		p.at = end
		return p.give(dst, 0), nil
	}
	at, ok := p.offset(offset, end)
	if !ok {
		return p.give(dst, 0), errorf(0, "%q is no offset", offset)
	}
	defer func() { p.at, p.star, p.began = at, false, true }()
	n := at - p.at
	switch {
	case !p.began && p.row == nil:
		return dst, nil // a dump may begin anywhere
	case n >= 0 && n < int64(len(p.row)): // the last word was filled up
		p.row = p.row[:n]
		return p.give(dst, 0), nil
	case n < 0: // another dump
		return p.give(dst, 0), nil
	}
	missing := at - end
	if !p.star {
		dst = p.give(dst, 0)
		if missing > 0 {
			dst = append(dst, Chunk{Gap: missing, Why: "the dump leaves it out"})
		}
		return dst, nil
	}
	if missing > MaxRepeat {
		return p.give(dst, 0), errorf(0, "repeated lines stand for %d bytes, over the limit of %d", missing, MaxRepeat)
	}
	return p.give(dst, int(missing)), nil
}

// give gives out the waiting row and repeated bytes behind it.
func (p *Dump) give(dst []Chunk, repeat int) []Chunk {
	p.out = append(p.out, p.row...)
	if repeat > 0 {
		switch {
		case p.Style == XXD: // xxd -a marks rows of zeros
			p.out = append(p.out, make([]byte, repeat)...)
		case len(p.row) > 0:
			for range repeat / len(p.row) {
				p.out = append(p.out, p.row...)
			}
			p.out = append(p.out, p.row[:repeat%len(p.row)]...)
		}
	}
	p.row = p.row[:0]
	if len(p.out) > 0 {
		dst = append(dst, Chunk{Data: p.out})
	}
	return dst
}

// offset reads an offset, which is to be want if its base is in doubt.
func (p *Dump) offset(text []byte, want int64) (int64, bool) {
	bases := []int{16}
	if p.Style == OD {
		bases = []int{8, 16, 10}
	}
	if p.base != 0 {
		bases = []int{p.base}
	}
	// The last row may be filled up: then the offset is a little less.
	for _, slack := range []int64{0, 15} {
		for _, base := range bases {
			v, err := strconv.ParseInt(string(text), base, 62)
			if err == nil && v > 0 && v <= want && v >= want-slack {
				p.base = base
				return v, true
			}
		}
	}
	v, err := strconv.ParseInt(string(text), bases[0], 62)
	return v, err == nil && v >= 0
}

// digits appends the bytes of a row. col is where it stands in the line.
func (p *Dump) digits(dst, row []byte, col int) ([]byte, error) {
	for i := 0; i < len(row); {
		if row[i] == ' ' || row[i] == '\t' {
			i++
			continue
		}
		n := i
		for n < len(row) && hexValue(row[n]) >= 0 {
			n++
		}
		if n == i || n < len(row) && row[n] != ' ' && row[n] != '\t' {
			return dst, errorf(col+n, "%q is no hex digit", row[min(n, len(row)-1)])
		}
		if (n-i)%2 != 0 {
			return dst, errorf(col+i, "%q has an odd number of hex digits", row[i:n])
		}
		from := len(dst)
		for ; i < n; i += 2 {
			dst = append(dst, byte(hexValue(row[i])<<4|hexValue(row[i+1])))
		}
		if p.Style != XXD {
			slices.Reverse(dst[from:])
		}
	}
	return dst, nil
}

// End implements [Parser].
func (p *Dump) End(dst []Chunk) ([]Chunk, error) {
	p.out = p.out[:0]
	return p.give(dst, 0), nil
}
