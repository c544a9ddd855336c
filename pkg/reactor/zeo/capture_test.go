package zeo

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A moment is one message of a capture, or what is none.
type moment struct {
	conn  int
	dir   codec.Direction
	frame *zeo.Frame
	err   error
	text  string
}

// messages returns a capture in the order of its time.
func messages(t testing.TB, name string) []moment {
	t.Helper()
	s, err := decode.NewSession(decode.Options{Protocol: "zeo"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []moment
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		m := moment{conn: r.Conn, dir: r.Dir}
		if r.Err != nil {
			m.err = r.Err
		}
		if f, ok := r.Frame.(*zeo.Frame); ok {
			m.frame = f.Clone().(*zeo.Frame)
			m.text = textOf(f)
		}
		list = append(list, m)
	}
	return list
}

func textOf(f codec.Frame) string { return string(f.AppendText(nil, codec.View{Secrets: true})) }

// finished returns the tids that transactions got, in the order in which the
// finishes were asked for.
func finished(list []moment) (tids []storage.TID) {
	asked := map[string]bool{} // by connection and id
	for _, m := range list {
		if m.frame == nil {
			continue
		}
		link := fmt.Sprint(m.conn, m.frame.Link().Key)
		switch {
		case m.frame.Method() == "tpc_finish":
			asked[link] = true
		case m.frame.Kind() == zeo.KindReply && m.dir == codec.ToClient && asked[link]:
			p, _ := m.frame.Parts()
			if b, ok := strOf(p.Tree, p.Args); ok && len(b) == 8 {
				tids = append(tids, storage.TID(b))
			}
			delete(asked, link)
		}
	}
	return tids
}

// replay gives the clients' side of a capture to a server, and returns what
// the server says on each connection. The clock is that of the next
// transaction: so it gets the tid that it had, to which clients refer later.
func replay(t *testing.T, s *Server, list []moment) map[int][]string {
	t.Helper()
	got := map[int][]string{}
	opened := map[int]bool{}
	tids := finished(list)
	now := time.Unix(1, 0)
	step := func(conn int, ev reactor.Event) {
		last := s.store.LastTID()
		if c := s.sessions[s.holder]; c != nil {
			last = c.txn.head.TID // it has its tid
		}
		if i := slices.IndexFunc(tids, last.Before); i >= 0 {
			now = tids[i].Time()
		}
		for _, a := range s.Step(now, reactor.From{Conn: conn, Event: ev}, nil) {
			n, inside := reactor.Unwrap(a)
			switch a := inside.(type) {
			case reactor.Send:
				for _, f := range a.Frames {
					got[n] = append(got[n], textOf(f))
				}
			case reactor.Close, reactor.Drop:
				got[n] = append(got[n], "close")
			}
		}
	}
	end := map[int]int{}
	for i, m := range list {
		end[m.conn] = i
	}
	for i, m := range list {
		if !opened[m.conn] {
			opened[m.conn] = true
			step(m.conn, reactor.Opened{})
		}
		switch {
		case m.dir != codec.ToServer:
		case m.err != nil:
			step(m.conn, reactor.Broken{Err: m.err})
		default:
			step(m.conn, reactor.Received{Frame: m.frame})
		}
		if end[m.conn] == i {
			step(m.conn, reactor.EOF{})
		}
	}
	return got
}

// unlike are what is not the same at another time, in another place, and for
// another writer of a transaction's extension, whose bytes count in sizes.
// Up to ZEO 4 the lengths that info tells are those from before the commit. A
// MAC counts all messages before it.
var unlike = regexp.MustCompile(`"(size|length)": \d+L?|"name": s?"[^"]*"|"start": "[^"]*"|"conflicts(_resolved)?": \d+|"lock_time": [^,}]*|"extensionMethods": \{[^}]*\}|No blob file[^"]*|(ZEO|File)Storage\.|"verifying_clients": \d+|!mac=[0-9a-f]+`)

// laterTID is a tid in serialnos: that of a transaction that was aborted later
// is told nowhere else.
var laterTID = regexp.MustCompile(`x"0[^0][0-9a-f]{14}"`)

// alike returns what two answers have in common. Dicts of Python 2 and sets
// have no order: so the words are sorted.
func alike(text string) string {
	if strings.Contains(text, "serialnos") {
		text = laterTID.ReplaceAllString(text, "tid")
	}
	if before, _, found := strings.Cut(text, "'NoneType'"); found { // a call before register
		text = strings.NewReplacer("TypeError", "", "AttributeError", "").Replace(before[:strings.Index(before, "(")])
	}
	words := strings.FieldsFunc(unlike.ReplaceAllString(text, "…"), func(c rune) bool { return strings.ContainsRune(" ,{}[]()…", c) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// challenges returns what each client of a capture was told to answer.
func challenges(list []moment) func(int) string {
	all := map[int]string{}
	for _, m := range list {
		if m.frame == nil || m.dir != codec.ToClient || all[m.conn] != "" {
			continue
		}
		if found := regexp.MustCompile(`"([0-9a-f]{40})"`).FindStringSubmatch(m.text); found != nil {
			all[m.conn] = found[1]
		}
	}
	return func(conn int) string { return all[conn] }
}

// TestCaptures gives the clients' side of each capture to a server, and wants
// the real server's answers.
func TestCaptures(t *testing.T) {
	users := map[string]string{"foo": "bar"}
	for _, tt := range []struct {
		name  string
		after string // the capture before it, of the same storage
		o     ServerOptions
	}{
		{"zeo6-basic", "", ServerOptions{}},
		{"zeo6m-basic", "", ServerOptions{Protocol: "M5"}},
		{"zeo6-lockq", "", ServerOptions{}},
		{"zeo6m-lockq", "", ServerOptions{Protocol: "M5"}},
		{"zeo6-heartbeat", "", ServerOptions{}},
		{"zeo6m-heartbeat", "", ServerOptions{Protocol: "M5"}},
		{"zeo6-readonly", "zeo6-basic", ServerOptions{ReadOnly: true}},
		{"zeo6m-readonly", "zeo6-basic", ServerOptions{Protocol: "M5", ReadOnly: true}},
		{"z397-readonly", "z397-basic", ServerOptions{Protocol: "Z309", ReadOnly: true}},
		{"zeo6-reconnect", "", ServerOptions{}},
		{"zeo4_36-reconnect", "", ServerOptions{Protocol: "Z4"}},
		{"z397-auth", "", ServerOptions{Protocol: "Z309", Users: users, Realm: "test"}},
		{"zeo4_36-auth", "", ServerOptions{Protocol: "Z4", Users: users, Realm: "test"}},
		{"zeo4_36-basic", "", ServerOptions{Protocol: "Z4"}},
		{"zeo4_36-lockq", "", ServerOptions{Protocol: "Z4"}},
		{"z397-basic", "", ServerOptions{Protocol: "Z309"}},
		{"z397-lockq", "", ServerOptions{Protocol: "Z309"}},
		{"z397-heartbeat", "", ServerOptions{Protocol: "Z309"}},
		{"z4py2client-z309server", "", ServerOptions{Protocol: "Z309"}},
		{"mismatch-zeo4client-zeo6server", "", ServerOptions{}},
		{"mismatch-zeo6client-zeo4server", "", ServerOptions{Protocol: "Z4"}},
		{"zeo6-raw", "", ServerOptions{}},
		{"zeo6m-raw", "", ServerOptions{Protocol: "M5"}},
		{"zeo4_36-raw", "", ServerOptions{Protocol: "Z4"}},
		{"z397-raw", "", ServerOptions{Protocol: "Z309"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := messages(t, "zeo/captures/"+tt.name+".pcap")
			want := map[int][]string{}
			for _, m := range list {
				if m.dir == codec.ToClient {
					want[m.conn] = append(want[m.conn], m.text)
				}
			}
			tt.o.challenge = challenges(list)
			if tt.after != "" {
				before := NewServer(ServerOptions{Protocol: tt.o.Protocol})
				replay(t, before, messages(t, "zeo/captures/"+tt.after+".pcap"))
				tt.o.Storage = before.Storage()
			}
			got := replay(t, NewServer(tt.o), list)
			for conn, w := range want {
				g := got[conn]
				if strings.HasSuffix(tt.name, "-raw") { // answers that wait are lost when it closes
					g = g[:min(len(g), len(w))]
				}
				compareLines(t, conn, g, w)
			}
		})
	}
}

// compareLines wants what is said on a connection to be what was said. That
// the server closes it where the real one did is another test's.
func compareLines(t *testing.T, conn int, got, want []string) {
	t.Helper()
	got = slices.DeleteFunc(slices.Clone(got), func(line string) bool { return line == "close" })
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = alike(got[i])
		}
		if i < len(want) {
			w = alike(want[i])
		}
		if g != w {
			t.Errorf("connection %d, message %d:\n got %.600s\nwant %.600s", conn, i, g, w)
		}
	}
}
