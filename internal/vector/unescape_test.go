package vector

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// unescaped is what Unescape makes of src with room enough, a character at a time.
func unescaped(src []byte, quoted bool) (out []byte, n int) {
	for n < len(src) {
		rest := src[n:]
		switch {
		case rest[0] == '"' && quoted:
			return out, n
		case rest[0] != '\\':
			out, n = append(out, rest[0]), n+1
		case len(rest) >= 4 && rest[1] == 'x':
			b, err := hex.DecodeString(string(rest[2:4]))
			if err != nil {
				return out, n
			}
			out, n = append(out, b...), n+4
		case len(rest) >= 2 && strings.IndexByte(`nrt\'"`, rest[1]) >= 0:
			out, n = append(out, "\n\r\t\\'\""[strings.IndexByte(`nrt\'"`, rest[1])]), n+2
		default:
			return out, n
		}
	}
	return out, n
}

func checkUnescape(t *testing.T, src []byte) {
	t.Helper()
	for _, quoted := range []bool{false, true} {
		want, n := unescaped(src, quoted)
		dst := make([]byte, len(src)+2*Block, len(src)+2*Block+1)
		behind := dst[len(dst) : len(dst)+1]
		took, made := Unescape(dst, src, quoted)
		if !works() {
			want, n = nil, 0
		}
		if took != n || !bytes.Equal(dst[:made], want) {
			t.Fatalf("%q, quoted %v: took %d, made %q; want %d, %q", src, quoted, took, dst[:made], n, want)
		}
		// With less room it stops earlier, and writes nothing behind it.
		for room := len(src) % 11; room < len(src); room += 11 {
			clear(dst)
			took, made := Unescape(dst[:room], src, quoted)
			if took > n || !bytes.HasPrefix(want, dst[:made]) || bytes.Trim(dst[room:], "\x00") != nil || behind[0] != 0 {
				t.Fatalf("%q, quoted %v, room for %d: took %d, made %q", src, quoted, room, took, dst[:made])
			}
			if again, m := unescaped(src[:took], false); m != took || !bytes.Equal(again, dst[:made]) {
				t.Fatalf("%q, quoted %v, room for %d: took %d, made %q, want %q", src, quoted, room, took, dst[:made], again)
			}
		}
	}
}

func TestUnescape(t *testing.T) { atEachLevel(t, testUnescape) }

func testUnescape(t *testing.T) {
	samples(func(b []byte) { checkUnescape(t, b) })

	pieces := []string{`\x0a`, `\xFf`, `\x5c`, `\x22`, `\\`, `\\`, `\n`, `\r`, `\t`, `\'`, `\"`, "a", "x", "0", "'", " ", "é", "bcdef"}
	stops := []string{`"`, `\`, `\a`, `\x`, `\x0`, `\x0g`, `\xg0`, "\\\n", `\7`, "\\\x00", "\\\xe2", "\\x\xb00", `\X00`}
	r := rand.New(rand.NewPCG(3, 4))
	for range 4000 {
		var src []byte
		for range r.IntN(30) {
			src = append(src, pieces[r.IntN(len(pieces))]...)
		}
		if r.IntN(2) == 0 {
			src = append(src, stops[r.IntN(len(stops))]...)
			for range r.IntN(20) {
				src = append(src, pieces[r.IntN(len(pieces))]...)
			}
		}
		checkUnescape(t, slices.Clip(src))
	}
	for c := range 256 { // each byte as the second character, and as each digit
		for at := range 2 * Block {
			for _, escape := range []string{"\\" + string(rune(0)), "\\x" + string(rune(0)) + "0", "\\xf" + string(rune(0))} {
				escape = strings.ReplaceAll(escape, "\x00", string([]byte{byte(c)}))
				checkUnescape(t, []byte(strings.Repeat("a", at)+escape+strings.Repeat("b", Block)))
			}
		}
	}
	for n := range 3 * Block { // backslashes in a row
		for at := range Block {
			checkUnescape(t, []byte(strings.Repeat("a", at)+strings.Repeat(`\`, n)+"x41"))
		}
	}
}

func TestUnhex(t *testing.T) { atEachLevel(t, testUnhex) }

func testUnhex(t *testing.T) {
	check := func(src []byte) {
		t.Helper()
		n := 0
		for len(src)-n >= 2*Block {
			if _, err := hex.DecodeString(string(src[n : n+2*Block])); err != nil {
				break
			}
			n += 2 * Block
		}
		if !works() {
			n = 0
		}
		want, _ := hex.DecodeString(string(src[:n]))
		dst := make([]byte, len(src)/2)
		if took := Unhex(dst, src); took != n || !bytes.Equal(dst[:n/2], want) {
			t.Fatalf("%q: took %d, %x; want %d, %x", src, took, dst, n, want)
		}
		if took := Unhex(dst[:len(dst)/2], src); took > n || took > 2*(len(dst)/2) || !bytes.Equal(dst[:took/2], want[:took/2]) {
			t.Fatalf("%q, half the room: took %d, %x; want %x", src, took, dst, want)
		}
	}
	samples(check)
	digits := []byte(strings.Repeat("0123456789abcdefABCDEF", 6))
	for n := range digits {
		check(digits[:n])
	}
	for at := range 3 * Block {
		for c := range 256 {
			src := bytes.Clone(digits[:4*Block+1])
			src[at] = byte(c)
			check(src)
		}
	}
}
