package filter

import (
	"bytes"
	"encoding/json"
	"path"
	"reflect"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// records calls do with the records of a capture.
func records(t testing.TB, name string, do func(r *codec.Record)) {
	t.Helper()
	decoded(t, name, testdata.Read(t, name), do)
}

func decoded(t testing.TB, name string, content []byte, do func(r *codec.Record)) {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(content), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		do(r)
	}
}

// TestMatcher wants what is made a part at a time to give what the whole
// gives.
func TestMatcher(t *testing.T) {
	for name, sources := range map[string][]string{
		"zeo/captures/zeo6-basic.pcap.gz": {
			`type == "call" and name == "loadBefore"`, `args[0] != nil`, `name startsWith "tpc" or length > 500`,
			`fields.name == "vote"`, `len(fields) > 3`, `"name" in fields`, `$env.fields.id == 3`, `any(args, # != nil)`,
			`not (type == "reply") && id in 3..9`, `findings != [] or error != ""`, `let f = fields; f.id == 2`,
			`time > "2026"`, `value?.oid == "x"`, `fields["na" + "me"] == "vote"`, `nothing == nil`, `nothing > 3`,
		},
		"hg/captures/seed/lookup-ok.pcap": {
			`payload.text contains "tip"`, `"eos" in flags`, `argument.name.text == "key"`, `request_id == 1 and dir == "<"`,
		},
		"msgq/captures/s10_rpc_one_to_many.pcap": {`header.type == "send"`, `header.group != nil and body != nil`, `gap > 0`},
		"emqp/captures/emq_request.pcap":         {`command == "REQUEST"`, `type == "greeting" and mechanism == "NULL"`, `queue != nil`},
	} {
		for _, source := range sources {
			f, err := Compile(source)
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			c, err := f.Choose()
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			m := c.Matcher()
			n := [2]int{}
			records(t, name, func(r *codec.Record) {
				got, want := m.Match(r, nil), c.Holds(New(r))
				if got != want {
					t.Errorf("%s: %s: record %d of %d: %v, want %v", name, source, r.Seq, r.Conn, got, want)
				}
				if got {
					n[1]++
				} else {
					n[0]++
				}
			})
			t.Logf("%s: %d of %d", source, n[1], n[0]+n[1])
		}
	}
}

func TestMatcherGiven(t *testing.T) {
	f, err := Compile(`elapsed > 1 and wire == "x y" and gap == 0`)
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Choose()
	if err != nil {
		t.Fatal(err)
	}
	if !c.Uses("elapsed") || !c.Uses("wire") || c.Uses("time") {
		t.Error("what the condition looks at is not known")
	}
	m := c.Matcher()
	m.Wire = func(dst []byte, _ *codec.Record) []byte { return append(dst, "x y"...) }
	r := &codec.Record{Bytes: []byte("x"), Span: codec.Span{End: 1}}
	after := func(d time.Duration) *codec.Joined {
		return &codec.Joined{Answers: true, To: codec.Reply{Elapsed: d}, Outstanding: -1}
	}
	if !m.Match(r, after(2*time.Second)) || m.Match(r, after(time.Second)) || m.Match(r, after(-1)) || m.Match(r, nil) {
		t.Error("elapsed and wire do not reach the condition")
	}
}

// TestTry wants what is told in two steps to be what is told in one, and
// nothing left to settle where the record alone settles it.
func TestTry(t *testing.T) {
	if testdata.Race {
		t.Skip("long, and of one goroutine")
	}
	joins := []codec.Joined{
		{Outstanding: -1},
		{Outstanding: 0, Answers: true, To: codec.Reply{Conn: 1, Seq: 2, Elapsed: 3 * time.Second}},
		{Outstanding: 7, Answered: true, By: codec.Reply{Conn: 2, Seq: 9, Elapsed: -1}},
		{Outstanding: 1, Answered: true, By: codec.Reply{Conn: 1, Seq: 9, Elapsed: 5e8}},
	}
	for source, settled := range map[string]bool{
		`type == "call" and elapsed > 1`:                      true,
		`elapsed > 1`:                                         false,
		`not (elapsed > 1) or name == "vote"`:                 true,
		`(replied_by == nil or elapsed < 1) and seq % 2 == 0`: true,
		`outstanding > 5 and reply_to_conn == nil`:            false,
		`outstanding > id`:                                    false,
		`reply_to == 2 or replied_by_conn == 2`:               false,
		`$env.elapsed != nil`:                                 false,
		`not not (type == "reply" and reply_to == nil)`:       true,
		`seq > 5`: true,
	} {
		f, err := CompileFor(source, "zeo")
		if source[0] == '$' {
			f, err = Compile(source)
		}
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		c, err := f.Choose()
		if err != nil {
			t.Fatal(err)
		}
		m, other := c.Matcher(), c.Matcher()
		var list []func()
		ever := false
		records(t, "zeo/captures/zeo6-basic.pcap.gz", func(r *codec.Record) {
			holds, later := m.Try(r)
			ever = ever || later == nil
			env := New(r)
			for i := range joins {
				env.Join(&joins[i])
				want, seq := c.Holds(env), r.Seq
				if got := other.Match(r, &joins[i]); got != want {
					t.Errorf("%s: record %d, %d: %v, want %v", source, seq, i, got, want)
				}
				list = append(list, func() { // when the record is long gone
					if later != nil {
						holds = later.Holds(&joins[i])
					}
					if holds != want {
						t.Errorf("%s: record %d, %d: %v later, want %v", source, seq, i, holds, want)
					}
				})
			}
		})
		for _, do := range list {
			do()
		}
		if ever != settled {
			t.Errorf("%s: settled by records alone: %v", source, ever)
		}
	}
}

// TestMembers holds the reader of members to encoding/json.
func TestMembers(t *testing.T) {
	for _, src := range []string{
		`{}`, `{"a":1}`, ` { "a" : [ 1 , 2.5 , "x" ] , "b" : { "c" : null } } `,
		`{"a":"x\"y\\","b":"\\\\","c":true,"d":false}`,
		`{"a":"\u00e9\n\t\ud83d\ude00 \ud800 \ud800\u0041","\u0062":"/\/"}`,
		`{"a":[[],{},[{}]],"b":-1,"c":1e3,"d":""}`,
		`{"a":{"b":"}]{[,:\"","c":[]},"z":9}`,
	} {
		var whole map[string]any
		d := json.NewDecoder(bytes.NewReader([]byte(src)))
		d.UseNumber()
		if err := d.Decode(&whole); err != nil {
			t.Fatal(err)
		}
		plain(whole)
		got := map[string]any{}
		if members(got, []byte(src), nil); !reflect.DeepEqual(got, whole) {
			t.Errorf("%s: %v; want %v", src, got, whole)
		}
		for key := range whole {
			got := map[string]any{}
			members(got, []byte(src), map[string]bool{key: true})
			if want := map[string]any{key: whole[key]}; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v; want %v", src, got, want)
			}
		}
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":"x\"y\\","b":[1,{"c":null}]}`))
	f.Add([]byte(`{"a":"\ud83d\ude00\u00`))
	f.Add([]byte(`{"a":[[[{"b":`))
	f.Add([]byte(`{"a"`))
	f.Fuzz(func(t *testing.T, src []byte) {
		got, some := map[string]any{}, map[string]any{}
		members(got, src, nil)
		members(some, src, map[string]bool{"a": true})
		if !json.Valid(src) {
			return
		}
		if a, ok := got["a"]; ok && !reflect.DeepEqual(a, some["a"]) {
			t.Errorf("%s: %v and %v", src, a, some["a"])
		}
	})
}

// BenchmarkWhere is decoding to JSON of the records that a condition holds
// for, beside decoding to JSON of all. An operation is a whole capture.
func BenchmarkWhere(b *testing.B) {
	for _, name := range []string{"zeo/captures/zeo6-basic.pcap.gz", "hg/captures/seed/big-32768.pcap", "msgq/captures/s10_rpc_one_to_many.pcap"} {
		src := testdata.Read(b, name)
		for _, source := range []string{"", `type == "nothing"`, `type != "nothing"`, `id == -1 or request_id == -1 or body == 7`, `seq >= 0 and fields != nil`} {
			b.Run(path.Base(name)+"/"+source, func(b *testing.B) {
				wire := humanframe.NewPrinter(registry.Lookup, codec.View{})
				render := dump.NewJSON(dump.Options{Wire: wire.AppendText}).AppendRecord
				var m *Matcher
				if source != "" {
					f, err := Compile(source)
					if err != nil {
						b.Fatal(err)
					}
					c, err := f.Choose()
					if err != nil {
						b.Fatal(err)
					}
					m = c.Matcher()
				}
				var buf []byte
				n := 0
				b.ReportAllocs()
				for b.Loop() {
					n = 0
					decoded(b, name, src, func(r *codec.Record) {
						if n++; m == nil || m.Match(r, nil) {
							buf = render(buf[:0], r)
						}
					})
				}
				b.ReportMetric(float64(n), "records/op")
			})
		}
	}
}
