package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestBufferClass(t *testing.T) {
	last := 0
	for n := 1; n < 1<<20; n += 1 + n/100 {
		class := bufferClass(n)
		if size := bufferSize(class); size < n || class > 0 && bufferSize(class-1) >= n {
			t.Fatalf("%d bytes: class %d of %d", n, class, size)
		}
		if class < last {
			t.Fatalf("%d bytes: class %d after %d", n, class, last)
		}
		last = class
	}
	for class := range bufferSizes {
		if got := bufferClass(bufferSize(class)); got != class {
			t.Errorf("class %d is found to be %d", class, got)
		}
	}
}

// lines are frames that end with a zero byte.
type lines struct{}

func (lines) Decode(p []byte, _ bool) (Frame, int, error) {
	if i := bytes.IndexByte(p, 0); i >= 0 {
		return nil, i + 1, nil
	}
	return nil, 0, ErrShort
}

func (lines) Sync([]byte, bool) (int, bool) { return 0, true }

// TestSharedBuffers cuts many streams with shared buffers, in turn. What comes
// out is what went in, and the streams hold little more than they wait for.
func TestSharedBuffers(t *testing.T) {
	const flows, rounds = 100, 50
	rng := rand.New(rand.NewPCG(1, 2))
	var b Buffers
	type flow struct {
		s       *Stream
		in, out bytes.Buffer
	}
	all := make([]flow, flows)
	for i := range all {
		all[i].s = NewStream(lines{}, ToServer)
		all[i].s.Share(&b)
	}
	var r Record
	drain := func(f *flow) {
		for f.s.Read(&r) {
			f.out.Write(r.Bytes)
		}
	}
	piece := make([]byte, 1448)
	for range rounds {
		for i := range all {
			f := &all[i]
			for k := range piece {
				piece[k] = 1 + byte(rng.UintN(255))
			}
			if rng.IntN(8) == 0 {
				piece[rng.IntN(len(piece))] = 0
			}
			f.in.Write(piece)
			f.s.Feed(piece)
			drain(f)
			clear(piece) // it was lent
		}
	}
	waits, held := 0, 0
	for i := range all {
		waits += all[i].s.Buffered()
		held += cap(all[i].s.own)
	}
	if held != b.lent || held > 3*waits {
		t.Errorf("%d bytes wait in %d, of which %d are known", waits, held, b.lent)
	}
	for i := range all {
		f := &all[i]
		f.s.End()
		drain(f)
		if !bytes.Equal(f.in.Bytes(), f.out.Bytes()) {
			t.Fatalf("stream %d: %d bytes of %d came out, or others", i, f.out.Len(), f.in.Len())
		}
	}
	if b.lent != 0 || b.spare > 4<<20 {
		t.Errorf("at the end %d bytes are lent, %d spare", b.lent, b.spare)
	}
}

// TestHeldBuffers cuts streams whose records are looked at later: they stay as
// they were until what keeps them is to keep others.
func TestHeldBuffers(t *testing.T) {
	const chunks, flows = 3, 5
	rng := rand.New(rand.NewPCG(3, 4))
	var b Buffers
	var streams [flows]*Stream
	for i := range streams {
		streams[i] = NewStream(lines{}, ToServer)
		streams[i].Share(&b)
	}
	var chunk [chunks]struct {
		held      Held
		got, want [][]byte
	}
	var r Record
	for round := range 60 {
		c := &chunk[round%chunks]
		for i := range c.got {
			if !bytes.Equal(c.got[i], c.want[i]) {
				t.Fatalf("round %d: a record has changed", round)
			}
		}
		c.got, c.want = c.got[:0], c.want[:0]
		b.Hold(&c.held)
		for range 20 {
			s := streams[rng.IntN(flows)]
			piece := make([]byte, rng.IntN(1+rng.IntN(9_000)))
			for k := range piece {
				piece[k] = byte(rng.UintN(256)) // now and then a frame ends
			}
			s.Feed(piece)
			for s.Read(&r) {
				c.got, c.want = append(c.got, r.Bytes), append(c.want, bytes.Clone(r.Bytes))
			}
			clear(piece) // it was lent
		}
	}
	for i := range chunk {
		b.Hold(&chunk[i].held)
	}
	b.Hold(nil)
	held := 0
	for _, s := range streams {
		held += cap(s.own)
	}
	if held != b.lent {
		t.Errorf("%d bytes are held, %d lent", held, b.lent)
	}
}
