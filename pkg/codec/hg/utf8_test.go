package hg

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The answers are those of CPython 2.7.18: s.decode('utf-8', 'replace'). A
// "?" stands for U+FFFD.
func TestToUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"e282": "?", "f0908d": "?", "f09f98": "?", "e28241": "?A", "c3": "?", "f0": "?",
		"f080": "?", "f5808080": "????", "f8888080": "????", "c0af": "??", "e09f80": "??",
		"f4908080": "??", "f0908d41": "?A", "e080af": "??", "80": "?", "fffe": "??",
		"edbf": "?", "f48f": "?", "61c3a962": "aéb", "f09f9880": "😀",
		"eda0bdedb880": "😀", "edafbfedbfbf61": "\U0010ffffa", "eda080eda081edb081": "\xed\xa0\x80𐐁", "edb080eda080": "\xed\xb0\x80\xed\xa0\x80", "eda0bdedb8": "\xed\xa0\xbd?",
	} {
		b, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(string(toUTF8(b)), "\ufffd", "?"); got != want {
			t.Errorf("toUTF8(%s) = %q, want %q", in, got, want)
		}
	}
	if half := "\xed\xa0\x80"; string(toUTF8([]byte(half+"\xff"))) != half+"\ufffd" {
		t.Error("a surrogate half does not pass")
	}
}
