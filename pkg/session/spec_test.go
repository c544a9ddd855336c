package session

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The examples of the specification are good, and laid out as fmt does it.
func TestSpecification(t *testing.T) {
	md, err := os.ReadFile("../../docs/session.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(wire|match)\n(.*?)```").FindAllStringSubmatch(string(md), -1)
	if len(blocks) < 10 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		if b[1] == "match" {
			for example := range strings.SplitSeq(strings.TrimSpace(b[2]), "\n\n") {
				specifiedMatch(t, strings.Split(example, "\n"))
			}
			continue
		}
		if _, err := Parse("example", []byte(b[2]), options()); err != nil {
			t.Errorf("%s\n%v", b[2], err)
		}
		if got, err := Format("example", []byte(b[2]), ""); err != nil || string(got) != b[2] {
			t.Errorf("%s\nis laid out as %s%v", b[2], got, err)
		}
	}
	for _, d := range directives() {
		if !strings.Contains(string(md), `"@`+d.name+`"`) || !regexp.MustCompile("(?:`| )@"+d.name+"[ `]").Match(md) {
			t.Errorf("@%s is not specified", d.name)
		}
	}
}

// specifiedMatch tries an example of a line, a frame, and what comes of it.
func specifiedMatch(t *testing.T, lines []string) {
	t.Helper()
	if len(lines) != 3 {
		t.Errorf("no example of a match: %q", lines)
		return
	}
	o := options()
	o.Proto, o.Dialect = "zeo", "Z5"
	doc, err := Parse("example", []byte(lines[0]+"\n"), o)
	if err != nil {
		t.Error(err)
		return
	}
	res := doc.Begin().Match(doc.Steps[0].(*Expect), record(t, "zeo", "Z5", lines[1]), 0)
	if got := show(res); got != lines[2] {
		t.Errorf("%s\n%s\n got %s\nwant %s", lines[0], lines[1], got, lines[2])
	}
}
