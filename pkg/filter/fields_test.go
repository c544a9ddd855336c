package filter

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

var update = flag.Bool("update", false, "rewrite the examples of fields")

// recordings returns those of a protocol.
func recordings(t *testing.T, p string) []string {
	switch p {
	case "hg":
		return testdata.Glob(t, "hg/captures/*/*.pcap")
	case "zmtp":
		return testdata.Glob(t, "emqp/captures/*.pcap") // which stands on it
	}
	return testdata.Glob(t, p+"/captures/*.pcap")
}

// examples calls do with the examples that a protocol explains itself by.
func examples(t *testing.T, p codec.Protocol, do func(r *codec.Record)) {
	t.Helper()
	for _, d := range p.Info().Dialects {
		parser, err := p.Parser(codec.Options{Dialect: d.Name})
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range p.Topics(d.Name) {
			for line := range strings.Lines(topic.Example) {
				line = strings.TrimSuffix(line, "\n")
				dir := codec.ToServer
				if rest, ok := strings.CutPrefix(line, "< "); ok {
					dir, line = codec.ToClient, rest
				}
				f, err := parser.Parse(dir, codec.Text{Body: []byte(strings.TrimPrefix(line, "> "))})
				if err != nil {
					continue // it needs more than itself
				}
				b, err := f.AppendBinary(nil)
				if err != nil {
					t.Fatal(err)
				}
				do(&codec.Record{Proto: p.Info().Name, Dialect: d.Name, Dir: dir, Frame: f, Bytes: b, Span: codec.Span{End: int64(len(b))}})
			}
		}
	}
}

// TestNames holds the tables of fields to what the recordings of the real
// programs have, and what the protocols explain themselves by.
func TestNames(t *testing.T) {
	for _, p := range registry.All() {
		proto := p.Info().Name
		fields, err := fieldsOf(proto)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]bool{}
		check := func(where string) func(r *codec.Record) {
			return func(r *codec.Record) {
				if r.Frame == nil || r.Err != nil {
					return
				}
				for key, v := range New(r).Fields {
					k, ok := fields[key]
					switch {
					case told[key]:
						continue
					case !ok:
						t.Errorf("%s: %s: field %q is in no table", proto, where, key)
					case !k.fits(v):
						t.Errorf("%s: %s: field %q is %T, not of kind %d", proto, where, key, v, k)
					default:
						continue
					}
					told[key] = true
				}
			}
		}
		for _, name := range recordings(t, proto) {
			recorded.Each(t, name, testdata.Read(t, name), decode.Options{Protocol: proto}, check(path.Base(name)))
		}
		examples(t, p, check("examples"))
	}
}

// TestFieldTables wants each table whole, and an example of nearly each field.
func TestFieldTables(t *testing.T) {
	known := registry.Names()
	slices.Sort(known)
	if !slices.Equal(known, tables().protocols) {
		t.Errorf("tables of %q; protocols are %q", tables().protocols, known)
	}
	for _, p := range known {
		list, err := Fields(p)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		without := 0
		for _, f := range list {
			if !strings.HasPrefix(f.Name, "fields.") {
				names = append(names, f.Name)
			}
			if _, ok := kinds[f.Type]; !ok || f.About == "" {
				t.Errorf("%s: %+v", p, f)
			}
			if f.Example == "" && !f.Record {
				without++
				t.Logf("%s: no example of %s", p, f.Name)
			} else if f.Example != "" && !json.Valid([]byte(f.Example)) && !strings.HasSuffix(f.Example, "…") {
				t.Errorf("%s: %s: %s", p, f.Name, f.Example)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, Names(p)) {
			t.Errorf("%s: fields are %q; names are %q", p, names, Names(p))
		}
		if without > len(list)/5 {
			t.Errorf("%s: %d fields without an example", p, without)
		}
	}
	if _, err := Fields("nothing"); err == nil {
		t.Error("there is no such protocol")
	}
}

// exampleBytes is how long an example may be.
const exampleBytes = 60

// TestFieldExamples holds the examples of the tables to what the codecs make
// of the recordings: of each field the first value that says something.
func TestFieldExamples(t *testing.T) {
	if testdata.Race {
		t.Skip("long, and of one goroutine")
	}
	for _, p := range registry.All() {
		proto := p.Info().Name
		var text strings.Builder
		c := &Columns{needs: map[string]bool{}}
		kindsOf, _ := fieldsOf(proto)
		for _, name := range Names(proto) {
			program, err := compileColumn(name, proto, kindsOf)
			if err != nil {
				t.Fatal(err)
			}
			c.add(name, program)
		}
		found := map[string]string{}
		take := func(values []any) {
			for i, name := range c.Names() {
				v := Text(values[i])
				if len(v) > exampleBytes {
					v = strings.ToValidUTF8(v[:exampleBytes], "") + "…"
				}
				old, had := found[name]
				dull := func(v string) bool { return slices.Contains([]string{"null", `""`, "[]", "{}", "0", `{"text":""}`}, v) }
				long := func(v string) bool { return strings.HasSuffix(v, "…") }
				if !dull(v) && (!had || long(old) && !long(v)) {
					found[name] = v
				}
			}
		}
		picker := c.Picker(false)
		picker.Wire = func(dst []byte, r *codec.Record) []byte {
			if r.Frame == nil {
				return dst
			}
			return r.Frame.AppendText(dst, codec.View{})
		}
		for _, name := range recordings(t, proto) {
			j, ahead := decode.NewJoiner(), decode.NewAhead[func([]any, *codec.Joined) []any]()
			out := func() {
				for {
					values, joined, ok := ahead.Next()
					if !ok {
						return
					}
					take(values(nil, &joined))
				}
			}
			recorded.Each(t, name, testdata.Read(t, name), decode.Options{Protocol: proto}, func(r *codec.Record) {
				link := decode.LinkOf(r)
				joined := j.Add(r, link)
				ahead.Answer(r, &joined)
				ahead.Push(r, link, joined, 1, picker.Keep(r))
				out()
			})
			ahead.Finish()
			out()
		}
		examples(t, p, func(r *codec.Record) { take(picker.Pick(nil, r)) })
		for _, name := range Names(proto) {
			of := "field"
			if names()[name] {
				of = "record"
			}
			if v, ok := found[name]; ok {
				fmt.Fprintf(&text, "%s\t%s\t%s\n", of, name, v)
			}
		}
		file := filepath.Join("..", "codec", proto, "examples.tsv")
		if *update {
			if err := os.WriteFile(file, []byte(text.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != text.String() {
			t.Errorf("%s is not what the codec prints: run this test with -update", file)
		}
	}
}
