package dump

import (
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

func TestJSON(t *testing.T) {
	f := &fake{typ: "t", json: `{"a":1}`, bytes: []byte("x")}
	wire := func(dst []byte, _ *codec.Record) []byte { return append(dst, "a\"\\\x1b\xed\xa0\x80é"...) }
	tests := []struct {
		name string
		r    codec.Record
		want string
	}{
		{"least", codec.Record{Conn: 1, Dir: codec.ToServer, Span: codec.Span{End: 1}, Frame: f, Bytes: f.bytes},
			`{"v":1,"conn":1,"dir":">","seq":0,"offset":0,"length":1,"type":"t","fields":{"a":1}}`},
		{"all", codec.Record{
			Proto: "p", Dialect: "d", Conn: 2, Dir: codec.ToClient, Exchange: 3, Seq: 4,
			Time: time.Date(2026, 1, 2, 4, 4, 5, 60, time.FixedZone("", 3600)), Span: codec.Span{Start: 1 << 53, End: 1<<53 + 1}, Frame: f, Bytes: f.bytes,
		}, `{"v":1,"proto":"p","dialect":"d","conn":2,"dir":"<","exchange":3,"seq":4,"time":"2026-01-02T03:04:05.000000060Z","offset":"9007199254740992","length":1,"type":"t","fields":{"a":1}}`},
		{"gap", codec.Record{Conn: 1, Dir: codec.ToClient, Seq: 2, Span: codec.Span{Start: 40, End: 1488}},
			`{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"gap":1448}`},
		{"raw", codec.Record{Conn: 1, Dir: codec.ToClient, Span: codec.Span{End: 1}, Bytes: f.bytes, Err: codec.Faultf("limit", 0, "a/b", "no %q", "x")},
			`{"v":1,"conn":1,"dir":"<","seq":0,"offset":0,"length":1,"error":{"code":"limit","offset":0,"path":"a/b","message":"no \"x\""}}`},
		{"fault without cause", codec.Record{Conn: 1, Dir: codec.ToClient, Span: codec.Span{End: 1}, Frame: f, Bytes: f.bytes, Err: &codec.SyntaxError{Code: "odd"}},
			`{"v":1,"conn":1,"dir":"<","seq":0,"offset":0,"length":1,"type":"t","error":{"code":"odd","offset":0,"message":"odd"}}`},
	}
	for _, tt := range tests {
		if got := string(NewJSON(Options{}).AppendRecord(nil, &tt.r)); got != tt.want+"\n" {
			t.Errorf("%s:\n got %swant %s", tt.name, got, tt.want)
		}
	}
	got := string(NewJSON(Options{Wire: wire}).AppendRecord(nil, &tests[0].r))
	if want := `,"wire":"a\"\\\u001b\ud800é",`; !strings.Contains(got, want) {
		t.Errorf("no %s in %s", want, got)
	}
}

func TestMoment(t *testing.T) {
	start := time.Date(2026, 1, 2, 23, 4, 5, 0, time.UTC)
	tests := []struct {
		start, t time.Time
		want     string
	}{
		{start, start, "+0.000000"},
		{start, start.Add(71204113 * time.Microsecond), "+71.204113"},
		{start, start.Add(-1500 * time.Millisecond), "-1.500000"},
		{start, start.Add(1999), "+0.000001"},
		{time.Time{}, start.Add(7 * time.Microsecond), "23:04:05.000007"},
		{start, time.Unix(-1<<60, 0), "-9223372036.854775"},
	}
	for _, tt := range tests {
		if got := string(appendMoment(nil, tt.start, tt.t)); got != tt.want {
			t.Errorf("%v since %v: %q, want %q", tt.t, tt.start, got, tt.want)
		}
	}
}
