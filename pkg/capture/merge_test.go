package capture

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// packets collects what a recorder writes.
type packets struct {
	times []time.Time
	data  [][]byte
}

func (p *packets) Packet(t time.Time, data []byte, _ string) error {
	p.times = append(p.times, t)
	p.data = append(p.data, bytes.Clone(data))
	return nil
}

func (p *packets) Flush() error { return nil }

// talk is a conversation of n messages in each direction, a second apart.
func talk(t testing.TB, n int) *packets {
	t.Helper()
	p := new(packets)
	r := pcapfile.NewRecorder(p)
	c := &Conn{
		Client: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.1:40000")},
		Server: Endpoint{Addr: netip.MustParseAddrPort("10.0.0.2:8000")},
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range n {
		at = at.Add(time.Second)
		if err := r.Data(c, codec.ToServer, at, []byte{'a' + byte(i%26), 'A' + byte(i%26)}, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.Data(c, codec.ToClient, at, []byte{'0' + byte(i%10)}, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	return p
}

// file makes a pcap file of those packets that choose takes.
func (p *packets) file(t testing.TB, choose func(i int) bool) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := pcapfile.NewClassicWriter(&buf, tcpflow.LinkRaw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.data {
		if choose(i) {
			if err := w.Packet(p.times[i], p.data[i], ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func open(t testing.TB, name string, b []byte, o Options) Source {
	t.Helper()
	s, err := Open(name, bytes.NewReader(b), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func all(int) bool { return true }

func TestMerge(t *testing.T) {
	p := talk(t, 5)
	want, errs := collect(t, open(t, "whole", p.file(t, all), Options{}))
	if errs != nil || want["1>"] != "aAbBcCdDeE" || want["1<"] != "01234" {
		t.Fatalf("%q %v", want, errs)
	}
	for name, part := range map[string]func(i int) int{
		"one after the other": func(i int) int { return i / 9 },
		"by direction":        func(i int) int { return int(p.data[i][15]) - 1 },
		"in turn":             func(i int) int { return i % 3 },
	} {
		var sources []Source
		for n := range 3 {
			sources = append(sources, open(t, "part", p.file(t, func(i int) bool { return part(i) == n }), Options{}))
		}
		sources = append(sources, open(t, "text", []byte("6869"), Options{}))
		got, errs := collect(t, Merge(sources...))
		// Packets of the same time may come in another order: no order of
		// directions is tested here.
		if errs != nil || got["1>"] != want["1>"] || got["1<"] != want["1<"] || got["2>"] != "hi" {
			t.Errorf("%s: %q %v", name, got, errs)
		}
	}
}

func TestPacked(t *testing.T) {
	file := talk(t, 20).file(t, all)
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := w.Write(file); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for kind, packed := range map[string][]byte{"gzip": gz.Bytes(), "zstd": zst.Bytes()} {
		s := open(t, "x", packed, Options{})
		got, errs := collect(t, s)
		if errs != nil || len(got["1>"]) != 40 || s.Info().Packed != kind || s.Info().Format != Pcap {
			t.Errorf("%s: %q %v", kind, got, errs)
		}
		// What is packed twice, or asked for raw, stays as it is.
		if got, _ := collect(t, open(t, "x", packed, Options{Format: Raw})); got["1>"] != string(packed) {
			t.Errorf("%s as raw: %d of %d bytes", kind, len(got["1>"]), len(packed))
		}
		cut, errs := collect(t, open(t, "x", packed[:len(packed)-5], Options{}))
		var damage *Damage
		if len(errs) == 0 || !errors.As(errs[len(errs)-1], &damage) || !strings.HasPrefix(want(t, file), cut["1>"]) {
			t.Errorf("%s cut: %v", kind, errs)
		}
	}
}

func want(t *testing.T, file []byte) string {
	got, _ := collect(t, open(t, "x", file, Options{}))
	return got["1>"]
}

func TestFilteredFile(t *testing.T) {
	f, err := ParseFilter("port 8001")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := collect(t, open(t, "x", talk(t, 3).file(t, all), Options{Filter: f})); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// TestTail reads a file that grows, and then is cut and grows again.
func TestTail(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	w, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tail := Tail(ctx, r, time.Millisecond)
	read := func(want string) {
		t.Helper()
		b := make([]byte, len(want))
		if _, err := io.ReadFull(tail, b); err != nil || string(b) != want {
			t.Fatalf("%q, %v, want %q", b, err, want)
		}
	}
	write := func(s string) {
		t.Helper()
		if _, err := w.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	read("one")
	write("two")
	read("two")
	if err := w.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	write("3")
	read("3")
	cancel()
	if n, err := tail.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %d, %v", n, err)
	}
}

// TestTailPipe wants a Read that waits for a pipe to end with its context.
func TestTailPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := Open("pipe", Tail(ctx, r, 0), Options{Format: Raw})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("hi"); err != nil {
		t.Fatal(err)
	}
	var got string
	for e, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == KindData {
			got += string(e.Data)
			cancel() // while the next Read waits
		}
	}
	if got != "hi" {
		t.Errorf("got %q", got)
	}
}
