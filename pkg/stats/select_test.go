package stats

import (
	"slices"
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "a*b", true},
		{"a*", "a", true}, {"a*", "ba", false}, {"*a", "ba", true}, {"*a", "ab", false}, {"a*a", "a", false}, {"a*a", "aa", true},
		{"lag *", "lag events", true}, {"lag *", "lag", false}, {"*/*.x", "a/b.x", true}, {"a**b", "ab", true}, {"a*b*c", "abbc", true},
		{"a*b*c", "acb", false}, {"*a*a*", "banana", true}, {"*a*a*a*a*", "banana", false}, {"é*", "é", true},
	} {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%q is like %q: %v", tt.name, tt.pattern, got)
		}
	}
}

func TestSelect(t *testing.T) {
	row := func(by, name string, asked int64, times ...int64) *Row {
		w := &Row{By: by, Name: name, Asked: asked}
		for _, v := range times {
			w.Latency.record(v)
		}
		return w
	}
	r := &Report{Total: &Row{By: ByTotal}, Rows: []*Row{
		{By: ByConversation, Conn: 2, Asked: 3}, {By: ByConversation, Conn: 11, Asked: 5},
		row("method", "a", 1), row("method", "b", 4, 50), row("method", "c", 4, 70), row("method", "d", 2, 10),
		row(ByMetric, "lag x", 0, 7), row(ByMetric, "lag y", 0, 9), row(ByMetric, "wait", 0, 8),
	}, Largest: []Large{{Type: "t"}}}
	bound := func(text string) *Threshold {
		b, err := ParseBound(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		s    Selection
		want string
	}{
		{Selection{}, "2 11 a b c d lag x lag y wait"},
		{Selection{Top: 1}, "2 a lag x"},
		{Selection{Top: 50}, "2 11 a b c d lag x lag y wait"},
		{Selection{Sort: "requests"}, "11 2 b c d a lag x lag y wait"},
		{Selection{Sort: "max", Top: 3}, "2 11 c b d lag y wait lag x"},
		{Selection{Sort: "max"}, "2 11 c b d a lag y wait lag x"},
		{Selection{Sort: "name", Top: 2}, "2 11 a b lag x lag y"},
		{Selection{Name: "lag *"}, "lag x lag y"},
		{Selection{Name: "11"}, "11"},
		{Selection{Having: bound("requests > 2")}, "2 11 b c"},
		{Selection{Having: bound("max < 20ns")}, "d lag x lag y wait"},
		{Selection{Having: bound("requests == 4"), Sort: "p50", Top: 1}, "c"},
	} {
		some := r.Select(tt.s)
		var got []string
		for _, w := range some.Rows {
			got = append(got, w.label())
		}
		if strings.Join(got, " ") != tt.want || some.Total != r.Total || len(some.Largest) != 1 {
			t.Errorf("%+v: %q, want %q", tt.s, got, tt.want)
		}
	}
	if len(r.Rows) != 9 || r.Rows[2].Name != "a" {
		t.Error("the report itself was changed")
	}
	for _, o := range Orders() {
		if _, ok := measures()[o]; !ok && o != byName {
			t.Errorf("nothing sorts by %s", o)
		}
	}
	if _, err := ParseBound("method x p99 < 1s"); err == nil {
		t.Error("a bound that names a row was taken")
	}
	if _, err := ParseBound("total p99 < 1s"); err == nil || !slices.Contains(Orders(), "p99") {
		t.Error("a bound that names a kind was taken")
	}
}
