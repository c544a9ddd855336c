package tap_test

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/tap"
)

func rules(t testing.TB, proto string, seed uint64, list ...string) *tap.Rules {
	t.Helper()
	r, err := tap.NewRules(proto, seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range list {
		if err := r.Add(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return r
}

// ruled starts a proxy with rules.
func ruled(t testing.TB, proto string, list ...string) *rig {
	t.Helper()
	r := rules(t, proto, 7, list...)
	return newRig(t, "tcp", func(p *tap.Proxy) {
		p.Decode.Protocol, p.Rules = proto, r
		p.Limits.Hold = -1
	})
}

// said sends lines of Synapse, ends, and returns what arrives.
func said(t *testing.T, r *rig, text string) string {
	t.Helper()
	client, server := r.pair(t)
	if _, err := io.WriteString(client, text); err != nil {
		t.Fatal(err)
	}
	_ = client.CloseWrite()
	got, err := io.ReadAll(server)
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	return string(got)
}

// TestRules says what each action makes of lines.
func TestRules(t *testing.T) {
	const lines = "NAME a\nPING 1\nPING 2\nPING 3\nPING 4\n"
	for _, tt := range []struct{ rules, want string }{
		{`type == "NAME" => drop`, "PING 1\nPING 2\nPING 3\nPING 4\n"},
		{`dir == "<" => drop`, lines},
		{`data == "2" => duplicate`, "NAME a\nPING 1\nPING 2\nPING 2\nPING 3\nPING 4\n"},
		{`type == "PING" => drop nth=2`, "NAME a\nPING 1\nPING 3\nPING 4\n"},
		{`type == "PING" => drop every=2`, "NAME a\nPING 1\nPING 3\n"},
		{`type == "PING" => drop after=2`, "NAME a\nPING 1\nPING 2\n"},
		{`true => drop chance=0`, lines},
		{`true => drop chance=1`, ""},
		{`type == "PING" => drop after=1 nth=1`, "NAME a\nPING 1\nPING 3\nPING 4\n"},
		{`type == "PING" => delay 20ms nth=1`, lines},
		{`type == "PING" => split 3`, lines},
		{`type == "PING" => split 3 1ms nth=1`, lines},
		{`type == "PING" => split 30`, lines},
		{`type == "PING" => set data=9`, "NAME a\nPING 9\nPING 9\nPING 9\nPING 9\n"},
		{`type == "PING" => set data="x" nth=3`, "NAME a\nPING 1\nPING 2\nPING x\nPING 4\n"},
		{`type == "PING" => set data = 0x41`, "NAME a\nPING A\nPING A\nPING A\nPING A\n"},
		{`type == "PING" => set data="long"`, lines},
		{`type == "PING" => set dta=9`, lines},
		{`type == "PING" => replace /PING (.)/PING $1$1/`, "NAME a\nPING 11\nPING 22\nPING 33\nPING 44\n"},
		{`type == "NAME" => replace |a|a long name|`, "NAME a long name\nPING 1\nPING 2\nPING 3\nPING 4\n"},
		{`wire contains "2" => replace /PING/nothing/`, "NAME a\nPING 1\nnothing 2\nPING 3\nPING 4\n"},
		{`data == "2" => close`, "NAME a\nPING 1\nPING 2\n"},
		{"data == \"2\" => duplicate\ndata == \"2\" => drop nth=1\ntype == \"NAME\" => drop", "PING 1\nPING 3\nPING 4\n"},
		{"data == \"2\" => duplicate\ndata == \"2\" => close", "NAME a\nPING 1\nPING 2\nPING 2\n"},
		{"data == \"2\" => split 2\ndata == \"2\" => duplicate", "NAME a\nPING 1\nPING 2\nPING 2\nPING 3\nPING 4\n"},
		{`token > 3 => drop`, lines},
		{`token > 3 or data == "1" => drop`, "NAME a\nPING 2\nPING 3\nPING 4\n"},
		{`seq == 0 and offset == 0 and length == 7 => drop`, "PING 1\nPING 2\nPING 3\nPING 4\n"},
	} {
		r := ruled(t, "synapse", strings.Split(tt.rules, "\n")...)
		if got := said(t, r, lines); got != tt.want {
			t.Errorf("%s: %q; want %q; %q", tt.rules, got, tt.want, r.notes)
		}
		err := r.end(t)
		if closes := strings.Contains(tt.rules, "close"); closes != errors.Is(err, live.ErrFault) || !closes && err != nil {
			t.Errorf("%s: closed: %v", tt.rules, err)
		}
		if list := r.records(t, 1); strings.Join(list, "") != "> NAME a> PING 1> PING 2> PING 3> PING 4" {
			t.Errorf("%s: told %q", tt.rules, list)
		}
	}
}

// TestEncode makes frames from the middle of recordings of each protocol again
// of their texts, which is what replace relies on. Of some recordings that are
// long every 20th will do.
func TestEncode(t *testing.T) {
	for proto, pattern := range map[string]string{
		"hg": "hg/captures/*/*.pcap", "msgq": "msgq/captures/*.pcap", "synapse": "synapse/captures/*.pcap",
		"zeo": "zeo/captures/*.pcap", "emqp": "emqp/captures/emq_*.pcap", "zmtp": "emqp/captures/z_*.pcap",
	} {
		frames, failed := 0, 0
		for _, name := range testdata.Glob(t, pattern) {
			each(t, name, proto, func(r *codec.Record) {
				if r.Frame == nil || r.Err != nil {
					return
				}
				if frames++; frames > 500 && frames%20 != 0 {
					return
				}
				b, err := tap.Encode(r, humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true}).AppendText(nil, r))
				if err != nil || !bytes.Equal(b, r.Bytes) {
					if failed++; failed < 5 {
						t.Errorf("%s: %s %.200q: %v, %x", path.Base(name), r.Dialect, r.Frame.AppendText(nil, codec.View{}), err, b[:min(len(b), 20)])
					}
				}
			})
		}
		if frames == 0 || failed > 0 {
			t.Errorf("%s: %d of %d frames cannot be made again", proto, failed, frames)
		}
	}
}

// each gives the records of a recording.
func each(t *testing.T, name, proto string, do func(*codec.Record)) {
	t.Helper()
	recorded.Each(t, name, testdata.Read(t, name), decode.Options{Protocol: proto}, do)
}

// TestRuleNotes wants a word about each thing that is done, and one about
// what cannot be.
func TestRuleNotes(t *testing.T) {
	r := ruled(t, "synapse", `data == "2" => drop`, `type == "PING" => set dta=9`, `type == "PING" => delay 1ms nth=1`)
	said(t, r, "PING 1\nPING 2\nPING 3\n")
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	want := `rule 2: > PING at 0 passes unchanged: it has no field "dta": did you mean "data"?` + "\n" +
		"rule 3: > PING at 0: delay\nrule 1: > PING at 7: drop"
	if got := strings.Join(r.notes, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestSet sets numbers as the protocols have them.
func TestSet(t *testing.T) {
	const hg, ping = "\x05\x00\x00\x01\x00\x01\x01\x11heads", "\x00\x00\x00\x12\x00\x10{\"type\": \"ping\"}"
	for _, tt := range []struct{ proto, rule, data, want string }{
		{"hg", "true => set request-id=258", hg, strings.Replace(hg, "\x01\x00\x01", "\x02\x01\x01", 1)},
		{"hg", "true => set stream-id=255", hg, strings.Replace(hg, "\x01\x01\x11", "\xff\x01\x11", 1)},
		{"hg", "true => set stream-id=256", hg, hg},
		{"hg", `true => set command="tails"`, hg, strings.Replace(hg, "heads", "tails", 1)},
		{"msgq", "true => set header length=258", ping, strings.Replace(ping, "\x00\x10", "\x01\x02", 1)},
		{"msgq", "true => set total length = 0xff0000ff", ping, "\xff\x00\x00\xff" + ping[4:]},
	} {
		if got := rules(t, tt.proto, 0, tt.rule).Play([]byte(tt.data)); string(got) != tt.want {
			t.Errorf("%s %s: %q; want %q", tt.proto, tt.rule, got, tt.want)
		}
	}
}

// TestSeed wants the same fate of the same frames with the same seed, on each
// connection its own.
func TestSeed(t *testing.T) {
	var lines strings.Builder
	for i := range 100 {
		lines.WriteString("PING " + string(rune('A'+i%26)) + "\n")
	}
	play := func(seed uint64) (a, b string) {
		list := rules(t, "synapse", seed, "true => drop chance=0.5")
		r := newRig(t, "tcp", func(p *tap.Proxy) { p.Decode.Protocol, p.Rules = "synapse", list })
		a = said(t, r, lines.String())
		r.end(t)
		b = said(t, r, lines.String())
		r.end(t)
		return a, b
	}
	a, b := play(1)
	if c, d := play(1); a != c || b != d {
		t.Error("the same seed did something else")
	}
	if c, _ := play(2); a == c || a == b {
		t.Error("another seed, or another connection, did the same")
	}
	if n := strings.Count(a, "\n"); n < 30 || n > 70 {
		t.Errorf("%d of 100 passed", n)
	}
}

// TestRulesGarbage has what is no frame pass at once, rules or not, and what
// follows it be ruled again.
func TestRulesGarbage(t *testing.T) {
	r := ruled(t, "hg", `type == "command-name" => drop`)
	client, server := r.pair(t)
	garbage := bytes.Repeat([]byte("garbage "), 20)
	passes(t, client, server, garbage)
	for i := range garbage {
		passes(t, client, server, garbage[i:i+1])
	}
	passes(t, server, client, garbage)
	_, _ = client.CloseWrite(), server.CloseWrite()
	if err := r.end(t); err != nil {
		t.Error(err)
	}
	r.records(t, 1)
	if r.offset[1] != [2]int64{320, 160} {
		t.Errorf("records end at %v", r.offset[1])
	}
}

// TestHold lets go of a frame that does not become whole, in all kinds of
// connections.
func TestHold(t *testing.T) {
	for _, kind := range []string{"tcp", "unix", "tls"} {
		list := rules(t, "hg", 1, `type == "command-name" => drop`)
		r := newRig(t, kind, func(p *tap.Proxy) {
			p.Decode.Protocol, p.Rules = "hg", list
			p.Limits.Hold = 20 * time.Millisecond
		})
		client, server := r.pair(t)
		frame := []byte("\x05\x00\x00\x01\x00\x01\x01\x11heads")
		passes(t, client, server, frame[:9]) // after a while
		passes(t, client, server, frame[9:]) // it was let go: it passes whole
		if _, err := client.Write(frame); err != nil {
			t.Fatal(err)
		}
		_ = client.CloseWrite()
		ends(t, server)
		_ = server.CloseWrite()
		if err := r.end(t); err != nil {
			t.Error(err)
		}
		if said := r.records(t, 1); len(said) != 2 {
			t.Errorf("%q", said)
		}
	}
}

// TestRulesStop ends a proxy while a rule delays: what was read passes.
func TestRulesStop(t *testing.T) {
	r := ruled(t, "synapse", "true => delay 1h")
	client, server := r.pair(t)
	if _, err := client.Write([]byte("PING 1\nPI")); err != nil {
		t.Fatal(err)
	}
	for len(func() []string { r.mu.Lock(); defer r.mu.Unlock(); return r.notes }()) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.stop()
	got, err := io.ReadAll(server)
	if err != nil || string(got) != "PING 1\nPI" {
		t.Errorf("%q, %v", got, err)
	}
	if err := r.end(t); err != nil {
		t.Error(err)
	}
}

// TestRulesCaptures has the recordings of the real programs pass rules that
// leave them as they are.
func TestRulesCaptures(t *testing.T) {
	for proto, pattern := range map[string]string{
		"msgq": "msgq/captures/s0*.pcap", "synapse": "synapse/captures/*normal.pcap",
		"zeo": "zeo/captures/*raw.pcap", "emqp": "emqp/captures/emq_re*.pcap", "zmtp": "emqp/captures/z_null*.pcap",
	} {
		r := ruled(t, proto, `type == "none" => drop`, `true => replace /\A/$nothing/`)
		played := 0
		for _, name := range testdata.Glob(t, pattern) {
			for _, k := range talks(t, name, proto) {
				if !k.whole || len(k.steps) == 0 {
					continue
				}
				r.playLoosely(t, k.steps)
				played++
				if got := r.records(t, played); len(got) != len(k.want) {
					t.Errorf("%s: %d records, want %d", path.Base(name), len(got), len(k.want))
				}
			}
		}
	}
}

// playLoosely is play for a proxy that waits for whole frames.
func (r *rig) playLoosely(t testing.TB, steps []step) {
	t.Helper()
	client, server := r.pair(t)
	var want [2][]byte
	for _, s := range steps {
		want[index(s.dir)] = append(want[index(s.dir)], s.p...)
	}
	got := make(chan []byte, 2)
	for _, c := range []halfCloser{server, client} {
		go func() {
			b, err := io.ReadAll(c)
			if err != nil {
				t.Error(err)
			}
			got <- b
		}()
		if c == server {
			_, _ = client.Write(want[0])
			_ = client.CloseWrite()
			if b := <-got; !bytes.Equal(b, want[0]) {
				t.Errorf("%d bytes have become %d", len(want[0]), len(b))
			}
			continue
		}
		_, _ = server.Write(want[1])
		_ = server.CloseWrite()
		if b := <-got; !bytes.Equal(b, want[1]) {
			t.Errorf("%d bytes have become %d", len(want[1]), len(b))
		}
	}
	if err := r.end(t); err != nil {
		t.Errorf("closed: %v", err)
	}
}

func TestRuleErrors(t *testing.T) {
	for _, tt := range []struct{ rule, want, at, hint string }{
		{"", "a rule is CONDITION => ACTION", "", `such as type == "reply" => delay 2s`},
		{`"=>" == type`, "a rule is CONDITION => ACTION", "", ""},
		{"=> drop", "no expression", "", ""},
		{`typ == "x" => drop`, `no hg field "typ"`, "typ", "did you mean type?"},
		{`true =>`, "an action is missing", "", ""},
		{`true => dorp`, `no action "dorp"`, "dorp", "did you mean drop?"},
		{`true => delay`, `"" is no time, such as 2s or 150ms`, "", ""},
		{`true => delay -1s`, `"-1s" is no time, such as 2s or 150ms`, "-1s", ""},
		{`true => split 0`, `"0" is no number of bytes for the first piece`, "0", ""},
		{`true => split 3 soon`, `"soon" is no time, such as 2s or 150ms`, "soon", ""},
		{`true => set`, "set takes FIELD=VALUE", "", ""},
		{`true => set =3`, "set takes FIELD=VALUE", "=3", ""},
		{`true => set x=y`, `"y" is no value: a number, a quoted text, or 0x and digits`, "y", ""},
		{`true => set x=0x123`, `"0x123" is no pairs of hexadecimal digits`, "0x123", ""},
		{`true => set x="y`, "", `"y`, ""},
		{`true => replace`, "replace takes /REGEXP/TEXT/", "", ""},
		{`true => replace axbxcx`, "replace takes /REGEXP/TEXT/", "axbxcx", ""},
		{`true => replace /a/b`, `the last "/" is missing: replace takes /REGEXP/TEXT/`, "/a/b", ""},
		{`true => replace /(/b/`, "missing closing ): `(`", "/(/b/", ""},
		{`true => drop often`, `"often" is no NAME=VALUE`, "often", ""},
		{`true => drop nht=3`, `no limit "nht"`, "nht", "did you mean nth?"},
		{`true => drop nth=0`, "nth=0 is no count", "nth=0", ""},
		{`true => drop every=x`, "every=x is no count", "every=x", ""},
		{`true => drop chance=2`, "chance=2 is not between 0 and 1", "chance=2", ""},
		{`true => drop chance=NaN`, "chance=NaN is not between 0 and 1", "chance=NaN", ""},
	} {
		r, err := tap.NewRules("hg", 0)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := r.Add(tt.rule).(*codec.TextError)
		if !ok {
			t.Errorf("%s: no error of a text", tt.rule)
			continue
		}
		if e.Start < 0 || e.Start > e.End || e.End > len(tt.rule) {
			t.Fatalf("%s: at %d to %d", tt.rule, e.Start, e.End)
		}
		if tt.want != "" && e.Message != tt.want || tt.rule[e.Start:e.End] != tt.at && tt.at != "" || tt.hint != "" && e.Hint != tt.hint {
			t.Errorf("%s: %q at %q, hint %q", tt.rule, e.Message, tt.rule[e.Start:e.End], e.Hint)
		}
	}
	if _, err := tap.NewRules("nothing", 0); err == nil {
		t.Error("rules of no protocol")
	}
	r := rules(t, "hg", 0, `type == "x" => drop`, `request_id in [1, 3] => split 3 1s chance=0.5 nth=2`)
	if r.Len() != 2 || !r.Chance() || rules(t, "hg", 0, "true => drop nth=1").Chance() {
		t.Error("rules miscounted")
	}
}

// FuzzRules has lines of Synapse and anything else pass rules of any kind.
func FuzzRules(f *testing.F) {
	f.Add(`data == "1" => split 2 0s chance=0.5`, uint8(0), []byte("PING 1\nNAME x\n"))
	f.Add(`true => replace /(.)x/$1$1/`, uint8(3), []byte("NAME x\n\xff\xff\n"))
	f.Add(`type != "x" => set payload="y"`, uint8(1), []byte("\x01\x00\x00\x01\x00\x01\x01\x11x"))
	f.Add(`length > 3 => close nth=2`, uint8(5), []byte("PING 1\nNAME x\n"))
	f.Fuzz(func(t *testing.T, rule string, which uint8, data []byte) {
		names := registry.Names()
		r, err := tap.NewRules(names[int(which)%len(names)], uint64(which))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add(rule); err != nil {
			e, ok := err.(*codec.TextError)
			if !ok || e.Start < 0 || e.Start > e.End || e.End > len(rule) {
				t.Fatalf("%q: %v", rule, err)
			}
			return
		}
		r.Play(data)
	})
}
