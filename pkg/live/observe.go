package live

import (
	"net"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// An Observer is told what happens on connections, one thing at a time. What
// it is given is good during the call.
type Observer interface {
	// Opened tells of a connection; the addresses may be nil.
	Opened(conn int, at time.Time, client, server net.Addr)

	// Passed tells of bytes that were read or are about to be written; with
	// TLS those inside of it.
	Passed(conn int, dir codec.Direction, at time.Time, p []byte)

	// Record tells of a frame, or of bytes that are none. One of the server
	// is told just before it is written.
	Record(r *codec.Record)

	// Note tells of something worth a remark. conn is 0 when it is about no
	// connection.
	Note(conn int, text string)

	// Closed tells of the end of a connection, and of its cause when it is
	// not that both sides were done.
	Closed(conn int, at time.Time, cause error)
}

// A watcher calls the Observer for many goroutines.
type watcher struct {
	mu  sync.Mutex
	seq map[int]int // records so far, by connection
}

func (s *Server) observe(tell func(Observer)) {
	if s.Observer == nil {
		return
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	tell(s.Observer)
}

// record tells of a record, which gets its number.
func (s *Server) record(r *codec.Record) {
	if s.Observer == nil {
		return
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	if s.watch.seq == nil {
		s.watch.seq = map[int]int{}
	}
	r.Seq = s.watch.seq[r.Conn]
	s.watch.seq[r.Conn]++
	s.Observer.Record(r)
}

// Note tells the Observer of something worth a remark; see [Observer].
func (s *Server) Note(conn int, text string) {
	s.observe(func(o Observer) { o.Note(conn, text) })
}

func (s *Server) closed(conn int, cause error) {
	s.observe(func(o Observer) {
		delete(s.watch.seq, conn)
		o.Closed(conn, s.now(), cause)
	})
}
