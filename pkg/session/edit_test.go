package session

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"plain":             "plain",
		"a * b":             `a {{:\*}} b`,
		`a "*" b*`:          `a "*" b*`,
		"x /a*/ /(/":        `x {{:\/a\*\/}} {{:\/(\/}}`,
		"{{a}} {{redacted}": "{{:{{}}a}} {{redacted}",
		"{{a":               "{{a",
		"$name $$name $":    "$$name $$$name $",
		"${name} $nama":     "$${name} $$nama",
		"$other":            "$other",
	} {
		got := Quote(text, "name")
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		s := scan{src: got, expected: true, known: func(n string) bool { return n == "name" }, names: func() []string { return []string{"name"} }}
		tpl, err := s.parse()
		if err != nil || tpl.has(use) {
			t.Errorf("%s: %v", got, err)
			continue
		}
		if _, _, ok := matchText(tpl.parts, text, false); !ok {
			t.Errorf("%s does not match %s", got, text)
		}
		if _, _, ok := matchText(tpl.parts, strings.ReplaceAll(text, "*", "#")+" ", false); ok {
			t.Errorf("%s matches something else", got)
		}
	}
}

func TestRewrite(t *testing.T) {
	const src = "# a\n\nb \\\nc\r\nd\ne"
	got, err := Rewrite([]byte(src), map[int]Edit{3: {Change: true, Text: "B", After: []string{"x", "y"}}, 5: {Change: true}, 6: {Before: []string{"z"}}})
	if err != nil || string(got) != "# a\n\nB\nx\ny\nz\ne\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Rewrite([]byte(src), nil); err != nil || string(got) != src+"\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAccept(t *testing.T) {
	for _, c := range []struct{ proto, want, got, line string }{
		{"zeo Z5", `< reply $n ({{a}}, 2, *)`, `< reply 7 ("x", 3, [1])`, `< reply $n ({{a}}, 3, *)`},
		{"zeo Z5", `< reply $n 1`, `< reply 8 1`, `< reply 8 1`},
		{"zeo Z5", `< reply 7 ({{a}}, {{b}})`, `< reply 7 None`, `< reply 7 None`},
		{"hg seed", `< [#2] {{id}} 2 stream-begin bytes-response eos x *`, `< 9 2 stream-begin bytes-response 0 y *`, `< [#2] {{id}} 2 stream-begin bytes-response 0 y {{:\*}}`},
		{"hg seed", `< raw a`, `< raw \x00$n`, `< raw \x00$$n`},
		{"msgq json", `< {"type":"getlname"} {"lname": {{me}}}`, `< {"type": "getlname"} {"lname": "a_1", "new": 1}`, `< {"type": "getlname"} {"lname": {{me}}, "new": 1}`},
	} {
		name, dialect, _ := strings.Cut(c.proto, " ")
		o := options()
		o.Proto, o.Dialect = name, dialect
		doc, err := Parse("doc", []byte(c.want+"\n"), o)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		e := doc.Steps[0].(*Expect)
		rec := record(t, name, dialect, c.got)
		run := doc.Begin()
		if got, res := run.Accept(e, rec); got != c.line || res == nil || !res.OK {
			t.Errorf("%s\n%s\n got %s, %v\nwant %s", c.want, c.got, got, res, c.line)
		}
		doc, err = Parse("doc", []byte(c.line+"\n"), o)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if res := doc.Begin().Match(doc.Steps[0].(*Expect), rec, 0); !res.OK {
			t.Errorf("%s: %s", c.line, show(res))
		}
	}
}

// Whatever is expected and whatever comes: a frame's own text matches it, and
// so does the line that Accept makes.
func FuzzMatch(f *testing.F) {
	protos := []string{"hg seed", "zeo Z5", "msgq json", "synapse seed", "emqp "}
	f.Add(byte(0), "1 2 stream-begin bytes-response eos {{a}} *", "1 2 stream-begin bytes-response eos x y")
	f.Add(byte(1), `reply {{id}} ({{a:/[0-9]+/}}, $tid)`, `reply 7 (1, tid'3')`)
	f.Add(byte(2), `{"type": "send", "x": {{x}}} {{body}}`, `{"x": [1], "type": "send"} [{"a": null}]`)
	f.Add(byte(3), `RDATA {{s}} /5.*/ ["$foo"]`, `RDATA events 54 ["$foo"]`)
	f.Add(byte(4), `ACK id={{id}} acked=*`, `ACK id=a acked=b`)
	f.Fuzz(func(t *testing.T, which byte, want, got string) {
		name, dialect, _ := strings.Cut(protos[int(which)%len(protos)], " ")
		o := options()
		o.Proto, o.Dialect = name, dialect
		doc, err := Parse("doc", []byte("< "+want+"\n"), o)
		if err != nil || len(doc.Steps) != 1 {
			return
		}
		e, ok := doc.Steps[0].(*Expect)
		rec := recordOf(name, dialect, "< "+got)
		if !ok || rec == nil {
			return
		}
		run := doc.Begin()
		if res := run.Match(e, rec, 0); res.OK != (res.Distance() == 0) {
			t.Errorf("%v, at a distance of %d", res.OK, res.Distance())
		}
		line, res := run.Accept(e, rec)
		if res == nil {
			t.Fatalf("no line: %q", line)
		}
		if !res.OK {
			t.Errorf("%q does not match %q: %s", line, got, show(res))
		}
		line = run.Insert(rec)
		if doc, err := Parse("doc", []byte(line+"\n"), o); err != nil {
			t.Errorf("%q: %v", line, err)
		} else if res := doc.Begin().Match(doc.Steps[0].(*Expect), rec, 0); !res.OK {
			t.Errorf("%q does not match %q: %s", line, got, show(res))
		}
	})
}
