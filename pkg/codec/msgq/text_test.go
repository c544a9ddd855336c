package msgq

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Texts as they are printed; the bytes of each make the text again.
func TestTexts(t *testing.T) {
	for _, c := range []struct{ header, body, text string }{
		{`{"type": "ping"}`, ``, `{"type": "ping"}`},
		{`{"type":"ping" , "a":1e2}`, `{ "b": [  ] }`, `{"type":"ping" , "a":1e2} { "b": [  ] }`},
		{`{"type": "x", "type": "ping"}`, `null`, `{"type": "x", "type": "ping"} null`},
		{`{"type": "ping"}`, `[1, NaN]`, `{"type": "ping"} [1, NaN]`},
		{`{"type": "ping"}`, `[1,]`, `{"type": "ping"} [1,]`},
		{`{"type": "ping"}`, ` {}`, `{"type": "ping"} body:" {}"`},
		{`{"type": "ping"}`, "{}\n", `{"type": "ping"} body:"{}\n"`},
		{`{"type": "ping"}`, `{} {}`, `{"type": "ping"} body:"{} {}"`},
		{`{"type": "ping"}`, "not \"json\" \xff", `{"type": "ping"} body:"not \"json\" \xff"`},
		{"{\"a\": \"x\ny\"}", `{}`, `header:"{\"a\": \"x\ny\"}" {}`},
		{" {}", ` `, `header:" {}" body:" "`},
		{"Skan\x01a\x26\x011", "Skan\x01b\x04", `Skan {"a": 1} {"b": null}`},
		{"Skan\x01a\x26\x011", "{}", `Skan {"a": 1} body:"{}"`},
		{"Skan\x01a\x16\x00\x011", "Skan\x01b\x04", `Skan header:"Skan\x01a\x16\x00\x011" {"b": null}`},
		{"Skan\x01a\x16\x00\x011", "", `header:"Skan\x01a\x16\x00\x011"`},
	} {
		src := wire(c.header, c.body)
		f := one(t, codec.Options{}, '>', src)
		if got := string(f.AppendText(nil, codec.View{})); got != c.text {
			t.Errorf("%q: text %s, want %s", src, got, c.text)
		}
		reparse(t, codec.Options{}, f, src)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text         string
		header, body string
	}{
		{`  `, "", ""},
		{`{"type":"ping"}{"x":1}`, `{"type":"ping"}`, `{"x":1}`},
		{`{"type":"ping"}   {"x":1}  `, `{"type":"ping"}`, `{"x":1}`},
		{`header:"\x00" body:""`, "\x00", ``},
		{`header:"" body:"x"`, "", `x`},
		{`getlname`, `{"type": "getlname"}`, ``},
		{`getlname {"lname":"a_1@h"}`, `{"type": "getlname"}`, `{"lname": "a_1@h"}`},
		{`stop`, `{"type": "stop"}`, ``},
		{`pong body:"\x00\xff"`, `{"type": "pong"}`, "\x00\xff"},
		{`ping true`, `{"type": "ping"}`, `true`},
		{`subscribe Auth`, `{"type": "subscribe", "group": "Auth", "instance": "*"}`, ``},
		{`subscribe notifications/cc_members`, `{"type": "subscribe", "group": "notifications/cc_members", "instance": "*"}`, ``},
		{`unsubscribe notifications/cc_members/i1`, `{"type": "unsubscribe", "group": "notifications/cc_members", "instance": "i1"}`, ``},
		{`subscribe "a b/c"/"d"`, `{"type": "subscribe", "group": "a b/c", "instance": "d"}`, ``},
		{`subscribe ""`, `{"type": "subscribe", "group": "", "instance": "*"}`, ``},
		{"subscribe caf\u00e9", `{"type": "subscribe", "group": "caf\u00e9", "instance": "*"}`, ``},
		{`subscribe a\b`, `{"type": "subscribe", "group": "a\\b", "instance": "*"}`, ``},
		{
			`send Auth/i want_answer {"command":["x",{"a":1.50}]}`,
			`{"type": "send", "from": "0_0@wirectl", "to": "*", "group": "Auth", "instance": "i", "seq": 2, "want_answer": true}`,
			`{"command": ["x", {"a": 1.5}]}`,
		},
		{
			`send * seq=-1 to="x y" from=a want_answer="no" reply=null`,
			`{"type": "send", "from": "a", "to": "x y", "group": "*", "instance": "*", "seq": -1, "want_answer": "no", "reply": null}`,
			``,
		},
		{
			`reply G to=b_2@h reply=23 answer:0`,
			`{"type": "send", "from": "0_0@wirectl", "to": "b_2@h", "group": "G", "instance": "*", "seq": 2, "reply": 23}`,
			`{"result": [0]}`,
		},
		{`ping command:x {}`, `{"type": "ping"}`, `{"command": ["x"]}`},
		{`ping command:"a b" [0]`, `{"type": "ping"}`, `{"command": ["a b", [0]]}`},
		{`ping answer:0 null`, `{"type": "ping"}`, `{"result": [0]}`},
		{`ping answer:0 false`, `{"type": "ping"}`, `{"result": [0, false]}`},
		{`ping answer:-1 "No such recipient"`, `{"type": "ping"}`, `{"result": [-1, "No such recipient"]}`},
		{`ping notification:connected {"client":"a"}`, `{"type": "ping"}`, `{"notification": ["connected", {"client": "a"}]}`},
	} {
		got, err := parse(codec.Options{}, '>', c.text)
		if c.text == "  " {
			if err == nil {
				t.Errorf("blanks make %q", got)
			}
			continue
		}
		if want := wire(c.header, c.body); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %q, %v\nwant %q", c.text, got, err, want)
		}
	}
}

func TestParseSkan(t *testing.T) {
	for _, dialect := range []string{"", "skan"} {
		got, err := parse(codec.Options{Dialect: dialect}, '>', `Skan {"a": {"$hex": "00ff"}} {"b": [1, -2.5, "x", true, NaN]}`)
		if want := wire("Skan\x01a\x21\x02\x00\xff", "Skan\x01b\x23\x14\x26\x011\x27\x04-2.5\x28\x01x\x25\x011\x27\x03nan"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", dialect, got, err, want)
		}
	}
	if got, err := parse(codec.Options{Dialect: "skan"}, '>', `getlname`); err != nil || !bytes.Equal(got, wire("Skan\x04type\x28\x08getlname", "")) {
		t.Errorf("short form: %q, %v", got, err)
	}
	if _, err := parse(codec.Options{}, '>', `Skan {"`+strings.Repeat("x", 256)+`": 1}`); err == nil {
		t.Error("a tag of 256 octets")
	}
}

// What the short form leaves out comes from the frames before.
func TestParserLearns(t *testing.T) {
	p, err := Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		dir  codec.Direction
		text string
		from string
		seq  string
	}{
		{'>', `send G {}`, `0_0@wirectl`, "2"},
		{'<', `{"type": "getlname"} {"lname": "6b00_7@h"}`, "", ""},
		{'>', `send G {}`, `6b00_7@h`, "3"},
		{'<', `{"type": "send", "seq": 70}`, "", "70"},
		{'>', `send G seq=10 from=x {}`, `x`, "10"},
		{'>', `reply G to=y reply=1 answer:0`, `6b00_7@h`, "11"},
		{'>', `{"type": "send", "seq": 20}`, "", "20"},
		{'>', `send G {}`, `6b00_7@h`, "21"},
	} {
		f, err := p.Parse(step.dir, split(step.text))
		if err != nil {
			t.Fatalf("%s: %v", step.text, err)
		}
		if h := f.(*Frame).head(); h.text(keyFrom) != step.from || string(h.raw(keySeq)) != step.seq {
			t.Errorf("%s: from %q, seq %s, want %q, %s", step.text, h.text(keyFrom), h.raw(keySeq), step.from, step.seq)
		}
	}
}

func TestWrongLengths(t *testing.T) {
	text := `!total=10 !header-length=16 {"type": "ping"}`
	got, err := parse(codec.Options{}, '>', text)
	if want := "\x00\x00\x00\x0a\x00\x10{\"type\": \"ping\"}"; err != nil || string(got) != want {
		t.Fatalf("%q, %v", got, err)
	}
	p, _ := Protocol{}.Parser(codec.Options{})
	f, err := p.Parse('>', split(text))
	if err != nil || string(f.AppendText(nil, codec.View{})) != text {
		t.Errorf("text %s, %v", f.AppendText(nil, codec.View{}), err)
	}
	if codes := codesOf(f); !slices.Contains(codes, findLengths) {
		t.Errorf("findings %v", codes)
	}
	for _, text := range []string{`!total=-1 stop`, `!total=4294967296 stop`, `!header-length=65536 stop`, `!total stop`, `!size=1 stop`} {
		_, err := parse(codec.Options{}, '>', text)
		var fault *codec.TextError
		if !errors.As(err, &fault) || fault.Start >= 0 || fault.End > 0 {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

func codesOf(f codec.Frame) (codes []string) {
	for _, finding := range f.AppendFindings(nil) {
		codes = append(codes, finding.Code)
	}
	return codes
}

// Faults of texts point at the place.
func TestTextFaults(t *testing.T) {
	for _, c := range []struct {
		text       string
		start, end int
		part       string // of the message, the hint or the list
	}{
		{`sned G {}`, 0, 4, "send"},
		{`send`, 4, 4, "name"},
		{`send G {"a": tru}`, 13, 14, "body"},
		{`{"type": "ping" x}`, 16, 17, `","`},
		{`{"type": "ping"} {} {}`, 20, 22, "body:"},
		{`{"type": "ping"} tru`, 20, 20, "true"},
		{`header:"abc`, 7, 11, "end"},
		{`header:"\x4" {}`, 8, 11, "hexadecimal"},
		{`header:"x" header:"y"`, 11, 12, "value"},
		{`send a/b/c {}`, 5, 9, `"a/b"/"c"`},
		{`send G form=x {}`, 7, 11, "from"},
		{`send G from=x from=y {}`, 14, 18, "twice"},
		{`send G seq=x {}`, 11, 12, "seq"},
		{`send G seq=1x {}`, 12, 13, "blank"},
		{`reply G reply=1 {}`, 15, 15, "to"},
		{`ping answer:1 {}`, 14, 16, "text"},
		{`ping answer:true`, 12, 16, "integer"},
		{`ping {} {}`, 8, 10, "after"},
		{`[1]`, 0, 3, "message"},
	} {
		_, err := parse(codec.Options{}, '>', c.text)
		var fault *codec.TextError
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		all := fault.Error() + fault.Hint + strings.Join(fault.Allowed, " ")
		if fault.Start != c.start || fault.End != c.end || !strings.Contains(all, c.part) {
			t.Errorf("%s: [%d:%d] %+v", c.text, fault.Start, fault.End, fault)
		}
	}
}

func TestFindings(t *testing.T) {
	const send = `{"type": "send", "from": "a", "to": "*", "group": "G", "instance": "*", "seq": 2, "want_answer": `
	for _, c := range []struct {
		dir          codec.Direction
		header, body string
		want         string
	}{
		{'>', send + `true}`, `{"command": ["x"]}`, ""},
		{'<', send + `true, "reply": 2, "from": "msgq"}`, `{"result": [-1, "No such recipient"]}`, findRepeated},
		{'>', send + `false}`, ``, findHeaderOnly},
		{'>', send + `0}`, `{}`, findWantAnswer},
		{'>', send + `true, "reply": 1}`, `{}`, findWantAnswer},
		{'>', send + `false}`, `{"result": []}`, findAnswer},
		{'>', send + `false}`, `{"command": [1]}`, findCommand},
		{'>', send + `false}`, `x`, findBody},
		{'>', send + `NaN}`, `{}`, findLenient + " " + findWantAnswer},
		{'>', send + `false}`, `[NaN]`, findLenient},
		{'>', send + `false}`, `[1,]`, findLenient},
		{'>', `{"type": "send", "from": "msgq", "to": "*", "group": null, "instance": "*", "seq": "x"}`, `{}`, findIgnored + " " + findForged + " " + findKeyType},
		{'>', `{"type": "send", "to": [], "group": "", "want_answer": true}`, `{}`, findKeyType + " " + findMissing + " " + findMissing + " " + findMissing},
		{'<', `{"type": "send", "to": []}`, `{}`, ""},
		{'>', `{"type": "subscribe"}`, ``, findMissing + " " + findMissing},
		{'>', `{"a": 1}`, ``, findNoType},
		{'>', `{"type": ["ping"]}`, ``, findUnknownType},
		{'>', `{"type": "stats"}`, ``, findUnknownType},
		{'>', "Skan\x04type\x28\x04ping", ``, findSkan},
	} {
		f := one(t, codec.Options{}, c.dir, wire(c.header, c.body))
		if got := strings.Join(codesOf(f), " "); got != c.want {
			t.Errorf("%s %s: findings %q, want %q", c.header, c.body, got, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	for header, want := range map[string]string{
		`{"type": "send"}`: "send", `{"type": "p\u0069ng"}`: "ping", `{"type": "x", "type": "stop"}`: "stop",
		`{"type": "stats"}`: "stats", `{"type": ""}`: noType, `{"type": 1}`: noType, `{}`: noType,
		`{"type": "a b"}`: noType, `{"type": "` + strings.Repeat("x", 65) + `"}`: noType,
		"Skan\x04type\x28\x04ping": "ping",
	} {
		if got := one(t, codec.Options{}, '>', wire(header, "")).Type(); got != want {
			t.Errorf("%s: type %q, want %q", header, got, want)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		dir          codec.Direction
		header, body string
		want         codec.Link
	}{
		{'>', `{"type": "send", "from": "a", "seq": 2, "want_answer": true}`, `{}`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a 2"}, Wide: true}},
		{'<', `{"type": "send", "from": "a", "seq": 2, "want_answer": false}`, `{"command": ["x"]}`, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "a 2"}, Wide: true}},
		{'>', `{"type": "send", "from": "a", "seq": 2, "want_answer": false}`, `{"notification": ["x"]}`, codec.Link{}},
		{'>', `{"type": "send", "from": "b", "to": "a", "seq": 7, "reply": 2}`, `{}`, codec.Link{Role: codec.LinkAnswers, Key: codec.LinkKey{Text: "a 2"}, Wide: true}},
		{'<', `{"type": "send", "from": "msgq", "to": "a", "seq": 2, "want_answer": true, "reply": 2}`, `{}`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "a 2"}, Wide: true}},
		{'>', `{"type": "getlname"}`, ``, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "getlname"}}},
		{'<', `{"type": "getlname"}`, `{"lname": "a"}`, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "getlname"}}},
		{'>', `{"type": "ping"}`, ``, codec.Link{Role: codec.LinkAsks, Key: codec.LinkKey{Text: "ping"}}},
		{'<', `{"type": "pong"}`, ``, codec.Link{Role: codec.LinkEnds, Key: codec.LinkKey{Text: "ping"}}},
		{'>', `{"type": "subscribe"}`, ``, codec.Link{}},
	} {
		if got := one(t, codec.Options{}, c.dir, wire(c.header, c.body)).Link(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.header, got, c.want)
		}
	}
}

// The notes of fields tell what a frame is about.
func TestFieldNotes(t *testing.T) {
	for _, c := range []struct{ header, body, want string }{
		{`{"type": "send", "from": "a", "to": "*", "group": "G", "instance": "i", "seq": 2, "want_answer": true}`, `{"command": ["x"]}`, "from a to group G/i, wants an answer to 2"},
		{`{"type": "send", "from": "b", "to": "a", "group": "G", "instance": "i", "seq": 7, "reply": 2}`, `{"result": [1, "no"]}`, "answer: error 1 no"},
		{`{"type": "send", "from": "b", "to": "a", "reply": 2}`, `{"result": [0]}`, "from b to a, answers 2"},
		{`{"type": "send", "from": "msgq", "to": "a", "reply": 2}`, `{"result": [-1, "No such recipient"]}`, "undeliverable: no such recipient"},
		{`{"type": "send", "from": "m", "to": "*", "group": "notifications/cc_members"}`, `{"notification": ["subscribed", {"client": "a", "group": "G"}]}`, "membership: a subscribed to G"},
		{`{"type": "send"}`, `{"notification": ["disconnected", {"client": "a"}]}`, "membership: a disconnected"},
		{`{"type": "getlname"}`, `{"lname": "a"}`, "lname a"},
		{`{"type": "subscribe", "group": "G", "instance": "*"}`, ``, "group G"},
		{"Skan\x04type\x28\x04ping", "Skan\x05lname\x28\x01a", "lname a"},
	} {
		var notes []string
		for _, f := range one(t, codec.Options{}, '<', wire(c.header, c.body)).AppendFields(nil, 0, codec.View{}) {
			notes = append(notes, f.Note)
		}
		if !slices.Contains(notes, c.want) {
			t.Errorf("%s %s: notes %q, want %q", c.header, c.body, notes, c.want)
		}
	}
}

func TestBriefs(t *testing.T) {
	for _, c := range []struct{ header, body, want string }{
		{`{"type": "send", "from": "a", "to": "*", "group": "G", "instance": "i", "seq": 2, "want_answer": true}`, `{"command": ["x"]}`, "a → G/i [asks 2]: command x"},
		{`{"type": "send", "from": "msgq", "to": "a", "reply": 2}`, `{"result": [-1, "No such recipient"]}`, "msgq → a [answers 2]: undeliverable: no such recipient"},
		{`{"type": "send", "from": "m", "to": "*", "group": "g", "instance": "*"}`, `{"notification": ["connected", {"client": "a"}]}`, "m → g: a connected"},
		{`{"type": "send", "from": "m", "to": "b"}`, `[1]`, "m → b: [1]"},
		{`{"type": "send", "from": "m", "to": "b"}`, `{"command": ["x", {"a":1}]}`, `m → b: command x {"a": 1}`},
		{`{"type": "send", "from": "m", "to": "b", "reply": 3}`, `{"result": [0, [1]]}`, `m → b [answers 3]: answer: success [1]`},
		{`{"type": "send", "from": "m", "to": "b", "reply": 3}`, `{"result": [1, "no"]}`, `m → b [answers 3]: answer: error 1 no`},
		{`{"type": "subscribe", "group": "G", "instance": "*"}`, ``, "G"},
		{`{"type": "getlname"}`, `{"lname": "a"}`, "lname a"},
		{`{"type": "ping"}`, "\x00", `"\x00"`},
		{`{"type": "ping"}`, "", ""},
	} {
		if got := string(one(t, codec.Options{}, '<', wire(c.header, c.body)).AppendBrief(nil, codec.View{})); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.header, c.body, got, c.want)
		}
	}
}

// Every example encodes, and means what it says.
func TestTopics(t *testing.T) {
	names := map[string]bool{}
	for _, topic := range (Protocol{}).Topics("") {
		key := topic.Kind + " " + topic.Of + " " + topic.Name
		if names[key] || topic.Title == "" || topic.Source == "" {
			t.Errorf("%s: twice, or without title or source", key)
		}
		names[key] = true
		if topic.Example == "" {
			continue
		}
		src, err := parse(codec.Options{}, '>', topic.Example)
		if err != nil {
			t.Errorf("%s: %s: %v", key, topic.Example, err)
			continue
		}
		if strings.HasPrefix(topic.Example, "!") {
			continue
		}
		f := one(t, codec.Options{}, '>', src)
		if topic.Kind == "type" && f.Type() != topic.Name {
			t.Errorf("%s: %s makes a %s", key, topic.Example, f.Type())
		}
		if !json.Valid(f.AppendJSON(nil, codec.View{})) {
			t.Errorf("%s: no JSON", key)
		}
	}
	for _, topic := range (Protocol{}).Topics("json") {
		if topic.Of == "Skan" || topic.Name == "Skan" {
			t.Errorf("%s is a topic of dialect json", topic.Name)
		}
	}
}

func TestExplainValue(t *testing.T) {
	for value, want := range map[string]string{
		"52f0a3c1_1f@host.example": `an lname: client 31 since the daemon on "host.example" began, connected at 2014-02-04T08:24:33Z`,
		"-1":                       "no such recipient", "0": "success", "2": "an error;", "-7": "of the daemon",
		"52f0a3c1@host": "", "x_1@host": "", "52f0a3c1_1@": "", "ffffffffffff_1@host": "", "send": "",
	} {
		text, ok := (Protocol{}).ExplainValue("", value)
		if ok != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%q: %q, %v", value, text, ok)
		}
	}
}

// The sequence number is found in any header as in the plain ones.
func TestSeqOf(t *testing.T) {
	for _, tt := range []struct{ header, want string }{
		{`{"type": "send", "seq": 12}`, "12"},
		{`{"seq": 12, "seq": 13}`, "13"},
		{`{"a": "seq", "seq" : 4}`, "4"},
		{`{"a": {"seq": 1}}`, ""},
		{`{"seq": 3, "a": [{"seq": 1}]}`, "3"},
		{`{"s\u0065q": 5, "a": 1}`, "5"},
		{`{"seq": 5, "s\u0065q": 6}`, "6"},
		{`{"a": "\"seq\": 1"}`, ""},
		{`{}`, ""},
	} {
		var notes jsonv.Notes
		if err := notes.CheckWhole([]byte(tt.header), jsonv.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, n := range []*jsonv.Notes{{}, &notes} {
			if got, _ := seqOf([]byte(tt.header), n); string(got) != tt.want {
				t.Errorf("%s: got %q, want %q", tt.header, got, tt.want)
			}
		}
	}
	if got, ok := seqOf([]byte(`no "seq": 1`), new(jsonv.Notes)); ok {
		t.Errorf("of what is no object: %s", got)
	}
}

func TestLinkKeys(t *testing.T) {
	for _, name := range []string{`"52f0a3c1_5@host"`, `""`, `"a\"b"`, `"é"`, `"\u00e9"`, `5`, `null`} {
		for _, seq := range []string{`0`, `5`, `-0`, `-5`, `007`, `9007199254740991`, `9007199254740992`, `99999999999999999999`, `1.0`, `"1"`, `null`, `[1, 2]`} {
			f := Frame{Header: []byte(`{"from": ` + name + `, "seq": ` + seq + `}`)}
			h := f.head()
			if got, want := h.linkKey(keyFrom, keySeq), h.oddLinkKey(keyFrom, keySeq); got != want {
				t.Errorf("%s: %q, want %q", f.Header, got, want)
			}
		}
	}
}
