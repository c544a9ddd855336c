package emqp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// worker opens a worker with its queues and so many free slots.
func (r *rig) worker(conn int, listener, identity, queues string, slots int) {
	r.t.Helper()
	r.dealer(conn, listener, identity)
	r.say(conn, "INFORM id=inform type=worker "+queues)
	for range slots {
		r.say(conn, "READY id=ready")
	}
	same(r.t, "the answer to INFORM", r.heard(conn), []string{"ACK acked=inform"})
}

func add(id, queue string) string { return asking(id, queue, "", "add", "[1, 2]") }

func TestRequestsGoByWeightThenByUse(t *testing.T) {
	r := newRig(t, NewBroker(Options{}))
	r.worker(1, Backend, "light", `[[10, "default"]]`, 2)
	r.worker(2, Backend, "heavy", `[[20, "default"]]`, 2)
	r.worker(3, Backend, "other", `[[20, "default"]]`, 2)
	r.dealer(4, Frontend, "client")
	for i := range 7 {
		r.say(4, add(fmt.Sprint("r", i), "default"))
	}
	for conn, want := range map[int][]string{2: {"r0", "r2"}, 3: {"r1", "r3"}, 1: {"r4", "r5"}} {
		var lines []string
		for _, id := range want {
			lines = append(lines, add(id, "default"))
		}
		same(t, fmt.Sprint("worker ", conn), r.heard(conn), lines)
	}
	same(t, "the client", r.heard(4), []string{
		"REPLY orig_msgid=r0", "REPLY orig_msgid=r1", "REPLY orig_msgid=r2", "REPLY orig_msgid=r3", "REPLY orig_msgid=r4", "REPLY orig_msgid=r5",
	})
	r.say(1, "READY id=x")
	same(t, "the one that waited", r.heard(1), []string{add("r6", "default")})
	same(t, "its client", r.heard(4), []string{"REPLY orig_msgid=r6"})
}

// A worker's queues are served by weight, whatever the order in which it told
// them; as the program does it, in that order.
func TestWaitingRequestsGoByWeight(t *testing.T) {
	for _, compat := range []bool{false, true} {
		r := newRig(t, NewBroker(Options{Compat: compat}))
		r.worker(1, Backend, "w", `[[10, "default"], [20, "fast"]]`, 0)
		r.dealer(2, Frontend, "client")
		r.say(2, add("slow", "default"), add("quick", "fast"))
		r.say(1, "READY id=x", "READY id=y")
		want, answers := []string{add("quick", "fast"), add("slow", "default")}, []string{"REPLY orig_msgid=quick", "REPLY orig_msgid=slow"}
		if compat {
			slices.Reverse(want)
			answers = nil
		}
		same(t, "the worker", r.heard(1), want)
		same(t, "the client", r.heard(2), answers)
	}
}

func TestOneSocketForAll(t *testing.T) {
	r := newRig(t, NewBroker(Options{}))
	r.worker(1, "", "w", `[[10, "default"]]`, 1)
	r.dealer(2, "", "client")
	r.dealer(3, "", "scheduler")
	r.dealer(4, "", "admin")
	r.say(3, "INFORM id=s type=scheduler")
	same(t, "the scheduler", r.heard(3), []string{"ACK acked=s"})
	r.say(2, add("r", "nobody-serves-this"))
	same(t, "the worker", r.heard(1), []string{add("r", "nobody-serves-this")})
	same(t, "the client", r.heard(2), []string{"REPLY orig_msgid=r"})
	plan := `SCHEDULE id=p queue=default headers=[] interval=5 ["run", {}]`
	r.say(2, plan, "UN"+plan)
	same(t, "the scheduler", r.heard(3), []string{plan, "UN" + plan})
	r.say(4, "ROUTER_SHOW_SCHEDULERS id=admin:1")
	same(t, "the report", r.heard(4), []string{`REPLY {"connected_schedulers": {"scheduler": {"hb": 0.000000}}}`})
	r.say(4, "DISCONNECT id=admin:2")
	same(t, "the end", append(append(r.heard(4), r.heard(3)...), r.heard(1)...), []string{"ACK acked=admin:2", "KBYE", "KBYE"})
	if !r.over {
		t.Error("the broker goes on")
	}
}

func TestSecret(t *testing.T) {
	r := newRig(t, NewBroker(Options{Secret: "open sesame"}))
	r.dealer(1, AdminEnd, "admin")
	r.dealer(2, Frontend, "anybody")
	r.say(1, "DISCONNECT id=admin:1")
	r.say(2, "DISCONNECT id=1", `message "" "eMQP/1.0" "DISCONNECT" "2" "guess"`)
	if r.over || len(r.toldOf("refused")) != 3 {
		t.Fatalf("over: %v, %q", r.over, r.told)
	}
	r.say(1, `message "" "eMQP/1.0" "DISCONNECT" "admin:2" "open sesame"`)
	same(t, "with the secret", r.heard(1), []string{"ACK acked=admin:2"})
	if !r.over {
		t.Error("the broker goes on")
	}
}

// Those that are silent for too long are dropped, at the next look; what they
// had is told as lost. One that says anything stays.
func TestLiveness(t *testing.T) {
	r := newRig(t, NewBroker(Options{}))
	r.worker(1, Backend, "silent", `[[10, "default"]]`, 3)
	r.worker(2, Backend, "alive", `[[5, "default"]]`, 0)
	r.dealer(3, Frontend, "scheduler")
	r.say(3, "INFORM id=s type=scheduler")
	r.dealer(4, Frontend, "client")
	r.say(4, asking("a", "default", "reply-requested", "add", "[1, 2]"), add("b", "default"), add("c", "default"))
	r.say(1, `REPLY id=x orig_msgid=b {"value": 3}`, "READY id=y")
	for range 3 {
		r.pass(3 * time.Second)
		r.say(2, "HEARTBEAT id=h timestamp=1.0")
	}
	beats := 0
	for _, text := range r.out[2] {
		if strings.HasPrefix(text, "HEARTBEAT") {
			beats++
		}
	}
	if beats != 3 {
		t.Errorf("%d heartbeats in 9 s", beats)
	}
	r.pass(time.Second)
	same(t, "gone", r.toldOf("gone"), []string{"worker silent, after 10s of silence", "scheduler scheduler, after 10s of silence"})
	same(t, "lost", r.toldOf("lost"), []string{"a was with the worker silent", "c was with the worker silent"})
	r.say(1, "READY id=late")
	if list := r.toldOf("refused"); len(list) != 1 {
		t.Errorf("a worker that was dropped: %q", list)
	}
	r.say(2, "READY id=r")
	r.say(4, add("d", "default"))
	if got := r.heard(2); len(got) == 0 || got[len(got)-1] != add("d", "default") {
		t.Errorf("the one that is left was given %q", got)
	}
}

// A worker whose connection is lost is not given anything; it may come back
// with its identity, and goes on.
func TestWorkerThatComesBack(t *testing.T) {
	r := newRig(t, NewBroker(Options{}))
	r.worker(1, Backend, "w", `[[10, "default"]]`, 2)
	r.dealer(2, Frontend, "client")
	r.step(reactor.From{Conn: 1, Event: reactor.EOF{}})
	r.say(2, add("a", "default"))
	same(t, "the client", r.heard(2), nil)
	r.dealer(3, Backend, "w")
	r.say(3, "HEARTBEAT id=h timestamp=1.0")
	same(t, "the worker", r.heard(3), []string{add("a", "default")})
	same(t, "the client", r.heard(2), []string{"REPLY orig_msgid=a"})
}

func TestAsDocumented(t *testing.T) {
	r := newRig(t, NewBroker(Options{AsDocumented: true}))
	r.worker(1, "", "w", `[[10, "default"]]`, 2)
	r.dealer(2, "", "client")
	r.say(2, asking("a", "default", "reply-requested", "add", "[1, 2]"), add("b", "default"))
	same(t, "no notice", r.heard(2), nil)
	r.say(1, `REPLY id=x {"value": 3}`, "READY id=y", `REPLY id=x {"value": 4}`, "READY id=y")
	same(t, "the result of the one that wanted it", r.heard(2), []string{"REPLY orig_msgid=3"})
	r.say(1, `message "" "eMQP/1.0" "KBAI" "z"`)
	r.say(2, add("c", "default"))
	if w := r.hub.State().Get("workers").([]string); len(w) != 0 {
		t.Errorf("after KBAI there are %q", w)
	}
}

func TestLimits(t *testing.T) {
	r := newRig(t, NewBroker(Options{MaxWaiting: 2, MaxBuffered: 3000}))
	r.worker(1, Backend, "w", `[[10, "q"]]`, 0)
	r.dealer(2, Frontend, "client")
	for i := range 3 {
		r.say(2, add(fmt.Sprint(i), "q"))
	}
	if got := r.toldOf("refused"); len(got) != 1 || !strings.Contains(got[0], "2 wait") {
		t.Errorf("a queue over its limit: %q", got)
	}
	for i := range 100 {
		r.say(2, add(fmt.Sprint("d", i), "default"))
	}
	if b := r.hub.(*Broker); b.held > 3000 || b.held < 2000 {
		t.Errorf("%d octets wait", b.held)
	}
	for range 200 {
		r.say(1, "READY id=r")
	}
	if b := r.hub.(*Broker); b.held <= 0 && len(b.waiting) > 1 {
		t.Errorf("%d octets wait, in %d queues", b.held, len(b.waiting))
	}
}

// TestMalformed gives the broker what real programs were given, of which many
// ended: it answers what they answered, and goes on where they did not.
func TestMalformed(t *testing.T) {
	var probes []struct {
		ID, Target string
		SentFirst  [][]string `json:"sent_first"`
		Frames     []string
		Replies    [][]string
		Process    string
	}
	if err := json.Unmarshal(testdata.Read(t, "emqp/vectors/shared_malformed.json"), &probes); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, p := range probes {
		listener, ours := strings.CutPrefix(p.Target, "router ")
		if !ours {
			continue
		}
		ran++
		t.Run(p.ID, func(t *testing.T) {
			r := newRig(t, NewBroker(Options{Compat: true}))
			r.dealer(1, listener, "mal")
			for _, texts := range append(p.SentFirst, p.Frames) {
				r.out[1] = nil
				raw, err := emqp.New(message3(fromHex(texts))).AppendBinary(nil)
				if err != nil {
					t.Fatal(err)
				}
				r.bytes(1, raw)
			}
			var want []string
			for _, reply := range p.Replies {
				list := make([][]byte, len(reply))
				for i := range reply {
					list[i] = []byte(reply[i])
				}
				want = append(want, anonymous(textOf(list)))
			}
			got := r.heard(1)
			// The program exits with KBYE on its way only where it is asked to.
			got = slices.DeleteFunc(got, func(text string) bool { return text == "KBYE" })
			same(t, "the answers", got, want)
			asked := strings.Contains(p.Process, "rc=0")
			if r.over != asked {
				t.Errorf("over: %v; the program: %s", r.over, p.Process)
			}
		})
	}
	if ran < 35 {
		t.Errorf("%d probes of the router", ran)
	}
}

// TestLoad has 20,000 requests go through 4 workers, of which one is killed
// half-way. Every one is handed over exactly once, and those that the killed
// one had are told as lost.
func TestLoad(t *testing.T) {
	const all = 20000
	r := newRig(t, NewBroker(Options{MaxBuffered: 1 << 30}))
	for i := range 4 {
		r.worker(i+1, Backend, fmt.Sprint("w", i+1), `[[10, "default"]]`, 5)
	}
	r.dealer(5, Frontend, "client")
	request := add("r%05d", "default")
	given, dead := map[string]int{}, 0
	work := func() {
		for conn := 1; conn <= 4; conn++ {
			if conn == dead {
				continue
			}
			for _, text := range r.heard(conn) {
				if id, ok := strings.CutPrefix(text, "REQUEST id="); ok {
					id, _, _ = strings.Cut(id, " ")
					given[id]++
					r.say(conn, "READY id=x")
				}
			}
		}
	}
	for i := range all {
		r.say(5, strings.Replace(request, "r%05d", fmt.Sprintf("r%05d", i), 1))
		if i == all/2 {
			for _, text := range r.heard(4) { // it had these when it was killed
				if id, ok := strings.CutPrefix(text, "REQUEST id="); ok {
					id, _, _ = strings.Cut(id, " ")
					given[id]++
				}
			}
			dead = 4
			r.step(reactor.From{Conn: 4, Event: reactor.Broken{Err: fmt.Errorf("killed")}})
		}
		if i%7 == 0 {
			work()
		}
	}
	for range 3 {
		work()
	}
	for range 5 {
		r.pass(3 * time.Second)
		for conn := 1; conn <= 3; conn++ {
			r.say(conn, "HEARTBEAT id=h timestamp=1.0")
		}
		work()
	}
	if len(given) != all {
		t.Errorf("%d of %d requests were handed over", len(given), all)
	}
	for id, n := range given {
		if n != 1 {
			t.Errorf("%s was handed over %d times", id, n)
		}
	}
	if got := len(r.heard(5)); got != all {
		t.Errorf("the client was told of %d", got)
	}
	if lost := r.toldOf("lost"); len(lost) == 0 || len(lost) > 5 {
		t.Errorf("lost: %q", lost)
	}
	if n := r.hub.State().Get("under_way"); n != 0 {
		t.Errorf("%v are under way", n)
	}
}
