package vector

import "unsafe"

// Of eight bytes those that are marked have two characters in a JSON string,
// the others one.
type marks [256][Block]byte

var marked table[marks]

func makeMarks() *marks {
	shuffles := new(marks)
	for set := range shuffles {
		n := 0
		for i := range 8 {
			for c := range 1 + set>>i&1 {
				shuffles[set][n] = byte(2*i + c)
				n++
			}
		}
	}
	return shuffles
}

// Body writes b[:n] to dst as the inside of a JSON string, and returns how long
// that is: quotation marks, backslashes, tabs, line feeds and carriage returns
// with a backslash, all else as it is. ascii says whether that is ASCII. It does
// a block or more, up to what dst has room for, two characters a byte and 64 more, and
// stops less than four blocks before another control character or 7f.
func Body(dst, b []byte) (wrote, n int, ascii bool) {
	if level == avx512 {
		if n = min(len(b), len(dst)/2-2*Block); n < Block {
			return 0, 0, true
		}
		wrote, n, beyond := bodyWide(unsafe.SliceData(dst), unsafe.SliceData(b), n, &short[1])
		return wrote, n, !beyond
	}
	k := min(blocks(b), len(dst)/(2*Block))
	if k == 0 {
		return 0, 0, true
	}
	if k > 1 && level == avx2 {
		wrote, n, beyond := bodyTwo(unsafe.SliceData(dst), unsafe.SliceData(b), k/2, marked.get(makeMarks), &short[1])
		return wrote, n, !beyond
	}
	wrote, n, beyond := body(unsafe.SliceData(dst), unsafe.SliceData(b), k, marked.get(makeMarks), &short[1])
	return wrote, n, !beyond
}

// A doubling has the ways in which two bytes are escaped inside a JSON string:
// which of four characters times two are wanted, for the first two of four
// bytes and for the last, and how many.
type doubling [40][4][Block]byte

// doubles are without and with quotation marks escaped.
var doubles [2]table[doubling]

func makeEscapes() *doubling { return double([]byte{0, 1}) }
func makeQuotes() *doubling  { return double([]byte{0, 0, 0, 1}) }

func double(quotation []byte) *doubling {
	d := new(doubling)
	each := [][]byte{{0, 0, 1, 2, 3}, {0, 0, 1}, {0}, {0, 0, 0, 0}, quotation} // \\xhh, \\n, itself, \\\\
	for first, a := range each {
		for second, b := range each {
			way, n := first+8*second, 0
			for i, chars := range [][]byte{a, b} {
				for _, c := range chars {
					d[way][0][n] = byte(4*i) + c
					d[way][1][n] = byte(4*i) + c + 8
					n++
				}
			}
			d[way][2][0] = byte(n)
		}
	}
	return d
}

// jsonChars has what EscapeJSON makes of characters, by their lower halves: which
// these are, and the second, third and fourth character of the escape.
var jsonChars = [2][4][Block]byte{
	{short[1], {2: '"', 9: '\\', 0xa: '\\', 0xc: '\\', 0xd: '\\'}, {9: 't', 0xa: 'n', 0xc: '\\', 0xd: 'r'}, {0xc: '\\'}},
	{short[1], {2: '\\', 9: '\\', 0xa: '\\', 0xc: '\\', 0xd: '\\'}, {2: '\\', 9: 't', 0xa: 'n', 0xc: '\\', 0xd: 'r'}, {2: '"', 0xc: '\\'}},
}

// EscapeJSON is [Escape] and then, of what that writes, [Body]. It takes room for
// five characters a byte, and 86 more.
func EscapeJSON(dst, b []byte, quote bool) (wrote, n int) {
	const beyond = 6 // that are written to behind the last
	if n = fitting(len(dst)-beyond, b, 5); n == 0 {
		return 0, 0
	}
	if level == avx512 {
		chars := &jsonChars[0]
		if quote {
			chars = &jsonChars[1]
		}
		return doubledWide(unsafe.SliceData(dst), unsafe.SliceData(b), n, chars), n
	}
	d := doubles[0].get(makeEscapes)
	if quote {
		d = doubles[1].get(makeQuotes)
	}
	done := 0
	if level == avx2 {
		if twos := n / (2 * Block); twos > 0 {
			wrote = doubledTwo(unsafe.SliceData(dst), unsafe.SliceData(b), twos, d)
			done = twos * 2 * Block
		}
	}
	if done < n {
		wrote += doubled(unsafe.SliceData(dst[wrote:]), unsafe.SliceData(b[done:]), n-done, d)
	}
	return wrote, n
}

//go:noescape
func body(dst, src *byte, blocks int, shuffles *marks, short *[Block]byte) (wrote, done int, seen bool)

//go:noescape
func doubled(dst, src *byte, n int, ways *doubling) (wrote int)

//go:noescape
func doubledTwo(dst, src *byte, twos int, ways *doubling) (wrote int)

//go:noescape
func bodyWide(dst, src *byte, n int, short *[Block]byte) (wrote, done int, seen bool)

//go:noescape
func doubledWide(dst, src *byte, n int, chars *[4][Block]byte) (wrote int)

//go:noescape
func bodyTwo(dst, src *byte, twos int, shuffles *marks, short *[Block]byte) (wrote, done int, seen bool)
