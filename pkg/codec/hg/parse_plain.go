package hg

import (
	"encoding/binary"
	"math/bits"
)

// plainHeader reads the five parts before the payload when they are plain, as
// most are: digits, or one name. It returns where the payload begins, or 0
// when something is not plain and [parser.header] is to read them.
func (p *parser) plainHeader(text []byte) (at int) {
	request, at := digits(text, 0)
	stream, at := digits(text, at)
	if at == 0 || request > 0xffff || stream > 0xff {
		return 0
	}
	p.f.RequestID, p.f.StreamID = uint16(request), uint8(stream)
	for i := range p.words {
		if w := &p.words[i]; w.at(text[at:]) {
			p.f.StreamFlags, p.f.TypeID, p.f.Flags = w.streamFlags, w.typeID, w.flags
			return at + w.n
		}
	}
	return p.plainWords(text, at)
}

// words are stream flags, type and flags as they stood in a text, and what they
// mean. A conversation has few that are not the same.
type words struct {
	text                       [48]byte
	n                          int    // how much of text it is
	last                       uint64 // the last eight bytes, in which most differ
	streamFlags, typeID, flags uint8
}

// at says whether text begins with the words.
func (w *words) at(text []byte) bool {
	return w.n <= len(text) && w.n >= 8 && binary.LittleEndian.Uint64(text[w.n-8:]) == w.last && string(text[:w.n]) == string(w.text[:w.n])
}

// plainWords reads what plainHeader does from the stream flags on.
func (p *parser) plainWords(text []byte, start int) (at int) {
	streamFlags, at := plainFlag(text, start, streamFlagNames)
	if at == 0 || streamFlags > 0xff {
		return 0
	}
	typeID, at := p.dialect.plainType(text, at)
	set, at := plainFlag(text, at, p.dialect.types[typeID].flags)
	if at == 0 || set > 0xf {
		return 0
	}
	p.f.StreamFlags, p.f.TypeID, p.f.Flags = uint8(streamFlags), typeID, uint8(set)
	w := &p.words[p.next]
	if n := copy(w.text[:], text[start:at]); n == at-start && n >= 8 {
		w.n, w.last = n, binary.LittleEndian.Uint64(w.text[n-8:])
		w.streamFlags, w.typeID, w.flags = p.f.StreamFlags, p.f.TypeID, p.f.Flags
		p.next = (p.next + 1) % len(p.words)
	}
	return at
}

// digits reads up to seven digits and a blank behind them. It returns the number
// and where the next part begins, or 0 when something else stands there.
func digits(text []byte, at int) (n, next int) {
	if at+1 < len(text) && text[at+1] == ' ' && text[at]-'0' <= 9 { // mostly it is one
		return int(text[at] - '0'), at + 2
	}
	if at+8 > len(text) {
		return 0, 0
	}
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	x := binary.LittleEndian.Uint64(text[at:]) ^ '0'*ones
	others := ((x&^highs + (0x80-10)*ones) | x) & highs
	k := bits.TrailingZeros64(others) >> 3 // how many digits
	if k == 0 || k == 8 || text[at+k] != ' ' {
		return 0, 0
	}
	x <<= 64 - 8*k // zeros in front
	x = x * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	x = x * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return int(x * (1 + 10000<<32) >> 32), at + k + 1
}

// plainType reads the name of a type.
func (d *Dialect) plainType(text []byte, at int) (typeID uint8, next int) {
	for i := range d.types {
		if name := d.types[i].name; name != "" {
			if next := behind(text, at, name); next > 0 {
				return uint8(i), next
			}
		}
	}
	return 0, 0
}

// plainFlag reads one number or one name of a flag.
func plainFlag(text []byte, at int, names []string) (bits, next int) {
	if at == 0 || at == len(text) {
		return 0, 0
	}
	if text[at]-'0' <= 9 {
		return digits(text, at)
	}
	for i, name := range names {
		if next := behind(text, at, name); next > 0 {
			return 1 << i, next
		}
	}
	return 0, 0
}

// behind returns where the part behind name begins, if name and a blank stand at
// text[at:], or 0.
func behind(text []byte, at int, name string) int {
	end := at + len(name)
	if end < len(text) && text[end] == ' ' && string(text[at:end]) == name {
		return end + 1
	}
	return 0
}
