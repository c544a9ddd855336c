package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// record makes the record of a line of the notation.
func record(t testing.TB, proto, dialect, line string) *codec.Record {
	t.Helper()
	rec := recordOf(proto, dialect, line)
	if rec == nil {
		t.Fatalf("no record: %s", line)
	}
	return rec
}

// recordOf is nil for a line that is no frame.
func recordOf(proto, dialect, line string) *codec.Record {
	enc := humanframe.NewEncoder(registry.Lookup, codec.ToServer, codec.Options{})
	if enc.Use(proto, dialect) != nil {
		return nil
	}
	l, err := humanframe.ParseLine("got", 1, line)
	if err != nil || l.Directive != "" {
		return nil
	}
	rec := &codec.Record{Proto: proto, Dialect: dialect, Conn: 1, Dir: l.Dir}
	if l.Raw != nil {
		rec.Bytes = l.Raw
		rec.Err = codec.Faultf(codec.CodeSyntax, 0, "", "no frame")
	} else {
		f, err := enc.Parse(l)
		if err != nil {
			return nil
		}
		rec.Frame = f.Clone()
		if rec.Bytes, err = rec.Frame.AppendBinary(nil); err != nil {
			return nil
		}
	}
	rec.Span.End = int64(len(rec.Bytes))
	return rec
}

// show tells a result in one line.
func show(res *Result) string {
	var out []string
	if res.Err != nil {
		return res.Err.Error()
	}
	for _, c := range res.Captures {
		out = append(out, c.Name+"="+c.Value)
	}
	for _, d := range res.Diffs {
		switch d.Kind {
		case Missing:
			out = append(out, fmt.Sprintf("%s: missing %s", d.Path, d.Want))
		case Unexpected:
			out = append(out, fmt.Sprintf("%s: unexpected %s", d.Path, d.Got))
		default:
			out = append(out, fmt.Sprintf("%s: %s, not %s", d.Path, d.Got, d.Want))
		}
	}
	for _, f := range res.Failed {
		out = append(out, fmt.Sprintf("assert %s: %s %s %v", f.Assert.Expr, f.Left, f.Right, f.Err))
	}
	if res.OK {
		return strings.Join(append([]string{"ok"}, out...), " ")
	}
	return strings.Join(out, "; ")
}

func options() Options {
	return Options{Lookup: registry.Lookup, Vars: map[string]string{"tid": "tid'3'", "n": "7"}}
}

func TestMatch(t *testing.T) {
	const (
		hg   = "hg seed"
		zeo  = "zeo Z5"
		msgq = "msgq json"
		syn  = "synapse seed"
		emqp = "emqp "
	)
	for _, c := range []struct{ proto, want, got, result string }{
		// texts
		{hg, `< 1 2 stream-begin bytes-response eos 0123`, `< 1 2 stream-begin bytes-response eos 0123`, "ok"},
		{hg, `< 1 2 1 bytes-response 2 0123`, `< 1 2 stream-begin bytes-response eos 0123`, "ok"},
		{hg, `< $n 2 stream-begin bytes-response eos 0123`, `< 7 2 stream-begin bytes-response eos 0123`, "ok"},
		{hg, `< {{id}} 2 stream-begin bytes-response eos {{reply}}`, `< 1 2 stream-begin bytes-response eos a b, c) "`, `ok id=1 reply=a b, c) "`},
		{hg, `< 1 2 stream-begin bytes-response eos *`, `< 1 2 stream-begin bytes-response eos a b`, "ok"},
		{hg, `< 1 2 stream-begin bytes-response eos /[0-9]+/`, `< 1 2 stream-begin bytes-response eos 0123`, "ok"},
		{hg, `< 1 2 stream-begin bytes-response eos /[0-9]+/`, `< 1 2 stream-begin bytes-response eos a123`, `payload: "a123", not /[0-9]+/`},
		{hg, `< 1 2 stream-begin bytes-response eos {{node:/[0-9a-f]{4}/}} {{rest:a*}}`, `< 1 2 stream-begin bytes-response eos 01ab ab`, "ok node=01ab rest=ab"},
		{hg, `< 1 2 {{flags}} bytes-response eos x`, `< 1 2 stream-begin bytes-response eos x`, "ok flags=stream-begin"},
		{hg, `< 1 2 {{flags}} bytes-response 2 x`, `< 1 2 stream-begin bytes-response eos x`, "ok flags=stream-begin"},
		// fields
		{hg, `< {{id}} 2 stream-begin bytes-response eos abc`, `< 5 2 stream-begin bytes-response eos abd`, `payload: "abd", not "abc"`},
		{hg, `< 1 2 stream-begin bytes-response eos abc`, `< 3 2 0 bytes-response eos abc`, `request_id: 3, not 1; stream_flags[0]: missing "stream-begin"`},
		{hg, `< 1 2 stream-begin bytes-response eos abc`, `< 1 2 stream-begin error-response protocol abc`, "type: error-response, not bytes-response"},
		{zeo, `< reply 12 (oid'3f21', {{tid2}})`, `< reply 12 (oid'3f21', tid'3e8')`, `ok tid2=x"00000000000003e8"`},
		{zeo, `< reply 12 (oid'3f21', $tid)`, `< reply 12 (oid'3f21', tid'3')`, "ok"},
		{zeo, `< reply 12 (oid'3f21', {{tid2}})`, `< reply 12 (oid'3f22', tid'3e8')`, `args[0]: x"0000000000003f22", not x"0000000000003f21"`},
		{zeo, `< reply 12 x"{{tid2}}"`, `< reply 13 tid'040d299b815dc8a7'`, "id: 13, not 12"},
		{syn, `< RDATA typing {{*}} ["a"]`, `< RDATA typinh 7 ["a"]`, `stream_name: "typinh", not "typing"`},
		{"zeo Z309", `< reply 3 {s"a": 1, s"b": {{*}}}`, `< reply 3 {s"b": 2, s"a": 3}`, `args.a: 3, not 1`},
		{"hg final", `< 1 2 encoded command-response eos {{*}}`, `< 1 2 encoded command-response eos ([{\xff`, "ok"},
		{zeo, `< reply {{id}} ({{a}}, {{b}})`, `< reply 12 ((1, 2), "x, y")`, `ok id=12 a=(1, 2) b="x, y"`},
		{zeo, `< reply {{id}} ({{a}}, {{b}})`, `< reply 12 (1, 2, 3)`, `args[2]: unexpected 3`},
		{zeo, `< reply 12 ({{a}}, *)`, `< reply 12 (1,)`, `args[1]: missing *`},
		{zeo, `< reply 12 {"b": 1, "a": {{x}}}`, `< reply 12 {"a": 2, "b": 1}`, `ok x=2`},
		{msgq, `< {"type":"getlname"} {"lname":"{{me}}"}`, `< {"type": "getlname"} {"lname": "6b00c666_1@vm"}`, `ok me=6b00c666_1@vm`},
		{msgq, `< {"type":"getlname"} {"lname":{{me}}}`, `< {"type": "getlname"} {"lname": "6b00c666_1@vm"}`, `ok me="6b00c666_1@vm"`},
		{msgq, `< {"type":"getlname"} {"lname":"6b_{{me}}@vm"}`, `< {"type": "getlname"} {"lname": "6b_1@vm"}`, `ok me=1`},
		{msgq, `< {"type":"getlname"} {"lname":"6b_{{*}}@vm"}`, `< {"type": "getlname"} {"lname": "6c_1@vm"}`, `body.lname: "6c_1@vm", not "6b_{{*}}@vm"`},
		{msgq, `< {"seq": $n, "type": "send", "group":"a", "x": {{x}}} {"result": [0, {"a": 1.50}]}`, `< {"type": "send", "x": [1, 2], "seq":7, "group": "a"} {"result":[0, {"a":1.5}]}`, `ok x=[1,2]`},
		{msgq, `< {"type": "send", "seq": 1} {"result": [0]}`, `< {"type": "send", "seq": 2, "to": "*"} {"result": [0, 1]}`, `body.result[1]: unexpected 1; header.seq: 2, not 1; header.to: unexpected "*"`},
		{syn, `< RDATA events {{n2}} ["$foo", *]`, `< RDATA events 54 ["$foo", {"a": 1}]`, `ok n2=54`},
		{syn, `< POSITION events {{n2}}`, `< RDATA events 54 ["$foo"]`, `type: RDATA, not POSITION`},
		{syn, `< {{cmd}} x`, `< PING x`, `ok cmd=PING`},
		{emqp, `< ACK id={{id}} acked=b0`, `< ACK id=a0 acked=b0`, `ok id=a0`},
		{emqp, `< ACK id={{id}} acked=b1`, `< ACK id=a0 acked=b0`, `acked: "b0", not "b1"`},
		// bytes
		{hg, `< raw a{{x}}\n`, `< raw abc\n`, `ok x=bc`},
		{hg, `< raw \x61\12`, `< raw a\n`, `ok`},
		{hg, `< raw ab`, `< raw ac`, `: raw ac, not raw ab`},
		{hg, `< 1 2 stream-begin bytes-response eos x`, `< raw ac`, `: raw ac, not 1 2 stream-begin bytes-response eos x`},
	} {
		name, dialect, _ := strings.Cut(c.proto, " ")
		o := options()
		o.Proto, o.Dialect = name, dialect
		doc, err := Parse("doc", []byte(c.want+"\n"), o)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		res := doc.Begin().Match(doc.Steps[0].(*Expect), record(t, name, dialect, c.got), 0)
		if got := show(res); got != c.result {
			t.Errorf("%s\n%s\n got %s\nwant %s", c.want, c.got, got, c.result)
		}
	}
}

// What is tried for an expectation changes nothing of what is sent: the short
// forms of msgq know the name that the daemon gave, not one that was expected.
func TestMatchLeavesNoTrace(t *testing.T) {
	const src = `@proto msgq
< {"type":"getlname"} {"lname": {{me}}}
> send a/b command:x
< {"type":"getlname"} {"lname":{{other}},"x":1}
> send a/b command:x
`
	doc, err := Parse("doc", []byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	run := doc.Begin()
	rec := record(t, "msgq", "", `< {"type": "getlname"} {"lname":"me_1@vm"}`)
	first := doc.Steps[0].(*Expect)
	res := run.Match(first, rec, 0)
	if !res.OK {
		t.Fatal(show(res))
	}
	run.Take(res, rec)
	if res := run.Match(doc.Steps[2].(*Expect), rec, 0); res.OK {
		t.Fatal("matches without x")
	}
	for _, i := range []int{1, 3} {
		b, err := run.Bytes(doc.Steps[i].(*Send))
		if err != nil || !strings.Contains(string(b), `"from": "me_1@vm"`) {
			t.Errorf("%q, %v", b, err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for name, line := range map[string]string{
		"text":   `< {"type": "getlname"} {"lname": "6b00c666_1@vm"}`,
		"hole":   `< {"type": "getlname"} {"lname": {{me}}}`,
		"fields": `< {"type":"getlname"} {"lname":{{me}}}`,
	} {
		b.Run(name, func(b *testing.B) {
			o := options()
			o.Proto = "msgq"
			doc, err := Parse("doc", []byte(line+"\n"), o)
			if err != nil {
				b.Fatal(err)
			}
			run := doc.Begin()
			rec := record(b, "msgq", "", `< {"type": "getlname"} {"lname": "6b00c666_1@vm"}`)
			b.ReportAllocs()
			for b.Loop() {
				if !run.Match(doc.Steps[0].(*Expect), rec, 0).OK {
					b.Fatal("no match")
				}
			}
		})
	}
}
