package dump

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wirectl/wirectl/pkg/codec"
)

const schemaFile = "../../docs/schema/record.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func unmarshal(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// What JSON writes is what the schema says, and every key is described there.
func TestSchema(t *testing.T) {
	s := schema(t)
	records := samples()
	far := records[0]
	far.Dialect, far.Exchange = "seed", 3
	far.HTTP = &codec.HTTP{Method: "POST", Target: "/", Status: 200, MediaType: "text/plain"}
	far.Span = codec.Span{Start: 1 << 60, End: 1<<60 + 13}
	records = append(records, far)
	seen := map[string]bool{}
	j := NewJSON(Options{Wire: fakeWire})
	answer := j.AppendJoined(j.AppendRecord(nil, &far), far.Conn, &codec.Joined{
		To: codec.Reply{Conn: far.Conn + 1, Seq: 5, Elapsed: 1500 * time.Millisecond}, Answers: true,
		By: codec.Reply{Conn: far.Conn + 2, Seq: 6}, Answered: true, Outstanding: 1,
	})
	for line := range strings.Lines(render(j, records) + string(answer)) {
		v := unmarshal(t, line)
		if err := s.Validate(v); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		keys, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no object: %s", line)
		}
		for k := range keys {
			seen[k] = true
		}
	}
	described := properties(t)
	for k := range seen {
		if !described[k] {
			t.Errorf("the schema does not describe %q", k)
		}
	}
	for k := range described {
		if !seen[k] {
			t.Errorf("no sample has %q", k)
		}
	}
}

// properties returns the keys that the schema describes.
func properties(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for k := range doc.Properties {
		keys[k] = true
	}
	return keys
}

// The examples of the design hold, and what is wrong is refused.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	tests := []struct {
		good bool
		text string
	}{
		{true, `{"v":1,"proto":"hg","dialect":"seed","conn":1,"dir":">","seq":0,"time":"2026-01-02T03:04:05.000000006Z","offset":0,"length":13,"type":"command-name","wire":"1 1 stream-begin command-name eos heads","fields":{}}`},
		{true, `{"v":1,"proto":"hg","conn":1,"dir":">","seq":1,"offset":13,"length":5,"error":{"code":"truncated","offset":18,"message":"cut"},"wire":"raw \\x03\\x00\\x01\\x00\\x01"}`},
		{true, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"gap":1448}`},
		{true, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":"9007199254740992","gap":1}`},
		{true, `{"v":1,"conn":1,"dir":">","seq":0,"offset":0,"length":3,"type":"RDATA","error":{"code":"syntax","offset":1,"message":"no"}}`},
		{false, `{"v":2,"conn":1,"dir":"<","seq":2,"offset":40,"gap":1448}`},
		{false, `{"v":1,"dir":"<","seq":2,"offset":40,"gap":1448}`},
		{false, `{"v":1,"conn":0,"dir":"<","seq":2,"offset":40,"gap":1448}`},
		{false, `{"v":1,"conn":1,"dir":"x","seq":2,"offset":40,"gap":1448}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":-1,"gap":1448}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":9007199254740992,"gap":1448}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"gap":0}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"gap":1448,"wire":"raw x"}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"length":1}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"length":1,"type":"x","fields":{},"error":{"code":"syntax","offset":1,"message":"no"}}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"length":1,"type":"x","fields":{},"wire":"a\nb"}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"time":"2026-01-02T03:04:05Z","offset":40,"length":1,"type":"x","fields":{}}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"length":1,"type":"x","fields":{},"findings":[]}`},
		{false, `{"v":1,"conn":1,"dir":"<","seq":2,"offset":40,"length":1,"type":"x","fields":{},"findings":[{"code":"odd","offset":40,"message":"no length"}]}`},
	}
	for _, tt := range tests {
		if err := s.Validate(unmarshal(t, tt.text)); (err == nil) != tt.good {
			t.Errorf("%v for %s", err, tt.text)
		}
	}
}
