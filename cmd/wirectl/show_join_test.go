package main

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
)

// A request and its answer, of each of which there are millions, take no memory.
func TestJoinedAllocs(t *testing.T) {
	s := &shower{joiner: decode.NewJoiner(), replier: dump.NewJSON(dump.Options{})}
	r := &codec.Record{Proto: "zeo", Conn: 1}
	pair := func() {
		s.joined(r, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Number: 7}})
		j := s.joined(r, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Number: 7}})
		if j == nil {
			t.Fatal("the answer is not paired")
		}
		s.buf = s.replier.AppendJoined(append(s.buf[:0], "{}\n"...), 1, j)
	}
	if n := testing.AllocsPerRun(100, pair); n > 0 {
		t.Errorf("%v allocations a pair", n)
	}
}
