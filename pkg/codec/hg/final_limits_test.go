package hg

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
)

func openFinal(t testing.TB, dir codec.Direction) *Decoder {
	t.Helper()
	c, err := Protocol{}.Open(finalDialect)
	if err != nil {
		t.Fatal(err)
	}
	return c.Decoder(dir).(*Decoder)
}

func decodeOne(t testing.TB, d *Decoder, f *Frame) *Frame {
	t.Helper()
	got, _, err := d.Decode(join(t, []*Frame{f}), true)
	if err != nil {
		t.Fatal(err)
	}
	return got.(*Frame)
}

// An item over the limit is passed over and said to be; what follows it in
// the same response is shown.
func TestLongItem(t *testing.T) {
	d := openFinal(t, codec.ToClient)
	piece := make([]byte, 1<<20)
	first := append([]byte{0x5a, 0x01, 0x10, 0x00, 0x00}, piece...) // 17 MiB
	decodeOne(t, d, NewFinalFrame(1, 2, StreamBegin, FinalCommandResponse, DataContinuation, first))
	for range 15 {
		f := decodeOne(t, d, NewFinalFrame(1, 2, 0, FinalCommandResponse, DataContinuation, piece))
		if items, _ := f.Items(); len(items) > 0 {
			t.Fatal("an item before its end")
		}
	}
	if d.in.held > maxItem {
		t.Errorf("%d bytes are kept", d.in.held)
	}
	f := decodeOne(t, d, NewFinalFrame(1, 2, 0, FinalCommandResponse, DataEOS, append(bytes.Clone(piece), 0x07)))
	items, back := f.Items()
	if len(items) != 2 || items[0] != nil || string(items[1]) != "\x07" || back[0] != 16 {
		t.Errorf("items %v, %v", items, back)
	}
	if js := string(f.AppendJSON(nil, codec.View{})); !strings.Contains(js, `"too_long":true},{"index":1,"value":7}`) {
		t.Errorf("JSON ends in %s", js[len(js)-200:])
	}
	if fds := f.AppendFindings(nil); len(fds) != 2 || fds[1].Code != "limit" {
		t.Errorf("findings %+v", fds)
	}
	f.AppendFields(nil, 0, codec.View{})
	if d.in.held != 0 || len(d.in.open) != 0 {
		t.Errorf("%d bytes of %d messages are kept", d.in.held, len(d.in.open))
	}
}

// Lengths that are only claimed cost nothing.
func TestFinalHostileLengths(t *testing.T) {
	for _, payload := range []string{"5bffffffffffffffff", "9bffffffffffffffff", "bb7fffffffffffffff0000", "7b7fffffffffffffff78"} {
		wire := join(t, []*Frame{NewFinalFrame(1, 2, StreamBegin, FinalCommandResponse, DataContinuation, unhex(t, payload))})
		d := openFinal(t, codec.ToClient)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, _, err := d.Decode(wire, true)
		if err != nil {
			t.Fatal(err)
		}
		f.AppendJSON(nil, codec.View{})
		f.AppendFindings(nil)
		f.AppendFields(nil, 0, codec.View{})
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: %d bytes allocated", payload, n)
		}
	}
}

// More messages at a time than are followed, and more compressed streams,
// are still frames.
func TestManyOpen(t *testing.T) {
	d := openFinal(t, codec.ToServer)
	for i := range 2 * maxOpen {
		decodeOne(t, d, NewFinalFrame(uint16(2*i+1), 1, 0, FinalCommandRequest, RequestNew|RequestMore, []byte("\xa1D")))
	}
	if len(d.in.open) != maxOpen {
		t.Errorf("%d messages are followed", len(d.in.open))
	}
	d = openFinal(t, codec.ToClient)
	for i := range 2 * stream.MaxDecoders {
		id := uint8(2 * i)
		decodeOne(t, d, NewFinalFrame(1, id, StreamBegin, FinalStreamSettings, DataEOS, []byte("Dzlib")))
		f := decodeOne(t, d, NewFinalFrame(1, id, StreamEncoded, FinalCommandResponse, DataContinuation, unhex(t, "789c")))
		if _, _, err := f.Decoded(); (err != nil) != (i >= stream.MaxDecoders) {
			t.Errorf("stream %d: %v", id, err)
		}
	}
	decodeOne(t, d, NewFinalFrame(1, 0, StreamEnd, FinalCommandResponse, DataEOS, nil))
	decodeOne(t, d, NewFinalFrame(1, 100, StreamBegin, FinalStreamSettings, DataEOS, []byte("Dzlib")))
	if f := decodeOne(t, d, NewFinalFrame(1, 100, StreamEncoded, FinalCommandResponse, DataEOS, unhex(t, "789c"))); f.AppendFindings(nil) != nil {
		t.Errorf("after a stream has ended: %+v", f.AppendFindings(nil))
	}
}

// A bomb is a finding, and the frame is a frame all the same.
func TestBomb(t *testing.T) {
	for _, name := range []string{stream.Zlib, stream.Zstd8MB} {
		w := &FinalWriter{StreamID: 2, MaxFrame: 1 << 20}
		frames, err := w.AppendStreamSettings(nil, 1, name)
		if err != nil {
			t.Fatal(err)
		}
		r := w.Respond(1)
		if frames, err = r.AppendChunk(frames, make([]byte, 17<<20)); err != nil {
			t.Fatal(err)
		}
		if frames, err = r.AppendEnd(frames); err != nil {
			t.Fatal(err)
		}
		limits := 0
		for _, rec := range cutDir(t, codec.ToClient, join(t, frames), finalDialect, 0) {
			for _, fd := range rec.Frame.AppendFindings(nil) {
				if fd.Code == "decoding" && strings.Contains(fd.Message, "limit") {
					limits++
				}
			}
			if text := string(rec.Frame.AppendText(nil, codec.View{})); rec.Err != nil {
				t.Errorf("%s: %v: %.80s", name, rec.Err, text)
			}
		}
		if limits == 0 {
			t.Errorf("%s: 17 MiB of zeros are no finding", name)
		}
	}
}

// A payload of very many items lists only so many.
func TestManyItems(t *testing.T) {
	d := openFinal(t, codec.ToClient)
	f := decodeOne(t, d, NewFinalFrame(1, 2, StreamBegin, FinalCommandResponse, DataEOS, make([]byte, maxItems+5)))
	items, _ := f.Items()
	js := string(f.AppendJSON(nil, codec.View{}))
	if len(items) != maxItems || !strings.HasSuffix(js, `],"more_items":5}`) {
		t.Errorf("%d items, JSON ends in %s", len(items), js[len(js)-60:])
	}
	tile(t, f.AppendFields(nil, 0, codec.View{}), 0, int64(HeaderLen+maxItems+5))
	if fds := f.AppendFindings(nil); len(fds) != 2 || fds[1].Code != "limit" {
		t.Errorf("findings %+v", fds)
	}
}
