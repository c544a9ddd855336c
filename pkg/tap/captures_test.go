package tap_test

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/tap"
)

// A talk is one recorded conversation.
type talk struct {
	steps []step
	whole bool // from its begin, without gaps
	want  []string
}

type step struct {
	dir codec.Direction
	p   []byte
}

// talks returns the conversations of a recording, with what decoding the
// recording itself gives for each.
func talks(t testing.TB, name, proto string) []*talk {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	print := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	var list []*talk
	sessions := map[int]*decode.Session{}
	for ev, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		for len(list) < ev.Conn.ID {
			list = append(list, &talk{whole: true})
		}
		k := list[ev.Conn.ID-1]
		s := sessions[ev.Conn.ID]
		if s == nil {
			if s, err = decode.NewSession(decode.Options{Protocol: proto}); err != nil {
				t.Fatal(err)
			}
			sessions[ev.Conn.ID] = s
		}
		switch ev.Kind {
		case capture.KindData:
			k.steps = append(k.steps, step{ev.Dir, bytes.Clone(ev.Data)})
		case capture.KindGap:
			k.whole = false
		}
		k.whole = k.whole && !ev.Conn.JoinedMidstream
		s.Event(&ev, func(r *codec.Record) bool {
			k.want = append(k.want, r.Dir.String()+" "+string(print.AppendText(nil, r)))
			return true
		})
	}
	for n, s := range sessions {
		s.Finish(func(r *codec.Record) bool {
			k := list[n-1]
			k.want = append(k.want, r.Dir.String()+" "+string(print.AppendText(nil, r)))
			return true
		})
	}
	return list
}

// play has two ends say what was recorded, through a proxy. Each step has to
// arrive whole and unchanged before the next is made.
func (r *rig) play(t testing.TB, steps []step) {
	t.Helper()
	client, server := r.pair(t)
	for _, s := range steps {
		if s.dir == codec.ToServer {
			passes(t, client, server, s.p)
		} else {
			passes(t, server, client, s.p)
		}
	}
	_, _ = client.CloseWrite(), server.CloseWrite()
	ends(t, client)
	ends(t, server)
	if err := r.end(t); err != nil {
		t.Errorf("closed: %v", err)
	}
}

// TestCaptures has the recordings of the real programs pass through a proxy:
// the bytes arrive unchanged, and what is told is what the recording decodes
// to.
func TestCaptures(t *testing.T) {
	for _, tt := range []struct {
		proto string
		names []string
	}{
		{"msgq", testdata.Glob(t, "msgq/captures/*.pcap")},
		{"synapse", testdata.Glob(t, "synapse/captures/*.pcap")},
		{"zeo", testdata.Glob(t, "zeo/captures/*.pcap")},
		{"emqp", testdata.Glob(t, "emqp/captures/emq_*.pcap")},
		{"zmtp", testdata.Glob(t, "emqp/captures/z_*.pcap")},
	} {
		t.Run(tt.proto, func(t *testing.T) {
			r := newRig(t, "tcp", protocol(tt.proto))
			played := 0
			for _, name := range tt.names {
				for i, k := range talks(t, name, tt.proto) {
					if !k.whole || len(k.steps) == 0 {
						continue
					}
					r.play(t, k.steps)
					played++
					got := r.records(t, played)
					if !slices.Equal(got, k.want) {
						t.Errorf("%s, connection %d: %d records, want %d\n got %.300q\nwant %.300q", path.Base(name), i+1, len(got), len(k.want), got, k.want)
					}
					if sum := r.proxy.Summary(); sum.Connections != int64(played) {
						t.Fatalf("%+v", sum)
					}
				}
			}
			if played < 3 {
				t.Errorf("only %d conversations were played", played)
			}
		})
	}
}

// hgTalk is a request of Mercurial and its answer, as recorded.
func hgTalk(t testing.TB, name string) []step {
	t.Helper()
	return []step{
		{codec.ToServer, testdata.Read(t, name)},
		{codec.ToClient, testdata.Read(t, strings.Replace(name, ".c2s.", ".s2c.", 1))},
	}
}

// TestHg has Mercurial's exchanges pass: the frames straight on a connection,
// and in the bodies of HTTP.
func TestHg(t *testing.T) {
	var names []string
	for _, name := range testdata.Glob(t, "hg/captures/seed/*.s2c.bin") { // some had no answer
		names = append(names, strings.Replace(name, ".s2c.", ".c2s.", 1))
	}
	r := newRig(t, "tcp", protocol("hg"))
	for i, name := range names {
		steps := hgTalk(t, name)
		r.play(t, steps)
		said := r.records(t, i+1)
		if len(said) < 2 || !strings.HasPrefix(said[0], "> ") || !strings.HasPrefix(said[len(said)-1], "< ") {
			t.Errorf("%s: %q", path.Base(name), said)
		}
	}
	web := newRig(t, "tcp", protocol("hg"))
	steps := hgTalk(t, names[0])
	const media = "Content-Type: application/mercurial-exp-framing-0002\r\n"
	web.play(t, []step{
		{codec.ToServer, append(lengthened("POST /api/exp-http-v2-0001/ro/lookup HTTP/1.1\r\nHost: x\r\n"+media, steps[0].p), steps[0].p...)},
		{codec.ToClient, append(lengthened("HTTP/1.1 200 OK\r\n"+media, steps[1].p), steps[1].p...)},
	})
	said := web.records(t, 1)
	if want := r.records(t, 1); !slices.Equal(said, want) {
		t.Errorf("in HTTP\n%q\nand without\n%q", said, want)
	}
}

// lengthened returns the head of an HTTP message with the length of a body.
func lengthened(head string, body []byte) []byte {
	return []byte(head + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n")
}

// FuzzProxy has bytes pass, cut as the first ones say, in both directions:
// they arrive unchanged, and are in one record each.
func FuzzProxy(f *testing.F) {
	f.Add(uint8(3), []byte("\x05\x00\x00\x01\x00\x01\x01\x11\x68\x65\x61\x64\x73"), []byte("no frame"))
	f.Add(uint8(1), []byte("PING 1\n"), []byte("PING 1\n"))
	f.Add(uint8(7), []byte("POST / HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Fuzz(func(t *testing.T, cut uint8, a, b []byte) {
		names := registry.Names()
		r := newRig(t, "unix", func(p *tap.Proxy) {
			p.Decode.Protocol = names[int(cut)%len(names)]
			p.Limits.Grace = time.Second
		})
		var steps []step
		size := int(cut)%16 + 1
		for len(a)+len(b) > 0 {
			n, m := min(size, len(a)), min(size, len(b))
			if n > 0 {
				steps = append(steps, step{codec.ToServer, a[:n]})
			}
			if m > 0 {
				steps = append(steps, step{codec.ToClient, b[:m]})
			}
			a, b = a[n:], b[m:]
		}
		total := [2]int64{}
		for _, s := range steps {
			total[index(s.dir)] += int64(len(s.p))
		}
		r.play(t, steps)
		r.records(t, 1)
		if r.offset[1] != total {
			t.Errorf("records end at %v of %v", r.offset[1], total)
		}
	})
}
