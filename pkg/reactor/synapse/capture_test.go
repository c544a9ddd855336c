package synapse_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A said is one line of a recording, or the begin or end of a connection.
type said struct {
	conn       int // from 0
	toServer   bool
	at         time.Time
	line       string
	begin, end bool
}

// recording returns the lines of a recording in the order of its packets.
func recording(t testing.TB, name string) []said {
	t.Helper()
	var list []said
	rest := map[int][]byte{} // of unfinished lines
	for _, s := range testdata.Segments(t, testdata.Read(t, "synapse/captures/"+name+".pcap")) {
		one := said{conn: s.Conn, toServer: s.ToServer, at: s.Time}
		if s.Begin {
			one.begin = true
			list = append(list, one)
		}
		key := s.Conn * 2
		if s.ToServer {
			key++
		}
		rest[key] = append(rest[key], s.Data...)
		for {
			line, more, ok := bytes.Cut(rest[key], []byte("\n"))
			if !ok {
				break
			}
			one.begin, one.line = false, string(line)
			list = append(list, one)
			rest[key] = more
		}
		if s.End {
			one.begin, one.end, one.line = false, true, ""
			list = append(list, one)
		}
	}
	return list
}

// received makes the event of a line.
func received(t testing.TB, dialect string, dir codec.Direction, line string) reactor.Received {
	t.Helper()
	f, err := synapse.ReadLine(dialect, dir, []byte(line))
	if f == nil {
		t.Fatal(err)
	}
	return reactor.Received{Frame: f}
}

// lines returns what actions send on a connection, 0 for a machine of its
// own, and whether they end it.
func lines(actions []reactor.Action, conn int) (sent []string, closed bool) {
	for _, a := range actions {
		n, a := reactor.Unwrap(a)
		if n != conn {
			continue
		}
		switch a := a.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				sent = append(sent, string(f.(*synapse.Frame).Line()))
			}
		case reactor.Close, reactor.Drop:
			closed = true
		}
	}
	return sent, closed
}

// verb returns the command of a line.
func verb(line string) string {
	name, _, _ := strings.Cut(line, " ")
	return name
}

// input makes an event of a directive.
func input(t testing.TB, m reactor.Machine, text string) reactor.Event {
	t.Helper()
	name, args, _ := strings.Cut(text, " ")
	ev, err := m.(reactor.Inputs).Input(name, args)
	if err != nil {
		t.Fatalf("@%s: %v", text, err)
	}
	return ev
}
