package zeo

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// Meter implements [codec.Metered]: how long votes wait for the commit lock
// of their storage, and how long it is held.
func (Protocol) Meter() codec.Meter {
	return &meter{conns: map[int]*voter{}, locks: map[string]*lock{}}
}

// Limits of a meter: connections at a time, and storages.
const (
	maxVoters = 10_000
	maxLocks  = 1024
)

// A meter follows the commit locks. A server grants the lock with the answer
// to vote; it comes free with tpc_finish, tpc_abort, or the connection's end,
// which is not seen here: then the next grant takes it over.
type meter struct {
	conns map[int]*voter
	locks map[string]*lock
}

// A voter is a connection.
type voter struct {
	storage string
	asked   time.Time     // when vote was called; zero when it waits for nothing
	id      codec.LinkKey // of that call
	waits   bool          // another connection had the lock then
	since   time.Time     // when the lock was granted
}

// A lock is that of a storage.
type lock struct {
	holder int // 0 when it is free
}

// Take implements [codec.Meter].
func (m *meter) Take(r *codec.Record, server string, emit func(codec.Sample)) {
	f, ok := r.Frame.(*Frame)
	if !ok || r.Time.IsZero() {
		return
	}
	switch f.Kind() {
	case KindCall, KindOneway:
		m.call(f, r, server, emit)
	case KindReply, KindError:
		v := m.conns[r.Conn]
		if v != nil && !v.asked.IsZero() && f.Link().Key == v.id {
			m.voted(v, r, f.Kind() == KindReply, server, emit)
		}
	}
}

func (m *meter) call(f *Frame, r *codec.Record, server string, emit func(codec.Sample)) {
	switch string(f.nameBytes()) {
	case "register":
		if v := m.voter(r.Conn); v != nil {
			v.storage = f.firstText()
		}
	case "vote":
		v := m.voter(r.Conn)
		if v == nil {
			return
		}
		l := m.lock(server, v.storage)
		v.asked, v.id = r.Time, f.Link().Key
		v.waits = l != nil && l.holder != 0 && l.holder != r.Conn
	case "tpc_finish", "tpc_abort":
		if v := m.conns[r.Conn]; v != nil {
			m.release(v, r, server, emit)
		}
	}
}

// voted takes the answer to vote.
func (m *meter) voted(v *voter, r *codec.Record, granted bool, server string, emit func(codec.Sample)) {
	if v.waits {
		emit(codec.Sample{Metric: "lock wait", Name: v.storage, Conn: r.Conn, Value: int64(r.Time.Sub(v.asked)), Time: true})
	}
	v.asked, v.waits = time.Time{}, false
	if l := m.lock(server, v.storage); granted && l != nil {
		l.holder, v.since = r.Conn, r.Time
	}
}

// release frees the lock, if the connection has it.
func (m *meter) release(v *voter, r *codec.Record, server string, emit func(codec.Sample)) {
	v.asked = time.Time{}
	if l := m.lock(server, v.storage); l != nil && l.holder == r.Conn {
		l.holder = 0
		emit(codec.Sample{Metric: "lock held", Name: v.storage, Conn: r.Conn, Value: int64(r.Time.Sub(v.since)), Time: true})
	}
}

// End implements [codec.Meter].
func (m *meter) End(func(codec.Sample)) {}

func (m *meter) voter(conn int) *voter {
	v := m.conns[conn]
	if v == nil && len(m.conns) < maxVoters {
		v = &voter{}
		m.conns[conn] = v
	}
	return v
}

func (m *meter) lock(server, storage string) *lock {
	key := server + " " + storage
	l := m.locks[key]
	if l == nil && len(m.locks) < maxLocks {
		l = &lock{}
		m.locks[key] = l
	}
	return l
}

// firstText returns the first argument of a call, when it is a text.
func (f *Frame) firstText() string {
	t := &f.work.tree
	if k := t.Kind(f.args); k != value.Tuple && k != value.List || t.Count(f.args) == 0 {
		return ""
	}
	switch first := t.Deref(t.First(f.args)); t.Kind(first) {
	case value.Text, value.Str:
		return string(clip(t.Bytes(first)))
	}
	return ""
}
