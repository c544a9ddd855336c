package emqp

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A moment is something that a capture has at a time.
type moment struct {
	at   time.Time
	conn int
	port int
	kind capture.Kind
	dir  codec.Direction
	data []byte
}

func momentsOf(t *testing.T, name string) []moment {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []moment
	for e, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, moment{e.Time, e.Conn.ID, port(e.Conn), e.Kind, e.Dir, bytes.Clone(e.Data)})
	}
	return list
}

func port(c *tcpflow.Conn) int { return int(c.Server.Addr.Port()) }

// listeners are the program's ports.
var listeners = map[int]string{47290: Backend, 47291: Frontend, 47293: AdminEnd, 47298: Incoming, 47299: Outgoing}

// captured returns what the programs sent on each connection in a direction,
// as texts without what is never the same: ids that are made for the message,
// identities, heartbeats, and figures.
func captured(t *testing.T, list []moment, dir codec.Direction) map[int][]string {
	t.Helper()
	streams, got := map[int]*codec.Stream{}, map[int][]string{}
	for _, m := range list {
		if m.kind != capture.KindData || m.dir != dir {
			continue
		}
		s := streams[m.conn]
		if s == nil {
			s = conversation(t, dir)
			streams[m.conn] = s
		}
		s.Feed(m.data)
		for rec, ok := s.Next(); ok; rec, ok = s.Next() {
			if rec.Frame != nil {
				got[m.conn] = append(got[m.conn], string(rec.Frame.AppendText(nil, codec.View{})))
			}
		}
	}
	return comparable(got)
}

var (
	figures  = regexp.MustCompile(`([:\[] ?)\d+(\.\d+)?`)
	identity = regexp.MustCompile(` Identity=\S*`)
)

func comparable(all map[int][]string) map[int][]string {
	list := map[int][]string{}
	for conn, texts := range all {
		for _, text := range texts {
			if strings.HasPrefix(text, "HEARTBEAT") {
				continue
			}
			text = identity.ReplaceAllString(anonymous(text), "")
			if rest, ok := strings.CutPrefix(text, "REPLY {"); ok {
				text = "REPLY " + report("{"+rest)
			}
			list[conn] = append(list[conn], text)
		}
	}
	return list
}

// report takes out of a report what is never the same, and the latencies: the
// program keeps those of requests without a result for ever.
func report(text string) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(figures.ReplaceAllString(text, `${1}0`)), &v); err != nil {
		return err.Error()
	}
	for _, name := range []string{"inflight_messages_by_queue", "latency_messages_by_queue", "max_latency_messages_by_queue"} {
		delete(v, name)
	}
	b, err := json.Marshal(v) // sorts the members
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// replay gives a hub what the others said in a capture.
func replay(t *testing.T, hub reactor.Hub, list []moment) map[int][]string {
	t.Helper()
	r := newRig(t, hub)
	r.now = list[0].at
	for _, m := range list {
		if d := m.at.Sub(r.now); d > 0 {
			r.pass(d)
		}
		switch {
		case m.kind == capture.KindOpen:
			r.open(m.conn, listeners[m.port])
		case m.kind == capture.KindData && m.dir == codec.ToServer:
			r.bytes(m.conn, m.data)
		case m.kind == capture.KindClose:
			if _, ended := r.ended[m.conn]; !ended && slices.Contains(hub.Conns(), m.conn) {
				r.step(reactor.From{Conn: m.conn, Event: reactor.EOF{}})
			}
		}
	}
	return comparable(r.out)
}

// TestPublisherPublishesAsTheProgram gives the publisher what clients and
// subscribers said to the real one.
func TestPublisherPublishesAsTheProgram(t *testing.T) {
	list := momentsOf(t, "emqp/captures/emq_pubsub.pcap")
	want := captured(t, list, codec.ToClient)
	got := replay(t, NewPublisher(Options{}), list)
	if len(want) < 3 {
		t.Fatalf("%d connections, several are expected", len(want))
	}
	for conn := range want {
		same(t, "sent", got[conn], want[conn])
	}
}

func isReport(text string) bool { return strings.HasPrefix(text, "REPLY {") }

// TestBrokerAnswersAsTheRouter gives the broker what real jobmanagers,
// schedulers, clients and emq-cli said to the real router.
func TestBrokerAnswersAsTheRouter(t *testing.T) {
	for _, name := range []string{"admin", "hb_disabled", "heartbeat", "heartbeat_loss", "inform_ready", "queue_flag", "queues", "request", "schedule"} {
		t.Run(name, func(t *testing.T) {
			list := momentsOf(t, "emqp/captures/emq_"+name+".pcap")
			want := captured(t, list, codec.ToClient)
			got := replay(t, NewBroker(Options{Compat: true}), list)
			for conn := range want {
				same(t, "sent", got[conn], want[conn])
			}

			// Without Compat, requests that had to wait are answered, and counted,
			// as well.
			got = replay(t, NewBroker(Options{}), list)
			for conn := range want {
				var rest []string
				left := slices.Clone(want[conn])
				left = slices.DeleteFunc(left, isReport)
				for _, text := range slices.DeleteFunc(got[conn], isReport) {
					if i := slices.Index(left, text); i >= 0 {
						left = slices.Delete(left, i, i+1)
					} else {
						rest = append(rest, text)
					}
				}
				same(t, "not sent", left, nil)
				for _, text := range rest {
					if !strings.HasPrefix(text, "REPLY orig_msgid=") {
						t.Errorf("sent besides: %s", text)
					}
				}
			}
		})
	}
}
