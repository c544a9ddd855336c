package synapse

import (
	"encoding/binary"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// rowName is what a row begins with.
const rowName = "RDATA "

// patience is after how many rows in a row that are not usual only one of so many is
// tried: those of old versions have blanks.
const patience = 16

// usualRow makes d.frame the row that src begins with, and returns its length with
// the LF. It returns 0 for what readUsual does not take.
func (d *half) usualRow(src []byte) int {
	f := &d.frame
	p := d.c.readUsual(f, src, &d.seen, d.dir)
	if p == nil {
		return 0
	}
	d.count(f)
	f.track.key, f.track.of, f.track.tokened = p.key, p.of, true
	d.seen.latest = p
	d.seen.seeRow(f, p, p.layout+1)
	return len(f.unit)
}

// readUsual is read for the row that src begins with, if it is as most are: of a stream
// that t has seen before, in the form that the dialect has, with a short plain token or
// none, and an array that a Finder takes, which finds the line's end. So it need not
// look at the line's bytes for anything else. It returns the position of the stream,
// or nil for any other line.
func (c *Conversation) readUsual(f *Frame, src []byte, t *tracker, dir codec.Direction) *position {
	if most := min(c.limit, maxLine); len(src) > most {
		src = src[:most]
	}
	if len(src) < len(rowName) || string(src[:len(rowName)]) != rowName || c.headers {
		return nil
	}
	if t.odd++; t.odd > patience && t.odd%patience != 0 {
		return nil
	}
	p := t.usual(src[len(rowName):])
	if p == nil {
		return nil
	}
	in := commands[cmdRData].layouts[p.layout].in
	if in&c.as() == none || !c.settled(in) || c.nesting < 2 {
		return nil
	}
	at := len(rowName) + len(p.key) + 1
	token, row, isNumber := tokenAt(src, at)
	if row == 0 {
		return nil
	}
	pieces := &f.pieces
	size := c.finder.Array(src[row:], &pieces.array)
	if size == 0 {
		return nil
	}
	t.odd = 0
	end := row + size
	f.begin(src[:end+1], dir)
	f.name, f.rest, f.cmd = len(rowName)-1, len(rowName), cmdRData
	f.lay, f.in, f.as = p.layout, in, c.as()
	f.oneLine, f.usual, f.track.head = true, true, p.head
	instance := len(rowName) + len(p.name)
	pieces.parts[0] = span{len(rowName), instance}
	pieces.parts[1] = span{instance + 1, at - 1} // if there is one; else they are overwritten
	number := p.layout + 1
	pieces.parts[number], pieces.parts[number+1] = span{at, row - 1}, span{row, end}
	pieces.listed, pieces.plain = true, 0
	if isNumber {
		pieces.values[number], pieces.plain = token, 1<<number
	}
	if c.fixed == none {
		c.guess.count(in)
	}
	return p
}

// tokenAt reads the token at i of src and returns where what follows its space begins,
// or 0 if it is not a plain integer of some size or "batch".
func tokenAt(src []byte, i int) (token int64, next int, isNumber bool) {
	const batch = "batch "
	start := i
	for ; i < len(src) && src[i]-'0' <= 9; i++ {
		token = token*10 + int64(src[i]-'0')
	}
	switch n := i - start; {
	case i == len(src):
	case n == 0 && len(src)-i > len(batch) && string(src[i:i+len(batch)]) == batch:
		return 0, i + len(batch), false
	case src[i] == ' ' && n > 0 && n <= 18 && (src[start] != '0' || n == 1):
		return token, i + 1, true
	}
	return 0, 0, false
}

// A familiar is a position whose lines usualRow takes, found by what its key begins
// with.
type familiar struct {
	front uint32
	of    *position
}

// maxFamiliar is how many of them there are.
const maxFamiliar = 16

// befriend adds p, of a line without control characters, if there is room.
func (t *tracker) befriend(p *position) {
	if len(t.familiar) < maxFamiliar && len(p.key) >= 4 && !strings.Contains(p.key, "{") {
		p.head = headOf(p)
		t.familiar = append(t.familiar, familiar{binary.LittleEndian.Uint32([]byte(p.key)), p})
	}
}

// usual returns the position whose key, and a space, b begins with, or nil.
func (t *tracker) usual(b []byte) *position {
	if len(b) < 4 {
		return nil
	}
	front := binary.LittleEndian.Uint32(b)
	for i := range t.familiar {
		if f := &t.familiar[i]; f.front == front && len(b) > len(f.of.key) && b[len(f.of.key)] == ' ' && string(b[:len(f.of.key)]) == f.of.key {
			return f.of
		}
	}
	return nil
}
