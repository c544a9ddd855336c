package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// object obeys the opcodes that would import and call, and those that only
// move values.
func (d *Decoder) object(op byte, pos, from, to, end int) *codec.SyntaxError {
	t := d.t
	switch op {
	case opGlobal:
		d.push(t.AddRange(value.Global, from, to, pos, end))
	case opStackGlobal:
		return d.stackGlobal(pos, end)
	case opReduce:
		return d.collect(value.Call, 2, pos, end)
	case opNewObj:
		return d.collect(value.New, 2, pos, end)
	case opNewObjEx:
		return d.collect(value.New, 3, pos, end)
	case opBuild:
		return d.collect(value.Build, 2, pos, end)
	case opInst, opObj:
		return d.instance(op, pos, from, to, end)
	case opPersID:
		id := t.Add(value.Persist, pos, end)
		t.Append(id, t.AddRange(value.Str, from, to, pos, end))
		d.push(id)
	case opBinPersID:
		return d.collect(value.Persist, 1, pos, end)
	case opExt1:
		d.push(t.AddNum(value.ExtCode, int64(d.src[from]), pos, end))
	case opExt2:
		d.push(t.AddNum(value.ExtCode, int64(binary.LittleEndian.Uint16(d.src[from:])), pos, end))
	case opExt4:
		d.push(t.AddNum(value.ExtCode, int64(int32(binary.LittleEndian.Uint32(d.src[from:]))), pos, end))
	case opByteArray8:
		d.push(t.AddRange(value.ByteArray, from, to, pos, end))
	case opNextBuffer:
		d.push(t.Add(value.Buffer, pos, end))
	case opReadOnlyBuffer:
		return d.need(1, pos)
	case opProto:
		d.Protocol = int(d.src[from])
		if d.Protocol > 5 {
			return fault(pos, "PROTO", "there is no pickle protocol %d", d.Protocol)
		}
	case opFrame:
		if n := binary.LittleEndian.Uint64(d.src[from:]); n > uint64(len(d.src)-end) {
			return fault(pos, "FRAME", "length %d, but only %d bytes follow", n, len(d.src)-end)
		}
	case opDup:
		if err := d.need(1, pos); err != nil {
			return err
		}
		d.push(t.AddNum(value.Shared, int64(t.Deref(d.stack[len(d.stack)-1])), pos, end))
	case opPop:
		if len(d.marks) > 0 && len(d.stack) == d.floor() {
			d.marks = d.marks[:len(d.marks)-1]
			return nil
		}
		if err := d.need(1, pos); err != nil {
			return err
		}
		d.pop(1)
	case opPopMark:
		_, _, err := d.popMark(pos)
		return err
	}
	return nil
}

// stackGlobal makes a Global of two texts.
func (d *Decoder) stackGlobal(pos, end int) *codec.SyntaxError {
	if err := d.need(2, pos); err != nil {
		return err
	}
	pair := d.pop(2)
	module, name := d.t.Deref(pair[0]), d.t.Deref(pair[1])
	for _, id := range []value.ID{module, name} {
		if d.t.Kind(id) != value.Text || bytes.IndexByte(d.t.Bytes(id), '\n') >= 0 {
			return fault(pos, "STACK_GLOBAL", "needs two texts of one line, not a %s", d.t.Kind(id))
		}
	}
	d.push(d.t.AddGlobal(d.t.Bytes(module), d.t.Bytes(name), int(d.t.Node(pair[0]).Start), end))
	return nil
}

// instance makes a Call of a class and the values above the last mark.
func (d *Decoder) instance(op byte, pos, from, to, end int) *codec.SyntaxError {
	kids, start, err := d.popMark(pos)
	if err != nil {
		return err
	}
	var class value.ID
	if op == opInst {
		class = d.t.AddRange(value.Global, from, to, pos, end)
	} else {
		if len(kids) == 0 {
			return fault(pos, "OBJ", "there is no class behind the MARK")
		}
		class, kids = kids[0], kids[1:]
	}
	args := d.t.Add(value.Tuple, start, end)
	for _, kid := range kids {
		d.t.Append(args, kid)
	}
	id := d.t.Add(value.Call, start, end)
	d.t.Append(id, class)
	d.t.Append(id, args)
	d.push(id)
	return d.nesting(id, pos)
}

// literal obeys the opcodes whose operand has to be read.
func (d *Decoder) literal(op byte, pos, from, to, end int) *codec.SyntaxError {
	s := d.src[from:to]
	name := opcodes[op].name
	switch op {
	case opLong1, opLong4:
		if len(s) > d.lim.Digits {
			return limit(pos, name, "an integer of %d bytes; at most %d are read", len(s), d.lim.Digits)
		}
		d.push(d.t.AddTwos(value.Int, s, pos, end))
	case opInt:
		if len(s) == 2 && s[0] == '0' && (s[1] == '0' || s[1] == '1') {
			d.push(d.t.AddNum(value.Bool, int64(s[1]-'0'), pos, end))
			return nil
		}
		return d.integer(value.Int, s, pos, end)
	case opLong:
		return d.integer(value.Long, bytes.TrimSuffix(s, []byte("L")), pos, end)
	case opFloat:
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(clip(s))), 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || len(s) > 40 {
			return fault(pos, name, "%q is no number", clip(s))
		}
		d.push(d.t.AddNum(value.Float, int64(math.Float64bits(f)), pos, end))
	case opString:
		if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
			return fault(pos, name, "%q is no quoted string", clip(s))
		}
		b, err := lex.Unescape(nil, s[1:len(s)-1])
		if err != nil {
			return fault(pos, name, "%v", err)
		}
		d.push(d.t.AddOwn(value.Str, b, pos, end))
	case opUnicode:
		b, ok := rawUnicode(s)
		if !ok {
			return fault(pos, name, "%q has a broken escape", clip(s))
		}
		d.push(d.t.AddOwn(value.Text, b, pos, end))
	}
	return nil
}

// integer pushes an integer of decimal digits.
func (d *Decoder) integer(k value.Kind, s []byte, pos, end int) *codec.SyntaxError {
	if n, ok := decimal(s); ok {
		d.push(d.t.AddNum(k, n, pos, end))
		return nil
	}
	name := opcodes[d.src[pos]].name
	if len(s) > d.lim.Digits*2 {
		return limit(pos, name, "an integer of %d digits; at most %d are read", len(s), d.lim.Digits*2)
	}
	n, ok := new(big.Int).SetString(string(s), 10)
	if !ok {
		return fault(pos, name, "%q is no number", clip(s))
	}
	d.push(d.t.AddInt(k, n, pos, end))
	return nil
}

// decimal reads a decimal number of up to 18 digits without allocating.
func decimal(s []byte) (int64, bool) {
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// rawUnicode reads Python's raw-unicode-escape encoding: Latin-1 with \uXXXX
// and \UXXXXXXXX, when an odd number of backslashes stands before the letter.
func rawUnicode(s []byte) ([]byte, bool) {
	var out []byte
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' {
			out = utf8.AppendRune(out, rune(c))
			i++
			continue
		}
		slashes := i
		for i < len(s) && s[i] == '\\' {
			out = append(out, '\\')
			i++
		}
		digits := 0
		if (i-slashes)%2 == 1 && i < len(s) {
			switch s[i] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits == 0 {
			continue
		}
		if len(s)-i-1 < digits {
			return nil, false
		}
		v, err := strconv.ParseUint(string(s[i+1:i+1+digits]), 16, 32)
		if err != nil || v > utf8.MaxRune {
			return nil, false
		}
		out = pylit.AppendRune(out[:len(out)-1], rune(v))
		i += 1 + digits
	}
	return out, true
}
