package synapse_test

import (
	"slices"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

func TestFindings(t *testing.T) {
	for _, tt := range []struct {
		dialect string
		lines   []string // > and < before them
		want    []string // codes of all lines
	}{
		{"v1.66", []string{"<SERVER x", ">NAME y", ">REPLICATE ", "<POSITION events master 5 5"}, nil},
		{"v1.66", []string{"<SERVER x", ">RDATA events master 5 []"}, []string{"wrong-direction", "row-shape"}},
		{"v1.66", []string{"<PING"}, []string{"no-space"}},
		{"v1.66", []string{">NAME x\r"}, []string{"carriage-return"}},
		{"v1.98", []string{">"}, []string{"blank-line"}},
		{"v1.66", []string{">REPLICATE events"}, []string{"ignored-text"}},
		{"v1.66", []string{"<POSITION events master +5 0_6"}, []string{"int-spelling", "int-spelling"}},
		{"seed", []string{">REMOVE_PUSHER a k w @u:s"}, []string{"blank-in-field"}},
		{"v1.66", []string{"<POSITION nosuch master 5 5"}, []string{"unknown-stream"}},
		{"v1.66", []string{`<RDATA device_lists master 5 ["@u:s","dest"]`}, []string{"row-shape"}},
		{"v1.12", []string{`<RDATA device_lists 5 ["@u:s","dest"]`}, nil},
		{"v1.66", []string{`<RDATA push_rules master batch ["@u:s"]`, `<RDATA push_rules master batch ["@u:s"]`, "<POSITION push_rules master 4 5"}, []string{"batch-open"}},
		{"v1.66", []string{`<RDATA push_rules master batch ["@u:s"]`, `<RDATA push_rules other 5 ["@u:s"]`, `<RDATA push_rules master 6 ["@u:s"]`}, nil},
		{"v1.66", []string{`<RDATA push_rules master 5 ["@u:s"]`, `<RDATA push_rules master 4 ["@u:s"]`}, []string{"token-regression"}},
		{"v1.66", []string{`<RDATA push_rules master 5 ["@u:s"]`, `<RDATA push_rules other 4 ["@u:s"]`}, nil},
		{"v1.66", []string{`<RDATA push_rules master 5 ["@u:s"]`, "<POSITION push_rules master 8 9"}, []string{"token-gap"}},
		{"v1.66", []string{`<RDATA push_rules master 5 ["@u:s"]`, "<POSITION push_rules master 5 9"}, nil},
		{"v1.13", []string{`<RDATA push_rules master 5 ["@u:s"]`, "<POSITION push_rules master 9"}, []string{"token-gap"}},
		{"v1.12", []string{`<RDATA push_rules 5 ["@u:s"]`, "<POSITION push_rules 9"}, nil},
		{"v1.12", []string{`<RDATA push_rules 5 ["@u:s"]`, "<POSITION push_rules 4"}, []string{"token-regression"}},
		{"v1.66", []string{"<POSITION caches master 5 99999999999999999999", "<POSITION caches master 5 5"}, nil},
	} {
		c := open(t, tt.dialect)
		var got []string
		for _, l := range tt.lines {
			f, _, err := c.Decoder(codec.Direction(l[0])).Decode([]byte(l[1:]+"\n"), false)
			if err != nil {
				t.Errorf("%q: %v", l, err)
				continue
			}
			for _, x := range f.AppendFindings(nil) {
				got = append(got, x.Code)
				if x.Message == "" || x.Span.End > int64(len(l)) || x.Span.Start > x.Span.End {
					t.Errorf("%q: %+v", l, x)
				}
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s %q: %q, not %q", tt.dialect, tt.lines, got, tt.want)
		}
	}
}

func TestBatch(t *testing.T) {
	d := open(t, "v1.66").Decoder(codec.ToClient)
	for _, tt := range []struct{ line, want string }{
		{`RDATA push_rules master batch ["@a:s"]`, `{"stream_name":"push_rules","instance_name":"master","token":null,"batch":{"row":1},"row":{"user_id":"@a:s"},"raw":["@a:s"]}`},
		{`PING 5`, `{"data":"5"}`},
		{`RDATA push_rules master batch ["@b:s"]`, `{"stream_name":"push_rules","instance_name":"master","token":null,"batch":{"row":2},"row":{"user_id":"@b:s"},"raw":["@b:s"]}`},
		{`RDATA push_rules master 7 ["@c:s"]`, `{"stream_name":"push_rules","instance_name":"master","token":7,"batch":{"row":3,"rows":3,"lines":3},"row":{"user_id":"@c:s"},"raw":["@c:s"]}`},
		{`RDATA push_rules master 8 ["@c:s"]`, `{"stream_name":"push_rules","instance_name":"master","token":8,"row":{"user_id":"@c:s"},"raw":["@c:s"]}`},
		{`RDATA events master 9 ["ev",["$a","!r","t",null,null,null,"join",0,false]]`, `{"stream_name":"events","instance_name":"master","token":9,"row":{"type":"ev","data":{"event_id":"$a","room_id":"!r","type":"t","state_key":null,"redacts":null,"relates_to":null,"membership":"join","rejected":0,"outlier":false}},"raw":["ev",["$a","!r","t",null,null,null,"join",0,false]]}`},
		{`RDATA nosuch master 9 {"a":1e400}`, `{"stream_name":"nosuch","instance_name":"master","token":9,"raw":{"a":"Infinity"}}`},
		{`POSITION caches master -9007199254740993 ` + "\u0663", `{"stream_name":"caches","instance_name":"master","prev_token":"-9007199254740993","new_token":3}`},
	} {
		f, _, err := d.Decode([]byte(tt.line+"\n"), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(f.AppendJSON(nil, codec.View{})); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.line, got, tt.want)
		}
	}
}

func TestIntegers(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5", "-5": "-5", "+5": "5", "007": "7", "-0": "0", "0": "0", "1_000": "1000", "\u0663\u0664": "34", "5\r": "5",
		"\u00a05": "5", "9007199254740992": `"9007199254740992"`, "-0099999999999999999999": `"-99999999999999999999"`,
		"9223372036854775807": `"9223372036854775807"`, "9223372036854775808": `"9223372036854775808"`, "\U0001d7d9": "1",
		"": "", "-": "", "+-5": "", "5.0": "", "0x10": "", "1__0": "", "_1": "", "1_": "", "\x1c5": "", "\u200b5": "", "5x": "", "\u00bd": "",
	} {
		f, fault := one(t, "v1.12", codec.ToServer, []byte("FEDERATION_ACK "+text+"\n"))
		got := ""
		if fault == nil {
			got = string(f.AppendJSON(nil, codec.View{}))
			got = got[len(`{"token":`) : len(got)-1]
		}
		if got != want {
			t.Errorf("%q: %s, not %s (%v)", text, got, want, fault)
		}
	}
}
