package textin

import (
	"bytes"
	"strings"
	"testing"
)

// parse gives text to p and returns its bytes, each gap as (n), and the
// errors.
func parse(p Parser, text string) (string, []error) {
	var out bytes.Buffer
	var errs []error
	take := func(chunks []Chunk, err error) {
		for _, c := range chunks {
			if c.Gap > 0 {
				out.WriteString("(gap)")
			}
			out.Write(c.Data)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for line := range strings.Lines(text) {
		take(p.Parse(nil, []byte(strings.TrimSuffix(line, "\n"))))
	}
	take(p.End(nil))
	return out.String(), errs
}

func TestHex(t *testing.T) {
	for text, want := range map[string]string{
		"68656c6c6f":                  "hello",
		"68 65 6C 6c\n6f\n":           "hello",
		"0x68, 0x65,0x6c 0X6c:6f":     "hello",
		`\x68\x65\x6c\x6c\x6f`:        "hello",
		"# a remark\n68-65-6c-6c-6f ": "hello",
		"":                            "",
	} {
		if got, errs := parse(&Hex{}, text); got != want || errs != nil {
			t.Errorf("%q: %q, %v", text, got, errs)
		}
	}
	for text, want := range map[string]string{
		"68 6":   "column 4",
		"686g":   "column 4",
		"zz":     "column 1",
		"6 8":    "column 2",
		"68 0x6": "column 6",
	} {
		if _, errs := parse(&Hex{}, text); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%q: %v, want %s", text, errs, want)
		}
	}
}

func TestBase64(t *testing.T) {
	for text, want := range map[string]string{
		"aGVsbG8=":           "hello",
		"aGVsbG8":            "hello",
		"aGVs\nbG8=\n":       "hello",
		"aGV\nsbG8=":         "hello",
		"aA==\naGVsbG8=":     "hhello",
		"_-8\n":              "\xff\xef",
		"/+8=":               "\xff\xef",
		"aGVsbG8gd29ybGQh\n": "hello world!",
	} {
		if got, errs := parse(&Base64{}, text); got != want || errs != nil {
			t.Errorf("%q: %q, %v", text, got, errs)
		}
	}
	for _, text := range []string{"a", "aGVs!", "a==="} {
		if _, errs := parse(&Base64{}, text); errs == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
