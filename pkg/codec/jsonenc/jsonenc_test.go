package jsonenc

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// slow is AppendString a character at a time.
func slow(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1 && surrogate([]byte(s)):
			fmt.Fprintf(&b, `\u%04x`, 0xd000|int(s[1]&0x3f)<<6|int(s[2]&0x3f))
			n = 3
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

var texts = []string{
	"", "a", "plain text of more than eight bytes", "\"", "1234567\"", "12345678\"", "\\x00\\x1f", "\x00\x1f\x20\x7e\x7f\x80",
	"tab\tfeed\nreturn\r", "é", "1234567é", "日本語", "👍", "\xed\xa0\x80", "1234567\xed\xbf\xbf89", "\xed\xa0", "\xff\xfe", "\xef\xbf\xbd", "\xc3",
	"!!!!!!!!\x1f\"\x20", "\x21\x20\x1f", "\x5b\x5c\x5d", "\x23\x22\x21", "\x01\x00\x01\x00\x01\x00\x01\x00", "\x80\x7f\x80\x7f\x80\x7f\x80\x7f",
}

func check(t *testing.T, s string) {
	t.Helper()
	got := string(AppendString([]byte("x"), s))[1:]
	if want := slow(s); got != want {
		t.Errorf("%q: got %s, want %s", s, got, want)
	}
	if b := string(AppendString(nil, []byte(s))); b != got {
		t.Errorf("%q: as bytes %s, as a string %s", s, b, got)
	}
	if utf8.ValidString(s) {
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != s {
			t.Errorf("%q: encoding/json reads %q, %v", s, back, err)
		}
	}
}

func TestAppendString(t *testing.T) {
	for _, s := range texts {
		check(t, s)
	}
	for c := range 256 { // each byte at each place of a word
		for at := range 9 {
			b := []byte("AAAAAAAAA")
			b[at] = byte(c)
			check(t, string(b))
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(check)
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", -1: "-1", 1<<53 - 1: "9007199254740991", 1 << 53: `"9007199254740992"`, -1<<53 + 1: "-9007199254740991",
		-1 << 53: `"-9007199254740992"`, math.MinInt64: `"-9223372036854775808"`,
	} {
		if got := string(AppendInt(nil, n)); got != want {
			t.Errorf("AppendInt(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0", 1<<53 - 1: "9007199254740991", 1 << 53: `"9007199254740992"`, math.MaxUint64: `"18446744073709551615"`} {
		if got := string(AppendUint(nil, n)); got != want {
			t.Errorf("AppendUint(%d) = %s, want %s", n, got, want)
		}
	}
	for n := uint64(0); n < 1e16; n += 1 + n/1000 {
		if got, want := string(AppendUint([]byte("x"), n)), "x"+strconv.Quote(fmt.Sprint(n)); got != want && got != fmt.Sprint("x", n) || n < maxExact && got == want {
			t.Fatalf("AppendUint(%d) = %s", n, got)
		}
	}
	for n := range uint64(1000) {
		if got, want := string(AppendUint(nil, n)), fmt.Sprint(n); got != want {
			t.Errorf("AppendUint(%d) = %s", n, got)
		}
	}
	for _, n := range []uint64{100, 99_999_999, 100_000_000, 10_000_000, 9_999, 10_000} {
		if got, want := string(AppendUint(nil, n)), fmt.Sprint(n); got != want {
			t.Errorf("AppendUint(%d) = %s", n, got)
		}
	}
	for f, want := range map[float64]string{0.5: "0.5", 1e300: "1e+300", math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`} {
		if got := string(AppendFloat(nil, f)); got != want {
			t.Errorf("AppendFloat(%v) = %s, want %s", f, got, want)
		}
	}
	if got := string(AppendFloat(nil, math.NaN())); got != `"NaN"` {
		t.Errorf("AppendFloat(NaN) = %s", got)
	}
}

// A Counter appends what AppendInt does, whatever it appended before.
func TestCounter(t *testing.T) {
	var c Counter
	check := func(n int64) {
		t.Helper()
		if got, want := string(c.Append([]byte("x"), n)), string(AppendInt([]byte("x"), n)); got != want {
			t.Fatalf("%d: %s, want %s", n, got, want)
		}
	}
	for n := int64(0); n < 30_000; n++ {
		check(n)
	}
	for _, n := range []int64{
		0, 9_999, 10_000, 9_999_999, 10_000_000, 99_999_999, 100_000_000, 123_456_789_012, 123_456_780_000, 9_999, 123_456_789_012, 10_000,
		maxExact - 1, maxExact - 10_000, maxExact, maxExact + 1, maxExact/10_000*10_000 - 1, math.MaxInt64, -1, -9_999, -10_000, -maxExact, math.MinInt64, 10_001,
	} {
		check(n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		check(int64(rng.Uint64() >> rng.UintN(64)))
	}
}

func TestAppendHex(t *testing.T) {
	all := make([]byte, 200)
	for i := range all {
		all[i] = byte(i * 7)
	}
	for n := range len(all) + 1 {
		for _, room := range []int{0, 2 * n, 500} {
			if got, want := string(AppendHex(append(make([]byte, 0, 1+room), 'x'), all[:n:n])), fmt.Sprintf("x%x", all[:n]); got != want {
				t.Fatalf("%d bytes: got %s, want %s", n, got, want)
			}
		}
	}
}

func TestAppendBytes(t *testing.T) {
	for in, want := range map[string]string{
		"": `{"text":""}`, "a\tb\r\n": `{"text":"a\tb\r\n"}`, "é": `{"text":"é"}`, "\x00": `{"hex":"00"}`, "\x1b": `{"hex":"1b"}`,
		"\x7f": `{"hex":"7f"}`, "\xff": `{"hex":"ff"}`, "a\xed\xa0\x80": `{"hex":"61eda080"}`,
	} {
		if got := string(AppendBytes(nil, []byte(in))); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	text := strings.Repeat("a text with \"quotes\" and \\x00 \x00, and é", 20)
	data := []byte(text)
	var buf []byte
	run := func() {
		buf = AppendString(buf[:0], text)
		buf = AppendString(buf, data)
		buf = AppendBytes(buf, data)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, unit := range map[string]string{"plain": "lorem ipsum dolor ", "escapes": `\x1f\x8b0\xc3`, "utf8": "日本語テキスト "} {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(unit, 200))
			var buf []byte
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				buf = AppendString(buf[:0], text)
			}
		})
	}
}

func BenchmarkAppendBytes(b *testing.B) {
	random := make([]byte, 1500)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	for name, data := range map[string][]byte{
		"random": random,
		"plain":  []byte(strings.Repeat("lorem ipsum dolor ", 80)),
		"lines":  []byte(strings.Repeat("the text of a line\n", 80)),
		"utf8":   []byte(strings.Repeat("café ", 300)),
	} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				buf = AppendBytes(buf[:0], data)
			}
		})
	}
}
