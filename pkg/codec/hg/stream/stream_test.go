package stream

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/wirectl/wirectl/pkg/codec"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// feedAll decodes in in pieces of so many bytes and returns what came out.
func feedAll(d Decoder, in []byte, size int) (out []byte, err error) {
	for at := 0; at < len(in) && err == nil; at += size {
		var b []byte
		b, err = d.Decode(in[at:min(at+size, len(in))])
		out = append(out, b...)
	}
	return out, err
}

// texts are contents of several kinds and sizes.
func texts() map[string][]byte {
	r := rand.New(rand.NewSource(1))
	noise := make([]byte, 150000)
	r.Read(noise)
	var words []byte
	for len(words) < 100000 {
		words = fmt.Appendf(words, "changeset %d of %x\n", r.Intn(1000), r.Intn(1<<20))
	}
	return map[string][]byte{
		"empty": {}, "one": {7}, "noise": noise, "words": words, "short": []byte("\xa1FstatusBok"),
		"zeros": make([]byte, 1<<20), "mixed": append(append(bytes.Clone(words), noise[:70000]...), words...),
	}
}

// What an Encoder gives up to a Flush, a Decoder turns back whole, however
// it is cut.
func TestThereAndBack(t *testing.T) {
	for _, name := range Names() {
		for kind, text := range texts() {
			for _, size := range []int{1, 7, 1000, 32768, 1 << 22} {
				if size < 100 && len(text) > 100000 {
					continue
				}
				d, err := NewDecoder(name, nil)
				if err != nil {
					t.Fatal(err)
				}
				e, err := NewEncoder(name)
				if err != nil {
					t.Fatal(err)
				}
				var want []byte
				for round := range 3 {
					part := text[len(text)*round/3 : len(text)*(round+1)/3]
					wire := e.Flush(e.Encode(nil, part))
					got, err := feedAll(d, wire, size)
					if err != nil || !bytes.Equal(got, part) {
						t.Fatalf("%s %s in pieces of %d, round %d: %d of %d bytes, %v", name, kind, size, round, len(got), len(part), err)
					}
					want = append(want, got...)
				}
				if !bytes.Equal(want, text) {
					t.Errorf("%s %s: other bytes", name, kind)
				}
			}
		}
	}
}

// The frames of a real answer: the first holds only the header of zlib.
func TestReal(t *testing.T) {
	body := unhex(t, "a146737461747573426f6b8254b2ae9c9f672d8252e8aa2198dc4ce16bc143845154f3505a69c9f5d169e9a7073ae2d864e818480a76")
	for _, tt := range []struct {
		name   string
		pieces []string
	}{
		{Zlib, []string{"789c", "003600c9ffa146737461747573426f6b8254b2ae9c9f672d8252e8aa2198dc4ce16bc143845154f3505a69c9f5d169e9a7073ae2d864e818480a76000000ffff"}},
		{Zstd8MB, []string{"28b52ffd0058b00100a146737461747573426f6b8254b2ae9c9f672d8252e8aa2198dc4ce16bc143845154f3505a69c9f5d169e9a7073ae2d864e818480a76"}},
	} {
		d, err := NewDecoder(tt.name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, piece := range tt.pieces {
			got, err := d.Decode(unhex(t, piece))
			want := body
			if i < len(tt.pieces)-1 {
				want = nil
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, piece %d: %x, %v", tt.name, i, got, err)
			}
		}
	}
}

// The first output of an Encoder is what Mercurial's is: zlib's header at
// once, of zstd nothing before a flush.
func TestFlushPoints(t *testing.T) {
	for name, want := range map[string]string{Zlib: "789c", Zstd8MB: "", Identity: "a1"} {
		e, err := NewEncoder(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Encode(nil, []byte{0xa1}); hex.EncodeToString(got) != want {
			t.Errorf("%s: Encode gave %x, not %s", name, got, want)
		}
		got := e.Flush([]byte{})
		switch name {
		case Zlib:
			if !bytes.HasSuffix(got, []byte{0, 0, 0xff, 0xff}) {
				t.Errorf("zlib: Flush gave %x", got)
			}
		case Zstd8MB:
			if !bytes.HasPrefix(got, unhex(t, "28b52ffd0058")) || e.Flush(nil) != nil {
				t.Errorf("zstd: Flush gave %x", got)
			}
		}
	}
}

// All levels of compress/flate, whose blocks are of all types.
func TestInflate(t *testing.T) {
	for kind, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			var wire bytes.Buffer
			w, err := zlib.NewWriterLevel(&wire, level)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{3, 100, 5000, 1 << 22} {
				if size < 100 && len(text) > 200000 {
					continue
				}
				d, err := NewDecoder(Zlib, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := feedAll(d, wire.Bytes(), size); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s level %d in pieces of %d: %d of %d bytes, %v", kind, level, size, len(got), len(text), err)
				}
			}
			broken := bytes.Clone(wire.Bytes())
			broken[len(broken)-1] ^= 1
			d, err := NewDecoder(Zlib, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := feedAll(d, broken, 1000); err == nil || !strings.Contains(err.Error(), "checksum") {
				t.Errorf("%s level %d: a wrong checksum gives %v", kind, level, err)
			}
		}
	}
}

// Bytes come out as soon as the blocks at hand hold them.
func TestEarly(t *testing.T) {
	var wire bytes.Buffer
	w := zlib.NewWriter(&wire)
	text := texts()["words"]
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder(Zlib, nil)
	if err != nil {
		t.Fatal(err)
	}
	half := wire.Bytes()[:wire.Len()/2]
	got, err := d.Decode(half)
	if err != nil || len(got) < len(text)/3 {
		t.Errorf("half of the bytes give %d of %d, %v", len(got), len(text), err)
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ name, wire, want string }{
		{Zlib, "789d", "no zlib stream"},
		{Zlib, "0000", "no zlib stream"},
		{Zlib, "78bb", "dictionary"},
		{Zlib, "789c 07", "reserved type 3"},
		{Zlib, "789c 00 0100 0000", "complement"},
		{Zlib, "789c 0202", "before the beginning"},
		{Zlib, "789c 0300 00000001 00", "after the end"},
		{Zstd8MB, "78", "no zstd frame"},
		{Zstd8MB, "28b52ffe", "no zstd frame"},
		{Zstd8MB, "50 2a4d18 01000000 00", "no zstd frame"},
		{Zstd8MB, "28b52ffd 00 69", "limit: the zstd window"},
		{Zstd8MB, "28b52ffd a0 01008000", "limit: the zstd window"},
		{Zstd8MB, "28b52ffd 01 58 00", "dictionary"},
		{Zstd8MB, "28b52ffd 08 58", "reserved bit"},
		{Zstd8MB, "28b52ffd 00 58 060000", "reserved type 3"},
		{Zstd8MB, "28b52ffd 00 58 ffffff", "over the 131072"},
		{Zstd8MB, "28b52ffd 00 58 090000 61 00", "after the end"},
		{Zstd8MB, "28b52ffd 00 58 140000 ffff", "zstd: "},
		{Zstd8MB, "28b52ffd 04 58 090000 61 00000000", "CRC"},
		{Zstd8MB, "28b52ffd 20 02 090000 61", "not 2 as its header says"},
		{Zstd8MB, "28b52ffd 20 01 110000 6161", "not 1 as its header says"},
	} {
		wire := unhex(t, tt.wire)
		for _, size := range []int{1, len(wire)} {
			d, err := NewDecoder(tt.name, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = feedAll(d, wire, size)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s %s in pieces of %d: %v", tt.name, tt.wire, size, err)
			}
			if _, again := d.Decode([]byte("x")); again == nil || !errors.Is(again, err) && size == 1 {
				t.Errorf("%s %s: afterwards %v", tt.name, tt.wire, again)
			}
		}
	}
	if _, err := NewDecoder("gzip", nil); !errors.As(err, new(*codec.UnknownNameError)) {
		t.Errorf("gzip: %v", err)
	}
	if _, err := NewEncoder("gzip"); !errors.As(err, new(*codec.UnknownNameError)) {
		t.Errorf("gzip: %v", err)
	}
}

// Bombs stop at the limits, which hold for all Decoders of a Budget together.
func TestLimits(t *testing.T) {
	bomb := map[string][]byte{}
	for _, name := range []string{Zlib, Zstd8MB} {
		e, err := NewEncoder(name)
		if err != nil {
			t.Fatal(err)
		}
		bomb[name] = e.Flush(e.Encode(nil, make([]byte, 40<<20)))
	}
	for name, wire := range bomb {
		d, err := NewDecoder(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Decode(wire)
		if !errors.Is(err, ErrLimit) || len(got) > DefaultOutput || len(got) < DefaultOutput/2 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		b := &Budget{Base: 1000, Ratio: 10}
		sum := 0
		for range MaxDecoders + 1 {
			d, err := NewDecoder(name, b)
			if err != nil {
				if !errors.Is(err, ErrLimit) {
					t.Error(err)
				}
				break
			}
			got, err := d.Decode(wire[:min(len(wire), 300)])
			sum += len(got)
			if !errors.Is(err, ErrLimit) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if sum > 1000+10*300*MaxDecoders {
			t.Errorf("%s: %d bytes of a budget", name, sum)
		}
	}
	b := &Budget{}
	var all []Decoder
	for range MaxDecoders {
		d, err := NewDecoder(Zlib, b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if _, err := NewDecoder(Zlib, b); !errors.Is(err, ErrLimit) {
		t.Errorf("one too many: %v", err)
	}
	b.Release(all[0])
	if _, err := NewDecoder(Zstd8MB, b); err != nil {
		t.Errorf("after Release: %v", err)
	}
}

// A frame of a few bytes that asks for a window of 8 MiB does not get it.
func TestClaimedWindow(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, err := NewDecoder(Zstd8MB, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Decode(unhex(t, "28b52ffd 00 68 080000 61")); err != nil || string(got) != "a" {
		t.Fatalf("%q, %v", got, err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
		t.Errorf("%d bytes allocated for one", n)
	}
}

// The window grows with what comes out: copies from far back are right.
func TestWindowGrows(t *testing.T) {
	block := make([]byte, 100<<10)
	rand.New(rand.NewSource(2)).Read(block)
	for _, window := range []int{64 << 10, 1 << 20, 8 << 20} {
		var wire bytes.Buffer
		w, err := zstd.NewWriter(&wire, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedDefault))
		if err != nil {
			t.Fatal(err)
		}
		var want []byte
		for i := range 30 {
			want = append(want, block...)
			block[i] ^= 1
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		d, err := NewDecoder(Zstd8MB, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := feedAll(d, wire.Bytes(), 1000); err != nil || !bytes.Equal(got, want) {
			t.Errorf("window %d: %d of %d bytes, %v", window, len(got), len(want), err)
		}
	}
}

// No goroutine is left by any of them.
func TestNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range Names() {
		e, err := NewEncoder(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewDecoder(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decode(e.Flush(e.Encode(nil, make([]byte, 1<<20)))); err != nil {
			t.Fatal(err)
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%s: %d goroutines, %d before", name, n, before)
		}
	}
}

// FuzzZlib holds the inflater to the standard library's: the same bytes, and
// a fault where that has one; and cuts do not matter.
func FuzzZlib(f *testing.F) {
	for _, s := range []string{"789c0300000000 01", "789c 0202", "789c003600c9ffa1467374"} {
		f.Add(unhex(f, s), uint8(3))
	}
	for _, text := range texts() {
		e := newZlibEncoder()
		if wire := e.Flush(e.Encode(nil, text[:min(len(text), 3000)])); len(wire) < 4000 {
			f.Add(wire, uint8(50))
		}
	}
	f.Fuzz(func(t *testing.T, wire []byte, size uint8) {
		small := &Budget{Output: 1 << 20}
		d, err := NewDecoder(Zlib, small)
		if err != nil {
			t.Fatal(err)
		}
		got, derr := d.Decode(wire)
		got = bytes.Clone(got)
		if len(got) > 1<<20 {
			t.Fatalf("%d bytes", len(got))
		}
		d, err = NewDecoder(Zlib, nil)
		if err != nil {
			t.Fatal(err)
		}
		parts, perr := feedAll(d, wire, int(size)+1)
		if errors.Is(derr, ErrLimit) {
			return
		}
		if !bytes.Equal(got, parts) || (derr == nil) != (perr == nil) {
			t.Fatalf("whole: %d bytes, %v; in pieces: %d bytes, %v", len(got), derr, len(parts), perr)
		}
		if errors.Is(derr, errCode) || errors.Is(derr, errLengths) {
			return // the library takes codes that are not complete
		}
		var want []byte
		r, err := zlib.NewReader(bytes.NewReader(wire))
		if err == nil {
			want, err = io.ReadAll(io.LimitReader(r, 2<<20))
		}
		switch {
		case err == nil:
			if derr != nil && !strings.Contains(derr.Error(), "after the end") || !bytes.Equal(got, want) {
				t.Fatalf("the library reads %d bytes, not %d, %v", len(want), len(got), derr)
			}
		case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
			if derr == nil && !bytes.HasPrefix(got, want) {
				t.Fatalf("the library wants more after %d bytes; %d bytes, %v", len(want), len(got), derr)
			}
		}
	})
}

func FuzzZstd(f *testing.F) {
	for _, s := range []string{"28b52ffd 00 58 090000 61", "28b52ffd0058b00100a146737461747573426f6b", "28b52ffd 24 01 090000 61 00000000"} {
		f.Add(unhex(f, s), uint8(3))
	}
	for _, text := range texts() {
		e, err := newZstdEncoder()
		if err != nil {
			f.Fatal(err)
		}
		if wire := e.Flush(e.Encode(nil, text[:min(len(text), 3000)])); len(wire) < 4000 {
			f.Add(wire, uint8(50))
		}
	}
	all, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2<<20))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, wire []byte, size uint8) {
		d, err := NewDecoder(Zstd8MB, &Budget{Output: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		got, derr := d.Decode(wire)
		got = bytes.Clone(got)
		if len(got) > 1<<20 {
			t.Fatalf("%d bytes", len(got))
		}
		d, err = NewDecoder(Zstd8MB, nil)
		if err != nil {
			t.Fatal(err)
		}
		parts, perr := feedAll(d, wire, int(size)+1)
		if errors.Is(derr, ErrLimit) {
			return
		}
		if !bytes.Equal(got, parts) || (derr == nil) != (perr == nil) {
			t.Fatalf("whole: %d bytes, %v; in pieces: %d bytes, %v", len(got), derr, len(parts), perr)
		}
		if want, err := all.DecodeAll(wire, nil); err == nil && derr == nil && len(wire) > 0 && !bytes.Equal(got, want) {
			t.Fatalf("the library reads %d bytes, not %d", len(want), len(got))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := texts()["words"]
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			e, err := NewEncoder(name)
			if err != nil {
				b.Fatal(err)
			}
			wire := e.Flush(e.Encode(nil, text))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				d, err := NewDecoder(name, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := d.Decode(wire); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
