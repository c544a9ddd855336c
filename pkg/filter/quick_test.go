package filter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// said is a frame that has certain fields.
type said struct {
	codec.Frame
	json string
}

func (f said) Type() string { return "said" }

func (f said) AppendJSON(dst []byte, _ codec.View) []byte { return append(dst, f.json...) }

func (f said) AppendFindings(dst []codec.Finding) []codec.Finding {
	return append(dst, codec.Finding{Code: "odd"})
}

// values are fields of all kinds.
var values = []string{
	`{}`, `{"b":1}`, `{"a":null}`, `{"a":true}`, `{"a":false}`, `{"a":0}`, `{"a":1}`, `{"a":-1}`, `{"a":2}`, `{"a":1.0}`,
	`{"a":1.5}`, `{"a":1e3}`, `{"a":9007199254740993}`, `{"a":-0}`, `{"a":123456789012345678901}`, `{"a":""}`, `{"a":"x"}`,
	`{"a":"xyz"}`, `{"a":"\"\u00e9\ud83d\ude00\n"}`, `{"a":"1"}`, `{"a":[]}`, `{"a":["x"]}`, `{"a":[1,"xyz",null,[2],{"b":"x"}]}`,
	`{"a":["y","\u0078"]}`, `{"a":{}}`, `{"a":{"b":"x"}}`, `{"a":{"b":1,"x":null}}`, `{"a":{"b":null}}`, `{"a":{"b":{"c":1}}}`,
	`{"a":{"b":2,"b":1}}`, `{"a":{"b":["x",1]}}`, `{"\u0061":{"b":"\u0078"}}`, `{"c":{"a":1,"b":[]},"a":{"c":"]}","b":"x"},"d":7}`,
	` { "a" : { "b" : [ "x" , 1 ] } , "d" : 7 } `,
}

// TestQuick wants what is told without a program to be what a program tells.
func TestQuick(t *testing.T) {
	if testdata.Race {
		t.Skip("long, and of one goroutine")
	}
	var sources []string
	for _, place := range []string{"a", "fields.a", "a.b", `a["b"]`, "a?.b", "a?.b.c", "a?.b?.c", "a[0]", "a[4].b", "d", "len(a)", "len(a.b)", "len(fields)"} {
		for _, op := range []string{"==", "!=", "<", "<=", ">", ">="} {
			for _, c := range []string{"nil", "true", "0", "1", "-1", "2", "1.5", "1000", `"x"`, `"xyz"`, `""`, "9007199254740993"} {
				sources = append(sources, place+" "+op+" "+c, c+" "+op+" "+place)
			}
		}
		for _, op := range []string{"contains", "startsWith", "endsWith", "matches"} {
			sources = append(sources, place+" "+op+` "x"`, place+" "+op+` "z"`, place+" "+op+` ""`, "not ("+place+" "+op+` "x")`)
		}
		for _, list := range []string{`["x", 1]`, `[1, 2]`, `["x", "y"]`, `[nil]`, `[1.5, true]`, `[]`, `[-1, a]`} {
			sources = append(sources, place+" in "+list, place+" not in "+list)
		}
		sources = append(sources, place, "not "+place, `"x" in `+place, `"b" in `+place, `"x" not in `+place, place+` in "x"`)
	}
	sources = append(sources,
		`fields == nil`, `fields != nil`, `"a" in fields`, `"none" in fields`, `fields in [nil]`,
		`type == "said"`, `dir == ">"`, `conn in [1, 2]`, `length > 3 or gap == 2`, `time > "2020"`, `time == ""`, `error == ""`,
		`len(findings) == 1`, `"odd" in findings`, `findings != nil`, `wire == ""`, `len(wire) > 0`, `seq < 1.5`, `exchange == 0`,
		`proto != "x" and dialect matches "^$"`, `offset >= -1`, `(a?.b).c == 1`, `a.b.c == 1 and not (a.b.c != 1)`,
	)
	quick := 0
	for _, source := range sources {
		f, err := Compile(source)
		if err != nil {
			continue // of texts and numbers, where that is known
		}
		c, err := f.Choose()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range atomsOf(nil, c.root) {
			if a.quick != nil {
				quick++
			}
		}
		m := c.Matcher()
		for _, v := range values {
			r := &codec.Record{Conn: 1, Frame: said{json: v}, Dir: codec.ToServer, Bytes: []byte("abcd"), Span: codec.Span{Start: 5, End: 9}}
			if got, want := m.Match(r, nil), c.Holds(New(r)); got != want {
				t.Errorf("%s of %s: %v, want %v", source, v, got, want)
			}
		}
		if got, want := m.Match(&codec.Record{}, nil), c.Holds(New(&codec.Record{})); got != want {
			t.Errorf("%s of nothing: %v, want %v", source, got, want)
		}
	}
	t.Logf("%d of %d conditions without a program", quick, len(sources))
	if quick < len(sources)*3/4 {
		t.Errorf("only %d of %d do without a program", quick, len(sources))
	}
}

// TestQuickRecords is the same with what codecs make of recordings, which
// leave out members that are not looked at.
func TestQuickRecords(t *testing.T) {
	if testdata.Race {
		t.Skip("long, and of one goroutine")
	}
	for _, p := range registry.All() {
		proto := p.Info().Name
		all := recordings(t, proto)
		var matchers []*Matcher
		var choices []*Choice
		var sources []string
		for _, field := range Names(proto) {
			for _, form := range []string{"%s == nil", "%s != nil", `%s == "x"`, "len(%s) > 1", "%s > 3", `"text" in %s`, "%s.text != nil", "any(%s, # != nil)", "len(%[1]s) > 0 and %[1]s[0].text != nil"} {
				source := fmt.Sprintf(form, field)
				f, err := Compile(source)
				if err != nil || strings.Contains(source, "wire") {
					continue
				}
				c, err := f.Choose()
				if err != nil {
					t.Fatal(err)
				}
				matchers, choices, sources = append(matchers, c.Matcher()), append(choices, c), append(sources, source)
			}
		}
		left := 300
		for _, name := range []string{all[0], all[len(all)/2], all[len(all)-1]} {
			records(t, name, func(r *codec.Record) {
				if left--; left < 0 {
					return
				}
				env := New(r)
				env.Join(&codec.Joined{Outstanding: -1})
				for i, m := range matchers {
					if got, want := m.Match(r, nil), choices[i].Holds(env); got != want {
						t.Errorf("%s: %s of record %d: %v, want %v", name, sources[i], r.Seq, got, want)
					}
				}
			})
		}
	}
}
