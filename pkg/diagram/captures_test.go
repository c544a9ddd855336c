package diagram_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/diagram"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// draw makes a diagram of a recording, and its sums.
func draw(t testing.TB, name string, in []byte, o diagram.Options, do decode.Options, format capture.Format) (*diagram.Diagram, *stats.Report, int) {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(in), capture.Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(do)
	if err != nil {
		t.Fatal(err)
	}
	b, sum, lines := diagram.New(o), stats.New(stats.Options{}), 0
	out := dump.NewJSON(dump.Options{})
	for r, err := range s.Records(src) {
		if err != nil {
			continue
		}
		b.Add(r)
		sum.Add(r)
		lines += bytes.Count(out.AppendRecord(nil, r), []byte("\n"))
	}
	peers := func(id int) *capture.Conn {
		for _, sum := range s.Summaries() {
			if sum.Conn.ID == id {
				return sum.Conn
			}
		}
		return nil
	}
	return b.Finish(peers), sum.Finish(s.Summaries()), lines
}

// TestTotals holds the diagrams of all recordings to the sums of package stats
// and to the JSON records, and their forms to what they must be.
func TestTotals(t *testing.T) {
	for _, pattern := range []string{"hg/captures/*/*.pcap", "zeo/captures/*.pcap", "synapse/captures/*.pcap", "msgq/captures/*.pcap", "emqp/captures/*.pcap"} {
		for _, name := range testdata.Glob(t, pattern) {
			in := testdata.Read(t, name)
			for _, o := range []diagram.Options{{}, {All: true}, {Each: true}, {Max: 7}, {Conns: map[int]bool{2: true}}} {
				d, r, lines := draw(t, name, in, o, decode.Options{}, capture.Auto)
				records := r.Total.Records()
				if got := d.Shown + d.Below + d.Left + d.More; int64(got) != records || lines != got {
					t.Errorf("%s %+v: %d shown, %d below, %d of others, %d more; the sums have %d records, JSON %d", name, o, d.Shown, d.Below, d.Left, d.More, records, lines)
				}
				if d.Messages() != d.Shown {
					t.Errorf("%s %+v: the arrows stand for %d messages, not %d", name, o, d.Messages(), d.Shown)
				}
				if o.All && d.Below > 0 {
					t.Errorf("%s: %d are left out", name, d.Below)
				}
				if !o.Each && o.Max == 0 && o.Conns == nil { // the others look the same, and take long
					forms(t, name, d)
				}
			}
		}
	}
}

// forms looks at what is drawn.
func forms(t *testing.T, name string, d *diagram.Diagram) {
	t.Helper()
	for _, width := range []int{40, 80, 120} {
		text := string(d.AppendText(nil, diagram.Text{Width: width}))
		listed := len(d.Actors) < 2 || (width-12)/len(d.Actors) < 22
		for line := range strings.Lines(text) {
			if line = strings.TrimSuffix(line, "\n"); !listed && dump.Cells(line) > width {
				t.Errorf("%s: %d columns: %q", name, dump.Cells(line), line)
			}
		}
	}
	wellFormed(t, name, d.AppendSVG(nil))
	m := string(d.AppendMermaid(nil))
	if !strings.HasPrefix(m, "sequenceDiagram\n") || strings.Count(m, "  loop ") != strings.Count(m, "\n  end\n") {
		t.Errorf("%s: %s", name, m)
	}
}

func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	x := xml.NewDecoder(bytes.NewReader(svg))
	x.Strict = true
	for {
		if _, err := x.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestGolden(t *testing.T) {
	for _, name := range []string{
		"zeo/captures/zeo6-lockq.pcap", "hg/captures/seed/multirequest-interleaved.pcap", "synapse/captures/v0.21-slow-fail.pcap",
		"msgq/captures/s09_rpc_one_to_one.pcap", "emqp/captures/emq_admin.pcap", "emqp/captures/z_null_req_rep.pcap",
	} {
		d, _, _ := draw(t, name, testdata.Read(t, name), diagram.Options{Max: 60}, decode.Options{}, capture.Auto)
		base := strings.TrimSuffix(path.Base(name), ".pcap")
		golden(t, base+".txt", d.AppendText(nil, diagram.Text{Width: 110}))
		golden(t, base+".mmd", d.AppendMermaid(nil))
		if base == "zeo6-lockq" {
			golden(t, base+".svg", d.AppendSVG(nil))
			golden(t, base+"-narrow.txt", d.AppendText(nil, diagram.Text{Width: 60}))
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v\n got\n%s\nwant\n%s", file, err, got, want)
	}
}

// TestSecrets wants passwords to stay where they are.
func TestSecrets(t *testing.T) {
	for _, name := range []string{"emqp/captures/z_plain.pcap", "zeo/captures/z397-auth.pcap", "synapse/captures/v1.66-full-workers.pcap"} {
		hidden, _, _ := draw(t, name, testdata.Read(t, name), diagram.Options{All: true}, decode.Options{}, capture.Auto)
		shown, _, _ := draw(t, name, testdata.Read(t, name), diagram.Options{All: true, View: codec.View{Secrets: true}}, decode.Options{}, capture.Auto)
		a, b := hidden.AppendMermaid(nil), shown.AppendMermaid(nil)
		if bytes.Equal(a, b) {
			t.Errorf("%s: nothing is hidden", name)
		}
	}
}

func FuzzDiagram(f *testing.F) {
	f.Add(byte(2), []byte("NAME a<b>;#\nREPLICATE events 1\nNAME c\x01\nREPLICATE events 1\n"))
	f.Add(byte(1), testdata.Read(f, "msgq/captures/s06_undeliverable.pcap"))
	protos := []string{"hg", "msgq", "synapse", "emqp", "zeo", "zmtp"}
	f.Fuzz(func(t *testing.T, proto byte, in []byte) {
		format := capture.Raw
		if len(in) > 4 && (in[0] == 0xd4 || in[0] == 0xa1) {
			format = capture.Auto
		}
		if _, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: format}); err != nil {
			return
		}
		d, r, _ := draw(t, "in", in, diagram.Options{All: proto%2 == 0}, decode.Options{Protocol: protos[int(proto/2)%len(protos)]}, format)
		if int64(d.Shown+d.Below+d.More) != r.Total.Records() || d.Messages() != d.Shown {
			t.Errorf("%d, %d, %d of %d", d.Shown, d.Below, d.More, r.Total.Records())
		}
		forms(t, "in", d)
	})
}
