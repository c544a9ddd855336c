package msgq

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

type encodeVector struct {
	ID, Encoder string
	Hex         string
	Total       int64  `json:"total_length"`
	HeaderLen   int64  `json:"header_length"`
	HeaderText  string `json:"header_text"`
	Header      json.RawMessage
	Body        json.RawMessage
	BodyText    *string `json:"body_text"`
	BodyAbsent  bool    `json:"body_absent"`
	Exception   *struct{ Type, Message string }
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reparse holds a frame's text against its bytes.
func reparse(t *testing.T, o codec.Options, f *Frame, src []byte) {
	t.Helper()
	text := f.AppendText(nil, codec.View{})
	if again, err := parse(o, f.dir, string(text)); err != nil || !bytes.Equal(again, src) {
		t.Errorf("%q: text %s makes %q, %v", src, text, again, err)
	}
}

// parse makes the bytes of a text, with a parser of its own.
func parse(o codec.Options, dir codec.Direction, text string) ([]byte, error) {
	p, err := Protocol{}.Parser(o)
	if err != nil {
		return nil, err
	}
	f, err := p.Parse(dir, split(text))
	if err != nil {
		return nil, err
	}
	return f.AppendBinary(nil)
}

// split takes the deviations off the front, as package humanframe does.
func split(text string) codec.Text {
	var t codec.Text
	rest := text
	for strings.HasPrefix(rest, "!") {
		word, after, _ := strings.Cut(rest, " ")
		name, value, _ := strings.Cut(word[1:], "=")
		t.Deviations = append(t.Deviations, codec.Deviation{Name: name, Value: value, Pos: len(text) - len(rest)})
		rest = after
	}
	for i := range t.Deviations {
		t.Deviations[i].Pos -= len(text) - len(rest)
	}
	t.Body = []byte(rest)
	return t
}

// same says whether two JSON texts have the same values, as JSON for records.
func same(a, b []byte) bool {
	load := func(src []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(jsonv.AppendTyped(nil, src)))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return nil
		}
		return floats(v)
	}
	return reflect.DeepEqual(load(a), load(b))
}

// floats makes the spelling of floats, and the sign of zero, not count.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
		if v == "-0" {
			return json.Number("0")
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	}
	return v
}

// What the reference programs wrote is decoded to what they meant, and its
// text makes the same bytes again.
func TestEncodeVectors(t *testing.T) {
	for _, v := range testdata.Vectors[encodeVector](t, "msgq/vectors/shared_encode.json") {
		src := unhex(t, v.Hex)
		f := one(t, codec.Options{}, '>', src)
		if total, header := f.lengths(); total != v.Total || header != v.HeaderLen {
			t.Errorf("%s: lengths %d and %d", v.ID, total, header)
		}
		if string(f.Header) != v.HeaderText || v.BodyAbsent != (len(f.Body) == 0) || v.BodyText != nil && string(f.Body) != *v.BodyText {
			t.Errorf("%s: header %s, body %s", v.ID, f.Header, f.Body)
		}
		var fields struct{ Header, Body json.RawMessage }
		if err := json.Unmarshal(f.AppendJSON(nil, codec.View{}), &fields); err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		if !same(fields.Header, v.Header) || (fields.Body == nil) != v.BodyAbsent || v.Body != nil && !v.BodyAbsent && !same(fields.Body, v.Body) {
			t.Errorf("%s: fields %s %s", v.ID, fields.Header, fields.Body)
		}
		reparse(t, codec.Options{}, f, src)
		if text := f.AppendText(nil, codec.View{}); v.BodyText != nil && string(text) != v.HeaderText+" "+*v.BodyText {
			t.Errorf("%s: text %s", v.ID, text)
		}
		if findings := f.AppendFindings(nil); len(findings) > 0 && !v.BodyAbsent && !strings.Contains(string(f.Body), "NaN") && !strings.Contains(string(f.Body), "Infinity") && !f.head().is(keyFrom, DaemonName) {
			t.Errorf("%s: findings %v", v.ID, findings)
		}
	}
}

// The short form of what the Python programs wrote makes what they wrote.
func TestShortFormOfVectors(t *testing.T) {
	n := 0
	for _, v := range testdata.Vectors[encodeVector](t, "msgq/vectors/shared_encode.json") {
		if strings.HasPrefix(v.HeaderText, "{ ") || v.ID == "daemon/reserialised" {
			continue // C++, or forwarded by the daemon
		}
		src := unhex(t, v.Hex)
		f := one(t, codec.Options{}, '>', src)
		if again, ok := jsonv.AppendPython(nil, f.Body); len(f.Body) > 0 && (!ok || !bytes.Equal(again, f.Body)) {
			continue // a body that was handed through
		}
		text := shorten(f)
		got, err := parse(codec.Options{}, '>', text)
		if err != nil || !bytes.Equal(got, src) {
			t.Errorf("%s: %s\n got %q, %v\nwant %q", v.ID, text, got, err, src)
		}
		n++
	}
	if n < 60 {
		t.Errorf("only %d vectors", n)
	}
}

// shorten writes a frame in the short form.
func shorten(f *Frame) string {
	h := f.head()
	var b strings.Builder
	b.WriteString(h.kind.name)
	get := func(key string) string {
		raw, _ := jsonv.Get(h.json, key)
		return string(raw)
	}
	switch h.kind.name {
	case "subscribe", "unsubscribe":
		fmt.Fprintf(&b, " %s/%s", get("group"), get("instance"))
	case "send":
		if h.has(keyReply) && !h.has(keyWantAnswer) {
			b.Reset()
			b.WriteString("reply")
		}
		fmt.Fprintf(&b, " %s/%s from=%s to=%s seq=%s", get("group"), get("instance"), get("from"), get("to"), h.raw(keySeq))
		if h.wants() {
			b.WriteString(" want_answer")
		}
		if h.has(keyReply) {
			fmt.Fprintf(&b, " reply=%s", h.raw(keyReply))
		}
	}
	if len(f.Body) > 0 {
		b.WriteString(" " + string(f.Body))
	}
	return b.String()
}

// What the reference refuses to send is refused, where a text can ask for it.
func TestEncodeErrorVectors(t *testing.T) {
	texts := map[string]string{
		"encode_error/header_65536":      `header:"` + strings.Repeat("x", 65536) + `"`,
		"encode_error/answer_rcode_str":  `reply G to=x reply=2 answer:"0"`,
		"encode_error/answer_rcode_bool": `reply G to=x reply=2 answer:true`,
		"encode_error/body_tuple_key":    `send G {[1]: 2}`,
		"encode_error/body_bytes":        `send G \x00`,
		"encode_error/body_complex":      `send G 1+2j`,
		"encode_error/lone_surrogate":    `send g from=52f0a3c1_5@host.example {"s": "\ud800"}`,
		"encode_error/group_bytes":       "send \xff {}", // not UTF-8 either way
		"encode_error/sendmsg_list_body": "",             // an accident of the Python call
	}
	for _, v := range testdata.Vectors[encodeVector](t, "msgq/vectors/shared_encode_errors.json") {
		text, known := texts[v.ID]
		if !known {
			t.Errorf("%s: not asked", v.ID)
			continue
		}
		if text == "" {
			continue
		}
		got, err := parse(codec.Options{}, '>', text)
		if v.Exception == nil {
			if hex.EncodeToString(got) != v.Hex {
				t.Errorf("%s: %x, %v", v.ID, got, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: %q, the reference says %s", v.ID, got, v.Exception.Message)
		}
	}
}

func TestLongestHeader(t *testing.T) {
	const frame = `{"x": ""}`
	longest := `{"x": "` + strings.Repeat("y", maxHeader-len(frame)) + `"}`
	src, err := parse(codec.Options{}, '>', longest)
	if err != nil || len(src) != prefixSize+maxHeader {
		t.Fatalf("%d bytes, %v", len(src), err)
	}
	reparse(t, codec.Options{}, one(t, codec.Options{}, '>', src), src)
}

// The verdicts of the real daemon, and what becomes of them here.
func TestMalformedVectors(t *testing.T) {
	type vector struct {
		ID, Hex string
		Daemon  struct{ Effect string }
	}
	for _, v := range testdata.Vectors[vector](t, "msgq/vectors/shared_malformed.json") {
		src := unhex(t, v.Hex)
		if len(src) == 0 {
			continue
		}
		got := records(t, codec.Options{}, codec.ToServer, src, len(src))
		var back []byte
		odd, faulty := false, false
		for _, r := range got {
			back = append(back, r.Bytes...)
			if r.Err != nil {
				faulty = true
			} else {
				reparse(t, codec.Options{}, r.Frame.(*Frame), r.Bytes)
				odd = odd || len(r.Frame.AppendFindings(nil)) > 0
			}
		}
		if !bytes.Equal(back, src) {
			t.Errorf("%s: the records hold %q", v.ID, back)
		}
		switch v.Daemon.Effect {
		case "connection closed":
			if !faulty {
				t.Errorf("%s: no error where the daemon closes the connection", v.ID)
			}
		case "poller thread dies":
			if !faulty && !odd {
				t.Errorf("%s: nothing found where the daemon dies", v.ID)
			}
		case "ignored, connection stays":
			if faulty || !odd && !strings.Contains(v.ID, "body") {
				t.Errorf("%s: error %v, findings %v, where the daemon ignores the frame", v.ID, faulty, odd)
			}
		case "accepted":
			if faulty {
				t.Errorf("%s: an error where the daemon takes the frame", v.ID)
			}
		default:
			t.Errorf("%s: effect %q", v.ID, v.Daemon.Effect)
		}
	}
}

// What a running daemon did with bad input, seen by another client.
func TestMalformedAtTheDaemon(t *testing.T) {
	type result struct {
		ID     string
		Sent   string `json:"sent_hex"`
		Closed bool   `json:"offender_closed"`
		Reply  string `json:"reply_hex"`
		Other  string `json:"other_client"`
		Exited *int   `json:"daemon_exit_code"`
	}
	for _, v := range testdata.Vectors[result](t, "msgq/captures/malformed-results.json") {
		if strings.Contains(v.Sent, "...") {
			continue // not recorded whole
		}
		src := unhex(t, v.Sent)
		faulty, odd := false, false
		for _, r := range records(t, codec.Options{}, codec.ToServer, src, 5) {
			faulty = faulty || r.Err != nil
			odd = odd || r.Frame != nil && len(r.Frame.AppendFindings(nil)) > 0
		}
		if v.ID == "dup_stop" {
			if faulty || odd {
				t.Errorf("%s: the bytes are fine, only there are two of them", v.ID)
			}
			continue
		}
		if v.Closed && !faulty {
			t.Errorf("%s: no error where the daemon closes the connection", v.ID)
		}
		if strings.HasPrefix(v.Other, "SessionTimeout") && !faulty && !odd {
			t.Errorf("%s: nothing found where the daemon serves nobody any more", v.ID)
		}
	}
}

func TestPayloadVectors(t *testing.T) {
	type vector struct {
		ID        string
		Body      json.RawMessage
		Rcode     *int64
		Value     json.RawMessage
		Name      *string
		Arg       json.RawMessage
		Exception *struct{ Message string }
	}
	null := func(raw []byte) []byte {
		if raw == nil {
			return []byte("null")
		}
		return raw
	}
	for _, v := range testdata.Vectors[vector](t, "msgq/vectors/shared_payload.json") {
		if strings.HasPrefix(v.ID, "command_parse/") {
			name, arg, ok := ParseCommand(v.Body)
			if ok != (v.Name != nil) || ok && name != *v.Name || !same(null(arg), null(v.Arg)) {
				t.Errorf("%s: %q, %s, %v", v.ID, name, arg, ok)
			}
			continue
		}
		rcode, value, err := ParseAnswer(v.Body)
		switch {
		case (err != nil) != (v.Exception != nil):
			t.Errorf("%s: %v, the reference: %v", v.ID, err, v.Exception)
		case err == nil && (rcode != *v.Rcode || !same(null(value), null(v.Value))):
			t.Errorf("%s: %d, %s", v.ID, rcode, value)
		}
	}
}
