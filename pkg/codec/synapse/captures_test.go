package synapse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

// An expected line of a recording, as the program's own code decoded it.
type expected struct {
	Conn    *int
	Dir     string
	Off     int64
	Len     int64
	Cmd     string
	Fields  json.RawMessage
	Error   string
	Partial bool
}

// A talk is one connection being decoded.
type talk struct {
	conv    codec.Conversation
	streams map[codec.Direction]*codec.Stream
}

func newTalk(t testing.TB, dialect string) *talk {
	c := open(t, dialect)
	return &talk{c, map[codec.Direction]*codec.Stream{
		codec.ToServer: codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer),
		codec.ToClient: codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient),
	}}
}

// dialectsOf are the versions that the recordings were made of.
var dialectsOf = map[string]string{"seed": "seed", "v0.21": "v0.21", "v1.0": "v1.0", "v1.66": "v1.66"}

func TestCaptures(t *testing.T) {
	for _, file := range testdata.Glob(t, "synapse/captures/*.pcap") {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "synapse/captures/"), ".pcap")
		if strings.HasPrefix(name, "v1.98") {
			continue // Redis, not lines
		}
		t.Run(name, func(t *testing.T) {
			version, _, _ := strings.Cut(name, "-")
			testCapture(t, file, name, dialectsOf[version])
			if name != "v0.21-long" { // it has nothing that v0.21-normal has not
				testCapture(t, file, name, "")
			}
		})
	}
}

func testCapture(t *testing.T, file, name, dialect string) {
	talks := map[int]*talk{}
	got := map[string][]record{}
	bytesOf := map[string][]byte{}
	take := func(conn int, dir codec.Direction) {
		k := talks[conn]
		key := fmt.Sprint(conn, dir)
		for {
			r, ok := k.streams[dir].Next()
			if !ok {
				return
			}
			got[key] = append(got[key], newRecord(k.conv, &r))
		}
	}
	for _, s := range segments(t, testdata.Read(t, file)) {
		if talks[s.conn] == nil {
			talks[s.conn] = newTalk(t, dialect)
		}
		key := fmt.Sprint(s.conn, s.dir)
		bytesOf[key] = append(bytesOf[key], s.data...)
		talks[s.conn].streams[s.dir].Feed(s.data)
		take(s.conn, s.dir)
	}
	for conn, k := range talks {
		for dir, s := range k.streams {
			s.End()
			take(conn, dir)
		}
	}
	lines := 0
	next := map[string]int{}
	for _, line := range bytes.Split(bytes.TrimSpace(testdata.Read(t, strings.TrimSuffix(file, ".pcap")+".expected.ndjson")), []byte("\n")) {
		var e expected
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		dir := map[string]codec.Direction{"c2s": codec.ToServer, "s2c": codec.ToClient}[e.Dir]
		key := fmt.Sprint(*e.Conn, dir)
		if next[key] >= len(got[key]) {
			t.Fatalf("%s: record %d is missing", key, next[key])
		}
		r := got[key][next[key]]
		next[key]++
		lines++
		checkRecord(t, key, &e, &r, dialect != "")
	}
	if lines == 0 {
		t.Fatal("no lines")
	}
	for key, rs := range got {
		var all []byte
		for i := range rs {
			all = append(all, rs[i].bytes...)
		}
		if !bytes.Equal(all, bytesOf[key]) {
			t.Errorf("%s: the records do not hold the bytes of the stream", key)
		}
		// The decode of v1.0-normal stops three lines before its end.
		if len(rs) != next[key] && (name != "v1.0-normal" || len(rs) != next[key]+3) {
			t.Errorf("%s: %d records, %d expected", key, len(rs), next[key])
		}
	}
}

// A record is what a test keeps of one.
type record struct {
	kind, dialect string
	text, fields  []byte
	bytes         []byte
	span          codec.Span
	fault         *codec.SyntaxError
	findings      []codec.Finding
}

func newRecord(c codec.Conversation, r *codec.Record) record {
	out := record{span: r.Span, fault: r.Err, bytes: bytes.Clone(r.Bytes)}
	out.dialect, _ = c.Dialect()
	if r.Frame != nil {
		v := codec.View{Secrets: true, Depth: 3}
		out.kind = r.Frame.Type()
		out.text = r.Frame.AppendText(nil, v)
		out.fields = r.Frame.AppendJSON(nil, v)
		out.findings = r.Frame.AppendFindings(nil)
	}
	return out
}

func checkRecord(t *testing.T, key string, e *expected, r *record, fixed bool) {
	t.Helper()
	id := fmt.Sprintf("%s at %d", key, e.Off)
	end := e.Off + e.Len + 1
	if e.Partial {
		end--
	}
	if want := (codec.Span{Start: e.Off, End: end}); r.span != want {
		t.Fatalf("%s: %v, not %v", id, r.span, want)
	}
	if e.Cmd != "" && r.kind != e.Cmd {
		t.Errorf("%s: type %s, not %s", id, r.kind, e.Cmd)
	}
	blank := e.Error != "" && r.kind == "blank"
	if fixed && (e.Error != "" || e.Partial) != (r.fault != nil) && !blank {
		t.Errorf("%s: fault %v, the program: %s", id, r.fault, e.Error)
	}
	if e.Error == "" && !e.Partial && r.fault != nil {
		t.Errorf("%s: fault %v in a good line", id, r.fault)
	}
	if e.Fields != nil && r.fault == nil {
		sameFields(t, id, e.Fields, r.fields)
	}
	if !e.Partial && !bytes.Equal(append(bytes.Clone(r.text), '\n'), r.bytes) {
		t.Errorf("%s: text %q", id, r.text)
	}
}
