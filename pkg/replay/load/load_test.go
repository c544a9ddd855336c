package load_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/replay/load"
	"github.com/wirectl/wirectl/pkg/session"
)

var update = flag.Bool("update", false, "write the golden files")

// A fake is a client whose sessions are what a function says of their number.
type fake struct {
	docs []*session.Document
	n    *atomic.Int64
	do   func(ctx context.Context, n int) replay.Report
}

func (f *fake) Open(context.Context) {}
func (f *fake) Close()               {}

func (f *fake) Run(ctx context.Context, document int) *replay.Report {
	r := f.do(ctx, int(f.n.Add(1)))
	r.Name = f.docs[document].Name
	return &r
}

// run makes a load of faked sessions, on a clock that stands still while
// anything is done.
func run(t *testing.T, names []string, o load.Options, do func(ctx context.Context, n int) replay.Report) *load.Result {
	t.Helper()
	return runIn(t, context.Background(), names, o, do)
}

func runIn(t *testing.T, ctx context.Context, names []string, o load.Options, do func(ctx context.Context, n int) replay.Report) (res *load.Result) {
	t.Helper()
	var docs []*session.Document
	for _, n := range names {
		docs = append(docs, &session.Document{Name: n})
	}
	unique := slices.CompactFunc(slices.Clone(docs), func(a, b *session.Document) bool { return a.Name == b.Name })
	var n atomic.Int64
	o.Client = func(int) load.Client { return &fake{unique, &n, do} }
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	return load.Run(ctx, docs, o)
}

// takes is a session that passes after a time.
func takes(d time.Duration) replay.Report {
	time.Sleep(d)
	return replay.Report{}
}

func failed(c replay.Cause) replay.Report {
	return replay.Report{Verdicts: []replay.Verdict{{Place: session.Place{File: "a.wire", Line: 3, Text: "< PONG"}, Status: replay.Failed, Cause: c, Why: "nothing came"}}}
}

// TestOmission has a server that stands still for a second while ten sessions
// a second are due: the ten that waited are as slow as it was, though it was
// asked only once.
func TestOmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := load.Options{Connections: 1, Rate: 10, Duration: 10 * time.Second}
		r := run(t, []string{"a"}, o, func(_ context.Context, n int) replay.Report {
			if n == 51 {
				return takes(time.Second)
			}
			return takes(time.Millisecond)
		})
		a := r.All
		if a.Count != 100 || a.Errors != 0 || a.Max != time.Second || a.Min != time.Millisecond {
			t.Errorf("%+v", a)
		}
		// The sessions after the slow one took 901, 802, … 10 ms.
		for i, want := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 901 * time.Millisecond, time.Second} {
			if got := a.Percentiles[i]; got.Round(time.Millisecond) != want {
				t.Errorf("p%v is %s; want %s", load.Percentiles[i], got, want)
			}
		}
		if a.Waited != 10 || a.LongestWait != 900*time.Millisecond {
			t.Errorf("%d waited, up to %s", a.Waited, a.LongestWait)
		}
		if r.Took != 9901*time.Millisecond || a.Reached != 10 {
			t.Errorf("took %s, %v a second", r.Took, a.Reached)
		}
	})
}

// TestEnds has loads end in each way.
func TestEnds(t *testing.T) {
	second := func(context.Context, int) replay.Report { return takes(time.Second) }
	for _, tt := range []struct {
		name string
		o    load.Options
		do   func(context.Context, int) replay.Report
		want string
	}{
		{"a number", load.Options{Connections: 3, Sessions: 7}, second, "7 ended, 0 errors, 3s, 2.33/s"},
		{"a number at a rate", load.Options{Connections: 3, Sessions: 7, Rate: 1}, second, "7 ended, 0 errors, 7s, 1.00/s"},
		{"a number, and a time that is longer", load.Options{Connections: 1, Sessions: 2, Rate: 1, Duration: time.Hour}, second, "2 ended, 0 errors, 2s, 1.00/s"},
		{"a time that is shorter", load.Options{Connections: 1, Sessions: 9, Rate: 1, Duration: 3 * time.Second}, second, "3 ended, 0 errors, 3s, 1.00/s"},
		{"a time", load.Options{Connections: 2, Duration: 2500 * time.Millisecond}, second, "6 ended, 0 errors, 3s, 2.00/s"},
		{"a rate that is no whole number", load.Options{Connections: 9, Rate: 2.5, Duration: 2 * time.Second}, second, "5 ended, 0 errors, 2.6s, 2.50/s"},
		{"too slow", load.Options{Connections: 2, Rate: 10, Duration: 3 * time.Second}, second, "8 ended, 22 errors, 4.1s, 2.58/s, 22 not begun"},
		{"failures", load.Options{Connections: 1, Rate: 1, Sessions: 4}, func(_ context.Context, n int) replay.Report {
			switch n {
			case 1:
				return failed(replay.Mismatch)
			case 2:
				return takes(time.Second)
			case 3:
				return replay.Report{Stopped: replay.ErrTotal}
			}
			return failed(replay.TimedOut)
		}, "4 ended, 3 errors, 3s, 0.25/s, 2 timeout, 1 mismatch"},
		{"refused", load.Options{Connections: 1, Rate: 1, Duration: time.Hour}, func(_ context.Context, n int) replay.Report {
			if n == 2 {
				return failed(replay.Refused)
			}
			return takes(time.Second)
		}, "1 ended, 0 errors, 1s, 1.00/s, refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, []string{"a"}, tt.o, tt.do)
				got := fmt.Sprintf("%d ended, %d errors, %s, %s", r.All.Count, r.All.Errors, r.Took, load.Rate(r.All.Reached))
				for _, k := range r.All.Kinds {
					got += fmt.Sprintf(", %d %s", k.Count, k.Name)
				}
				if r.Refused != nil {
					got += ", refused"
				}
				if got != tt.want {
					t.Errorf("got %s; want %s", got, tt.want)
				}
			})
		})
	}
}

// TestInterrupted ends a load while sessions are under way: what was done
// counts, what was cut off does not.
func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(4500*time.Millisecond, func() { cancel(enough) })
		o := load.Options{Connections: 2, Rate: 1, Duration: time.Minute}
		r := runIn(t, ctx, []string{"a"}, o, func(ctx context.Context, n int) replay.Report {
			select {
			case <-time.After(800 * time.Millisecond):
				return replay.Report{}
			case <-ctx.Done():
				return replay.Report{Stopped: context.Cause(ctx)}
			}
		})
		if r.All.Count != 4 || r.All.Cut != 1 || r.All.Errors != 0 || r.Took != 4500*time.Millisecond || !errors.Is(r.Stopped, enough) {
			t.Errorf("%+v, %s, %v", r.All, r.Took, r.Stopped)
		}
		if e := r.Entry(nil); e.Stopped != "enough" || e.Status != replay.Failed {
			t.Errorf("%+v", e)
		}
	})
}

// TestTable holds what is shown against testdata/table.txt.
func TestTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := load.Options{Connections: 4, Rate: 40, Duration: 25 * time.Second, Every: 5010 * time.Millisecond}
		var b strings.Builder
		o.Watch = func(s load.Status) { fmt.Fprintf(&b, "%s\n\n", strings.Join(s.Lines(), "\n")) }
		r := run(t, []string{"a.wire", "a.wire", "b.wire", "b.wire"}, o, func(_ context.Context, n int) replay.Report {
			switch {
			case n%400 == 0:
				time.Sleep(5 * time.Second)
				return failed(replay.TimedOut)
			case n%70 == 0:
				return failed(replay.Mismatch)
			}
			return takes(time.Duration(n) * 137 * time.Microsecond)
		})
		table := r.Table()
		for _, row := range append([][]string{table.Head}, table.Rows...) {
			b.WriteString(strings.Join(row, " | ") + "\n")
		}
		b.WriteByte('\n')
		var judged []load.Judgment
		for _, text := range []string{"p99<1s", "b.wire:errors<5%", "a.wire:p50<20ms", "rate>=39/s", "count==1000"} {
			judged = append(judged, r.Judge(parse(t, text)))
		}
		e := r.Entry(judged)
		if err := e.WriteText(&b, replay.Plain, true); err != nil {
			t.Fatal(err)
		}
		const name = "testdata/table.txt"
		if *update {
			if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("got\n%s\nwant\n%s", &b, want)
		}
	})
}
