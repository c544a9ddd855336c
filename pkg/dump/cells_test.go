package dump

import (
	"strings"
	"testing"
)

func TestAppendCells(t *testing.T) {
	tests := []struct {
		in    string
		limit int
		want  string
		cells int
	}{
		{"", 5, "", 0},
		{"abc", 0, "", 0},
		{"abc", 1, "…", 1},
		{"a", 1, "a", 1},
		{"abcde", 5, "abcde", 5},
		{"abcdef", 5, "abcd…", 5},
		{"日本語", 6, "日本語", 6},
		{"日本語", 5, "日本…", 5},
		{"日本語", 4, "日…", 3},
		{"a日本", 4, "a日…", 4},
		{"ab日", 3, "ab…", 3},
		{"e\u0301tude", 5, "e\u0301tude", 5},
		{"e\u0301tudes", 5, "e\u0301tud…", 5},
		{"한국", 4, "한국", 4},
		{"\u1112\u1161\u11ab", 2, "\u1112\u1161\u11ab", 2},
		{"ｆｕｌｌ", 8, "ｆｕｌｌ", 8},
		{"a\nb", 9, `a\nb`, 4},
		{"a\tb\r", 9, `a\tb\r`, 6},
		{"\x1b[31m", 9, `\x1b[31m`, 8},
		{"\x1b[31m", 4, "…", 1},
		{"\xff\xfe", 9, `\xff\xfe`, 8},
		{"\x7f", 9, `\x7f`, 4},
		{"\u0085", 9, `\u{85}`, 6},
		{"\u202eabc", 20, `\u{202e}abc`, 11},
		{"\u200b", 20, `\u{200b}`, 8},
		{"\U000e0001", 20, `\u{e0001}`, 9},
		{"👍", 2, "👍", 2},
	}
	for _, tt := range tests {
		got, cells := appendCells(nil, tt.in, tt.limit)
		if string(got) != tt.want || cells != tt.cells {
			t.Errorf("%q in %d: %q, %d cells, want %q, %d", tt.in, tt.limit, got, cells, tt.want, tt.cells)
		}
		if n := Cells(string(got)); n != cells {
			t.Errorf("%q in %d: Cells counts %d in %q, not %d", tt.in, tt.limit, n, got, cells)
		}
	}
}

func TestAppendGrouped(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1 000", 32752: "32 752", 1234567: "1 234 567",
		-1000: "-1 000", -999: "-999", -1 << 63: "-9 223 372 036 854 775 808",
	} {
		if got := string(AppendGrouped(nil, n)); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestStyleOf(t *testing.T) {
	if got := StyleOf(func(s string) string { return "<b>" + s + "</b>" }); got != (Style{On: "<b>", Off: "</b>"}) {
		t.Errorf("%+v", got)
	}
	if got := StyleOf(func(s string) string { return s }); got != (Style{}) {
		t.Errorf("%+v", got)
	}
	if got := StyleOf(func(string) string { return "" }); got != (Style{}) {
		t.Errorf("%+v", got)
	}
}

// Every byte at every place of texts of every length up to a few words is judged
// as it is by itself.
func TestPlain(t *testing.T) {
	room := make([]byte, 0, 64)
	for n := range 30 {
		for at := range max(n, 1) {
			for c := range 256 {
				s := []byte(strings.Repeat("a", n))
				want := true
				if n > 0 {
					s[at], want = byte(c), c >= ' ' && c <= '~'
				}
				got, ok := appendPlain(room, s)
				if plain(s) != want || ok != want || string(got) != string(s) {
					t.Fatalf("%q: %v %v %q", s, plain(s), ok, got)
				}
			}
		}
	}
	if _, ok := appendPlain(room[:0:4], "too long"); ok {
		t.Error("a text was appended where there is no room")
	}
}
