package zeo

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// interfaces are those of a FileStorage, which clients look for.
func interfaces() tuple {
	var t tuple
	for _, name := range []string{
		"IBlobStorageRestoreable", "IBlobStorage", "IStorageRestoreable", "IStorageIteration",
		"IStorageUndoable", "IStorageCurrentRecordIteration", "IExternalGC", "IStorage",
	} {
		t = append(t, tuple{"ZODB.interfaces", name})
	}
	return append(t, tuple{"zope.interface", "Interface"})
}

func (c *session) getInfo(*args) (any, error) {
	undo := any(c.supportsUndo())
	if c.s.o.Protocol == "Z309" {
		undo = 1
	}
	d := append(c.s.sizes(), dict{{"name", c.s.store.Name()}, {"supportsUndo", undo}}...)
	if !c.modern {
		d = append(d, pair{"extensionMethods", dict{}})
	}
	return append(d, dict{{"supports_record_iternext", true}, {"interfaces", interfaces()}}...), nil
}

// supportsUndo says whether a client can undo: servers from Z310 on, which do
// so in the vote, leave clients out that would be told before.
func (c *session) supportsUndo() bool {
	return c.modern || c.s.o.Protocol == "Z309" || c.protocol >= "Z310"
}

func (c *session) getSizeInfo(*args) (any, error) { return c.s.sizes(), nil }

func (c *session) getExtensionMethods(*args) (any, error) { return dict{}, nil }

func (c *session) setLabel(a *args) (any, error) {
	b, err := a.bytes(0)
	c.label = string(b[:min(len(b), maxIDBytes)])
	return nil, err
}

// status is what server_status and ruok tell.
func (s *Server) status() dict {
	connections, active := 0, 0
	for _, c := range s.sessions {
		if c.registered {
			connections++
		}
		if c.txn != nil {
			active++
		}
	}
	lockTime := any(nil)
	if s.holder != 0 {
		lockTime = float64(s.counts.lockedAt.UnixNano()) / 1e9
	}
	n := &s.counts
	d := dict{
		{"connections", connections}, {"loads", n.loads}, {"stores", n.stores}, {"commits", n.commits},
		{"aborts", n.aborts}, {"active_txns", active},
	}
	if s.o.Protocol < "Z5" && s.o.Protocol != "M5" {
		d = append(d, pair{"verifying_clients", 0}) // a client verifies in one go
	}
	d = append(d, dict{
		{"lock_time", lockTime}, {"conflicts", n.conflicts},
		{"conflicts_resolved", n.resolved}, {"start", s.began.UTC().Format(time.ANSIC)}, {"waiting", len(s.waiting)},
		{"timeout-thread-is-alive", "stub"},
	}...)
	if s.o.Protocol >= "Z4" || s.o.Protocol == "M5" {
		d = append(d, pair{"last-transaction", s.store.LastTID().String()})
	}
	return d
}

func (c *session) serverStatus(*args) (any, error) { return c.s.status(), nil }

// statusJSON returns the answer to ruok, in the form of Python's json.
func (s *Server) statusJSON() []byte {
	dst := append(jsonenc.AppendString([]byte("{"), s.store.Name()), ": {"...)
	for i, p := range s.status() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(jsonenc.AppendString(dst, p.key.(string)), ": "...)
		switch v := p.value.(type) {
		case nil:
			dst = append(dst, "null"...)
		case string:
			dst = jsonenc.AppendString(dst, v)
		default:
			dst = fmt.Append(dst, v)
		}
	}
	return append(dst, "}}"...)
}

// withExtension appends the entries of a transaction's extension.
func withExtension(d dict, t *storage.Transaction) dict {
	if v, ok := unpickled(t.Extension); ok {
		for kid := v.t.First(v.id); kid != 0; {
			val := v.t.Next(kid)
			if b, ok := strOf(v.t, kid); ok {
				d = append(d, pair{string(b), copied{v.t, val}})
			}
			kid = v.t.Next(val)
		}
	}
	return d
}

// unpickled returns the dict of an extension.
func unpickled(ext []byte) (copied, bool) {
	if len(ext) == 0 {
		return copied{}, false
	}
	var dec pickle.Decoder
	t := new(value.Tree)
	id, _, err := dec.Decode(t, ext)
	if err != nil || t.Kind(t.Deref(id)) != value.Dict {
		return copied{}, false
	}
	return copied{t, t.Deref(id)}, true
}

// maxHistory bounds the revisions of an answer.
const maxHistory = 10000

func (c *session) history(a *args) (any, error) {
	oid, err := a.oid(0)
	if err != nil {
		return nil, err
	}
	n, err := a.int(1, 1)
	if err != nil {
		return nil, err
	}
	revisions, err := c.s.store.History(oid, min(n, maxHistory))
	if err != nil {
		return nil, err
	}
	answer := list{}
	for _, r := range revisions {
		d := withExtension(nil, r.Txn)
		answer = append(answer, append(d, dict{
			{"time", r.Txn.TID.Seconds()}, {"user_name", r.Txn.User}, {"description", r.Txn.Description},
			{"tid", r.Txn.TID[:]}, {"size", len(r.Data)},
		}...))
	}
	return answer, nil
}

// undoLog answers undoLog and undoInfo: the transactions that can be undone,
// the last first, from number first up to last, or as many as -last says;
// undoInfo only those that a filter matches.
func (c *session) undoLog(a *args) (any, error) {
	if !c.supportsUndo() {
		return tuple{}, nil
	}
	first, err := a.int(0, 0)
	if err != nil {
		return nil, err
	}
	last, err := a.int(1, -20)
	if err != nil {
		return nil, err
	}
	if last < 0 {
		last = first - last
	}
	want, err := newFilter(c, a, 2)
	if err != nil {
		return nil, err
	}
	answer := list{}
	txns := c.s.store.Transactions(storage.TID{}, storage.TID{})
	n := 0
	for i := len(txns) - 1; i >= 0 && n < last && len(answer) < maxHistory; i-- {
		t := txns[i]
		if t.Status == 'p' {
			break
		}
		if t.Status != ' ' {
			continue
		}
		d := withExtension(dict{
			{"id", encodeUndoID(t.TID)}, {"time", t.TID.Seconds()}, {"user_name", t.User},
			{"size", t.Length()}, {"description", t.Description},
		}, t)
		switch ok, err := want.matches(d); {
		case err != nil:
			return nil, err
		case !ok:
			continue
		}
		if n >= first {
			answer = append(answer, d)
		}
		n++
	}
	return answer, nil
}

// encodeUndoID returns the id by which a transaction is undone: its tid in
// base64.
func encodeUndoID(tid storage.TID) []byte {
	return base64.StdEncoding.AppendEncode(nil, tid[:])
}

func undoID(text []byte) (tid storage.TID, ok bool) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != len(tid) {
		return tid, false
	}
	return storage.TID(b), true
}

// pack packs at once; whether the client waits only changes the order.
func (c *session) pack(a *args) (any, error) {
	when, err := a.time(0)
	if err != nil {
		return nil, err
	}
	wait := len(a.list) < 2 || truthy(a.t, a.list[1])
	if c.s.store.Pack(when, true) {
		c.s.edition++
	}
	if !wait {
		a.answer(nil)
	}
	for _, other := range c.s.others(0) {
		other.push("info", c.s.sizes())
	}
	if !wait {
		return nil, errLater
	}
	return nil, nil
}

// time returns an argument that is a time in seconds.
func (a *args) time(i int) (time.Time, error) {
	id := a.list[i]
	switch a.t.Kind(id) {
	case value.Float:
		f := floatOf(a.t, id)
		if f < 0 || f > 1<<40 || f != f {
			return time.Time{}, builtin("ValueError", "no time: %v", f)
		}
		return time.Unix(0, 0).Add(time.Duration(f * 1e9)), nil
	case value.Int, value.Long:
		n, err := a.int(i, 0)
		if err != nil || n < 0 || n > 1<<32 {
			return time.Time{}, builtin("ValueError", "no time")
		}
		return time.Unix(int64(n), 0), nil
	}
	return time.Time{}, typeError("argument %d of %s is no number", i+1, a.name)
}
