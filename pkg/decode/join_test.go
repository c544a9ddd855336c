package decode_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Every reply of a recorded session of ZEO answers the call with its id, which
// came before it.
func TestJoinZEO(t *testing.T) {
	all, _ := records(t, "zeo/captures/zeo6-basic.pcap", decode.Options{})
	j := decode.NewJoiner()
	type place struct{ conn, seq int }
	keys := map[place]codec.LinkKey{}
	replies, paired := 0, 0
	for _, r := range all {
		l := decode.LinkOf(&r)
		if l.Role == codec.LinkAsks {
			keys[place{r.Conn, r.Seq}] = l.Key
		}
		reply, ok := j.Join(&r, l)
		if l.Role != codec.LinkEnds {
			continue
		}
		replies++
		if !ok {
			continue
		}
		paired++
		if reply.Conn != r.Conn || reply.Seq >= r.Seq || keys[place{reply.Conn, reply.Seq}] != l.Key || reply.Elapsed < 0 || reply.Elapsed > time.Minute {
			t.Errorf("record %d of %d answers %+v", r.Seq, r.Conn, reply)
		}
	}
	if paired < 100 || paired < replies*95/100 {
		t.Errorf("%d of %d replies are paired", paired, replies)
	}
}

// A reply on msgq goes over the daemon: it is paired over connections.
func TestJoinMsgq(t *testing.T) {
	all, _ := records(t, "msgq/captures/s09_rpc_one_to_one.pcap", decode.Options{})
	j := decode.NewJoiner()
	across := 0
	for _, r := range all {
		if reply, ok := j.Join(&r, decode.LinkOf(&r)); ok && reply.Conn != r.Conn {
			across++
		}
	}
	if across == 0 {
		t.Error("no answer is paired over connections")
	}
	// Two commands kill or hush their handler, and three find nobody and did
	// not ask to be told.
	if open := j.Unanswered(); fmt.Sprint(open) != "map[2:3 5:2]" {
		t.Errorf("unanswered %v", open)
	}
}

// TestJoinManyUnanswered has far more requests without an answer than are
// kept. It fails by taking hours. Those of the last ones are paired, and all
// others are told.
func TestJoinManyUnanswered(t *testing.T) {
	const many = 1_000_000
	j := decode.NewJoiner()
	given := 0
	j.GiveUp = func(request codec.Reply, tag uint64) {
		if request.Conn != 1 || request.Seq != given || tag != uint64(given) {
			t.Fatalf("given up: %+v, %d", request, tag)
		}
		given++
	}
	for i := range many {
		j.AddTagged(&codec.Record{Proto: "zeo", Conn: 1, Seq: i}, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: strconv.Itoa(i)}}, uint64(i))
	}
	if !j.Full {
		t.Error("nothing says that requests were dropped")
	}
	if n := j.Unanswered()[1]; n != many {
		t.Errorf("%d are unanswered", n)
	}
	for _, i := range []int{many - 1, many - decode.MaxAsks/2} {
		to, ok := j.Join(&codec.Record{Proto: "zeo", Conn: 1, Seq: many}, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: strconv.Itoa(i)}})
		if !ok || to.Seq != i {
			t.Errorf("request %d: %v, %+v", i, ok, to)
		}
	}
	for range j.Open() {
		given++
	}
	if given != many-2 {
		t.Errorf("%d of %d are told of", given, many-2)
	}
}

func TestJoinRules(t *testing.T) {
	j := decode.NewJoiner()
	at := func(conn, seq, second int) *codec.Record {
		return &codec.Record{Proto: "p", Conn: conn, Seq: seq, Time: time.Unix(int64(second), 0)}
	}
	for _, tt := range []struct {
		r    *codec.Record
		l    codec.Link
		want string
	}{
		{at(1, 0, 1), codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a"}}, ""},
		{at(2, 0, 2), codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a"}}, ""}, // another conversation's
		{at(1, 1, 3), codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "a"}}, "{1 0 2s}"},
		{at(1, 2, 4), codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a"}}, "{1 0 3s}"},
		{at(1, 3, 5), codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a"}}, ""}, // it is over
		{at(1, 4, 6), codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "b"}}, ""},
		{at(1, 5, 7), codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "b"}}, ""}, // the key is used again
		{at(1, 6, 8), codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "b"}}, "{1 5 1s}"},
		{at(1, 7, 9), codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "w"}, Wide: true}, ""},
		{at(3, 0, 10), codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "w"}, Wide: true}, ""}, // passed on
		{at(3, 1, 11), codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "w"}, Wide: true}, "{1 7 2s}"},
		{&codec.Record{Proto: "q", Conn: 1}, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "t"}}, ""},
		{&codec.Record{Proto: "q", Conn: 1, Seq: 1}, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "t"}}, "{1 0 -1ns}"},
		{at(1, 8, 12), codec.Link{}, ""},
	} {
		got := ""
		if reply, ok := j.Join(tt.r, tt.l); ok {
			got = fmt.Sprint(reply)
		}
		if got != tt.want {
			t.Errorf("record %d of %d with %+v: %s, want %s", tt.r.Seq, tt.r.Conn, tt.l, got, tt.want)
		}
	}
	if open := j.Unanswered(); fmt.Sprint(open) != "map[1:1]" {
		t.Errorf("unanswered %v", open)
	}
}

// TestJoinOutstanding wants the number of requests that wait, and the end of an
// answer, told right.
func TestJoinOutstanding(t *testing.T) {
	j := decode.NewJoiner()
	for i, tt := range []struct {
		conn int
		l    codec.Link
		want string // Outstanding, and what it answers
	}{
		{1, codec.Link{}, "-1"},
		{1, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a"}}, "1"},
		{1, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "b"}}, "2"},
		{2, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a"}}, "1"},
		{1, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "a"}}, "2 to 1"},
		{1, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a"}}, "1 last to 1"},
		{1, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a"}}, "1"},
		{1, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "b"}}, "1"}, // the first one gets no answer any more
		{1, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "w"}, Wide: true}, "2"},
		{3, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "w"}, Wide: true}, "2"}, // of conversation 1
		{3, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "w"}, Wide: true}, "1 last to 8"},
		{4, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "w"}, Wide: true}, "1 to 8"},
		{1, codec.Link{Role: codec.LinkGoesOn, Key: codec.LinkKey{Text: "s"}}, "-1"},
		{1, codec.Link{Role: codec.LinkGoesOn, Key: codec.LinkKey{Text: "s"}}, "-1 to 12"},
		{1, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "s"}}, "2"},
		{1, codec.Link{Role: codec.LinkGoesOn, Key: codec.LinkKey{Text: "s"}}, "-1 last to 14"},
		{1, codec.Link{Role: codec.LinkGoesOn, Key: codec.LinkKey{Text: "s"}}, "-1 to 15"},
		{1, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "b"}}, "0 last to 7"},
	} {
		joined := j.Add(&codec.Record{Proto: "p", Conn: tt.conn, Seq: i}, tt.l)
		got := strconv.Itoa(joined.Outstanding)
		if joined.Last {
			got += " last"
		}
		if joined.Answers {
			got += " to " + strconv.Itoa(joined.To.Seq)
		}
		if got != tt.want {
			t.Errorf("record %d: %s, want %s", i, got, tt.want)
		}
	}
	if open := j.Unanswered(); fmt.Sprint(open) != "map[2:1]" {
		t.Errorf("unanswered %v", open)
	}
}

// A line of a stream of Synapse goes on from the one before it.
func TestJoinSynapse(t *testing.T) {
	all, _ := records(t, "synapse/captures/v0.21-normal.pcap", decode.Options{})
	j := decode.NewJoiner()
	stream := func(r codec.Record) string { return string(r.Frame.(*synapse.Frame).Part("stream_name")) }
	at := map[[2]int]string{}
	joins := map[string]int{}
	for _, r := range all {
		at[[2]int{r.Conn, r.Seq}] = r.Frame.Type() + " " + stream(r)
		joined := j.Add(&r, decode.LinkOf(&r))
		if !joined.Answers {
			continue
		}
		from := at[[2]int{joined.To.Conn, joined.To.Seq}]
		kind, of, _ := strings.Cut(from, " ")
		if of != stream(r) || joined.Last != (kind == "REPLICATE") {
			t.Errorf("record %d of %d, of %s, goes on from %q", r.Seq, r.Conn, stream(r), from)
		}
		joins[kind]++
	}
	if joins["REPLICATE"] == 0 || joins["RDATA"] == 0 || joins["POSITION"] == 0 {
		t.Errorf("joins: %v", joins)
	}
}

// TestJoinForget wants the requests of a conversation gone with it, and those
// of others kept.
func TestJoinForget(t *testing.T) {
	j := decode.NewJoiner()
	for conn := 1; conn <= 2; conn++ {
		j.Join(&codec.Record{Proto: "zeo", Conn: conn, Seq: 5}, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "1"}})
	}
	j.Join(&codec.Record{Proto: "msgq", Conn: 1, Seq: 6}, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "1"}, Wide: true})
	j.Forget(1)
	if _, ok := j.Join(&codec.Record{Proto: "zeo", Conn: 1}, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "1"}}); ok {
		t.Error("a request of the forgotten conversation is answered")
	}
	if _, ok := j.Join(&codec.Record{Proto: "zeo", Conn: 2}, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "1"}}); !ok {
		t.Error("a request of another conversation is forgotten")
	}
	if reply, ok := j.Join(&codec.Record{Proto: "msgq", Conn: 2}, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "1"}, Wide: true}); !ok || reply.Seq != 6 {
		t.Error("a request on a bus is forgotten")
	}
}

func open(t *testing.T, name string) capture.Source {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// mentioner finds frames in lines such as "flow dir text".
type mentioner struct{}

func (mentioner) Mention(buf, line []byte) (codec.Mention, bool) {
	flow, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(rest) < 2 {
		return codec.Mention{}, false
	}
	m := codec.Mention{Flow: string(flow), Data: append(buf, rest[1:]...)}
	if rest[0] == '<' {
		m.Dir = codec.ToClient
	}
	return m, true
}

func TestMentions(t *testing.T) {
	src := decode.Mentions("log", bytes.NewReader([]byte("a >one\r\nnothing\nb <two\na ?three\n")), mentioner{})
	var got []string
	for ev, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s", ev.Conn.ID, ev.Dir, ev.Kind, ev.Data))
	}
	want := []string{"1 > open ", "1 > data one", "2 < open ", "2 < data two", "1 > data three", "1 > close ", "2 > close "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events %q, want %q", got, want)
	}
}
