package filter

import (
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

func env() *Env {
	return &Env{
		Type: "reply", Length: 34, Dir: "<", Vars: map[string]string{"tid": "7"},
		Fields: map[string]any{"name": "vote", "id": 12, "args": []any{map[string]any{"oid": "3f21"}, nil, 2.5}},
	}
}

func TestMatch(t *testing.T) {
	for source, want := range map[string]bool{
		`type == "reply"`:                                       true,
		`fields.args[0].oid == "3f21"`:                          true,
		`args[0].oid == "3f21"`:                                 true,
		`name startsWith "vo" and length > 30`:                  true,
		`name == "load"`:                                        false,
		`trim(upper(name)) == "VOTE" and int("3") == 3`:         true,
		`nothing == nil`:                                        true,
		`nothing == "a"`:                                        false,
		`fields.id in 10..15`:                                   true,
		`vars.tid == "7"`:                                       true,
		`vars["none"] == ""`:                                    true,
		`fields.args[2] == 2.5`:                                 true,
		`len(args) == 3 && any(args, # == nil)`:                 true,
		`name matches "^v.t."`:                                  true,
		`not (type == "reply")`:                                 false,
		`fields?.args[0]?.none?.more == nil`:                    true,
		`let n = fields.name; n == "vote" ? length > 1 : false`: true,
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := f.Match(env()); err != nil || got != want {
			t.Errorf("%s: %v, %v", source, got, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for source, want := range map[string]string{
		"":                       "no expression",
		"type ==":                "unexpected token EOF",
		`é == "a" ]`:             `unexpected token Bracket("]")`,
		"length + 1":             "expected bool, but got int",
		"now() == nil":           "no function now",
		strings.Repeat("1", 2e4): "an expression of 20000 bytes; 10000 are the most",
	} {
		_, err := Compile(source)
		e, ok := err.(*codec.TextError)
		if !ok || !strings.Contains(e.Message, want) {
			t.Errorf("%.20q: %v", source, err)
			continue
		}
		if e.Start < 0 || e.Start > e.End || e.End > len(source) {
			t.Errorf("%.20q: %d to %d", source, e.Start, e.End)
		}
	}
	for source, want := range map[string]string{
		`name > 3`:         "string",
		`args[9].oid == 1`: "out of range",
		`name`:             "bool(string)",
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if _, err := f.Match(env()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestSides(t *testing.T) {
	f, err := Compile(`fields.args[0].oid == "3f22"`)
	if err != nil {
		t.Fatal(err)
	}
	if l, r, ok := f.Sides(env()); !ok || l != `"3f21"` || r != `"3f22"` {
		t.Errorf("%s %s %v", l, r, ok)
	}
	f, err = Compile(`any(args, # == nil)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := f.Sides(env()); ok {
		t.Error("sides of no comparison")
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`fields.args[0].oid == "3f21"`)
	f.Add(`name > 3 and é`)
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Compile(source)
		if e, ok := err.(*codec.TextError); ok && (e.Start < 0 || e.Start > e.End || e.End > len(source)) {
			t.Errorf("%d to %d of %d", e.Start, e.End, len(source))
		}
		if err == nil {
			_, _ = p.Match(env())
		}
	})
}
