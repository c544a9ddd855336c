package pylit

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/vector"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// Style says how values are written.
type Style struct {
	// StrIsBytes says that the reader takes bytes for the str of Python 2, so
	// that one of unreadable bytes may stand as x"…".
	StrIsBytes bool
}

// maxWritten is how deep Append follows a value, and maxShared how many bytes
// it writes again where a leaf stands in several places. What is beyond, which
// only damaged or hostile pickles hold, is cut with "…".
const (
	maxWritten = 1000
	maxShared  = 1 << 20
)

// Append appends a value on one line, in a form that [Parse] with Inert makes
// the same value of: the same kinds, numbers to the bit, and order. The only
// exception is a node that stands in several places ([value.Shared]): what it
// stands for is written again if it is a leaf, and else "…", which no Parse
// takes.
func Append(dst []byte, t *value.Tree, id value.ID, s Style) []byte {
	w := writer{t: t, style: s}
	return w.value(dst, id)
}

type writer struct {
	t      *value.Tree
	style  Style
	depth  int
	shared int
}

func (w *writer) value(dst []byte, id value.ID) []byte {
	t := w.t
	n := t.Node(id)
	switch n.Kind {
	case value.None:
		return append(dst, "None"...)
	case value.Bool:
		if n.Num != 0 {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case value.Int:
		return t.AppendDecimal(dst, id)
	case value.Long:
		return append(t.AppendDecimal(dst, id), 'L')
	case value.Float:
		return AppendFloat(dst, uint64(n.Num))
	case value.Text:
		return AppendText(dst, t.Bytes(id))
	case value.Bytes:
		return AppendBytes(dst, t.Bytes(id))
	case value.Str:
		return AppendStr(dst, t.Bytes(id), w.style)
	case value.ByteArray:
		return append(AppendBytes(append(dst, "bytearray("...), t.Bytes(id)), ')')
	case value.Global:
		return w.global(dst, id)
	case value.ExtCode:
		dst = strconv.AppendInt(append(dst, "extcode("...), n.Num, 10)
		return append(dst, ')')
	case value.Ext:
		dst = strconv.AppendInt(append(dst, "ext("...), n.Num, 10)
		return append(appendHex(append(dst, ", "...), t.Bytes(id)), ')')
	case value.Buffer:
		return append(dst, "buffer()"...)
	case value.Shared:
		to := t.Deref(id)
		if w.shared += 16 + len(t.Bytes(to)); t.Count(to) == 0 && w.shared < maxShared {
			return w.value(dst, to)
		}
		return append(dst, "…"...)
	}
	if w.depth >= maxWritten {
		return append(dst, "…"...)
	}
	w.depth++
	dst = w.container(dst, id)
	w.depth--
	return dst
}

func (w *writer) container(dst []byte, id value.ID) []byte {
	t := w.t
	first := t.First(id)
	switch t.Kind(id) {
	case value.Tuple:
		dst = w.list(append(dst, '('), first)
		if t.Count(id) == 1 {
			dst = append(dst, ',')
		}
		return append(dst, ')')
	case value.List:
		return append(w.list(append(dst, '['), first), ']')
	case value.Dict:
		return append(w.pairs(append(dst, '{'), first), '}')
	case value.Set:
		if first == 0 {
			return append(dst, "set()"...)
		}
		return append(w.list(append(dst, '{'), first), '}')
	case value.FrozenSet:
		return append(w.list(append(dst, "frozenset(["...), first), "])"...)
	case value.Extend:
		dst = w.value(append(dst, "extend("...), first)
		return append(w.list(append(dst, ", ["...), t.Next(first)), "])"...)
	case value.Update:
		dst = w.value(append(dst, "update("...), first)
		return append(w.pairs(append(dst, ", {"...), t.Next(first)), "})"...)
	}
	dst = append(append(dst, t.Kind(id).String()...), '(') // call, new, build, persid
	return append(w.list(dst, first), ')')
}

// list writes the nodes from id on, with commas between them.
func (w *writer) list(dst []byte, id value.ID) []byte {
	for i := 0; id != 0; i++ {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = w.value(dst, id)
		id = w.t.Next(id)
	}
	return dst
}

// pairs writes the nodes from id on as keys and values.
func (w *writer) pairs(dst []byte, id value.ID) []byte {
	for i := 0; id != 0; i++ {
		switch {
		case i%2 == 1:
			dst = append(dst, ": "...)
		case i > 0:
			dst = append(dst, ", "...)
		}
		dst = w.value(dst, id)
		id = w.t.Next(id)
	}
	return dst
}

func (w *writer) global(dst []byte, id value.ID) []byte {
	module, name := w.t.Global(id)
	dst = append(dst, "global("...)
	if isDotted(module, true) && isDotted(name, false) {
		dst = append(append(append(dst, module...), '.'), name...)
	} else {
		dst = appendName(append(appendName(dst, module), ", "...), name)
	}
	return append(dst, ')')
}

// appendName appends a name as text if it can be.
func appendName(dst, b []byte) []byte {
	if value.BadText(b) < 0 {
		return AppendText(dst, b)
	}
	return AppendBytes(dst, b)
}

// isDotted says whether s is a name, or several with dots between them.
func isDotted(s []byte, dots bool) bool {
	start := true
	for _, c := range s {
		switch {
		case isLetter(c), isDigit(c) && !start:
			start = false
		case c == '.' && dots && !start:
			start = true
		default:
			return false
		}
	}
	return !start
}

// AppendFloat appends the float of the given bits.
func AppendFloat(dst []byte, bits uint64) []byte {
	f := math.Float64frombits(bits)
	switch {
	case bits == nanBits:
		return append(dst, "nan"...)
	case math.IsNaN(f):
		dst = append(dst, `float(x"`...)
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], bits)
		return append(hex.AppendEncode(dst, b[:]), `")`...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	return value.AppendRepr(dst, f)
}

// AppendStr appends the literal of a str of Python 2.
func AppendStr(dst, b []byte, s Style) []byte {
	if s.StrIsBytes && !mostlyPlain(b) {
		return appendHex(dst, b)
	}
	return lex.AppendQuoted(append(dst, 's'), b)
}

// AppendBytes appends a literal of bytes: b"…" when most are ASCII, else
// x"…".
func AppendBytes(dst, b []byte) []byte {
	if !mostlyPlain(b) {
		return appendHex(dst, b)
	}
	return lex.AppendQuoted(append(dst, 'b'), b)
}

// AppendBytesJSON is AppendBytes as the inside of a JSON string.
func AppendBytesJSON(dst, b []byte) []byte {
	if !mostlyPlain(b) {
		return append(lex.AppendHex(append(dst, `x\"`...), b), `\"`...)
	}
	return lex.AppendQuotedJSON(append(dst, 'b'), b)
}

// mostlyPlain says whether b is shorter with escapes than in hexadecimal.
func mostlyPlain(b []byte) bool {
	if len(b) == 8 { // as ids are
		return oddOf(b) <= 8/3
	}
	plain, n := vector.Plain(b)
	odd, most := n-plain, len(b)/3
	for b = b[n:]; len(b) >= 8 && odd <= most; b = b[8:] {
		odd += oddOf(b)
	}
	for _, c := range b {
		if c < ' ' || c > '~' {
			odd++
		}
	}
	return odd <= most
}

// oddOf returns how many of the first eight bytes of b are no printable ASCII.
func oddOf(b []byte) int {
	x := binary.LittleEndian.Uint64(b)
	low := x &^ highs
	// The highest bit of a byte: it is below a blank, or 7f or more.
	return bits.OnesCount64((^((low + ones*0x60) &^ (low + ones)) | x) & highs)
}

func appendHex(dst, b []byte) []byte {
	return append(lex.AppendHex(append(dst, `x"`...), b), '"')
}

const hexDigits = "0123456789abcdef"

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&0xf])
}

// AppendText appends a text literal. b is UTF-8 or, for surrogate halves,
// their three-byte form.
func AppendText(dst, b []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c <= '~' && c != '"' && c != '\\' {
				dst = append(dst, c)
			} else {
				dst = appendEscape(dst, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1 && value.SurrogateAt(b, i):
			r, n = rune(c&0xf)<<12|rune(b[i+1]&0x3f)<<6|rune(b[i+2]&0x3f), 3
			dst = appendU(dst, r)
		case unicode.IsPrint(r):
			dst = append(dst, b[i:i+n]...)
		default:
			dst = appendU(dst, r)
		}
		i += n
	}
	return append(dst, '"')
}

// appendU appends \uXXXX or \UXXXXXXXX.
func appendU(dst []byte, r rune) []byte {
	shift := 12
	if r > 0xffff {
		dst, shift = append(dst, '\\', 'U'), 28
	} else {
		dst = append(dst, '\\', 'u')
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&0xf])
	}
	return dst
}
