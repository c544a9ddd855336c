package faults_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/live/faults"
	"github.com/wirectl/wirectl/pkg/live/hgserve"
)

// play returns what becomes of n frames on a connection.
func play(t *testing.T, plan string, conn, n int) string {
	t.Helper()
	p, err := faults.Parse(plan, hgserve.WrongID)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Conn(conn)
	var out []string
	for i := range n {
		f := hg.NewFrame(uint16(2*i+1), 2, 0, hg.TypeBytesResponse, hg.DataEOS, []byte("x"))
		wire, _ := f.AppendBinary(nil)
		text := ""
		for _, piece := range s.Frame(f, wire) {
			if piece.Mute {
				continue
			}
			text += fmt.Sprintf("%x", piece.Bytes)
			if piece.Delay > 0 {
				text += "+" + piece.Delay.String()
			}
			if piece.Close {
				text += "!"
			}
			text += ";"
		}
		if got := fmt.Sprintf("%x", wire); strings.Count(text, got) > 0 {
			text = strings.ReplaceAll(text, got, "f")
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestPlan(t *testing.T) {
	for _, tt := range []struct{ plan, want string }{
		{"", "f; f; f; f;"},
		{"# nothing\n\ndrop when type=heartbeat", "f; f; f; f;"},
		{"drop when every=2", "f;  f; "},
		{"drop when nth=1", " f; f; f;"},
		{"drop when after=1", "f;   "},
		{"drop when conn=8", "f; f; f; f;"},
		{"drop when conn=7", "   "},
		{"drop when text~^5", "f; f;  f;"},
		{"duplicate when nth=2", "f; f;f; f; f;"},
		{"delay 2s when nth=2", "f; f+2s; f; f;"},
		{"close when nth=3", "f; f; f!; f;"},
		{"mute when nth=2", "f;   "},
		{"split 3 1s when nth=1", "010000;010002004278+1s; f; f; f;"},
		{"split 0", "f; f; f; f;"},
		{"wrong-id when nth=1", "010000030002004278; f; f; f;"},
		{"drop when chance=1", "   "},
		{"drop when chance=0", "f; f; f; f;"},
		{"duplicate\nclose when nth=1", "f;f!; f;f; f;f; f;f;"},
		{"drop\ndelay 1s\nclose", "   "},
	} {
		if got := play(t, tt.plan, 7, 4); got != tt.want {
			t.Errorf("%q: %q; want %q", tt.plan, got, tt.want)
		}
	}
}

// TestSeed wants the same of the same seed, and one bit turned.
func TestSeed(t *testing.T) {
	const plan = "seed 5\ncorrupt when chance=0.5"
	a, b := play(t, plan, 1, 50), play(t, plan, 1, 50)
	if a != b {
		t.Errorf("the same plan did\n%s\nand\n%s", a, b)
	}
	if c := play(t, "seed 6\ncorrupt when chance=0.5", 1, 50); a == c {
		t.Error("another seed did the same")
	}
	if n := strings.Count(a, "f;"); n < 10 || n > 40 {
		t.Errorf("%d of 50 frames were left alone", n)
	}
	if got := play(t, "corrupt 8", 1, 1); len(got) != 19 || !strings.HasPrefix(got, "0100000100020042") {
		t.Errorf("corrupt 8: %s", got)
	}
}

func TestParseErrors(t *testing.T) {
	for plan, want := range map[string]string{
		"explode":                   "line 1: no fault \"explode\"",
		"\ndelay":                   "line 2: delay takes 1 to 1 arguments, not 0",
		"delay soon":                "line 1: time: invalid duration \"soon\"",
		"delay -1s":                 "line 1: -1s is before now",
		"split x":                   "line 1: \"x\" is no count",
		"drop when":                 "",
		"drop when day=monday":      "line 1: no predicate \"day\"",
		"drop when nth=0":           "line 1: nth=0: it counts from 1",
		"drop when chance=2":        "line 1: chance=2: it is not between 0 and 1",
		"drop when chance=NaN":      "line 1: chance=NaN: it is not between 0 and 1",
		"drop when text=x":          "line 1: \"text=x\": write text~REGEXP, and = with all others",
		"drop when text~(":          "line 1: error parsing regexp: missing closing ): `(`",
		"drop when sometimes":       "line 1: \"sometimes\" is no NAME=VALUE",
		"drop 1":                    "line 1: drop takes 0 to 0 arguments, not 1",
		"seed 99999999999999999999": "line 1: strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
	} {
		_, err := faults.Parse(plan, nil)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q; want %q", plan, got, want)
		}
	}
	if _, err := faults.Parse("wrong-id", nil); err == nil {
		t.Error("an ID can be wrong where there is none")
	}
}
