package standin

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/session"
)

func parse(t *testing.T, name string, src []byte) *session.Document {
	t.Helper()
	doc, err := session.Parse(name, src, session.Options{Lookup: registry.Lookup, Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// A stage drives a stand-in.
type stage struct {
	t     *testing.T
	s     *StandIn
	sent  map[int][]byte
	texts map[int][]string
	ended map[int]string
	told  []string
	sleep map[int]time.Time
	now   time.Time
}

func newStage(t *testing.T, doc *session.Document, o Options) *stage {
	t.Helper()
	s, err := New(doc, o)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t: t, s: s, sent: map[int][]byte{}, texts: map[int][]string{}, ended: map[int]string{}, sleep: map[int]time.Time{}}
}

func (g *stage) step(conn int, ev reactor.Event) {
	g.t.Helper()
	for _, a := range g.s.Step(g.now, reactor.From{Conn: conn, Event: ev}, nil) {
		n, inside := reactor.Unwrap(a)
		switch a := inside.(type) {
		case reactor.Send:
			for _, f := range a.Frames {
				g.sent[n], _ = f.AppendBinary(g.sent[n])
				g.texts[n] = append(g.texts[n], string(f.AppendText(nil, codec.View{Secrets: true})))
			}
		case reactor.Close:
			g.ended[n] = a.Why
		case reactor.SetTimer:
			g.sleep[n] = a.At
		case reactor.Fail:
			g.told = append(g.told, a.Message)
		case reactor.Deliver:
			g.told = append(g.told, a.Kind+" "+string(a.Body))
		}
	}
}

// say gives the stand-in a frame of a client in the notation.
func (g *stage) say(conn int, proto, text string) {
	g.t.Helper()
	p, err := registry.Lookup(proto)
	if err != nil {
		g.t.Fatal(err)
	}
	parser, err := p.Parser(codec.Options{})
	if err != nil {
		g.t.Fatal(err)
	}
	f, err := parser.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
	if err != nil {
		g.t.Fatal(err)
	}
	g.step(conn, reactor.Received{Frame: f.Clone()})
}

// What decode prints of a capture is a recording: a client that says what the
// captured one said is told what that one was told, byte for byte.
func TestCaptures(t *testing.T) {
	played := 0
	err := filepath.WalkDir(testdata.Path(""), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pcap") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 1<<18 {
			return err
		}
		name, err := filepath.Rel(testdata.Path(""), path)
		if err != nil {
			return err
		}
		t.Run(name, func(t *testing.T) {
			if playCapture(t, path) {
				played++
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if played < 30 {
		t.Errorf("%d captures were played", played)
	}
}

func playCapture(t *testing.T, path string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, src := recorded.Open(t, path, b, decode.Options{})
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	p.Marks = true
	var text []byte
	var list []codec.Record
	for r, err := range s.Records(src) {
		if err != nil || r.IsGap() || r.Proto == "" || r.HTTP != nil || r.Frame == nil && r.Dir == codec.ToServer {
			return false // what no machine is given
		}
		text = p.AppendRecord(text, r)
		own := *r
		own.Bytes = bytes.Clone(r.Bytes)
		if r.Frame != nil {
			own.Frame = r.Frame.Clone()
		}
		list = append(list, own)
	}
	if len(list) == 0 {
		return false
	}
	for _, o := range []Options{{}, {AnyOrder: true}} {
		g := newStage(t, parse(t, path, text), o)
		var conns []int
		want := map[int][]byte{}
		for _, r := range list {
			conn := slices.Index(conns, r.Conn) + 1
			if conn == 0 {
				conns = append(conns, r.Conn)
				conn = len(conns)
				g.step(conn, reactor.Opened{})
			}
			if r.Dir == codec.ToClient {
				want[conn] = append(want[conn], r.Bytes...)
				continue
			}
			g.step(conn, reactor.Received{Frame: r.Frame})
		}
		if g.s.Faults() > 0 {
			t.Fatalf("%v: %d faults: %.1000q", o, g.s.Faults(), g.told)
		}
		for conn := range want {
			if !o.AnyOrder && !bytes.Equal(g.sent[conn], want[conn]) {
				t.Errorf("connection %d was sent %d bytes, not the %d", conn, len(g.sent[conn]), len(want[conn]))
			}
		}
	}
	return true
}

const talk = `@proto msgq
> getlname
< {"type": "getlname"} {"lname": "1_1@h"}
@optional
> ping
> subscribe {{group:/[A-Z][a-z]+/}}
< send $group from=1_2@h command:hello
@sleep 2s
< send $group from=1_2@h command:again
@any-order
> ping
> getlname
@end
< {"type": "bye"}
`

func TestInOrder(t *testing.T) {
	g := newStage(t, parse(t, "talk.wire", []byte(talk)), Options{})
	g.step(1, reactor.Opened{})
	g.say(1, "msgq", "getlname")
	g.say(1, "msgq", "subscribe Auth")
	if list := g.texts[1]; len(list) != 2 || !strings.Contains(list[1], `"group": "Auth"`) || g.sleep[1].IsZero() {
		t.Fatalf("sent %q, %v", list, g.sleep)
	}
	g.step(1, reactor.Expired{Timer: timerSleep})
	g.say(1, "msgq", "getlname")
	copied := g.s.Snapshot().State().String()
	if got := g.s.State().String(); got != copied {
		t.Errorf("%s, its snapshot %s", got, copied)
	}
	g.say(1, "msgq", "ping")
	if list := g.texts[1]; len(list) != 4 || list[3] != `{"type": "bye"}` {
		t.Errorf("sent %q", list)
	}
	g.step(1, reactor.EOF{})
	if g.s.Faults() > 0 || len(g.told) > 0 {
		t.Errorf("faults: %q", g.told)
	}

	// Another play, which ends too early; and one that says something else.
	g.step(2, reactor.Opened{})
	g.say(2, "msgq", "getlname")
	g.step(2, reactor.EOF{})
	g.step(3, reactor.Opened{})
	g.say(3, "msgq", "subscribe Auth")
	want := []string{"unmet the client leaves; expected was talk.wire:6", `talk.wire:2 is expected, and there came {"type": "subscribe"`}
	if len(g.told) != 2 || g.told[0] != want[0] || !strings.HasPrefix(g.told[1], want[1]) || !strings.Contains(g.told[1], "expected") || g.s.Faults() != 2 {
		t.Errorf("told: %q", g.told)
	}
	if why, ended := g.ended[3]; !ended || why == "" {
		t.Error("the one that says something else goes on")
	}
}

func TestAnyOrder(t *testing.T) {
	g := newStage(t, parse(t, "talk.wire", []byte("@proto msgq\n> send A {{x}}\n< send A from=s $x\n> ping\n< {\"type\": \"pong\"}\n> ping\n< {\"type\": \"pong\", \"n\": 2}\n")), Options{AnyOrder: true})
	g.step(1, reactor.Opened{})
	for _, text := range []string{"ping", `send A {"v": 1}`, "ping", "ping", "getlname", `send A {"v": 2}`} {
		g.say(1, "msgq", text)
	}
	got := g.texts[1]
	if len(got) != 5 || got[0] != `{"type": "pong"}` || !strings.HasSuffix(got[1], `{"v": 1}`) || got[2] != `{"type": "pong", "n": 2}` || got[3] != `{"type": "pong"}` || !strings.HasSuffix(got[4], `{"v": 2}`) {
		t.Errorf("sent %q", got)
	}
	if g.s.Faults() != 1 || !strings.Contains(g.told[0], "getlname") {
		t.Errorf("told %q", g.told)
	}
	g.step(1, reactor.EOF{})
	if g.s.Faults() != 1 {
		t.Errorf("told %q", g.told)
	}
}

func TestNew(t *testing.T) {
	for _, src := range []string{"", "@proto hg\n@http POST /x\n> [/1] 1 1 0 command-name eos heads\n", "@proto msgq\n@repeat 2000000\n> ping\n@end\n"} {
		doc, err := session.Parse("x.wire", []byte(src), session.Options{Lookup: registry.Lookup, Serve: true})
		if err != nil {
			continue
		}
		if _, err := New(doc, Options{}); err == nil {
			t.Errorf("%q is played", src)
		}
	}
}
