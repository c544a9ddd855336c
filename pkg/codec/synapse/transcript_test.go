package synapse_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

func TestTranscript(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"> SERVER example.com", "< SERVER example.com"},
		{"    < REPLICATE events 53\n", "> REPLICATE events 53"},
		{"> PING 1490197665618", "< PING 1490197665618"},
		{"< PING 1490197670513", "> PING 1490197670513"},
		{"< REPLICATE ", "> REPLICATE "},
		{"* connection established *", ""},
		{"> something else", ""},
		{"POSITION events 5", "< POSITION events 5"},
		{"REPLICATE", "> REPLICATE"},
		{"message", ""},
		{"lab.example/USER_IP", ""},
		{`3) "RDATA caches master 5 [\"a\\u00e9\",null]"`, `< RDATA caches master 5 ["a\u00e9",null]`},
		{`2) "lab.example"`, ""},
		{`1795212646.183072 [0 127.0.0.1:36524] "publish" "x" "REMOTE_SERVER_UP r\xc3\xa4k\r"`, "127.0.0.1:36524 183072000 \x00 REMOTE_SERVER_UP räk\r"},
		{`1795212646.183072 [0 127.0.0.1:36524] "GET" "x"`, ""},
		{`1795212646.183072 [0 127.0.0.1:36524] "PUBLISH" "x" "no end`, ""},
		{`2026-11-20 21:59:13,615 - synapse.replication.tcp.protocol - 202 - ERROR - - [anon-XeTKl] failed to parse line 'REPLICATE': 'ALL NOW\r'`, "XeTKl 615000000 > REPLICATE ALL NOW\r"},
		{`2026-11-20 21:55:19,101 - synapse.replication.tcp.handler - 600 - DEBUG - replication-conn-glJdV - Handling 'POSITION caches master 0 0'`, "glJdV 101000000 < POSITION caches master 0 0"},
		{`… Failed to handle line: u"NAME it's \u65e5"`, "> NAME it's 日"},
		{`… Remote reported error: 'ping timeout'`, "\x00 ERROR ping timeout"},
		{`2026-11-20 21:55:19,101 - synapse - Handling nothing`, ""},
	} {
		m, ok := synapse.Transcript(nil, []byte(tt.line))
		got := ""
		if ok {
			got = string(rune(m.Dir)) + " " + string(m.Line)
			if !m.Time.IsZero() {
				got = m.Flow + " " + m.Time.Format(".000000000")[1:] + " " + got
			}
		}
		if got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.line, got, tt.want)
		}
	}
}

// TestRedisLogs holds what is found in the output of redis-cli against what
// was published.
func TestRedisLogs(t *testing.T) {
	var want [][]byte
	for _, l := range bytes.Split(bytes.TrimSpace(testdata.Read(t, "synapse/captures/v1.98-redis.expected.ndjson")), []byte("\n")) {
		var e struct {
			LineHex string `json:"line_hex"`
		}
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(e.LineHex)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, b)
	}
	for _, file := range []string{"v1.98-redis-monitor.txt", "v1.98-redis-subscribe.txt"} {
		n := 0
		for line := range bytes.Lines(testdata.Read(t, "synapse/logs/"+file)) {
			m, ok := synapse.Transcript(nil, line)
			if !ok {
				continue
			}
			if n >= len(want) || !bytes.Equal(m.Line, want[n]) {
				t.Fatalf("%s: line %d is %q", file, n, m.Line)
			}
			if f, fault := one(t, "v1.98", codec.ToServer, append(bytes.Clone(m.Line), '\n')); fault != nil {
				t.Errorf("%s: %s: %v", file, f.Type(), fault)
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%s: %d of %d lines", file, n, len(want))
		}
	}
}

func TestProgramLogs(t *testing.T) {
	for file, want := range map[string]int{
		"seed-errors.server.excerpt.log": 9, "v0.21-errors.server.excerpt.log": 9,
		"seed-normal.server.excerpt.log": 2, "v1.66-worker-debug.excerpt.log": 30,
	} {
		n := 0
		for line := range bytes.Lines(testdata.Read(t, "synapse/logs/"+file)) {
			m, ok := synapse.Transcript(nil, line)
			if !ok {
				continue
			}
			if n++; m.Time.IsZero() || len(m.Flow) != 5 {
				t.Errorf("%s: %q: time %v, flow %q", file, line, m.Time, m.Flow)
			}
		}
		if n != want {
			t.Errorf("%s: %d lines, not %d", file, n, want)
		}
	}
}
