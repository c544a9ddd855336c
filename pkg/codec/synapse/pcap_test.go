package synapse_test

import (
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A segment is one piece of a direction of a TCP connection, in the order of
// the capture.
type segment struct {
	conn int
	dir  codec.Direction
	data []byte
}

// segments returns the pieces of a pcap file that have bytes.
func segments(t testing.TB, b []byte) []segment {
	t.Helper()
	var out []segment
	for _, s := range testdata.Segments(t, b) {
		dir := codec.ToClient
		if s.ToServer {
			dir = codec.ToServer
		}
		if len(s.Data) > 0 {
			out = append(out, segment{s.Conn, dir, s.Data})
		}
	}
	return out
}
