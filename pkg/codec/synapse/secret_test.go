package synapse_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

func TestSecrets(t *testing.T) {
	const secret = "syt_TOKEN"
	for _, tt := range []struct{ dialect, line, masked string }{
		{"v1.66", `USER_IP @a:s ["syt_TOKEN","ip","ua",null,5]`, `USER_IP @a:s ["{{redacted}}","ip","ua",null,5]`},
		{"v1.0", `USER_IP @a:s [ "syt_TOKEN", "ip", "ua", "D", 5 ] `, `USER_IP @a:s [ "{{redacted}}", "ip", "ua", "D", 5 ] `},
		{"", `USER_IP @a:s ["syt_TOKEN","ip",`, `USER_IP @a:s {{redacted}}`},
		{"seed", `USER_IP @a:s ["syt_TOKEN","ip","ua",null,5]`, `USER_IP @a:s ["{{redacted}}","ip","ua",null,5]`},
		{"v0.22", `USER_IP @a:s syt_TOKEN ip D 5 Mozilla \`, `USER_IP @a:s {{redacted}} ip D 5 Mozilla \ `},
		{"v1.66", `USER_IP @a:s syt_TOKEN`, `USER_IP @a:s {{redacted}}`},
		{"v1.66", `USER_IP @a:s "syt_TOKEN"`, `USER_IP @a:s {{redacted}}`},
		{"v1.66", `USER_IP @a:s {"syt_TOKEN":1,"a":2,"b":3,"c":4,"d":5}`, `USER_IP @a:s {{redacted}}`},
		{"v1.66", "USER_IP @a:s [\"syt_TOKEN\",\"ip\",\"u\xff\",null,5]", `USER_IP @a:s {{redacted}}`},
		{"v1.66", "USER_IP @a:s [\"syt_TOKEN\",\"ip\",\"ua\",null,5]\r", `USER_IP @a:s ["{{redacted}}","ip","ua",null,5]\r`},
		{"v1.66", `ERROR failed to parse line: ValueError('x') ('USER_IP @a:s ["syt_TOKEN"]'):`, `ERROR failed to parse line: ValueError('x') ('USER_IP{{redacted}}`},
		{"v0.21", `ERROR failed to parse line for  'USER_IP': x ('@a:s ["syt_TOKEN",'):`, `ERROR failed to parse line for  'USER_IP{{redacted}}`},
		{"v1.66", `#USER_IP @a:s ["syt_TOKEN"]`, `unknown #USER_IP{{redacted}}`},
	} {
		for _, end := range []string{"\n", ""} { // whole, and cut
			f, _ := one(t, tt.dialect, codec.ToServer, []byte(tt.line+end))
			if got := string(f.AppendText(nil, codec.View{})); got != tt.masked {
				t.Errorf("%q: text %q, not %q", tt.line, got, tt.masked)
			}
			all := string(f.AppendJSON(nil, codec.View{})) + fmt.Sprint(f.AppendFields(nil, 0, codec.View{Depth: 5}), f.AppendFindings(nil))
			if strings.Contains(all, secret) {
				t.Errorf("%q: the secret is in %s", tt.line, all)
			}
			if refuses(t, tt.masked) == nil {
				t.Errorf("%q encodes", tt.masked)
			}
		}
		f, _ := one(t, tt.dialect, codec.ToServer, []byte(tt.line+"\n"))
		if got := string(f.AppendText(nil, codec.View{Secrets: true})); got != tt.line {
			t.Errorf("with secrets %q: %q", tt.line, got)
		}
	}
	f, _ := one(t, "v1.66", codec.ToServer, []byte("USER_IP @a:s [\"syt_TOKEN\",\"ip\",\"ua\",null,5]\n"))
	if got := string(f.AppendJSON(nil, codec.View{})); got != `{"user_id":"@a:s","access_token":"{{redacted}}","ip":"ip","user_agent":"ua","device_id":null,"last_seen":5}` {
		t.Errorf("masked fields %s", got)
	}
}

// refuses returns the error of a text.
func refuses(t *testing.T, text string) error {
	t.Helper()
	p, err := synapse.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
	return err
}

func TestMaskInTraffic(t *testing.T) {
	// What looks masked on the wire must still come back.
	for _, line := range []string{`USER_IP @a:s ["{{redacted}}","ip","ua",null,5]`, `USER_IP @a:s {{redacted}}`, "!check=on PING 1"} {
		f, _ := one(t, "v1.66", codec.ToServer, []byte(line+"\n"))
		if got := f.AppendText(nil, codec.View{Secrets: true}); !bytes.HasPrefix(got, []byte("raw ")) {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestParser(t *testing.T) {
	p, err := synapse.Protocol{}.Parser(codec.Options{Dialect: "v1.66"})
	if err != nil {
		t.Fatal(err)
	}
	check := func(value string) []codec.Deviation {
		return []codec.Deviation{{Name: "check", Value: value, Pos: -12}}
	}
	for _, tt := range []struct {
		body string
		devs []codec.Deviation
		want string
	}{
		{"PING 1", nil, ""},
		{"no such line", nil, ""},
		{"REPLICATE ", nil, ""},
		{"", nil, ""},
		{"a\nb", nil, "line: a line feed inside a line"},
		{"PING 1", []codec.Deviation{{Name: "len", Pos: -5}}, `len: synapse lines have no such deviation`},
		{"PING 1", check("v7"), `check: no dialect "v7"`},
		{"PING 1", check(""), `check: no dialect ""`},
		{"PING 1", []codec.Deviation{{Name: "redis", Value: "GET/x"}}, `redis: a verb and a channel expected, not "GET/x"`},
		{"RDATA events 5 [1]", check("v1.66"), "token: RDATA has 3 of the 4 fields stream_name, instance_name, token, row; seed to v1.12 would take it"},
		{"RDATA events 5 [1]", check("on"), "token: RDATA has 3 of the 4 fields stream_name, instance_name, token, row; seed to v1.12 would take it"},
		{`RDATA push_rules 5 ["@a:s"]`, check("seed"), ""},
		{"FEDERATION_ACK 7", check("seed"), ""},
		{"FEDERATION_ACK +7", check("seed"), "int-spelling: means 7; programs write it plainly"},
	} {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(tt.body), Deviations: tt.devs})
		if err != nil {
			if err.Error() != tt.want {
				t.Errorf("%q: %v, not %s", tt.body, err, tt.want)
			}
			continue
		}
		if got, _ := f.AppendBinary(nil); tt.want != "" || string(got) != tt.body+"\n" {
			t.Errorf("%q: %q, not %s", tt.body, got, tt.want)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		src      string
		min, max int
	}{
		{"SERVER example.com\nPING 1490197665618\n", 80, 100},
		{"NAME synapse.app.synchrotron\nPING 1490197665618\nREPLICATE events 3\n", 80, 100},
		{"e\",null]\nRDATA events master 5 [1]\nRDATA events master 6 [1]\n", 80, 100},
		{"RDATA events master 5 [\"", 30, 60},
		{"PING\r\nPONG\r\n", 0, 30},
		{"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n", 0, 0},
		{"\x16\x03\x01\x02\x00\x01", 0, 0},
		{"", 0, 0},
		{"PING tester\n", 1, 60},
		{"*3\r\n$7\r\nmessage\r\n", 0, 0},
		{"*2\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$6\r\nERROR \r\n", 90, 90},
	} {
		if p := (synapse.Protocol{}).Probe(codec.ToClient, []byte(tt.src)); p.Score < tt.min || p.Score > tt.max || p.Score > 0 && p.Why == "" {
			t.Errorf("%q: %+v, not %d to %d", tt.src, p, tt.min, tt.max)
		}
	}
}

func TestTopics(t *testing.T) {
	p := synapse.Protocol{}
	for _, d := range p.Info().Dialects {
		for _, topic := range p.Topics(d.Name) {
			if topic.Title == "" || topic.Text == "" || topic.Source == "" {
				t.Errorf("%s: %s is empty", d.Name, topic.Name)
			}
			if topic.Example == "" {
				continue
			}
			if f := mustTake(t, d.Name, topic.Example).AppendFindings(nil); len(f) > 0 {
				t.Errorf("%s: %s: %q: %v", d.Name, topic.Name, topic.Example, f)
			}
		}
	}
}

func mustTake(t *testing.T, dialect, line string) codec.Frame {
	t.Helper()
	f, fault := one(t, dialect, codec.ToServer, []byte(line+"\n"))
	if fault != nil {
		t.Errorf("%s: %q: %v", dialect, line, fault)
	}
	return f
}
