package cbor

import (
	"math"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// AppendDiag appends the item at node i in diagnostic notation (RFC 8949
// section 8): readable byte strings as '…' and others as h'…', indefinite
// lengths as [_ …], and _0 to _3 after what has a longer head than it needs.
func (t *Tree) AppendDiag(dst []byte, i int) []byte {
	n := &t.Nodes[i]
	switch n.Kind {
	case Unsigned, Negative:
		dst = t.appendInt(dst, n)
	case Bytes, Text:
		if n.Indefinite {
			return t.appendItems(append(dst, "(_ "...), i, ')')
		}
		dst = appendDiagString(dst, t.Content(i), n.Kind)
	case Array:
		return t.appendItems(appendOpening(dst, '[', n), i, ']')
	case Map:
		return t.appendItems(appendOpening(dst, '{', n), i, '}')
	case Tag:
		dst = appendIndicator(strconv.AppendUint(dst, n.Arg, 10), n)
		return append(t.AppendDiag(append(dst, '('), i+1), ')')
	case Simple:
		return appendSimple(dst, n.Arg)
	case Float:
		dst = appendDiagFloat(dst, t.Float(i))
	default:
		return dst
	}
	return appendIndicator(dst, n)
}

// appendItems appends what is in node i.
func (t *Tree) appendItems(dst []byte, i int, closing byte) []byte {
	n := &t.Nodes[i]
	for j, k := i+1, 0; j < int(n.Next) && t.Nodes[j].Kind != Break; j, k = int(t.Nodes[j].Next), k+1 {
		switch {
		case k == 0:
		case n.Kind == Map && k%2 == 1:
			dst = append(dst, ": "...)
		default:
			dst = append(dst, ", "...)
		}
		dst = t.AppendDiag(dst, j)
	}
	return append(dst, closing)
}

func appendOpening(dst []byte, open byte, n *Node) []byte {
	dst = append(dst, open)
	switch {
	case n.Indefinite:
		return append(dst, "_ "...)
	case n.NonMinimal:
		return append(appendIndicator(dst, n), ' ')
	}
	return dst
}

func appendIndicator(dst []byte, n *Node) []byte {
	if !n.NonMinimal {
		return dst
	}
	code := map[uint8]byte{2: '0', 3: '1', 5: '2', 9: '3'}[n.Head]
	return append(dst, '_', code)
}

func (t *Tree) appendInt(dst []byte, n *Node) []byte {
	if n.Kind == Unsigned {
		return strconv.AppendUint(dst, n.Arg, 10)
	}
	return appendNegative(dst, n.Arg)
}

// appendNegative appends -1 - arg.
func appendNegative(dst []byte, arg uint64) []byte {
	if arg == math.MaxUint64 {
		return append(dst, "-18446744073709551616"...)
	}
	return strconv.AppendUint(append(dst, '-'), arg+1, 10)
}

func appendDiagString(dst, b []byte, kind Kind) []byte {
	if kind == Text {
		return jsonenc.AppendString(dst, b)
	}
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\'' || c == '\\' {
			dst = append(dst, "h'"...)
			for _, c := range b {
				dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
			}
			return append(dst, '\'')
		}
	}
	return append(append(append(dst, '\''), b...), '\'')
}

const hexDigits = "0123456789abcdef"

func appendSimple(dst []byte, v uint64) []byte {
	switch v {
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Null:
		return append(dst, "null"...)
	case Undefined:
		return append(dst, "undefined"...)
	}
	return append(strconv.AppendUint(append(dst, "simple("...), v, 10), ')')
}

func appendDiagFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	for _, c := range dst[at:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendStep appends the item at node i as a step of a path: a short readable
// string as it is.
func (t *Tree) appendStep(dst []byte, i int) []byte {
	n := &t.Nodes[i]
	if n.Next == 0 || n.Next > uint32(i)+1 {
		return append(dst, '?')
	}
	if n.Kind == Bytes || n.Kind == Text {
		if b := t.Content(i); len(b) > 0 && len(b) <= 64 && printable(b) {
			return append(dst, b...)
		}
	}
	return t.AppendDiag(dst, i)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
