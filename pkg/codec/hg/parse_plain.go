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
	rest := text[at:]
	slot := wordsSlot(rest)
	w := &p.words[slot]
	if !w.begin(rest) {
		if w = &p.words[slot^1]; !w.begin(rest) {
			return p.plainWords(text, at)
		}
	}
	p.f.StreamFlags, p.f.TypeID, p.f.Flags = w.streamFlags, w.typeID, w.flags
	return at + w.n
}

// words are stream flags, type and flags as they stood in a text, and what they
// mean.
type words struct {
	text                       [48]byte
	n                          int // how much of text it is; 0 when there are none
	streamFlags, typeID, flags uint8
}

// begin says whether text begins with the words.
func (w *words) begin(text []byte) bool {
	n := w.n
	return n > 0 && n <= len(text) && string(text[:n]) == string(w.text[:n])
}

// wordsSlot returns where the words at the front of text are remembered: there or
// beside it. Most differ in the eight letters that stand behind "command-", or
// where that would end.
func wordsSlot(text []byte) int {
	from := len("0 command-")
	if len(text) > 0 && text[0] == 's' {
		from = len("stream-begin command-")
	}
	if len(text) < from+8 {
		return 0
	}
	const spread = 0xc4ceb9fe1a85ec53
	return int(binary.LittleEndian.Uint64(text[from:]) * spread >> 59)
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
	if at-start <= len(words{}.text) {
		slot := wordsSlot(text[start:])
		w := &p.words[slot]
		p.words[slot^1] = *w
		w.n = copy(w.text[:], text[start:at])
		w.streamFlags, w.typeID, w.flags = p.f.StreamFlags, p.f.TypeID, p.f.Flags
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
