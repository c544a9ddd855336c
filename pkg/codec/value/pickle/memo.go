package pickle

import (
	"encoding/binary"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// slot returns a memo entry, 0 when there is none.
func (d *Decoder) slot(i uint32) value.ID {
	if uint64(i) < uint64(len(d.memo)) {
		return d.memo[i]
	}
	return d.far[i]
}

// remember sets a memo entry.
func (d *Decoder) remember(i uint32, id value.ID, pos int) *codec.SyntaxError {
	if uint64(i) < uint64(len(d.memo)) {
		d.memo[i] = id
		return nil
	}
	if len(d.memo)+len(d.far) >= d.lim.Memo {
		return limit(pos, opcodes[d.src[pos]].name, "more than %d memo entries", d.lim.Memo)
	}
	if uint64(i) == uint64(len(d.memo)) {
		d.memo = append(d.memo, id)
		return nil
	}
	if d.far == nil {
		d.far = make(map[uint32]value.ID)
	}
	d.far[i] = id
	return nil
}

// memory obeys the opcodes that work on the memo.
func (d *Decoder) memory(op byte, pos, from, to, end int) *codec.SyntaxError {
	var i uint32
	switch op {
	case opBinPut, opBinGet:
		i = uint32(d.src[from])
	case opLongBinPut, opLongBinGet:
		i = binary.LittleEndian.Uint32(d.src[from:])
	case opMemoize:
		i = uint32(len(d.memo) + len(d.far))
	default:
		n, ok := decimal(d.src[from:to])
		if !ok || n < 0 || n >= 1<<32 {
			return fault(pos, opcodes[op].name, "%q is no memo index", clip(d.src[from:to]))
		}
		i = uint32(n)
	}
	switch op {
	case opGet, opBinGet, opLongBinGet:
		id := d.slot(i)
		if id == 0 {
			return fault(pos, opcodes[op].name, "memo entry %d is not set", i)
		}
		d.push(d.t.AddNum(value.Shared, int64(id), pos, end))
		return nil
	}
	if err := d.need(1, pos); err != nil {
		return err
	}
	return d.remember(i, d.t.Deref(d.stack[len(d.stack)-1]), pos)
}
