package synapse_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

const redisSession = "+OK\r\n*3\r\n$9\r\nsubscribe\r\n$11\r\nlab.example\r\n:1\r\n" +
	"*3\r\n$7\r\nmessage\r\n$11\r\nlab.example\r\n$28\r\nPOSITION events master 12 12\r\n" +
	"*3\r\n$7\r\nmessage\r\n$19\r\nlab.example/USER_IP\r\n$37\r\nUSER_IP @a:s [\"tok\",\"ip\",\"ua\",null,5]\r\n" +
	"*3\r\n$7\r\nmessage\r\n$11\r\nlab.example\r\n$13\r\nPOSITION x\xff\n\r\r\n" +
	"*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$5\r\nhello\r\n$-1\r\n*0\r\n" +
	"*3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$6\r\nPING 1\r\n*3\r\n$7"

func TestRedis(t *testing.T) {
	want := []string{
		`redis raw +OK\r\n`,
		`redis raw *3\r\n$9\r\nsubscribe\r\n$11\r\nlab.example\r\n:1\r\n`,
		`POSITION !redis=message/lab.example POSITION events master 12 12`,
		`USER_IP !redis=message/lab.example/USER_IP USER_IP @a:s ["tok","ip","ua",null,5]`,
		`POSITION raw *3\r\n$7\r\nmessage\r\n$11\r\nlab.example\r\n$13\r\nPOSITION x\xff\n\r\r\n encoding 50`,
		`redis raw *3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$5\r\nhello\r\n`,
		`redis raw $-1\r\n`,
		`redis raw *0\r\n`,
		`PING raw *3\r\n$7\r\nPUBLISH\r\n$3\r\na b\r\n$6\r\nPING 1\r\n`,
		`redis raw *3\r\n$7 truncated 6`,
	}
	for _, size := range []int{1, 2, 5, 1000} {
		var got []string
		var at int64
		for _, r := range cut(t, "", []byte(redisSession), size) {
			s := r.kind + " " + string(r.text)
			if r.fault != nil {
				s += fmt.Sprint(" ", r.fault.Code, " ", r.fault.Offset-r.span.Start)
			}
			got = append(got, s)
			if r.span.Start != at {
				t.Errorf("%q begins at %d, not %d", s, r.span.Start, at)
			}
			at = r.span.End
		}
		if !slices.Equal(got, want) {
			t.Errorf("pieces of %d:\n got %q\nwant %q", size, got, want)
		}
	}
}

func TestRedisForms(t *testing.T) {
	unit := []byte("*3\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n$28\r\nPOSITION events master 5x 12\r\n")
	f, fault := one(t, "v1.98", codec.ToServer, unit)
	if fault == nil || !bytes.HasPrefix(unit[fault.Offset:], []byte("x 12")) {
		t.Errorf("fault %v", fault)
	}
	tile(t, unit, f.AppendFields(nil, 0, codec.View{Depth: 3}), 0, 0, int64(len(unit)))

	unit = []byte("*3\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n$37\r\nUSER_IP @a:s [\"tok\",\"ip\",\"ua\",null,5]\r\n")
	f, fault = one(t, "v1.98", codec.ToServer, unit)
	tile(t, unit, f.AppendFields(nil, 0, codec.View{Depth: 3}), 0, 0, int64(len(unit)))
	if got := string(f.AppendText(nil, codec.View{})); fault != nil || got != `!redis=PUBLISH/x USER_IP @a:s ["{{redacted}}","ip","ua",null,5]` {
		t.Errorf("%v: %s", fault, got)
	}
	if got := string(f.AppendJSON(nil, codec.View{})); got != `{"redis":{"verb":"PUBLISH","channel":"x"},"user_id":"@a:s","access_token":"{{redacted}}","ip":"ip","user_agent":"ua","device_id":null,"last_seen":5}` {
		t.Errorf("fields %s", got)
	}
	f, fault = one(t, "v1.98", codec.ToServer, unit[:len(unit)-4])
	if got := string(f.AppendText(nil, codec.View{})) + string(f.AppendJSON(nil, codec.View{})) + fmt.Sprint(f.AppendFields(nil, 0, codec.View{Depth: 3})); fault == nil || bytes.Contains([]byte(got), []byte("tok")) {
		t.Errorf("%v: %s", fault, got)
	}
}

// What begins like Redis is a line where there is no Redis, or no number.
func TestNoRedis(t *testing.T) {
	for _, tt := range []struct{ dialect, line string }{
		{"v1.12", "+OK\r\n"}, {"v1.12", ":1\r\n"}, {"seed", "$-1\r\n"}, {"v1.66", ":x\r\n"}, {"", ":\r\n"},
	} {
		if f, fault := one(t, tt.dialect, codec.ToServer, []byte(tt.line)); fault == nil || f.Type() == "redis" {
			t.Errorf("%s: %q is %s, %v", tt.dialect, tt.line, f.Type(), fault)
		}
	}
	if f, fault := one(t, "v1.66", codec.ToServer, []byte(":1\r\n")); fault != nil || f.Type() != "redis" {
		t.Errorf("a number is %s, %v", f.Type(), fault)
	}
}

func TestRedisHostileLengths(t *testing.T) {
	for _, s := range []string{"*3\r\n$999999\r\n", "*3\r\n$999999999\r\n", "*999999999\r\n$1\r\nx\r\n"} {
		d := open(t, "").Decoder(codec.ToServer)
		if got := allocated(func() { _, _, _ = d.Decode([]byte(s), false) }); got > 64<<10 {
			t.Errorf("%q: %d bytes", s, got)
		}
	}
	for _, s := range []string{
		"*3\r\n$999999999\r\n", "*3\r\n$9223372036854775807\r\n", "*999999999\r\n$1\r\nx\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
		"*3\r\n$x\r\n", "*3\r\n$1\r\nxx\r\n", "$-2\r\n", "*3\r\n\x00\r\n",
	} {
		b := append([]byte(s), bytes.Repeat([]byte("*1\r\n"), 50)...)
		var n int64
		for _, r := range cut(t, "", b, 7) {
			n += r.span.Len()
		}
		if n != int64(len(b)) {
			t.Errorf("%q: %d of %d bytes", s, n, len(b))
		}
	}
}

// TestRedisCapture holds what is found in a recording against what was
// published.
func TestRedisCapture(t *testing.T) {
	var want []string
	for _, l := range bytes.Split(bytes.TrimSpace(testdata.Read(t, "synapse/captures/v1.98-redis.expected.ndjson")), []byte("\n")) {
		var e struct {
			Channel string
			LineHex string `json:"line_hex"`
		}
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(e.LineHex)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e.Channel+" "+string(b))
	}
	talks := map[int]*talk{}
	p, err := synapse.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range segments(t, testdata.Read(t, "synapse/captures/v1.98-redis.pcap")) {
		if talks[s.conn] == nil {
			talks[s.conn] = newTalk(t, "v1.98")
		}
		st := talks[s.conn].streams[s.dir]
		st.Feed(s.data)
		for {
			r, ok := st.Next()
			if !ok {
				break
			}
			if r.Err != nil || r.Frame == nil {
				t.Errorf("%q: %v", r.Bytes, r.Err)
				continue
			}
			checkFrame(t, p, r.Frame, r.Bytes)
			var fields struct {
				Redis struct{ Verb, Channel string }
			}
			_ = json.Unmarshal(r.Frame.AppendJSON(nil, codec.View{}), &fields) // "redis" may be a string
			if fields.Redis.Verb == "PUBLISH" {
				_, line, _ := bytes.Cut(r.Frame.AppendText(nil, codec.View{Secrets: true}), []byte(" "))
				got = append(got, fields.Redis.Channel+" "+string(line))
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d lines, not %d:\n%q\n%q", len(got), len(want), got, want)
	}
}
