package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// put commits records.
func put(t *testing.T, s *Storage, now time.Time, records ...Record) TID {
	t.Helper()
	txn := &Transaction{Records: records}
	if err := s.Commit(now, txn); err != nil {
		t.Fatal(err)
	}
	return txn.TID
}

func TestTID(t *testing.T) {
	// 2017-05-05 14:32:34.567, as TimeStamp(2017, 5, 5, 14, 32, 34.567) has it.
	at := time.Date(2017, 5, 5, 14, 32, 34, 567e6, time.UTC)
	if got := TIDAt(at).String()[:8]; got != "03bf29e8" {
		t.Errorf("minutes %s", got)
	}
	if got := TIDAt(at).Time().Sub(at).Abs(); got > time.Microsecond {
		t.Errorf("off by %v", got)
	}
	s := New(Options{})
	a := put(t, s, at)
	b := put(t, s, at.Add(-time.Hour))
	if b != a.Next() {
		t.Errorf("%s does not follow %s", b, a)
	}
}

// TestRevisions reads an object at every point of its history.
func TestRevisions(t *testing.T) {
	s := New(Options{})
	oid := s.NewOIDs(2)[1]
	var tids []TID
	for i := range 3 {
		tids = append(tids, put(t, s, start.Add(time.Duration(i)*time.Minute), Record{OID: oid, Data: fmt.Append(nil, i)}))
	}
	r, err := s.Load(oid)
	if err != nil || string(r.Data) != "2" || r.Txn.TID != tids[2] {
		t.Errorf("Load: %s at %s, %v", r.Data, r.Txn.TID, err)
	}
	for i, tid := range tids {
		r, end, ok, err := s.LoadBefore(oid, tid)
		if ok != (i > 0) || err != nil {
			t.Errorf("LoadBefore %d: %v, %v", i, ok, err)
		}
		if ok && (string(r.Data) != fmt.Sprint(i-1) || end != tid) {
			t.Errorf("LoadBefore %d: %s, until %s", i, r.Data, end)
		}
		if r, err := s.LoadSerial(oid, tid); err != nil || string(r.Data) != fmt.Sprint(i) {
			t.Errorf("LoadSerial %d: %v", i, err)
		}
	}
	if _, end, ok, _ := s.LoadBefore(oid, tids[2].Next()); !ok || !end.IsZero() {
		t.Errorf("the last revision ends at %s", end)
	}
	var missing *KeyError
	if _, _, _, err := s.LoadBefore(OIDOf(99), tids[0]); !errors.As(err, &missing) {
		t.Errorf("LoadBefore of nothing: %v", err)
	}
	list, _ := s.History(oid, 2)
	if len(list) != 2 || string(list[0].Data) != "2" || string(list[1].Data) != "1" {
		t.Errorf("history %v", list)
	}
	if got := len(s.Transactions(tids[1], tids[2])); got != 2 {
		t.Errorf("%d transactions", got)
	}
}

func TestConflicts(t *testing.T) {
	s := New(Options{})
	oid := OIDOf(1)
	old := put(t, s, start, Record{OID: oid, Data: []byte("a")})
	now := put(t, s, start, Record{OID: oid, Data: []byte("b")})
	var conflict *ConflictError
	if err := s.CheckStore(oid, old, nil); !errors.As(err, &conflict) || conflict.Committed != now || conflict.Read != old {
		t.Errorf("store: %v", err)
	}
	if err := s.CheckCurrent(oid, old); !errors.As(err, &conflict) || !conflict.Check {
		t.Errorf("check: %v", err)
	}
	for _, err := range []error{s.CheckStore(oid, now, nil), s.CheckCurrent(oid, now), s.CheckDelete(oid, now), s.CheckStore(OIDOf(2), TID{}, nil)} {
		if err != nil {
			t.Error(err)
		}
	}
	var missing *KeyError
	if err := s.CheckDelete(OIDOf(2), TID{}); !errors.As(err, &missing) {
		t.Errorf("delete of nothing: %v", err)
	}
}

func TestUndo(t *testing.T) {
	s := New(Options{})
	a, b := OIDOf(1), OIDOf(2)
	first := put(t, s, start, Record{OID: a, Data: []byte("a1")})
	second := put(t, s, start, Record{OID: a, Data: []byte("a2")}, Record{OID: b, Data: []byte("b1")})
	records, err := s.Undo(second)
	if err != nil {
		t.Fatal(err)
	}
	undone := put(t, s, start, records...)
	if r, err := s.Load(a); err != nil || string(r.Data) != "a1" || r.From != first || r.Txn.TID != undone {
		t.Errorf("a: %+v, %v", r, err)
	}
	if _, err := s.Load(b); err == nil {
		t.Error("b is still there")
	}
	if records, err = s.Undo(undone); err != nil { // the undoing is undone
		t.Fatal(err)
	}
	put(t, s, start, records...)
	if r, err := s.Load(b); err != nil || string(r.Data) != "b1" {
		t.Errorf("b: %v", err)
	}
	put(t, s, start, Record{OID: a, Data: []byte("a3")})
	var fault UndoErrors
	if _, err := s.Undo(second); !errors.As(err, &fault) || len(fault) != 1 || fault[0].OID != a {
		t.Errorf("undo of what was changed later: %v", err)
	}
	var one *UndoError
	if _, err := s.Undo(TID{1}); !errors.As(err, &one) {
		t.Errorf("undo of nothing: %v", err)
	}
}

// persistent returns a data record that refers to objects.
func persistent(to ...OID) []byte {
	b := []byte("\x80\x03cpersistent.mapping\nPersistentMapping\n.\x80\x03]")
	for _, oid := range to {
		b = append(append(append(b, "C\x08"...), oid[:]...), "cm\nc\n\x86Qa"...)
	}
	return append(b, '.')
}

// One pickler writes both pickles of a record: here the second one takes the
// class from the memo of the first.
func TestReferencesAcrossPickles(t *testing.T) {
	data := "\x80\x03cpersistent.mapping\nPersistentMapping\nq\x00." +
		"\x80\x03}q\x01X\x04\x00\x00\x00dataq\x02}q\x03X\x01\x00\x00\x00pq\x04C\x08\x00\x00\x00\x00\x00\x00\x00\x01q\x05h\x00\x86q\x06Qss."
	var x references
	if list, ok := x.of([]byte(data)); !ok || len(list) != 1 || list[0] != OIDOf(1) {
		t.Errorf("%v %v", list, ok)
	}
	if _, ok := x.of([]byte(data[len(data)-30:])); ok {
		t.Error("the memo of the record before was taken")
	}
}

func TestPack(t *testing.T) {
	s := New(Options{})
	root, kept, garbage := OIDOf(0), OIDOf(1), OIDOf(2)
	put(t, s, start, Record{OID: root, Data: persistent(kept, garbage)}, Record{OID: kept, Data: persistent()}, Record{OID: garbage, Data: persistent()})
	second := put(t, s, start.Add(time.Minute), Record{OID: root, Data: persistent(kept)})
	third := put(t, s, start.Add(time.Hour), Record{OID: kept, Data: persistent(root)})
	before := s.Clone()
	if !s.Pack(start.Add(2*time.Minute), true) {
		t.Fatal("nothing went")
	}
	if _, err := s.Load(garbage); err == nil {
		t.Error("garbage is still there")
	}
	if list, _ := s.History(root, 9); len(list) != 1 || list[0].Txn.TID != second {
		t.Errorf("history of the root: %v", list)
	}
	if list, _ := s.History(kept, 9); len(list) != 2 || list[0].Txn.TID != third || list[1].Txn.Status != 'p' {
		t.Errorf("history of what is kept: %v", list)
	}
	if s.Size() >= before.Size() {
		t.Errorf("size %d, before %d", s.Size(), before.Size())
	}
	if before.Len() != 3 {
		t.Error("the copy was packed too")
	}
	if s.Pack(start.Add(2*time.Minute), true) {
		t.Error("something went the second time")
	}
	put(t, before, start.Add(2*time.Hour), Record{OID: root, Data: []byte("no pickle")})
	before.Pack(start.Add(3*time.Hour), true)
	if before.Len() != 3 {
		t.Error("an object was taken for garbage although not all could be read")
	}
}

func TestLimits(t *testing.T) {
	s := New(Options{MaxObjects: 1, MaxBytes: 200})
	put(t, s, start, Record{OID: OIDOf(1), Data: []byte("x")})
	var limit *LimitError
	for _, r := range []Record{{OID: OIDOf(2)}, {OID: OIDOf(1), Data: make([]byte, 200)}, {OID: OIDOf(1), Blob: make([]byte, 200)}} {
		if err := s.Commit(start, &Transaction{Records: []Record{r}}); !errors.As(err, &limit) {
			t.Errorf("%v: %v", r.OID, err)
		}
	}
	if s.Len() != 1 {
		t.Errorf("%d objects", s.Len())
	}
}

// TestModel compares a storage with one that keeps every state whole.
func TestModel(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := New(Options{})
		var states []map[OID]string // after each transaction
		var tids []TID
		now := map[OID]string{}
		copies := map[int]*Storage{}
		for step := range 300 {
			txn := &Transaction{User: []byte("u")}
			next := make(map[OID]string, len(now))
			for k, v := range now {
				next[k] = v
			}
			if n := len(tids); n > 0 && random.IntN(4) == 0 {
				records, err := s.Undo(tids[random.IntN(n)])
				if err != nil {
					continue
				}
				txn.Records = records
			} else {
				for range 1 + random.IntN(3) {
					data := fmt.Append(nil, step, random.IntN(1000))
					txn.Records = append(txn.Records, Record{OID: OIDOf(random.Uint64N(20)), Data: data})
				}
			}
			for _, r := range txn.Records {
				if r.Data == nil {
					delete(next, r.OID)
				} else {
					next[r.OID] = string(r.Data)
				}
			}
			if err := s.Commit(start.Add(time.Duration(random.IntN(1000))*time.Second), txn); err != nil {
				t.Fatal(err)
			}
			now = next
			states, tids = append(states, next), append(tids, txn.TID)
			if random.IntN(50) == 0 {
				copies[len(tids)] = s.Clone()
			}
		}
		compare(t, s, states, tids)
		for n, c := range copies {
			compare(t, c, states[:n], tids[:n])
		}
		again, err := Parse(s.AppendText(nil), Options{})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, again, states, tids)
		if !bytes.Equal(again.AppendText(nil), s.AppendText(nil)) || again.Size() != s.Size() {
			t.Error("the text reads as something else")
		}
		s.Pack(tids[100].Time(), false)
		compare(t, s, states[100:], tids[100:])
	}
}

// compare wants a storage to have the states that there were after the
// transactions.
func compare(t *testing.T, s *Storage, states []map[OID]string, tids []TID) {
	t.Helper()
	if s.LastTID() != tids[len(tids)-1] || !slices.IsSortedFunc(tids, func(a, b TID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Fatalf("the last transaction is %s", s.LastTID())
	}
	for i, state := range states {
		for n := range uint64(20) {
			oid := OIDOf(n)
			r, _, ok, err := s.LoadBefore(oid, tids[i].Next())
			want, there := state[oid]
			if (ok && err == nil) != there || there && string(r.Data) != want {
				t.Fatalf("object %d after transaction %d: %q, %v, %v; want %q", n, i, r.Record, ok, err, want)
			}
		}
	}
}

// TestFormat has faults of the text told with their places.
func TestFormat(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "1:1: no file of a storage: it begins with zeo-storage 1"},
		{"zeo-storage 2 \"\"", "1:1: no file of a storage: it begins with zeo-storage 1"},
		{"zeo-storage 1 x", "1:15: no quoted string"},
		{"zeo-storage 1 \"\"\nrecord 00", "2:1: \"transaction\" or, behind one, \"record\" was expected here"},
		{"zeo-storage 1 \"\"\n\n# c\ntransaction 00 -", "4:13: \"00\" is no id of 16 hexadecimal digits"},
		{"zeo-storage 1 \"\"\ntransaction 0000000000000001 \xd1 \"\" \"\" \"\"", "2:31: the status is one character of ASCII, - for none"},
		{"zeo-storage 1 \"\"\ntransaction 0000000000000001 - \"\" \"\" \"\" x", "2:41: nothing more was expected on this line"},
		{"zeo-storage 1 \"\"\ntransaction 0000000000000001 - \"\" \"\" \"\"\ntransaction 0000000000000001 - \"\" \"\" \"\"", "3:40: a transaction has to be newer than all others"},
		{"zeo-storage 1 \"\"\ntransaction 0000000000000001 - \"\" \"\" \"\"\nrecord 0000000000000001 \"\\x1\"", "3:26: \\x without two hexadecimal digits"},
	} {
		_, err := Parse([]byte(tt.text), Options{})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: %v; want %s", tt.text, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	s := New(Options{})
	txn := &Transaction{User: []byte("u\n"), Records: []Record{{OID: OIDOf(1), Data: []byte("\x80\x03N."), Blob: []byte{}}}}
	if err := s.Commit(start, txn); err != nil {
		f.Fatal(err)
	}
	f.Add(s.AppendText(nil))
	f.Add([]byte("zeo-storage 1 \"\"\ntransaction 0000000000000001 p \"\" \"\" \"\"\nrecord 0000000000000001 gone from=0000000000000001\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text, Options{})
		if err != nil {
			return
		}
		again, err := Parse(s.AppendText(nil), Options{})
		if err != nil || !bytes.Equal(again.AppendText(nil), s.AppendText(nil)) {
			t.Errorf("%s reads as %v", s.AppendText(nil), err)
		}
		s.Pack(start, true)
	})
}

func BenchmarkCommit(b *testing.B) {
	s := New(Options{MaxBytes: 1 << 40})
	data := make([]byte, 100)
	for i := 0; b.Loop(); i++ {
		if err := s.Commit(start, &Transaction{Records: []Record{{OID: OIDOf(uint64(i % 1000)), Data: data}}}); err != nil {
			b.Fatal(err)
		}
	}
}
