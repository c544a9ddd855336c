package tap

import (
	"net"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/live"
)

// reads is how many reads of a direction may wait to be decoded.
const reads = 2

// An ear decodes what passes on a connection, on a goroutine of its own.
type ear struct {
	p       *Proxy
	n       int
	session *decode.Session
	conn    *capture.Conn
	heard   chan heard          // has room for all buffers
	free    [2]chan heardBuffer // that may be read into, of each direction
}

type heardBuffer []byte

// heard is what one Read brought. The buffer goes back when it is decoded.
type heard struct {
	dir codec.Direction
	at  time.Time
	buf heardBuffer
	n   int
}

func newEar(p *Proxy, n int, client, server net.Conn) *ear {
	e := &ear{p: p, n: n, heard: make(chan heard, 2*reads)}
	for i := range e.free {
		e.free[i] = make(chan heardBuffer, reads)
		for range reads {
			e.free[i] <- nil
		}
	}
	e.conn = &capture.Conn{ID: n, Client: capture.EndpointOf(client.RemoteAddr()), Server: capture.EndpointOf(server.RemoteAddr())}
	e.session, _ = decode.NewSession(p.Decode) // which accepts it, as Proxy wants
	return e
}

// buffer returns memory to read a direction into. It waits until there is
// some, which is when the Observer keeps up.
func (e *ear) buffer(dir codec.Direction, size int) []byte {
	b := <-e.free[side(dir)]
	if len(b) < size {
		b = make([]byte, size)
	}
	return b
}

// hear takes what was read into a buffer, which must not change until it
// comes back from buffer. It does not wait.
func (e *ear) hear(dir codec.Direction, buf []byte, n int) {
	e.heard <- heard{dir, e.p.now(), buf, n}
}

// end says that nothing more is heard.
func (e *ear) end() { close(e.heard) }

// listen decodes all that is heard.
func (e *ear) listen() {
	for h := range e.heard {
		p := h.buf[:h.n]
		e.p.tell(func(s *Summary) { s.Bytes[side(h.dir)] += int64(h.n) }, func(o live.Observer) {
			o.Passed(e.n, h.dir, h.at, p)
		})
		e.session.Event(&capture.Event{Conn: e.conn, Dir: h.dir, Time: h.at, Kind: capture.KindData, Data: p}, func(r *codec.Record) bool {
			e.p.record(r)
			return true
		})
		e.free[side(h.dir)] <- h.buf
	}
	e.session.Event(&capture.Event{Conn: e.conn, Dir: codec.ToServer, Time: e.p.now(), Kind: capture.KindClose}, func(r *codec.Record) bool {
		e.p.record(r)
		return true
	})
}
