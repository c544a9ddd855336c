package stats

import (
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

func sample() *Report {
	s := New(Options{})
	link := codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "1"}}
	vote := codec.Measure{Subjects: []codec.Subject{{Kind: "method", Name: []byte("vote")}}}
	s.Add(record(1, 0, 0, &frame{kind: "call", m: vote, link: link}))
	link.Role = codec.LinkEnds
	s.Add(record(1, 1, 20, &frame{kind: "reply", link: link}))
	s.Add(record(1, 2, 30, &frame{kind: "oneway", m: codec.Measure{Subjects: []codec.Subject{{Kind: "method", Name: []byte("info")}}, Error: "Conflict"}}))
	s.sample("x", codec.Sample{Metric: "lock wait", Value: int64(time.Second), Time: true})
	s.sample("x", codec.Sample{Metric: "behind", Name: "events", Value: 7})
	return s.Finish(nil)
}

func TestThreshold(t *testing.T) {
	r := sample()
	for text, want := range map[string]string{
		"p99 < 50ms":                       "p99 is 20ms, < 50ms",
		"p99<0.01":                         "p99 is 20ms, not <0.01",
		"method vote max <= 20ms":          "method vote: max is 20ms, <= 20ms",
		"method * p50 < 5ms":               "method vote: p50 is 20ms, not < 5ms",
		"method p50 < 5ms":                 "method vote: p50 is 20ms, not < 5ms",
		"method load p50 < 5ms":            "method load: p50 is not known, not < 5ms",
		"unanswered == 0":                  "unanswered is 0, == 0",
		"errors == 0":                      "errors is 1, not == 0",
		"error Conflict errors <= 1":       "error Conflict: errors is 1, <= 1",
		"error Other errors == 0":          "error Other: errors is 0, == 0",
		"conversation 1 frames > 3":        "conversation 1: frames is 3, not > 3",
		"metric lock wait max < 500ms":     "metric lock wait: max is 1s, not < 500ms",
		"metric behind events max != 7":    "metric behind events: max is 7, not != 7",
		"rate >= 100":                      "rate is 100, >= 100",
		"damage != 0":                      "damage is 0, not != 0",
		"stream * max < 1s":                "",
		"stream events frames >= 1":        "stream events: frames is 0, not >= 1",
		"method   vote   requests   == 1 ": "method vote: requests is 1, == 1",
	} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []string
		for _, v := range th.Judge(r) {
			if got = append(got, v.String()); v.Met == strings.Contains(v.String(), " not ") {
				t.Errorf("%q: %v is met: %v", text, v, v.Met)
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func TestThresholdErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "no comparison",
		"p99":                 "no comparison",
		"< 5":                 `no value ""`,
		"p98 < 5":             `no value "p98"`,
		"methods x p99 < 5":   `no kind "methods"`,
		"largest x bytes < 5": `no kind "largest"`,
		"p99 < fast":          `"fast" is no number`,
		"frames < 5ms":        `"5ms" is no number`,
		"p99 <":               `"" is no number`,
	} {
		_, err := ParseThreshold(text)
		e, ok := err.(*codec.TextError)
		if !ok || !strings.Contains(e.Error(), want) || e.Start < 0 || e.Start > e.End || e.End > len(text) {
			t.Errorf("%q: %#v", text, err)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	f.Add("method vote p99 < 50ms")
	f.Add("errors==0")
	f.Add("metric lock wait max <= 1e3")
	r := sample()
	f.Fuzz(func(t *testing.T, text string) {
		th, err := ParseThreshold(text)
		if err != nil {
			if e, ok := err.(*codec.TextError); !ok || e.Start < 0 || e.Start > e.End || e.End > len(text) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		for _, v := range th.Judge(r) {
			_ = v.String()
		}
	})
}
