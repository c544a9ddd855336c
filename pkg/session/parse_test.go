package session

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// outline tells the steps of a document, one a line.
func outline(steps []Step, indent string) string {
	var b strings.Builder
	for _, s := range steps {
		at := s.Where()
		fmt.Fprintf(&b, "%s%s:%d ", indent, at.File, at.Line)
		switch s := s.(type) {
		case *Send:
			fmt.Fprintf(&b, "send %s #%d/%d %s %s raw=%v\n", s.Dir, s.Conn, s.Exchange, s.Proto, s.Dialect, s.Raw)
		case *Expect:
			fmt.Fprintf(&b, "expect %s #%d/%d %s captures=%v optional=%v timeout=%v ignore=%v asserts=%d\n", s.Dir, s.Conn, s.Exchange, s.Proto, s.Captures, s.Optional, s.Timeout, s.Ignore, len(s.Asserts))
		case *AnyOrder:
			fmt.Fprintf(&b, "any-order\n")
			for _, e := range s.Expects {
				b.WriteString(outline([]Step{e}, indent+"  "))
			}
		case *Repeat:
			fmt.Fprintf(&b, "repeat %d %s\n%s", s.Count, s.Name, outline(s.Steps, indent+"  "))
		case *Retry:
			fmt.Fprintf(&b, "retry %d every %v\n%s", s.Count, s.Every, outline(s.Steps, indent+"  "))
		case *Set:
			fmt.Fprintf(&b, "set %s env=%s\n", s.Name, s.Env)
		case *Sleep:
			fmt.Fprintf(&b, "sleep %v\n", s.For)
		case *Connect:
			fmt.Fprintf(&b, "connect #%d %s %v\n", s.Conn, s.URL, s.Settings)
		case *Serve:
			fmt.Fprintf(&b, "serve #%d %s %v\n", s.Conn, s.Proto, s.Settings)
		case *HTTP:
			fmt.Fprintf(&b, "http #%d/%d %s %s %v\n", s.Conn, s.Exchange, s.Method, s.Path, s.Header)
		case *End:
			fmt.Fprintf(&b, "end %s #%d timeout=%v\n", s.Dir, s.Conn, s.Timeout)
		case *Gap:
			fmt.Fprintf(&b, "gap %s %d\n", s.Dir, s.Bytes)
		}
	}
	return b.String()
}

func including(files map[string]string) Options {
	o := options()
	o.Include = func(_, name string) (string, []byte, error) {
		src, ok := files[name]
		if !ok {
			return "", nil, errors.New("no such file")
		}
		return name, []byte(src), nil
	}
	o.Getenv = func(name string) (string, bool) { return "from env", name == "TOKEN" }
	return o
}

func TestSteps(t *testing.T) {
	src, err := os.ReadFile("testdata/all.wire")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Parse("all", src, including(map[string]string{"login.wire": "# log in\n@proto zeo dialect=Z5\n> hello Z5\n< hello Z5\n"}))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/all.golden", outline(doc.Steps, ""))
	n := 0
	doc.All(func(Step) bool { n++; return true })
	if want := strings.Count(outline(doc.Steps, ""), "\n"); n != want {
		t.Errorf("All calls for %d steps of %d", n, want)
	}
}

func TestParseErrors(t *testing.T) {
	files := map[string]string{
		"self.wire":  "@include self.wire\n",
		"a.wire":     "@include b.wire\n",
		"b.wire":     "@include a.wire\n",
		"open.wire":  "@repeat 2\n",
		"wrong.wire": "\n@sleep x\n",
	}
	const zeo = "@proto zeo dialect=Z5\n"
	for _, c := range []struct{ src, want string }{
		{"1 1 0 command-name eos x", "doc:1:1: no protocol is named"},
		{"@repeat 2\n@sleep 1s", "doc:1:1: @repeat has no @end"},
		{"@end", "doc:1:1: @end ends nothing"},
		{"@repeat x\n@sleep 1s\n@end", `doc:1:9: "x" is no number from 1 to 1000000`},
		{"@repeat 2 9a\n@sleep 1s\n@end", `doc:1:11: "9a" is no name of a variable`},
		{"@repeat 2\n@end", "doc:1:1: @repeat has nothing in it"},
		{"@retry 2 all 1s\n@sleep 1s\n@end", `doc:1:10: "all" is not how @retry goes on`},
		{"@any-order\n@sleep 1s\n@end", "doc:2:1: only what is expected can stand in @any-order\ndoc:1:1: @any-order has nothing in it"},
		{"@sleep", "doc:1:1: @sleep needs more"},
		{"@sleep 1", `doc:1:8: "1" is no duration`},
		{"@sleep 1s 2s", `doc:1:11: "2s" is too much for @sleep`},
		{"@timeout 0s", "doc:1:10: nothing can come in no time"},
		{"@slep 1s", `doc:1:2: no directive "slep"`},
		{"> @sleep 1s", "doc:1:1: @sleep has no direction"},
		{"@set 9=1", `doc:1:6: "9=1" is no NAME=VALUE`},
		{"@set a=env:HOME", `doc:1:12: the environment has no "HOME"`},
		{"@connect ftp://x", `doc:1:10: "ftp://x" is no address`},
		{"@connect #0 tcp://x", `doc:1:10: "#0" is no connection`},
		{"@connect tcp://x y", `doc:1:18: "y" is no setting`},
		{"@serve zoe", `doc:1:8: no protocol "zoe"`},
		{"@include none.wire", "doc:1:10: no such file"},
		{"@include self.wire", "self.wire:1:10: the file includes itself"},
		{"@include a.wire", "b.wire:1:10: the file includes itself"},
		{"@include open.wire", "open.wire:1:1: @repeat has no @end in its file"},
		{"@include wrong.wire", `wrong.wire:2:8: "x" is no duration`},
		{"@optional\n@sleep 1s\n" + zeo + "> ruok", "doc:1:1: @optional stands before a line that is expected, and here a line is sent"},
		{"@optional", "doc:1:1: @optional stands before a line that is expected, and here the document ends"},
		{"@assert true", "doc:1:1: @assert is about the expected line before it, and there is none"},
		{zeo + "< hello Z5\n@assert typ ==", "doc:3:14: unexpected token EOF"},
		{zeo + "< hello Z5\n@assert length", "doc:3:9: expected bool, but got int64"},
		{zeo + "< hello Z5\n@assert nam == 1", `doc:3:9: no zeo field "nam"`},
		{"@ignore a..b", `doc:1:11: "a..b" is no path of a field: a name is missing`},
		{"@ignore a[x]", `doc:1:11: "a[x]" is no path of a field: in brackets stands a number, * or a quoted name`},
		{"@gap 5", "doc:1:1: bytes are missing here, so they cannot be sent"},
		{"< @http GET /", "doc:1:9: a request is sent, not expected"},
		{"@header a: b", "doc:1:1: @header is about the @http before it, and there is none"},
		{zeo + "< reply 1 {{a}} {{a}}", "doc:2:17: {{a}} stands twice in one line"},
		{zeo + "< reply 1 {{a:/(/}}", "doc:2:16: no regular expression: missing closing ): `(`"},
		{zeo + "< reply 1 {{a:x}", "doc:2:15: the pattern has no end"},
		{zeo + "< reply 1 {{txn}}\n> call 2 vote($tnx)", `doc:3:15: no variable "tnx"`},
		{zeo + "< reply 1 {{txn}}\n> call 2 vote({{txn}})", "doc:3:15: {{txn}} keeps what comes, and this is sent"},
		{"@proto hg\n< {{id}} 2 stream-begn bytes-response eos *", `doc:2:12: stream flags: no flag "stream-begn"`},
		{"@proto hg\n> 1 1 0 command-data eos {{redacted}}", "doc:2:26: a secret was masked here, so the bytes are not known"},
		{"@set id=abc\n@proto hg\n> $id 1 0 command-data eos x", `doc:3:3: request id: "abc" is no decimal number`},
		{"httprequest POST /\n    frame 1 1 0 command-nam eos x", `doc:2:17: type: no type "command-nam"`},
		{"command heads\n    x y\n", "doc:1:1: command leaves the frames to hg"},
	} {
		doc, err := Parse("doc", []byte(c.src), including(files))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.src, err, c.want)
			continue
		}
		if doc != nil {
			t.Errorf("%q: a document in spite of %v", c.src, err)
		}
		for _, e := range err.(Errors) {
			if line, start, end := e.Source(); start < 0 || start > end || end > len(line) {
				t.Errorf("%q: %d to %d of %q", c.src, start, end, line)
			}
		}
	}
}

// Not more than some errors are told, and none is told of what follows from
// another.
func TestErrorLimit(t *testing.T) {
	_, err := Parse("doc", []byte(strings.Repeat("@sleep x\n", 100)), options())
	if e, ok := err.(Errors); !ok || len(e) != maxErrors {
		t.Errorf("%v", err)
	}
}

func TestSends(t *testing.T) {
	const src = `@proto zeo dialect=Z5
@set name=a b
@set both=$name-${n}
> call $n set_client_label("$both $$name $x")
> raw $n\x00
< reply $n {{txn}}
> call 8 vote($txn)
`
	doc, err := Parse("doc", []byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	run := doc.Begin()
	var sent []string
	for _, s := range doc.Steps {
		switch s := s.(type) {
		case *Set:
			if err := run.Set(s); err != nil {
				t.Fatal(err)
			}
		case *Send:
			b, err := run.Bytes(s)
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, string(b))
		case *Expect:
			rec := record(t, "zeo", "Z5", `< reply 7 "abc"`)
			res := run.Match(s, rec, 0)
			if !res.OK {
				t.Fatal(show(res))
			}
			run.Take(res, rec)
		}
	}
	want := [][]byte{
		record(t, "zeo", "Z5", `> call 7 set_client_label("a b-7 $name $x")`).Bytes,
		[]byte("7\x00"),
		record(t, "zeo", "Z5", `> call 8 vote("abc")`).Bytes,
	}
	for i := range want {
		if sent[i] != string(want[i]) {
			t.Errorf("%d: sent %q, not %q", i, sent[i], want[i])
		}
	}
	if v, _ := run.Var("both"); v != "a b-7" {
		t.Errorf("both is %q", v)
	}
	if got := run.Expand("tcp://h:$n/$none"); got != "tcp://h:7/$none" {
		t.Errorf("expanded: %s", got)
	}
}

// As the server of a recording we send what it answers.
func TestServeRole(t *testing.T) {
	o := options()
	o.Serve = true
	doc, err := Parse("doc", []byte("@proto msgq\n> {\"type\":\"getlname\"} *\n< {\"type\":\"getlname\"} {\"lname\":\"a\"}\n"), o)
	if err != nil {
		t.Fatal(err)
	}
	got := outline(doc.Steps, "")
	want := "doc:2 expect > #1/0 msgq captures=[] optional=false timeout=0s ignore=[] asserts=0\ndoc:3 send < #1/0 msgq  raw=false\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestAsserts(t *testing.T) {
	const src = `@proto zeo dialect=Z5
< reply 7 {{a}}
@assert id == 7 and vars.a == "\"abc\""
@assert args == "abd"
@assert elapsed < 0.5
@assert args > 3
`
	doc, err := Parse("doc", []byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	res := doc.Begin().Match(doc.Steps[0].(*Expect), record(t, "zeo", "Z5", `< reply 7 "abc"`), 0.25)
	want := `a="abc"; assert args == "abd": "abc" "abd" <nil>; assert args > 3: "abc" 3 `
	if got := show(res); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestIgnore(t *testing.T) {
	const src = `@proto msgq
@ignore header.seq body.list[*].time
< {"type":"send","seq":1} {"list":[{"time":1},{"time":2}]}
@ignore none
< {"type":"send","seq":1} {"list":[{"time":1},{"time":2}]}
`
	doc, err := Parse("doc", []byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	rec := record(t, "msgq", "", `< {"type":"send","seq":2} {"list":[{"time":3},{"time":2}]}`)
	run := doc.Begin()
	list := []*Expect{doc.Steps[1].(*Expect), doc.Steps[0].(*Expect)}
	if got := show(run.Match(list[1], rec, 0)); got != "ok" {
		t.Errorf("ignoring: %s", got)
	}
	if got := show(run.Match(list[0], rec, 0)); got != "body.list[0].time: 3, not 1; header.seq: 2, not 1" {
		t.Errorf("not ignoring: %s", got)
	}
	if res, i := run.Nearest(list, rec, 0); i != 1 || !res.OK {
		t.Errorf("nearest is %d", i)
	}
}

func TestPathCovers(t *testing.T) {
	for _, c := range []struct {
		path, at string
		want     bool
	}{
		{"a", "a", true}, {"a", "a.b[0]", true}, {"a.b", "a", false}, {"a.b", "a.c", false}, {"a[*].t", "a[3].t", true},
		{"*", "a.b", true}, {"*.t", "t", true}, {"*.t", "a.b[0].t.x", true}, {"*.t", "a.b", false},
		{"a.**.t", "a.t", true}, {"a.**.t", "a.b.c.t", true}, {"a.**.t", "b.t", false}, {"a.**.**.**.t", "a.b.c.d.e.f.g.t", true}, {"**", "a", true},
		{"*_at", "x.created_at", false}, {"*.*_at", "x.created_at", true}, {"x.c*_a*", "x.created_at", true}, {"x.c*_a*", "x.created", false}, {"x*y", "xy", true}, {"x*y", "x", false},
	} {
		p, err := ParsePath(c.path)
		at, err2 := ParsePath(c.at)
		if err != nil || err2 != nil || p.covers(at) != c.want {
			t.Errorf("%s, %s: %v, %v, %v", c.path, c.at, p.covers(at), err, err2)
		}
	}
	doc, err := Parse("doc", []byte("@proto zeo dialect=Z5\n< reply 7 1\n@ignore none\n< reply 7 1\n"), Options{Lookup: options().Lookup, Ignore: []Path{{"args"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Steps {
		if res := doc.Begin().Match(s.(*Expect), record(t, "zeo", "Z5", "< reply 7 2"), 0); !res.OK {
			t.Errorf("ignored in all lines: %s", show(res))
		}
	}
}

func TestPaths(t *testing.T) {
	for src, want := range map[string]string{
		"a": "a", "fields.a[0].b": "a[0].b", "a[*]": "a[*]", "fields": "fields", "!flag": "!flag",
		`a["x.y"].z`: `a["x.y"].z`, "a.*.b": "a[*].b", `fields.args["$t"][0]["$b"]`: "args[0]",
	} {
		p, err := ParsePath(src)
		if err != nil || p.String() != want {
			t.Errorf("%s: %s, %v", src, p, err)
			continue
		}
		again, err := ParsePath(p.String())
		if err != nil || again.String() != want {
			t.Errorf("%s: %s, %v", p, again, err)
		}
	}
	for _, src := range []string{"", ".", "a.", "a[", "a[]", "a[-1]", "a[0]b", ".a"} {
		if p, err := ParsePath(src); err == nil {
			t.Errorf("%q is %q", src, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	src, err := os.ReadFile("testdata/all.wire")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte("@proto hg\n< {{a}} /b/ *\n"))
	f.Add([]byte("httprequest POST /\n    frame 1 1 0 command-name eos x\nraw\n    abc\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := Parse("doc", src, Options{Lookup: registry.Lookup})
		if errs, ok := err.(Errors); ok {
			for _, e := range errs {
				if line, start, end := e.Source(); start < 0 || start > end || end > len(line) {
					t.Errorf("%v: %d to %d of %q", e, start, end, line)
				}
			}
			return
		}
		if err != nil || doc == nil {
			t.Fatalf("%v, %v", doc, err)
		}
		run := doc.Begin()
		doc.All(func(s Step) bool {
			if s, ok := s.(*Send); ok {
				_, _ = run.Bytes(s)
			}
			return true
		})
	})
}

// A script of Mercurial's own tests (test-http-api-httpv2.t) and the body that
// hg made of it.
func TestScript(t *testing.T) {
	const src = `httprequest POST api/exp-http-v2-0001/ro/customreadonly
    accept: application/mercurial-exp-framing-0005
    content-type: application/mercurial-exp-framing-0005
    user-agent: test
    frame 1 1 stream-begin command-request new cbor:{b'name': b'customreadonly'}
httprequest GET ?cmd=listkeys
    x-hgarg-1: namespace=namespaces
`
	doc, err := Parse("doc", []byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	const want = `doc:1 http #1/1 POST api/exp-http-v2-0001/ro/customreadonly [{accept application/mercurial-exp-framing-0005} {content-type application/mercurial-exp-framing-0005} {user-agent test}]
doc:5 send > #1/1 hg  raw=false
doc:6 http #1/2 GET ?cmd=listkeys [{x-hgarg-1 namespace=namespaces}]
`
	if got := outline(doc.Steps, ""); got != want {
		t.Fatalf("got\n%s", got)
	}
	b, err := doc.Begin().Bytes(doc.Steps[1].(*Send))
	if err != nil || string(b) != "\x15\x00\x00\x01\x00\x01\x01\x11\xa1DnameNcustomreadonly" {
		t.Errorf("%q, %v", b, err)
	}
}
