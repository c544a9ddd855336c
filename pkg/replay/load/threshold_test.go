package load_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/replay/load"
)

func parse(t *testing.T, text string) load.Threshold {
	t.Helper()
	th, err := load.ParseThreshold(text)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// TestJudge holds thresholds against sessions of 1 to 100 ms, in one second,
// and two that failed.
func TestJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := load.Options{Connections: 102, Sessions: 102, Rate: 102}
		r := run(t, []string{"a"}, o, func(_ context.Context, n int) replay.Report {
			if n > 100 {
				return failed(replay.Lost)
			}
			return takes(time.Duration(n) * time.Millisecond)
		})
		for text, want := range map[string]struct {
			got string
			ok  bool
		}{
			"p50<51ms": {"50.0ms", true}, "p50 < 50ms": {"50.0ms", false}, "a:p99<=99.1ms": {"99.0ms", true},
			"p99.9<1s": {"100ms", true}, "max<100ms": {"100ms", false}, "max==100ms": {"100ms", true}, "min>=1ms": {"1.00ms", true},
			"mean<50.6ms": {"50.5ms", true}, "mean!=50.5ms": {"50.5ms", false}, "p0>0s": {"1.00ms", true}, "p100<1s": {"100ms", true},
			"count>=102": {"102", true}, "count>102": {"102", false}, "errors<2%": {"1.96%", true}, "errors<=1%": {"1.96%", false},
			"errors<2": {"2", false}, "errors==2": {"2", true}, "rate>=95/s": {"100/s", true}, "rate>6001/m": {"100/s", false},
		} {
			j := r.Judge(parse(t, text))
			if j.Got != want.got || j.OK != want.ok {
				t.Errorf("%s: %s, %v; want %s, %v", text, j.Got, j.OK, want.got, want.ok)
			}
		}
	})
}

// TestJudgeNothing holds thresholds against sessions none of which passed.
func TestJudgeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := load.Options{Connections: 1, Sessions: 3}
		r := run(t, []string{"a"}, o, func(context.Context, int) replay.Report { return failed(replay.Lost) })
		for text, want := range map[string]bool{"p99<1s": false, "max>=0s": false, "errors<50%": false, "errors<=100%": true, "count==3": true, "rate<1/s": true} {
			if j := r.Judge(parse(t, text)); j.OK != want {
				t.Errorf("%s: %+v", text, j)
			}
		}
		if j := r.Judge(parse(t, "p99<1s")); !math.IsNaN(j.Value) || r.Report([]load.Judgment{j}).Thresholds[0].Value != nil || r.Histogram(load.All) != "" {
			t.Errorf("%+v", j)
		}
	})
}

func TestParseThreshold(t *testing.T) {
	for text, want := range map[string]string{
		"":            "0-0 there is no comparison",
		"p99":         "0-3 there is no comparison",
		"p99=<20ms":   `3-5 "=<" is no comparison`,
		"p99=20ms":    `3-4 "=" is no comparison`,
		"p99<":        `4-4 "" is no time, such as 20ms or 1.5s`,
		"p99< 20":     `5-7 "20" is no time, such as 20ms or 1.5s`,
		"p99<-1s":     `4-7 "-1s" is no time, such as 20ms or 1.5s`,
		"p101<1s":     `0-4 nothing named "p101" is measured`,
		"pNaN<1s":     `0-4 nothing named "pNaN" is measured`,
		" median<1s":  `1-7 nothing named "median" is measured`,
		"a:b:<1s":     `4-4 nothing named "" is measured`,
		"errors<x%":   `7-9 "x%" is no number of sessions, such as 5, and no part of them, such as 1%`,
		"errors<NaN":  `7-10 "NaN" is no number of sessions, such as 5, and no part of them, such as 1%`,
		"count>1.5":   `6-9 "1.5" is no number of sessions, such as 1000`,
		"rate>1/d":    `5-8 "1/d" is no rate, such as 100/s, 90/m or 20/h`,
		"rate>Inf/s":  `5-10 "Inf/s" is no rate, such as 100/s, 90/m or 20/h`,
		"x:rate>-1/s": `7-11 "-1/s" is no rate, such as 100/s, 90/m or 20/h`,
	} {
		_, err := load.ParseThreshold(text)
		e, ok := errors.AsType[*codec.TextError](err)
		if !ok {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := place(e); got != want {
			t.Errorf("%q: %s; want %s", text, got, want)
		}
	}
	if th := parse(t, "dir/a:b.wire: p99.95 >= 1m"); th.Document != "dir/a:b.wire" || th.Metric != "p99.95" || th.Op != ">=" {
		t.Errorf("%+v", th)
	}
}

func place(e *codec.TextError) string { return fmt.Sprintf("%d-%d %s", e.Start, e.End, e.Message) }

// FuzzParseThreshold reads any text: an error has a place in it.
func FuzzParseThreshold(f *testing.F) {
	for _, text := range []string{"p99<20ms", "a.wire:errors<=1%", "rate >= 90/m", "<<", "é:p<é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := load.ParseThreshold(text)
		if e, ok := errors.AsType[*codec.TextError](err); err != nil && (!ok || e.Start < 0 || e.Start > e.End || e.End > len(text)) {
			t.Errorf("%q: %#v", text, err)
		}
	})
}
