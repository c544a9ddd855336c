package vector

import (
	"bytes"
	"strings"
	"testing"
	stdutf8 "unicode/utf8"
)

// strs calls f with texts like the inside of strings, and with what is
// wrong there at every place of them.
func strs(f func(b []byte)) {
	samples(f)
	parts := []string{`\"`, `\\`, `\n`, `\/`, `\b`, `\r`, `\t`, `\u00e9`, `\x`, `\`, `\\\`, `\\\\`, strings.Repeat(`\`, 2*Block), strings.Repeat(`\`, 2*Block+1),
		`"`, "\n", "\x00", "\x7f", `\` + "\n", `\` + "\xc3", "é", "€", "\U0001f600", "ééé", "€€€€€€€", "\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3\"",
		"\xe0\x9f\xbf", "\xe0\xa0\x80", "\xe2\x82", "\xe2\x82\"", "\xe2", "\xed\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x9f\x98", "\xf0\x9f", "\xf0", "\xf0\x9f\x98\"", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe"}
	for _, p := range parts {
		for _, q := range parts {
			for at := range Block + 2 {
				for _, gap := range []int{0, 3} {
					for _, rest := range []int{0, 2*Block + 1} {
						b := append(bytes.Repeat([]byte{'a'}, at), p...)
						b = append(append(b, "aaaaa"[:gap]...), q...)
						f(bytes.Clone(append(b, bytes.Repeat([]byte{'b'}, rest)...)))
					}
				}
			}
		}
	}
}

// plainStr is String without a block, for strings with these escapes and, if
// del, with 7f: it returns where it must stop, and every place where it may.
func plainStr(b []byte, isUTF8 bool, escapes string, del bool) (end int, may []bool) {
	may = make([]bool, len(b)+1)
	for i := 0; ; {
		may[i] = true
		switch {
		case i == len(b), b[i] < ' ', b[i] == '"', b[i] == 0x7f && !del:
			return i, may
		case b[i] == '\\':
			if i+1 == len(b) || strings.IndexByte(escapes, b[i+1]) < 0 {
				return i, may
			}
			i += 2
		case isUTF8:
			i++
		default:
			r, n := stdutf8.DecodeRune(b[i:])
			if r == stdutf8.RuneError && n == 1 {
				return i, may
			}
			i += n
		}
	}
}

func TestString(t *testing.T) { atEachLevel(t, testString) }

func testString(t *testing.T) {
	strs(func(b []byte) {
		check := func(name string, n, end int, may []bool) {
			if n > end || !may[n] || works() && end-n >= 4*Block {
				t.Fatalf("%q, %s: %d, not up to %d", b, name, n, end)
			}
		}
		end, may := plainStr(b, false, `"\/bfnrt`, true)
		check("any", String(b, false), end, may)
		end, may = plainStr(b, false, `"\nrt`, false)
		check("ours", Spelled(b, false), end, may)
		if stdutf8.Valid(b) {
			end, may = plainStr(b, true, `"\/bfnrt`, true)
			check("UTF-8", String(b, true), end, may)
		}
	})
}

func TestUTF8(t *testing.T) { atEachLevel(t, testUTF8) }

func testUTF8(t *testing.T) {
	strs(func(b []byte) {
		n, end := UTF8(b), 0
		for end < len(b) {
			r, size := stdutf8.DecodeRune(b[end:])
			if r == stdutf8.RuneError && size == 1 {
				break
			}
			end += size
		}
		if n > end || n < len(b) && !stdutf8.RuneStart(b[n]) && n != end || works() && end-n >= 4*Block {
			t.Fatalf("%q: %d, not up to %d", b, n, end)
		}
	})
	var b [3 * Block]byte
	for first := range 1 << 16 { // every two bytes, and what follows them, over the end of a block
		for at := Block - 2; at < Block; at++ {
			b = [len(b)]byte{}
			b[at], b[at+1] = byte(first>>8), byte(first)
			for _, more := range []string{"", "\x80", "\xbf\x80"} {
				copy(b[at+2:], more)
				if n := UTF8(b[:]); (n == len(b)) != stdutf8.Valid(b[:]) && (works() || n > 0) {
					t.Fatalf("%q: %d", b[:], n)
				}
			}
		}
	}
}
