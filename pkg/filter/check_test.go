package filter

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// fits says whether a value is of a kind. What is odd about a frame may make
// an integer or a word something else.
func (k kind) fits(v any) bool {
	if v == nil {
		return true
	}
	m, isMap := v.(map[string]any)
	switch k {
	case truth:
		_, ok := v.(bool)
		return ok
	case list:
		_, ok := v.([]any)
		return ok
	case object:
		return isMap
	case octets:
		return isMap && len(m) == 1
	case number:
		_, ok := v.(float64)
		return ok
	case integer, word:
		_, isList := v.([]any)
		return !isList
	}
	return true
}

func TestCompileFor(t *testing.T) {
	for _, tt := range []struct{ proto, source, want, at, hint string }{
		{"hg", `typ == "x"`, `no hg field "typ"`, "typ", "did you mean type?"},
		{"hg", `fields.requst_id == 1`, `no hg field "requst_id"`, "requst_id", "did you mean request_id?"},
		{"hg", `length > 3 and fields["requst_id"] == 1`, `no hg field "requst_id"`, "", "did you mean request_id?"},
		{"hg", `payload.txt == "x"`, `no hg field "txt"`, "txt", "did you mean text?"},
		{"hg", `request_id == "x"`, "invalid operation: == (mismatched types int and string)", "==", ""},
		{"hg", `payload == "x"`, "invalid operation: == (mismatched types object and string)", "==", "a byte string is .text, or .hex"},
		{"hg", `request_id`, "expected bool, but got int", "", ""},
		{"hg", `request_id = 1`, "unexpected token Operator(\"=\")", "=", ""},
		{"hg", "", "no expression", "", ""},
		{"", `nothing == 1`, `no field "nothing"`, "nothing", ""},
		{"msgq", `request_id == 1`, `no msgq field "request_id"`, "request_id", ""},
		{"nothing", `1 == 1`, `no protocol "nothing"`, "", ""},
		{"hg", `now() == nil`, "no function now", "", ""},
		{"hg", `payload.text == "x" and length > 3`, "", "", ""},
		{"hg", `"eos" in flags and any(items, .index == 1)`, "", "", ""},
		{"hg", `let x = request_id; x > 2`, "", "", ""},
		{"msgq", `header.type == "send" and header.group contains "Auth"`, "", "", ""},
		{"emqp", `type == "greeting" and mechanism == "NULL" or queue != nil`, "", "", ""},
		{"", `name == "vote" and args[0] != 3 and vars.x == "" and elapsed > 0.1`, "", "", ""},
	} {
		_, err := CompileFor(tt.source, tt.proto)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s %q: %q; want %q", tt.proto, tt.source, got, tt.want)
		}
		e, ok := err.(*codec.TextError)
		if !ok {
			continue
		}
		if e.Start < 0 || e.Start > e.End || e.End > len(tt.source) {
			t.Fatalf("%q: at %d to %d", tt.source, e.Start, e.End)
		}
		if at := tt.source[e.Start:e.End]; tt.at != "" && !strings.HasPrefix(at, tt.at) || e.Hint != tt.hint && tt.hint != "" {
			t.Errorf("%s %q: at %q, hint %q", tt.proto, tt.source, at, e.Hint)
		}
	}
	if n := Names("hg"); !slices.Contains(n, "request_id") || !slices.Contains(n, "length") || !slices.IsSorted(n) {
		t.Errorf("%q", n)
	}
	if n := Names("nothing"); n != nil {
		t.Errorf("%q", n)
	}
}

// TestChoose wants parts that cannot be told not to hold, and not to stand in
// the way of others.
func TestChoose(t *testing.T) {
	for source, want := range map[string]bool{
		`type == "reply"`:                           true,
		`nothing > 3`:                               false,
		`nothing > 3 or type == "reply"`:            true,
		`not (nothing > 3)`:                         true,
		`!(nothing > 3) && name == "vote"`:          true,
		`nothing startsWith "x" || id == 12`:        true,
		`args[9].oid == 1 or args[0].oid == "3f21"`: true,
		`name > 3`: false,
		`type == "reply" and nothing.more.most == 1`: false,
		`any(args, #.oid == "3f21") or id > 100`:     true,
		`let n = name; n == "vote" and id > 3`:       true,
		`(id == 12 ? name : type) == "vote"`:         true,
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		c, err := f.Choose()
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := c.Holds(env()); got != want {
			t.Errorf("%s: %v", source, got)
		}
	}
}

func FuzzChoose(f *testing.F) {
	f.Add(`fields.args[0].oid == "3f21" or not (é > 1)`, `{"name":"vote","args":[1]}`)
	f.Add(`type == "x" and (length > 3 || any(args, # in 1..3))`, `{}`)
	f.Fuzz(func(t *testing.T, source, fields string) {
		p, err := CompileFor(source, "zeo")
		if e, ok := err.(*codec.TextError); ok && (e.Start < 0 || e.Start > e.End || e.End > len(source)) {
			t.Errorf("%d to %d of %d", e.Start, e.End, len(source))
		}
		if err != nil {
			return
		}
		c, err := p.Choose()
		if err != nil {
			t.Fatalf("%q compiles and cannot be split: %v", source, err)
		}
		e := env()
		_ = json.Unmarshal([]byte(fields), &e.Fields)
		if yes, err := p.Match(e); err == nil && c.Holds(e) != yes {
			t.Errorf("%q of %s: %v and %v", source, fields, yes, !yes)
		}
	})
}
