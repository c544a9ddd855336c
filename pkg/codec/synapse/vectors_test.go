package synapse_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

// A vector is what one version's own code made of a line, or which line it
// made.
type vector struct {
	ID        string
	Kind      string
	OK        bool
	Command   string
	Fields    json.RawMessage
	LineHex   *string `json:"line_hex"`
	Exception string
	Message   string
	AsServer  string `json:"as_server"`
	AsClient  string `json:"as_client"`
}

func (v *vector) line(t *testing.T) ([]byte, bool) {
	t.Helper()
	if v.LineHex == nil {
		return nil, false
	}
	b := testdata.Bytes{}
	if err := json.Unmarshal([]byte(`{"hex":"`+*v.LineHex+`"}`), &b); err != nil {
		t.Fatal(err)
	}
	return b, !bytes.Contains(b, []byte("\n"))
}

// open returns the conversation of a dialect.
func open(t testing.TB, dialect string) codec.Conversation {
	t.Helper()
	c, err := synapse.Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// one decodes one line.
func one(t testing.TB, dialect string, dir codec.Direction, line []byte) (codec.Frame, *codec.SyntaxError) {
	t.Helper()
	f, n, err := open(t, dialect).Decoder(dir).Decode(line, true)
	if f == nil || n != len(line) {
		t.Fatalf("%q: %d of %d bytes, %v", line, n, len(line), err)
	}
	if err == nil {
		return f, nil
	}
	return f, err.(*codec.SyntaxError)
}

func TestVectors(t *testing.T) {
	for _, file := range testdata.Glob(t, "synapse/vectors/*.json") {
		dialect := strings.TrimSuffix(strings.TrimPrefix(file, "synapse/vectors/shared_"), ".json")
		t.Run(dialect, func(t *testing.T) {
			for _, v := range testdata.Vectors[vector](t, file) {
				line, ok := v.line(t)
				if !ok {
					continue
				}
				f, fault := one(t, dialect, codec.ToServer, append(line, '\n'))
				checkVerdict(t, dialect, &v, line, f, fault)
				back(t, dialect, f)
			}
		})
	}
}

// checkVerdict holds the frame of a line against what the program did.
func checkVerdict(t *testing.T, dialect string, v *vector, line []byte, f codec.Frame, fault *codec.SyntaxError) {
	t.Helper()
	if v.Command != "" && f.Type() != v.Command {
		t.Errorf("%s: type %s, not %s", v.ID, f.Type(), v.Command)
	}
	if v.Kind != "decode" {
		return // a line made from arguments with blanks may be no valid one
	}
	// The parser alone refuses a blank line; the connection passes over it.
	passed := strings.TrimSpace(string(line)) == "" && (dialect == "seed" || dialect == "v0.21.0" || dialect == "v1.98.0")
	if want := v.OK || passed; want != (fault == nil) {
		t.Errorf("%s: %.80q: fault %v, the program: %s %s", v.ID, line, fault, v.Exception, v.Message)
	}
	if fault != nil && (fault.Offset < 0 || fault.Offset > int64(len(line)+1)) {
		t.Errorf("%s: offset %d in a line of %d bytes", v.ID, fault.Offset, len(line))
	}
	if v.OK {
		sameFields(t, v.ID, v.Fields, f.AppendJSON(nil, codec.View{Secrets: true}))
	}
}

// back holds the text of a frame against its bytes.
func back(t *testing.T, dialect string, f codec.Frame) {
	t.Helper()
	text := f.AppendText(nil, codec.View{Secrets: true})
	p, err := synapse.Protocol{}.Parser(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	g, err := p.Parse(codec.ToServer, codec.Text{Body: text})
	if err != nil {
		t.Errorf("%.80q: %v", text, err)
		return
	}
	want, _ := f.AppendBinary(nil)
	if got, err := g.AppendBinary(nil); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%.80q encodes to %.80q, not %.80q", text, got, want)
	}
}

// sameFields holds AppendJSON against the fields of the reference.
func sameFields(t *testing.T, id string, want, got []byte) {
	t.Helper()
	var w, g map[string]any
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	d := json.NewDecoder(bytes.NewReader(got))
	if err := d.Decode(&g); err != nil {
		t.Errorf("%s: fields %s: %v", id, got, err)
		return
	}
	delete(g, "row")
	delete(g, "batch")
	if raw, ok := g["raw"]; ok {
		delete(g, "raw")
		g["row"] = raw
	}
	a, _ := json.Marshal(plain(w))
	b, _ := json.Marshal(plain(g))
	if !bytes.Equal(a, b) {
		t.Errorf("%s: fields\n got %.300s\nwant %.300s", id, b, a)
	}
}

// plain turns the vectors' escapes into what our records have.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		if f, ok := v["$float"].(string); ok && len(v) == 1 {
			return map[string]string{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[f]
		}
		if n, ok := v["$int"]; ok && len(v) == 1 {
			return n
		}
		if _, ok := v["$surrogates"]; ok && len(v) == 1 {
			return "\ufffd" // what encoding/json reads from a lone surrogate
		}
		for k := range v {
			v[k] = plain(v[k])
		}
	case float64:
		switch v {
		case 0:
			return 0.0 // Python has no integer -0
		case 1 << 53:
			return "9007199254740992"
		}
	}
	return v
}
