package emqp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// TestMalformedToOthers gives workers, schedulers and publishers what the
// program's were given. They say what those said, and go on where many of
// those ended or lost their connection.
func TestMalformedToOthers(t *testing.T) {
	var probes []struct {
		ID, Target string
		Frames     []string
		Replies    [][]string
	}
	if err := json.Unmarshal(testdata.Read(t, "emqp/vectors/shared_malformed.json"), &probes); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, p := range probes {
		var m reactor.Machine
		switch p.Target {
		case "jobmanager":
			m = NewWorker(Options{Exec: true})
		case "scheduler":
			m = NewScheduler(Options{})
		default:
			continue
		}
		ran++
		t.Run(p.ID, func(t *testing.T) {
			peer := newPeer(t, m)
			peer.open()
			peer.hear("ACK id=a acked=x", "HEARTBEAT id=h timestamp=1.0")
			peer.said()
			peer.step(reactor.Received{Frame: emqp.New(message3(fromHex(p.Frames)))})
			for _, run := range peer.runs {
				peer.do("response", "1 3")
				if run.Request != 1 {
					t.Errorf("job %d", run.Request)
				}
			}
			peer.pass(2500 * time.Millisecond)
			got := peer.said()
			for _, reply := range p.Replies {
				if reply[2] == "INFORM" {
					continue // it came back
				}
				text := texts(reply)
				if i := slices.Index(got, text); i < 0 {
					t.Errorf("%s is not said, but %q", text, got)
				} else {
					got = slices.Delete(got, i, i+1)
				}
			}
			got = slices.DeleteFunc(got, func(text string) bool { return text == "READY" || strings.HasPrefix(text, "REQUEST") })
			if len(got) > 0 {
				t.Errorf("said besides: %q", got)
			}
			if left := peer.ended != ""; left != strings.HasSuffix(p.ID, "_disconnect") {
				t.Errorf("it has ended: %q", peer.ended)
			}
		})
	}
	if ran < 20 {
		t.Errorf("%d probes", ran)
	}
}

// texts returns a message as [peer.said] does.
func texts(frames []string) string {
	list := make([][]byte, len(frames))
	for i := range frames {
		list[i] = []byte(frames[i])
	}
	command, rest, _ := strings.Cut(textOf(list), " ")
	_, rest, _ = strings.Cut(rest, " ") // the id
	return strings.TrimSpace(command + " " + rest)
}

// TestMalformedToPublisher is the same for a publisher, of which the messages
// that subscribers get count.
func TestMalformedToPublisher(t *testing.T) {
	for _, c := range []struct {
		frames       []string
		asDocumented bool
		want         []string
	}{
		{[]string{"", "eMQP/1.0", "PUBLISH", "id-1", "topic", `["m"]`}, false, []string{`message "topic" "[\"m\"]"`}},
		{[]string{"", "eMQP/9.9", "PUBLISH", "id-1", "topic", `["m"]`}, false, []string{`message "topic" "[\"m\"]"`}},
		{[]string{"", "eMQP/1.0", "PUBLISH", "id-1", "topic", "headers", `["m"]`}, false, []string{`message "topic" "headers"`}},
		{[]string{"", "eMQP/1.0", "PUBLISH", "id-1", "topic", "headers", `["m"]`}, true, []string{`message "topic" "[\"m\"]"`}},
		{[]string{"", "eMQP/1.0", "PUBLISH", "id-1", "topic"}, false, nil},
		{[]string{"", "eMQP/1.0", "REQUEST", "id-1", "default", "", "[]"}, false, nil},
		{[]string{"", "eMQP/1.0", "PUBLISH", "\xff", "topic", "m"}, false, nil},
		{[]string{"", "eMQP/1.0"}, false, nil},
	} {
		r := newRig(t, NewPublisher(Options{AsDocumented: c.asDocumented}))
		r.open(1, Outgoing)
		r.say(1, "greeting 3.1 NULL", "command READY Socket-Type=SUB", `command SUBSCRIBE ""`)
		r.dealer(2, Incoming, "client")
		r.out[1] = nil
		frames := make([][]byte, len(c.frames))
		for i := range frames {
			frames[i] = []byte(c.frames[i])
		}
		r.step(reactor.From{Conn: 2, Event: reactor.Received{Frame: emqp.New(message3(frames))}})
		same(t, strings.Join(c.frames, "|"), r.out[1], c.want)
		if refused := len(r.toldOf("refused")); c.want == nil && refused != 1 || r.over {
			t.Errorf("%q: %d are refused", c.frames, refused)
		}
	}
}
