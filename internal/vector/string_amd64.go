package vector

import "unsafe"

// UTF8 returns how much of b is UTF-8, as far as it looked: up to the end of a
// character, less than four blocks before the end of b or before what is
// wrong.
func UTF8(b []byte) int {
	k := blocks(b)
	if k == 0 {
		return 0
	}
	if k > 1 && level >= avx2 {
		return border(b, utf8Two(unsafe.SliceData(b), k))
	}
	return border(b, utf8(unsafe.SliceData(b), k))
}

// String returns how much of b, a place within a string of JSON, goes on
// without anything special: up to a quotation mark that ends the string, a
// control character, an escape other than a backslash and one of "\/bfnrt, and,
// unless b is known to be UTF-8, a character that is wrong. It may stop less than
// four blocks before such a thing or the end of b, but never inside an escape or,
// unless b is known to be UTF-8, a character.
func String(b []byte, isUTF8 bool) int { return within(b, isUTF8, &anyKind) }

func within(b []byte, isUTF8 bool, as *kind) int {
	k := blocks(b)
	if k == 0 {
		return 0
	}
	n := 0
	if k > 1 && level >= avx2 {
		n = strTwo(unsafe.SliceData(b), k, isUTF8, as)
	} else {
		n = str(unsafe.SliceData(b), k, isUTF8, as)
	}
	if !isUTF8 {
		n = border(b, n)
	}
	return n
}

// Spelled is String for strings as jsonv writes them: \/, \b and \f, which are
// escapes that it spells in another way, and 7f are special too.
func Spelled(b []byte, isUTF8 bool) int { return within(b, isUTF8, &ourKind) }

// A kind is a way to write strings: the high halves that characters which make
// escapes have, by their low ones, in bits, and what no string has.
type kind struct{ escapes, never [Block]byte }

var (
	anyKind = kind{escapes: [Block]byte{2: 1 | 4 | 8, 4: 8, 6: 4, 0xc: 2, 0xe: 4, 0xf: 1}}
	ourKind = kind{
		escapes: [Block]byte{2: 1 | 8, 4: 8, 0xc: 2, 0xe: 4},
		never:   [Block]byte{127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127},
	}
)

// border returns where the character of b begins that n is in, n if it is in none.
// All is well before n.
func border(b []byte, n int) int {
	switch {
	case n < 3: // these end before a byte that is ASCII, or at the beginning
		return n
	case b[n-1] >= 0xc0:
		return n - 1
	case b[n-2] >= 0xe0:
		return n - 2
	case b[n-3] >= 0xf0:
		return n - 3
	}
	return n
}

//go:noescape
func utf8(src *byte, blocks int) (n int)

//go:noescape
func str(src *byte, blocks int, isUTF8 bool, k *kind) (n int)

//go:noescape
func utf8Two(src *byte, blocks int) (n int)

//go:noescape
func strTwo(src *byte, blocks int, isUTF8 bool, k *kind) (n int)
