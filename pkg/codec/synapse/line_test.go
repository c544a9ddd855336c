package synapse_test

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

func TestRepr(t *testing.T) {
	for s, want := range map[string]string{
		"abc": "'abc'", "it's": `"it's"`, `"it's"`: `'"it\'s"'`, "a\tb\r\n\\": `'a\tb\r\n\\'`, "\x00\x7f": `'\x00\x7f'`,
		"räks 🎉": "'räks 🎉'", "\ufeffPING": `'\ufeffPING'`, "\u00a0\u00ad": `'\xa0\xad'`, "\U000e0001": `'\U000e0001'`,
	} {
		if got := synapse.Repr(s); got != want {
			t.Errorf("Repr(%q) = %s, want %s", s, got, want)
		}
	}
}

func TestParseInt(t *testing.T) {
	for s, want := range map[string]int64{
		"5": 5, " 7\r": 7, "-3": -3, "٣": 3, "1_000": 1000,
		"99999999999999999999": math.MaxInt64, "-99999999999999999999": math.MinInt64,
	} {
		if got, ok := synapse.ParseInt([]byte(s)); !ok || got != want {
			t.Errorf("ParseInt(%q) = %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "5.0", "NOW"} {
		if _, ok := synapse.ParseInt([]byte(s)); ok {
			t.Errorf("ParseInt(%q) took it", s)
		}
	}
}

func TestReadLine(t *testing.T) {
	f, err := synapse.ReadLine("v1.66", codec.ToClient, []byte(`RDATA events master 5 ["ev", []]`))
	if err != nil {
		t.Fatal(err)
	}
	payload, spaced := f.Payload()
	if !f.Whole() || !spaced || string(payload) != `events master 5 ["ev", []]` || string(f.Part("instance_name")) != "master" ||
		string(f.Part("row")) != `["ev", []]` || f.Part("nothing") != nil {
		t.Errorf("payload %s, parts %s %s", payload, f.Part("instance_name"), f.Part("row"))
	}
	if f, err := synapse.ReadLine("v1.66", codec.ToClient, []byte("POSITION x")); f == nil || err == nil || f.Part("stream_name") != nil {
		t.Errorf("a line that is short: %v, %v", f, err)
	}
	if f, err := synapse.ReadLine("v9", codec.ToClient, nil); f != nil || err == nil {
		t.Errorf("a dialect that is none: %v, %v", f, err)
	}
	if synapse.Sends("seed", codec.ToServer, "USER_IP") || !synapse.Sends("v1.0", codec.ToServer, "USER_IP") || synapse.Sends("v1.0", codec.ToClient, "USER_IP") || synapse.Sends("v1.0", codec.ToServer, "X") {
		t.Error("Sends: USER_IP is of clients, from v0.22 on")
	}
	if s := strings.Join(synapse.Streams("v1.98"), " "); !strings.HasPrefix(s, "events backfill presence ") || strings.Contains(s, "groups") {
		t.Errorf("Streams: %s", s)
	}
}

// Over the first versions JSON was read by ujson, which takes some texts that
// others refuse, and refuses NUL.
func TestUjson(t *testing.T) {
	for _, tt := range []struct{ row, raw string }{
		{"-", "0"}, {"00", "0"}, {"-01", "-1"}, {"[1., -.5]", "[1,-0.5]"}, {"\"\x01\"", `"\u0001"`},
		{"\"\x00\"", ""}, {".5", ""}, {"+5", ""}, {"[1,]", ""},
	} {
		line := []byte("RDATA x 5 " + tt.row)
		f, err := synapse.ReadLine("seed", codec.ToClient, line)
		switch got := string(f.AppendJSON(nil, codec.View{})); {
		case tt.raw == "" && err == nil:
			t.Errorf("%q was taken: %s", line, got)
		case tt.raw != "" && (err != nil || !strings.HasSuffix(got, `"raw":`+tt.raw+"}")):
			t.Errorf("%q: %s, %v", line, got, err)
		}
		if _, err := synapse.ReadLine("v1.0", codec.ToClient, line); err == nil {
			t.Errorf("%q: simplejson does not take it", line)
		}
	}
}

// What Exception shows is what the program raised.
func TestException(t *testing.T) {
	for _, version := range []string{"seed", "v0.21.0", "v1.0.0", "v1.12.4", "v1.13.0", "v1.66.0", "v1.98.0"} {
		var list []struct {
			ID, Kind, Exception, Message string
			LineHex                      string `json:"line_hex"`
			OK                           bool
		}
		if err := json.Unmarshal(testdata.Read(t, "synapse/vectors/shared_"+version+".json"), &list); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range list {
			if v.Kind != "decode" || v.Exception == "UnicodeDecodeError" {
				continue
			}
			line, err := hex.DecodeString(v.LineHex)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := synapse.ReadLine(version, codec.ToServer, line)
			got := f.Exception(version)
			want := v.Exception + "(" + synapse.Repr(v.Message) + ")"
			switch n++; {
			case v.OK:
				want = ""
			case v.Exception == "KeyError":
				want = v.Exception + "(" + v.Message + ")"
			}
			if got != want {
				t.Errorf("%s: %q: %s, want %s", v.ID, line, got, want)
			}
		}
		if n < 100 {
			t.Errorf("%s: only %d vectors", version, n)
		}
	}
}

// The faults of JSON are named as Python 3.11 names them, whose words these
// are.
func TestJSONException(t *testing.T) {
	for src, want := range map[string]string{
		``:               `JSONDecodeError('Expecting value: line 1 column 1 (char 0)')`,
		`[`:              `JSONDecodeError('Expecting value: line 1 column 2 (char 1)')`,
		`[ `:             `JSONDecodeError('Expecting value: line 1 column 3 (char 2)')`,
		`[1`:             `JSONDecodeError("Expecting ',' delimiter: line 1 column 3 (char 2)")`,
		`[1,`:            `JSONDecodeError('Expecting value: line 1 column 4 (char 3)')`,
		`[1,]`:           `JSONDecodeError('Expecting value: line 1 column 4 (char 3)')`,
		`[1 2]`:          `JSONDecodeError("Expecting ',' delimiter: line 1 column 4 (char 3)")`,
		`[,`:             `JSONDecodeError('Expecting value: line 1 column 2 (char 1)')`,
		`{`:              `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')`,
		`{ `:             `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 3 (char 2)')`,
		`{}x`:            `JSONDecodeError('Extra data: line 1 column 3 (char 2)')`,
		`{"a"`:           `JSONDecodeError("Expecting ':' delimiter: line 1 column 5 (char 4)")`,
		`{"a" 1`:         `JSONDecodeError("Expecting ':' delimiter: line 1 column 6 (char 5)")`,
		`{"a":`:          `JSONDecodeError('Expecting value: line 1 column 6 (char 5)')`,
		`{"a":1`:         `JSONDecodeError("Expecting ',' delimiter: line 1 column 7 (char 6)")`,
		`{"a":1,`:        `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 8 (char 7)')`,
		`{"a":1,}`:       `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 8 (char 7)')`,
		`{"a":1 "b"`:     `JSONDecodeError("Expecting ',' delimiter: line 1 column 8 (char 7)")`,
		`{oops`:          `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')`,
		`{1:2}`:          `JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')`,
		`{"a":}`:         `JSONDecodeError('Expecting value: line 1 column 6 (char 5)')`,
		`"abc`:           `JSONDecodeError('Unterminated string starting at: line 1 column 1 (char 0)')`,
		`"\`:             `JSONDecodeError('Unterminated string starting at: line 1 column 1 (char 0)')`,
		`"\x"`:           `JSONDecodeError('Invalid \\escape: line 1 column 2 (char 1)')`,
		`"\u12`:          `JSONDecodeError('Invalid \\uXXXX escape: line 1 column 3 (char 2)')`,
		`"\u12zz"`:       `JSONDecodeError('Invalid \\uXXXX escape: line 1 column 3 (char 2)')`,
		`"\u123`:         `JSONDecodeError('Invalid \\uXXXX escape: line 1 column 3 (char 2)')`,
		"[\"a\tb\"]":     `JSONDecodeError('Invalid control character at: line 1 column 4 (char 3)')`,
		`-`:              `JSONDecodeError('Expecting value: line 1 column 1 (char 0)')`,
		`[-]`:            `JSONDecodeError('Expecting value: line 1 column 2 (char 1)')`,
		`01`:             `JSONDecodeError('Extra data: line 1 column 2 (char 1)')`,
		`1.`:             `JSONDecodeError('Extra data: line 1 column 2 (char 1)')`,
		`1e`:             `JSONDecodeError('Extra data: line 1 column 2 (char 1)')`,
		`tru`:            `JSONDecodeError('Expecting value: line 1 column 1 (char 0)')`,
		`[nul]`:          `JSONDecodeError('Expecting value: line 1 column 2 (char 1)')`,
		`"é`:             `JSONDecodeError('Unterminated string starting at: line 1 column 1 (char 0)')`,
		`["é",]`:         `JSONDecodeError('Expecting value: line 1 column 6 (char 5)')`,
		`[1] x`:          `JSONDecodeError('Extra data: line 1 column 5 (char 4)')`,
		`  [1] trailing`: `JSONDecodeError('Extra data: line 1 column 7 (char 6)')`,
		`x`:              `JSONDecodeError('Expecting value: line 1 column 1 (char 0)')`,
		`"a" "b"`:        `JSONDecodeError('Extra data: line 1 column 5 (char 4)')`,
		`[[1],[2}`:       `JSONDecodeError("Expecting ',' delimiter: line 1 column 8 (char 7)")`,
		`{"a":[}`:        `JSONDecodeError('Expecting value: line 1 column 7 (char 6)')`,
		`"\u00e9`:        `JSONDecodeError('Invalid \\uXXXX escape: line 1 column 3 (char 2)')`,
		`[1e5,-0.5,tru]`: `JSONDecodeError('Expecting value: line 1 column 11 (char 10)')`,
		`NaN`:            `ValueError("Invalid JSON value: 'NaN'")`,
		`[-Infinity,]`:   `ValueError("Invalid JSON value: '-Infinity'")`,
	} {
		f, _ := synapse.ReadLine("v1.66", codec.ToClient, []byte("RDATA caches master 5 "+src))
		if got := f.Exception("v1.66"); got != want {
			t.Errorf("%q: %s, want %s", src, got, want)
		}
	}
	deep := "RDATA caches master 5 " + strings.Repeat("[", 100000)
	f, _ := synapse.ReadLine("v1.66", codec.ToClient, []byte(deep))
	if got := f.Exception("v1.66"); !strings.HasPrefix(got, "RecursionError") {
		t.Errorf("deep nesting: %s", got)
	}
}
