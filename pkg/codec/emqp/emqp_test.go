package emqp_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

const job = `["run", {"callable": "add", "path": "emqjobs", "args": [1, 2], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`

// texts pairs the notation with the frames of messages, both ways.
var texts = []struct {
	text   string
	frames []string // after the version
}{
	{`READY id=id-1`, []string{"READY", "id-1"}},
	{`DISCONNECT id=1`, []string{"DISCONNECT", "1"}},
	{`DISCONNECT id=1 secret="open sesame"`, []string{"DISCONNECT", "1", "open sesame"}},
	{`KBYE id="a b"`, []string{"KBYE", "a b"}},
	{`STATUS id=admin:1`, []string{"STATUS", "admin:1"}},
	{`INFORM id=1 type=worker [[10, "default"]]`, []string{"INFORM", "1", `[[10, "default"]]`, "worker"}},
	{`INFORM id=1 type=scheduler`, []string{"INFORM", "1", "", "scheduler"}},
	{`ACK id=1 acked=2`, []string{"ACK", "1", "2"}},
	{`REQUEST id=1 queue=default headers=[reply-requested,timeout:3] ` + job, []string{"REQUEST", "1", "default", "reply-requested,timeout:3", job}},
	{`REQUEST id=1 queue="" headers=[] ` + job, []string{"REQUEST", "1", "", "", job}},
	{`REQUEST id=1 queue="a=b c" headers="x y" "just = text"`, []string{"REQUEST", "1", "a=b c", "x y", `"just = text"`}},
	{`REPLY id=1 orig_msgid=2`, []string{"REPLY", "1", "2"}},
	{`REPLY id=1 orig_msgid=2 {"value": NaN}`, []string{"REPLY", "1", `{"value": NaN}`, "2"}},
	{`REPLY id=1 {"connected_schedulers": {}}`, []string{"REPLY", "1", `{"connected_schedulers": {}}`}},
	{`HEARTBEAT id=1 timestamp=1795212733.8386855`, []string{"HEARTBEAT", "1", "1795212733.8386855"}},
	{`SCHEDULE id=1 queue=q headers=[guarantee] interval=-1 cron="* * * * *" ` + job, []string{"SCHEDULE", "1", "q", "guarantee", "-1", job, "* * * * *"}},
	{`UNSCHEDULE id=1 queue=q headers=[] interval=2 ` + job, []string{"UNSCHEDULE", "1", "q", "", "2", job, ""}},
	{`PUBLISH id=1 topic=news 5`, []string{"PUBLISH", "1", "news", "5"}},
	{`PUBLISH id=1 topic=news "žluť ☃"`, []string{"PUBLISH", "1", "news", `"žluť ☃"`}},
	// What is not as the programs send it, or cannot be told in parts.
	{`message "" "eMQP/1.0" "READY"`, []string{"READY"}},
	{`message "" "eMQP/1.0" "PUBLISH" "1" "news" "{not"`, []string{"PUBLISH", "1", "news", "{not"}},
	{`message "" "eMQP/1.0" "PUBLISH" "1" "news" " 5"`, []string{"PUBLISH", "1", "news", " 5"}},
	{`message "" "eMQP/1.0" "PUBLISH" "1" "news" "[1,\n2]"`, []string{"PUBLISH", "1", "news", "[1,\n2]"}},
	{`message "" "eMQP/1.0" "PUBLISH" "1" "news" "\"{\x7bx}}\""`, []string{"PUBLISH", "1", "news", `"{{x}}"`}},
	{`message "" "eMQP/1.0" "PUBLISH" "1" "news" ""`, []string{"PUBLISH", "1", "news", ""}},
	{`message "" "eMQP/1.0" "KBAI" "1"`, []string{"KBAI", "1"}},
}

func message(frames []string) []byte {
	bodies := [][]byte{nil, []byte("eMQP/1.0")}
	for _, f := range frames {
		bodies = append(bodies, []byte(f))
	}
	return zmtp.NewMessage(bodies...).Bytes()
}

func TestTexts(t *testing.T) {
	for _, tt := range texts {
		t.Run(tt.text, func(t *testing.T) {
			want := message(tt.frames)
			got, err := codectest.Encode(emqp.Protocol{}, tt.text)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("encodes to %q (%v), not %q", got, err, want)
			}
			recs := codectest.Check(t, emqp.Protocol{}, codec.Options{}, codec.ToServer, want)
			if len(recs) != 1 || recs[0].Text != tt.text || recs[0].Type != tt.frames[0] {
				t.Errorf("decodes to %v", recs)
			}
			if !json.Valid([]byte(recs[0].JSON)) {
				t.Errorf("fields are no JSON: %s", recs[0].JSON)
			}
			if strings.HasPrefix(tt.text, "message") {
				return
			}
			codectest.ShortPrefixes(t, func() codec.Decoder { return decoder(t) }, want)
		})
	}
}

func greeting(t testing.TB) []byte {
	t.Helper()
	b, err := codectest.Encode(emqp.Protocol{}, "greeting 3.1 NULL")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What DISCONNECT has as its body is shown by nothing that hides secrets.
func TestSecret(t *testing.T) {
	for _, tt := range []struct {
		frames     []string
		text, json string
	}{
		{[]string{"DISCONNECT", "1", "sesame"}, `DISCONNECT id=1 secret={{redacted}}`, `{"msgid":"1","to":"router","secret":"{{redacted}}"}`},
		{[]string{"DISCONNECT", "1", "sesame", "open"}, `message "" "eMQP/1.0" "DISCONNECT" "1" {{redacted}} {{redacted}}`, `{"msgid":"1","to":"router","body":["{{redacted}}","{{redacted}}"]}`},
		{[]string{"DISCONNECT", "1"}, `DISCONNECT id=1`, `{"msgid":"1","to":"router"}`},
	} {
		raw := message(tt.frames)
		f, n, err := decoder(t).Decode(raw, true)
		if err != nil || n != len(raw) {
			t.Fatalf("%q: %d, %v", tt.frames, n, err)
		}
		if got := string(f.AppendText(nil, codec.View{})); got != tt.text {
			t.Errorf("%q: %s, want %s", tt.frames, got, tt.text)
		}
		if got := string(f.AppendJSON(nil, codec.View{})); got != tt.json {
			t.Errorf("%q: %s, want %s", tt.frames, got, tt.json)
		}
		for _, fd := range f.AppendFields(nil, 0, codec.View{Depth: 1}) {
			if strings.Contains(fd.Value+fd.Note, "sesame") {
				t.Errorf("%q: field %s is %s", tt.frames, fd.Name, fd.Value)
			}
		}
		if shown := string(f.AppendText(nil, codec.View{Secrets: true})); len(tt.frames) > 2 && !strings.Contains(shown, "sesame") {
			t.Errorf("%q: %s", tt.frames, shown)
		}
	}
}

// TestOtherSpellings encodes what is never printed.
func TestOtherSpellings(t *testing.T) {
	for _, tt := range []struct {
		text   string
		frames []string
	}{
		{`REQUEST headers="a,b"  queue=q   id=1   [1]  `, []string{"REQUEST", "1", "q", "a,b", "[1]"}},
		{`SCHEDULE id=1 queue=q headers=[] interval=2 cron="" [1]`, []string{"SCHEDULE", "1", "q", "", "2", "[1]", ""}},
	} {
		got, err := codectest.Encode(emqp.Protocol{}, tt.text)
		if want := message(tt.frames); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s encodes to %q (%v), not %q", tt.text, got, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`REQEST id=1`, `no command "REQEST"`},
		{`READY`, `needs id=`},
		{`READY id=1 id=2`, `twice`},
		{`READY id=1 x`, `no more is expected`},
		{`READY id=1 queue=a`, `no part of READY "queue"`},
		{`ACK id=1`, `acked`},
		{`REQUEST id=1 queue=q headers=[]`, `job`},
		{`REQUEST id=1 queue=q headers=[ [1]`, `is no [a,b]`},
		{`REQUEST id=1 queue=q headers=[] {"a"`, `no JSON`},
		{`REQUEST id=1 queue=q headers=[] job=[1]`, `no part of REQUEST "job"`},
		{`REPLY id=1`, `reply`},
		{`!long READY id=1`, `no deviations`},
		{`mesage "a"`, `no text "mesage"`},
	} {
		b, err := codectest.Encode(emqp.Protocol{}, tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v (bytes %q), expected %q in it", tt.text, err, b, tt.want)
		}
	}
}

// TestLinkRoles tells the last answer to a REQUEST from one that is not.
func TestLinkRoles(t *testing.T) {
	c, err := emqp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		dir  codec.Direction
		text string
		want codec.Link
	}{
		{codec.ToServer, `INFORM id=0 type=scheduler`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "0"}, Wide: true}},
		{codec.ToClient, `ACK id=9 acked=0`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "0"}, Wide: true}},
		{codec.ToServer, `REQUEST id=1 queue=q headers=[guarantee] [1]`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "1"}, Wide: true}},
		{codec.ToServer, `REQUEST id=2 queue=q headers=[reply-requested] [1]`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "2"}, Wide: true}},
		{codec.ToClient, `REPLY id=8 orig_msgid=2`, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "2"}, Wide: true}},
		{codec.ToClient, `REPLY id=7 orig_msgid=1`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "1"}, Wide: true}},
		{codec.ToServer, `REPLY id=6 orig_msgid=2 5`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "2"}, Wide: true}},
		{codec.ToServer, `STATUS id=5`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "admin"}}},
		{codec.ToClient, `REPLY id=4 {}`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "admin"}}},
		{codec.ToServer, `HEARTBEAT id=3 timestamp=1.5`, codec.Link{}},
	} {
		b, err := codectest.Encode(emqp.Protocol{}, s.text)
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := c.Decoder(s.dir).Decode(b, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.(codec.Linked).Link(); got != s.want {
			t.Errorf("%s: link %+v, expected %+v", s.text, got, s.want)
		}
	}
}

// TestBrief tells messages in few words.
func TestBrief(t *testing.T) {
	const id = "3f2a6a2e-0d57-4b7e-9d0a-0a6f3f0d5b11"
	for _, tt := range []struct{ text, want string }{
		{`REQUEST id=` + id + ` queue=default headers=[guarantee] ` + job, "client → router: 3f2a6a2e default emqjobs.add [1, 2] [guarantee]"},
		{`REQUEST id=1 queue=q headers=[] [5]`, "client → router: 1 q [5]"},
		{`REPLY id=1 orig_msgid=` + id + ` {"value": 3}`, `jobmanager → router: 3f2a6a2e {"value": 3}`},
		{`READY id=1`, "jobmanager → router"},
		{`SCHEDULE id=1 queue=q headers=[] interval=2 ` + job, "client → router: every 2 s q emqjobs.add [1, 2]"},
		{`ACK id=1 acked=2`, "2"},
		{`message "x"`, `message "x"`},
	} {
		b, err := codectest.Encode(emqp.Protocol{}, tt.text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := emqp.Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := c.Decoder(codec.ToServer).Decode(b, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(f.(codec.Briefer).AppendBrief([]byte("|"), codec.View{})); got != "|"+tt.want {
			t.Errorf("%s: %s, expected %s", tt.text, got, tt.want)
		}
		columns, rows := c.(codec.Summarizer).Summary()
		for _, row := range rows {
			if len(row) != len(columns) || row[1] != f.Type() || row[4] != "1" {
				t.Errorf("%s: summary %q", tt.text, row)
			}
		}
	}
}

// TestFresh asks for values that are made when they are needed.
func TestFresh(t *testing.T) {
	n := 0
	fresh := func(name string) (string, bool) {
		n++
		return name + strings.Repeat("!", n), name != "nothing"
	}
	p, err := emqp.Protocol{}.Parser(codec.Options{Fresh: fresh})
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte("HEARTBEAT id=admin:{{uuid}} timestamp={{now}}")})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := f.AppendBinary(nil); !bytes.Equal(got, message([]string{"HEARTBEAT", "admin:uuid!", "now!!"})) {
		t.Errorf("bytes %q", got)
	}
	for _, text := range []string{"READY id={{nothing}}", "READY id={{uuid", "READY id={{redacted}}"} {
		if f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)}); err == nil {
			t.Errorf("%s is taken: %v", text, f)
		}
	}
	if _, err := codectest.Encode(emqp.Protocol{}, "READY id={{uuid}}"); err == nil {
		t.Error("a fresh value without anybody who makes it")
	}
}

// TestFields reads the JSON fields of all connections' identities and roles.
func TestRoles(t *testing.T) {
	c, err := emqp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	script := []struct {
		dir  codec.Direction
		text string
		want string // in the fields
	}{
		{codec.ToServer, `greeting 3.1 NULL padding=3`, `"mechanism":"NULL"`},
		{codec.ToClient, `greeting 3.1 NULL`, `"mechanism":"NULL"`},
		{codec.ToServer, `command READY Socket-Type=DEALER Identity=me`, `"identity":{"text":"me"}`},
		{codec.ToClient, `command READY Socket-Type=ROUTER Identity=r`, `"socket_type":"ROUTER"`},
		{codec.ToServer, `INFORM id=1 type=scheduler`, `{"msgid":"1","peer":"me","from":"scheduler","to":"router","queues":[],"type":"scheduler"}`},
		{codec.ToClient, `ACK id=2 acked=1`, `{"msgid":"2","peer":"me","from":"router","to":"scheduler","acked":"1"}`},
		{codec.ToServer, `REQUEST id=3 queue=q headers=[a,b] ["run", {"n": 9007199254740993}]`, `"from":"scheduler","to":"router","queue":"q","headers":["a","b"],"subcommand":"run","job":{"n":"9007199254740993"}}`},
		{codec.ToClient, `REPLY id=4 orig_msgid=3`, `"reply_kind":"handed-over","orig_msgid":"3"`},
		{codec.ToClient, `message "" "eMQP/1.0" "BOGUS" "5" "\xff"`, `"command":"BOGUS","peer":"me","from":"router","to":"scheduler","body":[{"hex":"ff"}]`},
		{codec.ToClient, `message "x" "y"`, `{"frames":[{"text":"x"},{"text":"y"}]}`},
	}
	for _, s := range script {
		b, err := codectest.Encode(emqp.Protocol{}, s.text)
		if err != nil {
			t.Fatal(err)
		}
		f, n, err := c.Decoder(s.dir).Decode(b, false)
		if err != nil || n != len(b) {
			t.Fatalf("%s: %d of %d bytes, %v", s.text, n, len(b), err)
		}
		if got := string(f.AppendJSON(nil, codectest.All)); !strings.Contains(got, s.want) {
			t.Errorf("%s: fields %s, expected %s", s.text, got, s.want)
		}
	}
}

// TestFindings shows what vectors do not have.
func TestFindings(t *testing.T) {
	for _, tt := range []struct{ text, code string }{
		{`REQUEST id=1 queue=q headers=[x-reply-requested-not] ` + job, "reply-requested"},
		{`SCHEDULE id=1 queue=q headers=[run_count:2] interval=-1 cron="* * * * *" ` + job, "run-count"},
		{`UNSCHEDULE id=1 queue=q headers=[] interval=-1 cron="* * * * *" ` + job, "unschedule-cron"},
		{`HEARTBEAT id=1 timestamp="\xef\xbf\xbd"`, "timestamp"},
		{`message "" "eMQP/1.0" !long "READY" "1"`, "long-length"},
		{`READY id=1`, ""},
	} {
		b, err := codectest.Encode(emqp.Protocol{}, tt.text)
		if err != nil {
			t.Fatal(err)
		}
		recs := codectest.Check(t, emqp.Protocol{}, codec.Options{}, codec.ToServer, b)
		var codes []string
		for _, f := range recs[0].Findings {
			codes = append(codes, f.Code)
		}
		if tt.code == "" && len(codes) > 0 || tt.code != "" && !slices.Contains(codes, tt.code) {
			t.Errorf("%s: findings %q, expected %q", tt.text, codes, tt.code)
		}
	}
}

func TestProbe(t *testing.T) {
	e, z := emqp.Protocol{}, zmtp.Protocol{}
	with := append(greeting(t), message([]string{"READY", "1"})...)
	without := append(greeting(t), zmtp.NewMessage([]byte("x")).Bytes()...)
	if a, b := e.Probe(codec.ToServer, with), z.Probe(codec.ToServer, with); a.Score <= b.Score {
		t.Errorf("with a message of EventMQ: emqp %v, zmtp %v", a, b)
	}
	if a, b := e.Probe(codec.ToServer, without), z.Probe(codec.ToServer, without); a.Score >= b.Score {
		t.Errorf("without: emqp %v, zmtp %v", a, b)
	}
}

func TestTopics(t *testing.T) {
	seen := map[string]bool{}
	for _, topic := range (emqp.Protocol{}).Topics("") {
		if seen[topic.Name] {
			t.Errorf("%s is listed twice", topic.Name)
		}
		seen[topic.Name] = true
		if topic.Title == "" || topic.Source == "" {
			t.Errorf("%s: no title or source", topic.Name)
		}
		if topic.Example == "" {
			continue
		}
		if _, err := codectest.Encode(emqp.Protocol{}, topic.Example); err != nil {
			t.Errorf("%s: example %s: %v", topic.Name, topic.Example, err)
		}
	}
	if seen["DISCONNECT"] == false || seen["greeting"] == false {
		t.Error("topics are missing")
	}
}
