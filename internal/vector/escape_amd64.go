package vector

import "unsafe"

// Four bytes have 171 ways to be escaped, each of them with one, two or four
// characters: the number of a way is the sum of 2 (one), 1 (two) or 0 (four),
// times 1, 4, 16 and 64. A shuffle brings together the characters that are
// wanted of four times four, and the byte behind it says how many these are.
type ways [171][2][Block]byte

var fourWays table[ways]

func makeWays() *ways {
	all := new(ways)
	for way := range all {
		n := 0
		for i := range 4 {
			for c := range [...]int{4, 2, 1, 0}[way>>(2*i)&3] {
				all[way][0][n] = byte(4*i + c)
				n++
			}
		}
		all[way][1][0] = byte(n)
	}
	return all
}

// short has, by the lower half of a byte, the bytes whose escape is a backslash
// and one character; where there is none, a byte with another half.
var short = [2][Block]byte{
	{0: 1, 0x9: '\t', 0xa: '\n', 0xc: '\\', 0xd: '\r'},
	{0: 1, 0x2: '"', 0x9: '\t', 0xa: '\n', 0xc: '\\', 0xd: '\r'},
}

// Escape writes b[:n] with its escapes to dst, and returns how long they are:
// 20 to 7e stand for themselves, backslash, tab, line feed and carriage return
// are \\, \t, \n and \r, a quotation mark is \" if quote is set, all others \xhh.
// It does as much of b as dst has room for, four characters a byte and 64 more, but
// nothing that is less than a block.
func Escape(dst, b []byte, quote bool) (wrote, n int) {
	if n = fitting(len(dst), b, 4); n == 0 {
		return 0, 0
	}
	s := &short[0]
	if quote {
		s = &short[1]
	}
	if level == avx512 {
		return escapeWide(unsafe.SliceData(dst), unsafe.SliceData(b), n, s), n
	}
	w, done := fourWays.get(makeWays), 0
	if level == avx2 {
		if twos := n / (2 * Block); twos > 0 {
			wrote = escapeTwo(unsafe.SliceData(dst), unsafe.SliceData(b), twos, w, s)
			done = twos * 2 * Block
		}
	}
	if done < n {
		wrote += escape(unsafe.SliceData(dst[wrote:]), unsafe.SliceData(b[done:]), n-done, w, s)
	}
	return wrote, n
}

// fitting returns how much of b is done in room for so many characters, each for a
// byte and for those of another block: nothing less than a block.
func fitting(room int, b []byte, each int) int {
	n := min(len(b), room/each-Block)
	if n < Block || level == none {
		return 0
	}
	return n
}

// Hex writes b[:n] in hexadecimal to dst, as many blocks as it has room for.
func Hex(dst, b []byte) (n int) {
	k := min(blocks(b), len(dst)/(2*Block))
	switch {
	case k > 1 && level >= avx2:
		hexadecimalTwo(unsafe.SliceData(dst), unsafe.SliceData(b), k)
	case k > 0:
		hexadecimal(unsafe.SliceData(dst), unsafe.SliceData(b), k)
	}
	return k * Block
}

// Plain returns how many bytes of b[:n] are from 20 to 7e.
func Plain(b []byte) (count, n int) {
	k := blocks(b)
	if k == 0 {
		return 0, 0
	}
	if k > 1 && level >= avx2 {
		return plainTwo(unsafe.SliceData(b), k), k * Block
	}
	return plain(unsafe.SliceData(b), k), k * Block
}

//go:noescape
func escape(dst, src *byte, n int, ways *ways, short *[Block]byte) (wrote int)

//go:noescape
func escapeTwo(dst, src *byte, twos int, ways *ways, short *[Block]byte) (wrote int)

//go:noescape
func escapeWide(dst, src *byte, n int, short *[Block]byte) (wrote int)

//go:noescape
func hexadecimal(dst, src *byte, blocks int)

//go:noescape
func plain(src *byte, blocks int) (n int)

//go:noescape
func hexadecimalTwo(dst, src *byte, blocks int)

//go:noescape
func plainTwo(src *byte, blocks int) (n int)
