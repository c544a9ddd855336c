package diff

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// flat writes the leaves of a tree with their paths.
func flat(src string) string {
	var t tree
	t.parse([]byte(src))
	var out []string
	var walk func(i int, at []string)
	walk = func(i int, at []string) {
		order := 0
		t.children(i, func(j int) {
			walk(j, append(at[:len(at):len(at)], t.name(j, order)))
			order++
		})
		if order == 0 {
			out = append(out, fmt.Sprintf("%s=%s", appendPath(nil, at), t.nodes[i].raw))
		}
	}
	walk(0, nil)
	return strings.Join(out, " ")
}

func TestTree(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`{}`, `={}`},
		{`{"a":1,"b":[true,null,"x,]"]}`, `a=1 b[0]=true b[1]=null b[2]="x,]"`},
		{` { "a" : [ 1 , 2 ] } `, `a[0]=1 a[1]=2`},
		{`{"a":{"text":"x"},"b":{"hex":"00"},"c":{"$b":"01"}}`, `a={"text":"x"} b={"hex":"00"} c={"$b":"01"}`},
		{`{"a":{"text":1}}`, `a.text=1`},
		{`{"a":{"$t":[1,{"$t":[2]},[]]},"b":2}`, `a[0]=1 a[1][0]=2 a[2]=[] b=2`},
		{`{"$d":[["k",{"$t":[7]}],["l",{"m":1}]]}`, `k[0]=7 l.m=1`},
		{`{"$d":[[1,2]]}`, `0[0]=1 0[1]=2`},
		{`{"$d":[["k",1],["k",2]]}`, `0[0]="k" 0[1]=1 1[0]="k" 1[1]=2`},
		{`{"$call":[1]}`, `$call[0]=1`},
		{`{"a.b":1,"":2,"c\"":3}`, `["a.b"]=1 [""]=2 ["c\""]=3`},
		{`{"a":`, `={"a":`},
		{`{"a":1}x`, `={"a":1}x`},
		{``, `=`},
	} {
		if got := flat(tt.src); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.src, got, tt.want)
		}
	}
	if deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000); flat(deep) != "="+deep {
		t.Error("what is too deep is not one leaf")
	}
}

// FuzzTree reads anything, and compares it with itself: nothing may differ.
func FuzzTree(f *testing.F) {
	f.Add([]byte(`{"a":{"$t":[1,{"$d":[["k",{"text":"x"}]]}]}}`))
	f.Add([]byte(`[{"$d":[[]]},{"hex":""}]`))
	f.Fuzz(func(t *testing.T, src []byte) {
		var a tree
		a.parse(src)
		for i, n := range a.nodes {
			if n.end <= i || n.end > len(a.nodes) {
				t.Fatalf("node %d ends at %d of %d", i, n.end, len(a.nodes))
			}
		}
		if json.Valid(src) && a.nodes[0].end != len(a.nodes) {
			t.Fatal("a value is left over")
		}
		c := comparer{rules: &rules{Options: &Options{}}, a: &a, b: &a}
		if c.node(0, 0); len(c.parts) > 0 {
			t.Fatalf("%q differs from itself: %+v", src, c.parts)
		}
	})
}

func TestPath(t *testing.T) {
	for _, tt := range []struct {
		path, at string
		want     bool
	}{
		{"id", "fields id", true},
		{"fields.seq", "fields seq", true},
		{"seq", "fields header seq", false},
		{"time", "time", true},
		{"time", "fields time", false},
		{"type", "type", true},
		{"header.seq", "fields header seq", true},
		{"header.*", "fields header seq", true},
		{"header.*", "fields header", false},
		{"header.s*q", "fields header seq", true},
		{"header.s*x", "fields header seq", false},
		{"*.seq", "fields header seq", true},
		{"*.seq", "fields seq", true},
		{"*.seq", "fields a b c seq", true},
		{"**.seq", "fields a seq", true},
		{"a.**.z", "fields a z", true},
		{"a.**.z", "fields a b c z", true},
		{"args[0].oid", "fields args 0 oid", true},
		{"args[*].oid", "fields args 12 oid", true},
		{"args[0]", "fields args 1", false},
		{`["a.b"]`, "fields a.b", true},
		{"*tid*", "fields new_tids", true},
	} {
		p, err := ParsePath(tt.path)
		if err != nil {
			t.Fatalf("%s: %v", tt.path, err)
		}
		if got := p.matches(strings.Fields(tt.at)); got != tt.want {
			t.Errorf("%s, %s: %v", tt.path, tt.at, got)
		}
	}
	for _, bad := range []string{"", ".", "a.", "a..b", "a[", "a[x]", "[0]b", "a]"} {
		if p, err := ParsePath(bad); err == nil && bad != "a]" {
			t.Errorf("%q is read as %q", bad, p.parts)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("args[0].*.x", "args")
	f.Add("**.a*b*", "aab")
	f.Fuzz(func(t *testing.T, s, name string) {
		if p, err := ParsePath(s); err == nil {
			p.matches([]string{"fields", name, "0", name})
		}
	})
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		kind, a, b string
		same       bool
	}{
		{"uuid", `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, `"00000000-0000-0000-0000-000000000000"`, true},
		{"uuid", `"x 6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, `"y 00000000-0000-0000-0000-000000000000"`, false},
		{"uuid", `{"text":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}`, `{"text":"00000000-0000-0000-0000-000000000000"}`, true},
		{"uuid", `"6ba7b810"`, `"00000000"`, false},
		{"time", `1795202480.27`, `1795202487`, true},
		{"time", `{"$f":"1795202480.2716503"}`, `{"$f":"1795202487.1"}`, true},
		{"time", `1795202480123`, `1795202487000`, true},
		{"time", `12`, `13`, false},
		{"time", `{"$b":"040d26c7608aed77"}`, `{"$b":"040d26c7608aed78"}`, true},
		{"time", `{"$b":"0000000000000001"}`, `{"$b":"0000000000000002"}`, false},
		{"time", `"at 2026-01-02T03:04:05.000Z"`, `"at 2027-01-02 03:04"`, true},
		{"hash", `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`, `"0000000000000000000000000000000000000000"`, true},
		{"address", `"127.0.0.1:80"`, `"10.0.0.1:8080"`, true},
		{"lname", `"6b00c66f_1@vm"`, `"7c00c66f_2f@host"`, true},
		{"number", `1`, `2.5`, true},
		{"number", `1`, `"1"`, false},
	} {
		list, err := lookupKinds([]string{tt.kind})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := plain(list, []byte(tt.a))
		b, _ := plain(list, []byte(tt.b))
		if (string(a) == string(b)) != tt.same {
			t.Errorf("%s: %s is %s, %s is %s", tt.kind, tt.a, a, tt.b, b)
		}
	}
	if _, err := lookupKinds([]string{"uid"}); err == nil {
		t.Error("an unknown kind is taken")
	}
}
