package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

func getenv(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if k, val, _ := strings.Cut(v, "="); k == name {
				return val
			}
		}
		return ""
	}
}

func TestCode(t *testing.T) {
	_, missing := os.Open("/nowhere/at/all")
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{Findingf("x"), 1},
		{Usagef("x"), 2},
		{IOf("x"), 3},
		{Damagef("x"), 4},
		{Timeoutf("x"), 5},
		{Thresholdf("x"), 6},
		{Internalf("x"), 70},
		{Silent(4), 4},
		{errors.New("x"), 70},
		{With(3, nil), 0},
		{With(2, io.EOF), 2},
		{fmt.Errorf("place: %w", Damagef("x")), 4},
		{errors.Join(Findingf("x"), Damagef("x"), nil, Usagef("x")), 4},
		{fmt.Errorf("batch: %w", errors.Join(Findingf("x"), IOf("y"))), 3},
		{missing, 3},
		{fs.ErrNotExist, 3},
		{net.ErrClosed, 3},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, 5},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 3},
		{&codec.SyntaxError{Err: io.EOF}, 4},
		{fmt.Errorf("x: %w", &codec.TextError{}), 2},
		{&codec.UnknownNameError{}, 2},
		{context.DeadlineExceeded, 5},
		{Signal{syscall.SIGINT}, 130},
		{Signal{syscall.SIGTERM}, 143},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, 141},
	} {
		if got := Code(tt.err); got != tt.want {
			t.Errorf("Code(%v) = %d; want %d", tt.err, got, tt.want)
		}
	}
}

func TestColorByEnv(t *testing.T) {
	for _, tt := range []struct {
		tty  bool
		env  []string
		want bool
	}{
		{false, nil, false},
		{true, nil, true},
		{true, []string{"NO_COLOR=1"}, false},
		{true, []string{"NO_COLOR="}, true},
		{true, []string{"TERM=dumb"}, false},
		{true, []string{"CLICOLOR=0"}, false},
		{false, []string{"CLICOLOR_FORCE=1"}, true},
		{false, []string{"FORCE_COLOR=3"}, true},
		{false, []string{"FORCE_COLOR=0"}, false},
		{false, []string{"FORCE_COLOR=1", "NO_COLOR=1"}, false},
	} {
		if got := colorByEnv(tt.tty, getenv(tt.env...)); got != tt.want {
			t.Errorf("terminal %v, %q: %v; want %v", tt.tty, tt.env, got, tt.want)
		}
	}
}

// sourced is an error with all that Report shows.
type sourced struct {
	line       string
	start, end int
}

func (e sourced) Error() string              { return `argument 1:1:5: stream flags: no flag "x"` }
func (e sourced) Source() (string, int, int) { return e.line, e.start, e.end }
func (e sourced) Hint() string               { return "did you mean stream-begin?" }
func (e sourced) Notes() []string            { return []string{"flags: stream-begin (1)"} }

func reported(err error, env ...string) string {
	var b strings.Builder
	s := NewStream(&b, getenv(env...))
	Report(s, err)
	_ = s.Flush()
	return b.String()
}

func TestReport(t *testing.T) {
	long := strings.Repeat("a", 200) + "BAD" + strings.Repeat("z", 200)
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nothing", nil, ""},
		{"silent", Silent(2), ""},
		{"signal", fmt.Errorf("read: %w", Signal{syscall.SIGINT}), ""},
		{"plain", Usagef("no %q", "x"), "wirectl: no \"x\"\n"},
		{"no type", errors.New("x"), "wirectl: internal error: x\n"},
		{"terminal codes", Usagef("a\x1b[31m\r\n\xff"), "wirectl: a\\x1b[31m\\r\\n\\xff\n"},
		{"joined", errors.Join(Usagef("a"), Silent(2), Usagef("b")), "wirectl: a\nwirectl: b\n"},
		{"joined, with a status", With(2, errors.Join(errors.New("a"), errors.New("b"))), "wirectl: a\nwirectl: b\n"},
		{
			"source", With(2, sourced{"1 1 stream-begn x", 4, 15}),
			"wirectl: argument 1:1:5: stream flags: no flag \"x\"\n" +
				"  1 1 stream-begn x\n" +
				"      ^~~~~~~~~~~ did you mean stream-begin?\n" +
				"  flags: stream-begin (1)\n",
		},
		{
			"at the end", With(2, sourced{"ä\t1", 4, 4}),
			"wirectl: argument 1:1:5: stream flags: no flag \"x\"\n" +
				"  ä\\t1\n" +
				"      ^ did you mean stream-begin?\n" +
				"  flags: stream-begin (1)\n",
		},
		{
			"long", With(2, sourced{long, 200, 203}),
			"wirectl: argument 1:1:5: stream flags: no flag \"x\"\n" +
				"  …aaaaaaaaaaaaaaaaaBAD" + strings.Repeat("z", 14) + "…\n" +
				"                    ^~~ did you mean stream-begin?\n" +
				"  flags: stream-begin (1)\n",
		},
		{
			"name", fmt.Errorf("flag -p: %w", &codec.UnknownNameError{What: "protocol", Name: "hgg", Allowed: []string{"hg", "zeo"}}),
			"wirectl: flag -p: no protocol \"hgg\"\n  did you mean hg?\n  there is: hg, zeo\n",
		},
		{
			"bytes", &BytesError{Place: "x.bin", Base: 16, Bytes: []byte("\x00\x01\x02\x03"), Fault: codec.Faultf("syntax", 18, "type", "unknown")},
			"wirectl: x.bin: offset 18 in type: unknown\n" +
				"  00000010  00 01 02 03\n" +
				"                  ^~\n",
		},
		{
			"bytes, at the end", &BytesError{Bytes: []byte("\x00\x01"), Fault: codec.Faultf("truncated", 2, "", "the input ends here")},
			"wirectl: offset 2: the input ends here\n" +
				"  00000000  00 01   \n" +
				"                  ^~\n",
		},
	} {
		if got := reported(tt.err, "COLUMNS=40"); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	if got := reported(Usagef("x"), "FORCE_COLOR=1"); !strings.Contains(got, "\x1b[31;1mwirectl:\x1b[") {
		t.Errorf("in colour: %q", got)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	s := NewStream(&b, getenv())
	tab := Table{Head: []string{"a", "long", "x"}, Right: []bool{false, true}, Indent: "  "}
	tab.Add("1", "2", "")
	tab.Add("ää", "12345", "\x1b")
	if err := tab.Write(s); err != nil {
		t.Fatal(err)
	}
	_ = s.Flush()
	want := "  a    long  x\n  1       2\n  ää  12345  \\x1b\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTableFits(t *testing.T) {
	var b strings.Builder
	s := NewStream(&b, getenv("COLUMNS=24"))
	tab := Table{Indent: "  ", Styles: []Style{{}, {"<", ">"}}}
	tab.Add("ab", "one two three four five six")
	tab.Add("c", "seven")
	if err := tab.Write(s); err != nil {
		t.Fatal(err)
	}
	_ = s.Flush()
	want := "  ab  <one two three four>\n      <five six>\n  c   <seven>\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestProgress(t *testing.T) {
	var b strings.Builder
	s := NewStream(&b, getenv())
	now := time.Unix(0, 0)
	for _, tty := range []bool{false, true} {
		s.TTY = tty
		p := newProgress(s, func() time.Time { return now })
		for i := range int64(5) {
			p.Update(i*100_000, 512_000)
			now = now.Add(500 * time.Millisecond)
		}
		p.Clear()
		p.Clear()
		p.Update(600_000, 512_000) // it has grown
		p.Update(601_000, 0)       // too soon
		fmt.Fprint(s, "message\n")
		p.Clear()
		_ = s.Flush()
		if !tty && b.String() != "message\n" {
			t.Errorf("progress on what is no terminal: %q", b.String())
		}
	}
	want := "message\n" +
		"200.0 kB of 512.0 kB, 39 %, 200.0 kB/s, 2s left" +
		"\r\x1b[K300.0 kB of 512.0 kB, 58 %, 200.0 kB/s, 1s left" +
		"\r\x1b[K400.0 kB of 512.0 kB, 78 %, 200.0 kB/s, 1s left" +
		"\r\x1b[K600.0 kB, 240.0 kB/s\r\x1b[Kmessage\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 999949: "999.9 kB", 999950: "1.0 MB", 1 << 62: "4.6 EB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q; want %q", n, got, want)
		}
	}
}

func TestCancelable(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	in, out := io.Pipe()
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pw.Close()
	defer pr.Close()
	if _, err := pw.WriteString("ab"); err != nil {
		t.Fatal(err)
	}
	r := Cancelable(ctx, pr)
	one := make([]byte, 1)
	for _, want := range "ab" {
		if n, err := r.Read(one); n != 1 || err != nil || one[0] != byte(want) {
			t.Fatalf("Read = %d, %v, %q; want %q", n, err, one, want)
		}
	}
	go cancel(Signal{syscall.SIGINT})
	if n, err := r.Read(one); n != 0 || !errors.Is(err, Signal{syscall.SIGINT}) {
		t.Errorf("Read after the end = %d, %v; want the cause", n, err)
	}
	go out.Close()
	if _, err := Cancelable(ctx, in).Read(one); !errors.Is(err, Signal{syscall.SIGINT}) {
		t.Errorf("Read = %v; want the cause", err)
	}
}

func TestCancelableAll(t *testing.T) {
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pr.Close()
	want := strings.Repeat("0123456789abcdef", 40<<10)
	go func() {
		_, _ = io.WriteString(pw, want)
		_ = pw.Close()
	}()
	got, err := io.ReadAll(Cancelable(t.Context(), pr))
	if err != nil || string(got) != want {
		t.Errorf("read %d bytes, %v; want %d, the same", len(got), err, len(want))
	}
}
