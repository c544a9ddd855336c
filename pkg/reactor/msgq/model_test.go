package msgq

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// A model is what a daemon must know, written as plainly as can be.
type model struct {
	lnames map[int]string
	subs   map[int][]subscription // in the order of the first subscribe
	want   map[int][]string       // bodies that a client must get, from whomever
	gave   int
}

func (m *model) connect(conn int) {
	m.gave++
	m.lnames[conn] = fmt.Sprintf("0_%x@h", m.gave+1) // the daemon itself is 1
	m.subs[conn] = nil
	m.notify("connected", conn, "")
}

func (m *model) notify(event string, conn int, group string) {
	params := fmt.Sprintf(`{"client": "%s"}`, m.lnames[conn])
	if group != "" {
		params = fmt.Sprintf(`{"client": "%s", "group": "%s"}`, m.lnames[conn], group)
	}
	m.route(0, `"notifications/cc_members"`, `"*"`, fmt.Sprintf(`{"notification": ["%s", %s]}`, event, params))
}

// route gives a body to the group's members and says whether there are any.
func (m *model) route(from int, group, instance, body string) bool {
	reached := false
	for conn, subs := range m.subs {
		if conn != from && (slices.Contains(subs, subscription{group, instance}) || slices.Contains(subs, subscription{group, `"*"`})) {
			m.want[conn] = append(m.want[conn], body)
			reached = true
		}
	}
	return reached
}

func (m *model) leave(conn int) {
	subs := m.subs[conn]
	delete(m.subs, conn)
	delete(m.want, conn)
	told := map[string]bool{}
	for _, s := range subs {
		if !told[s.group] {
			m.notify("unsubscribed", conn, strings.Trim(s.group, `"`))
		}
		told[s.group] = true
	}
	m.notify("disconnected", conn, "")
	delete(m.lnames, conn)
}

// Clients come, go and die at any time; what the others get is what the model
// says, nothing lost and nothing twice, each sender's messages in order.
func TestModel(t *testing.T) {
	groups := []string{"A", "B", "notifications/cc_members"}
	instances := []string{"*", "i1", "i2"}
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := newFeeder(t, DaemonOptions{Hostname: "h"})
		m := &model{lnames: map[int]string{}, subs: map[int][]subscription{}, want: map[int][]string{}}
		next := 1
		for op := range 300 {
			conns := slices.Sorted(maps.Keys(m.lnames))
			if len(conns) < 2 || len(conns) < 8 && rnd.IntN(10) == 0 {
				f.open(next)
				m.connect(next)
				next++
				continue
			}
			conn := conns[rnd.IntN(len(conns))]
			group, instance := groups[rnd.IntN(len(groups))], instances[rnd.IntN(len(instances))]
			s := subscription{`"` + group + `"`, `"` + instance + `"`}
			body := fmt.Sprintf(`{"op": %d}`, op)
			switch rnd.IntN(12) {
			case 0, 1, 2:
				f.step(frameOf(t, conn, "subscribe "+group+"/"+instance))
				if !slices.Contains(m.subs[conn], s) {
					m.subs[conn] = append(m.subs[conn], s)
				}
				m.notify("subscribed", conn, group)
			case 3:
				f.step(frameOf(t, conn, "unsubscribe "+group+"/"+instance))
				if i := slices.Index(m.subs[conn], s); i >= 0 {
					m.subs[conn] = slices.Delete(m.subs[conn], i, i+1)
					m.notify("unsubscribed", conn, group)
				}
			case 4: // dies in the middle of a frame, or says nonsense, or leaves
				switch rnd.IntN(3) {
				case 0:
					f.bytes(conn, []byte("\x00\x00\x00\x40\x00\x10{\"type"))
					f.eof(conn)
				case 1:
					f.bytes(conn, []byte("\x00\x00\x00\x06\x00\x04nope"))
				default:
					f.step(reactor.From{Conn: conn, Event: reactor.EOF{}})
				}
				m.leave(conn)
			case 5, 6: // to one client
				to := conns[rnd.IntN(len(conns))]
				f.step(frameOf(t, conn, fmt.Sprintf("send %s to=%s from=%s seq=%d want_answer %s", group, m.lnames[to], m.lnames[conn], op, body)))
				if to != conn {
					m.want[to] = append(m.want[to], body)
				} else {
					m.want[conn] = append(m.want[conn], noRecipient)
				}
			default:
				f.step(frameOf(t, conn, fmt.Sprintf("send %s/%s from=%s seq=%d want_answer %s", group, instance, m.lnames[conn], op, body)))
				if !m.route(conn, s.group, s.instance, body) {
					m.want[conn] = append(m.want[conn], noRecipient)
				}
			}
		}
		for conn := range m.lnames {
			var got []string
			for _, frame := range f.sent[conn] {
				got = append(got, string(frame.Body))
			}
			if !slices.Equal(got, m.want[conn]) {
				t.Fatalf("seed %d, connection %d got\n%s\nwant\n%s", seed, conn, strings.Join(got, "\n"), strings.Join(m.want[conn], "\n"))
			}
			if f.closed[conn] != "" {
				t.Fatalf("seed %d: connection %d was ended: %s", seed, conn, f.closed[conn])
			}
		}
	}
}
