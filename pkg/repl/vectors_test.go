package repl

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/hgscript"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Every reactor vector runs as a script: the console does to the machine what
// the vector says, the machine's actions and its state are those of the
// machine alone, and the actions have the names of the reference's. Their
// bytes are compared where the machines are, and where a script is a file.
func TestVectors(t *testing.T) {
	for _, tt := range []struct {
		file, dialect string
		mode          Mode
		least         int // steps
	}{
		{"hg/vectors/seed_reactor.json", "seed", ServerMode, 510},
		{"hg/vectors/final_server_reactor.json", "final", ServerMode, 520},
		{"hg/vectors/final_client_reactor.json", "final", ClientMode, 365},
	} {
		steps := 0
		list := hgscript.Load(t, tt.file)
		for _, v := range list {
			steps += runVector(t, &v, tt.dialect, tt.mode)
		}
		t.Logf("%s: %d vectors, %d steps", tt.file, len(list), steps)
		if steps < tt.least {
			t.Errorf("%s: only %d steps were made", tt.file, steps)
		}
	}
}

func runVector(t *testing.T, v *hgscript.Vector, dialect string, mode Mode) (steps int) {
	c := console(t, "hg", func(o *Options, r *reactor.Options) {
		o.Mode, o.Dialect, o.ByHand = mode, dialect, true
		r.Dialect, r.Compat, r.DeferOutput = dialect, true, v.Defer
		if mode == ClientMode {
			r.Extra = v.Settings()
		}
	})
	alone := c.world().Snapshot().(*world).ends[0].m
	reader, err := NewReader(c.o.Protocol, codec.Options{Dialect: dialect}, c.peerOf(0), false, c.o.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range v.Lines(t) {
		want := &v.Expect[i]
		if line == "" {
			continue
		}
		l, err := humanframe.ParseLine("", 1, line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		events, refused := reader.Read(alone, l)
		before := c.step.At()
		_, err = c.Do(v.ID, i+1, line)
		if refused != nil || err != nil {
			t.Errorf("%s step %d: %s: %v; by itself %v", v.ID, i, line, err, refused)
			return steps
		}
		var got, expected []byte
		var first reactor.Action
		for _, ev := range events {
			for _, a := range alone.Step(time.Time{}, ev, nil) {
				if first == nil {
					first = a
				}
				expected = reactor.AppendJSON(expected, a)
			}
		}
		for _, a := range c.step.Steps()[before].Actions {
			got = reactor.AppendJSON(got, a)
		}
		if string(got) != string(expected) {
			t.Errorf("%s step %d: %s\n got %s\nwant %s", v.ID, i, line, got, expected)
		}
		if a, b := c.world().State().String(), alone.State().String(); a != b {
			t.Errorf("%s step %d: %s: state %s, by itself %s", v.ID, i, line, a, b)
		}
		steps++
		if want.Exception != nil && v.Steps[i].Op == "recv" || want.Bug != "" {
			break // the reference goes no further
		}
		if want.Action != nil && first.Name() != *want.Action && first.Name() != "reject" {
			t.Errorf("%s step %d: %s: %s, the reference %s", v.ID, i, line, first.Name(), *want.Action)
		}
	}
	// And all of it again, from the beginning, exactly.
	end := c.world().State().String()
	n := c.step.At()
	if err := c.moveTo(0); err != nil {
		t.Fatal(err)
	}
	if err := c.moveTo(n); err != nil || c.world().State().String() != end {
		t.Errorf("%s: back and forth: %v, %s; want %s", v.ID, err, c.world().State(), end)
	}
	return steps
}

// The vectors of what malformed bytes do to the real programs run as scripts
// too: of raw lines, with the machine's actions and state as by itself. That
// those are what the real programs do, its own tests say.
func TestMalformedVectors(t *testing.T) {
	type rawVector struct {
		ID     string
		Hex    string
		Target string
		First  []json.RawMessage `json:"sent_first"`
		Socket string            `json:"libzmq_socket"`
		Steps  []struct{ Sent string }
	}
	for _, tt := range []struct {
		file, proto string
		least       int
		before      []string
	}{
		{"msgq/vectors/shared_malformed.json", "msgq", 37, nil},
		{"emqp/vectors/shared_malformed.json", "emqp", 66, []string{"> [#1] greeting 3.1 NULL", "> [#1] command READY Socket-Type=DEALER Identity=me"}},
		{"emqp/vectors/shared_zmtp_raw.json", "zmtp", 51, nil},
	} {
		list := testdata.Vectors[rawVector](t, tt.file)
		if len(list) < tt.least {
			t.Errorf("%s: %d vectors", tt.file, len(list))
		}
		for _, v := range list {
			lines := []string{"@open 1"}
			for _, port := range []string{"admin", "frontend", "backend"} {
				if tt.proto == "emqp" && strings.HasSuffix(v.Target, port) {
					lines[0] = "@open 1 " + port
				}
			}
			lines = append(lines, tt.before...)
			if v.Hex != "" {
				lines = append(lines, "> [#1] "+rawLine(t, v.Hex))
			}
			for _, s := range v.Steps {
				if s.Sent != "" {
					lines = append(lines, "> [#1] "+rawLine(t, s.Sent))
				}
			}
			sameAlone(t, v.ID, tt.proto, append(lines, "@eof 1"))
		}
	}
}

func rawLine(t *testing.T, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return "raw " + string(lex.AppendEscaped(nil, b))
}

// sameAlone runs lines in a console and in a machine alone.
func sameAlone(t *testing.T, id, proto string, lines []string) {
	t.Helper()
	c := console(t, proto, func(o *Options, _ *reactor.Options) { o.ByHand = true })
	alone := c.world().Snapshot().(*world).ends[0].m
	reader, err := NewReader(c.o.Protocol, codec.Options{}, c.peerOf(0), true, c.o.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		l, err := humanframe.ParseLine("", 1, line)
		if err != nil {
			t.Fatalf("%s: %s: %v", id, line, err)
		}
		var want, got []byte
		events, refused := reader.Read(alone, l)
		for _, ev := range events {
			for _, a := range alone.Step(c.world().now, ev, nil) {
				want = reactor.AppendJSON(want, a)
			}
		}
		at := c.step.At()
		_, err = c.Do(id, 1, line)
		if (err == nil) != (refused == nil) {
			t.Errorf("%s: %s: %v; by itself %v", id, line, err, refused)
		}
		for _, s := range c.step.Steps()[at:] {
			for _, a := range s.Actions {
				got = reactor.AppendJSON(got, a)
			}
		}
		if string(got) != string(want) || c.world().State().String() != alone.State().String() {
			t.Errorf("%s: %s\n got %s %s\nwant %s %s", id, line, got, c.world().State(), want, alone.State())
		}
	}
}
