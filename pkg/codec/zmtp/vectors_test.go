package zmtp_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opened returns a decoder to which a frame comes next, after a greeting of
// 3.x if it has none itself.
func opened(t testing.TB, frame []byte, dialect string) codec.Decoder {
	t.Helper()
	c, err := zmtp.NewConversation(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	d := c.ZMTP(codec.ToServer)
	if frame[0] != 0xff && dialect == "" {
		greeting := "greeting 3.1 GSSAPI" // so that the layouts of all mechanisms are tried
		if strings.Contains(string(frame), "MESSAGE") {
			greeting = "greeting 3.1 CURVE"
		}
		b, err := codectest.Encode(zmtp.Protocol{}, greeting)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Next(b, false); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// value turns a byte form of our JSON into what it holds.
func value(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if s, ok := m["text"].(string); ok {
		return s
	}
	if s, ok := m["hex"].(string); ok {
		b, _ := hex.DecodeString(s)
		return string(b)
	}
	return v
}

// sameFields compares our fields with those of the independent parser.
func sameFields(t *testing.T, ours string, theirs map[string]any) {
	t.Helper()
	var have map[string]any
	if err := json.Unmarshal([]byte(ours), &have); err != nil {
		t.Fatalf("%s: %v", ours, err)
	}
	for k, want := range theirs {
		got := value(have[k])
		switch k {
		case "topic", "context":
			b, _ := hex.DecodeString(want.(string))
			want = string(b)
		case "properties":
			want = properties(want)
			got = ourProperties(have[k])
		case "username", "password": // bytes, one as a character
			var b []byte
			for _, r := range want.(string) {
				b = append(b, byte(r))
			}
			want = string(b)
		case "version":
			if pair, ok := want.([]any); ok {
				want = fmt.Sprintf("%v.%v", pair[0], pair[1])
			}
		case "quirk", "padding_zero", "data":
			continue // in text and findings; the tests of these are elsewhere
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, not %v", k, got, want)
		}
	}
}

func properties(v any) (list []string) {
	for _, p := range v.([]any) {
		b, _ := hex.DecodeString(p.([]any)[1].(string))
		list = append(list, p.([]any)[0].(string)+"="+string(b))
	}
	return list
}

func ourProperties(v any) (list []string) {
	all, _ := v.([]any)
	for _, p := range all {
		m := p.(map[string]any)
		list = append(list, m["name"].(string)+"="+value(m["value"]).(string))
	}
	return list
}

// TestCommandVectors reads greetings and commands of libzmq, each alone.
func TestCommandVectors(t *testing.T) {
	type vector struct {
		ID, Kind, Hex string
		Fields        map[string]any
	}
	for _, v := range testdata.Vectors[vector](t, "emqp/vectors/shared_zmtp_commands.json") {
		t.Run(v.ID, func(t *testing.T) {
			b := unhex(t, v.Hex)
			recs := codectest.Check(t, zmtp.Protocol{}, codec.Options{}, codec.ToServer, b)
			if len(recs) != 1 || recs[0].Type != v.Kind || recs[0].Err != "" {
				t.Fatalf("records %v, expected one %s", recs, v.Kind)
			}
			if strings.HasPrefix(recs[0].Text, "raw ") || strings.HasPrefix(recs[0].Text, `command "`) {
				t.Errorf("no readable text: %s", recs[0].Text)
			}
			sameFields(t, recs[0].JSON, v.Fields)
			codectest.ShortPrefixes(t, func() codec.Decoder { return opened(t, b, "") }, b)
		})
	}
}

// rawVector is a conversation of a hand-made peer with a socket of libzmq.
type rawVector struct {
	ID            string
	Steps         []struct{ Sent, Got string }
	ConnectionEnd string     `json:"connection_end"`
	APIReceived   [][]string `json:"api_received"`
}

// rawVerdicts is what the records of a raw peer's bytes say, by its vector:
// a code of an error, or of a finding, where there is one.
var rawVerdicts = map[string]string{
	"zmtp-as_server_set":             "as-server",
	"zmtp-bad_sig_10th":              "syntax",
	"zmtp-curve_garbage_hello":       "", // the box is sealed: nothing can be seen
	"zmtp-error_300":                 "",
	"zmtp-http_get":                  "syntax",
	"zmtp-identity_256":              "identity",
	"zmtp-identity_leading_zero":     "identity",
	"zmtp-length_1_tib":              "limit",
	"zmtp-long_flag_small_frame":     "long-length",
	"zmtp-lowercase_mechanism":       "mechanism-unknown",
	"zmtp-major_4":                   "version",
	"zmtp-mechanism_garbage_padding": "mechanism-bytes",
	"zmtp-message_before_ready":      "message-before-ready",
	"zmtp-nonzero_filler":            "filler",
	"zmtp-ping_ctx_17":               "long-context",
	"zmtp-plain_hello_truncated":     "syntax",
	"zmtp-plain_null_client":         "", // the socket stopped before it named its mechanism
	"zmtp-ready_bogus_type":          "socket-type",
	"zmtp-ready_dup_prop":            "duplicate-property",
	"zmtp-ready_incompatible_type":   "incompatible-sockets",
	"zmtp-ready_no_props":            "no-socket-type",
	"zmtp-reserved_flag_bits":        "reserved-bits",
	"zmtp-subscribe_to_router":       "subscribe-to-no-publisher",
	"zmtp-unknown_command_after":     "unknown-command",
	"zmtp-v1_signature_then_type":    "syntax",
}

func TestRawVectors(t *testing.T) {
	p := zmtp.Protocol{}
	for _, v := range testdata.Vectors[rawVector](t, "emqp/vectors/shared_zmtp_raw.json") {
		t.Run(v.ID, func(t *testing.T) {
			var sent, got []byte
			for _, s := range v.Steps {
				sent = append(sent, unhex(t, s.Sent)...)
				got = append(got, unhex(t, s.Got)...)
			}
			codectest.Check(t, p, codec.Options{}, codec.ToServer, sent)
			codectest.Check(t, p, codec.Options{}, codec.ToClient, got)
			recs := inTurn(t, v)
			want := rawVerdicts[v.ID]
			var codes []string
			for _, r := range recs {
				if r.Code != "" && r.Code != codec.CodeTruncated && r.Code != codec.CodeSkipped {
					codes = append(codes, r.Code)
				}
				for _, f := range r.Findings {
					codes = append(codes, f.Code)
				}
			}
			codes = without(codes, "no-socket-type", want)
			if want == "" && len(codes) > 0 || want != "" && !contains(codes, want) {
				t.Errorf("verdicts %q, expected %q\n%v", codes, want, recs)
			}
		})
	}
}

func without(codes []string, code, unless string) (out []string) {
	for _, c := range codes {
		if c != code || c == unless {
			out = append(out, c)
		}
	}
	return out
}

func contains(codes []string, code string) bool {
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

// inTurn cuts both directions step by step in one conversation and returns
// the records of what the raw peer sent. The libzmq end is the server.
func inTurn(t *testing.T, v rawVector) []codectest.Record {
	t.Helper()
	c, err := zmtp.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	up := codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer)
	down := codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient)
	var recs []codectest.Record
	take := func(s *codec.Stream, keep bool) {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if !keep {
				continue
			}
			rec := codectest.Record{Offset: r.Span.Start, Length: r.Span.Len()}
			if r.Frame != nil {
				rec.Type = r.Frame.Type()
				rec.Text = string(r.Frame.AppendText(nil, codectest.All))
				rec.Findings = r.Frame.AppendFindings(nil)
			}
			if r.Err != nil {
				rec.Code, rec.Err = r.Err.Code, r.Err.Error()
			}
			recs = append(recs, rec)
		}
	}
	for _, s := range v.Steps {
		up.Feed(unhex(t, s.Sent))
		take(up, true)
		down.Feed(unhex(t, s.Got))
		take(down, false)
	}
	up.End()
	take(up, true)
	down.End()
	take(down, false)
	return recs
}

// TestRawDelivery holds the messages that we cut against those that libzmq
// delivered.
func TestRawDelivery(t *testing.T) {
	checked := 0
	for _, v := range testdata.Vectors[rawVector](t, "emqp/vectors/shared_zmtp_raw.json") {
		if v.ConnectionEnd != "open" || v.ID == "zmtp-subscribe_to_router" || v.ID == "zmtp-rep_no_delimiter" ||
			strings.HasPrefix(v.ID, "zmtp-plain") || strings.HasPrefix(v.ID, "zmtp-sub") || v.ID == "zmtp-http_get" {
			continue // libzmq changes or withholds what these sent
		}
		var messages [][]string
		for _, r := range inTurn(t, v) {
			if r.Type == "message" {
				messages = append(messages, []string{r.Text})
			}
		}
		if len(messages) != len(v.APIReceived) {
			t.Errorf("%s: %d messages %v, libzmq delivered %d", v.ID, len(messages), messages, len(v.APIReceived))
		}
		for i, frames := range v.APIReceived {
			text := "message"
			for _, f := range frames[1:] { // frames[0] is the identity
				text += ` "` + string(unhex(t, f)) + `"`
			}
			if i < len(messages) && strings.NewReplacer("v1 ", "", "!long ", "", "!flags=0x08 ", "").Replace(messages[i][0]) != text {
				t.Errorf("%s: message %s, libzmq delivered %s", v.ID, messages[i][0], text)
			}
			checked++
		}
	}
	if checked < 15 {
		t.Errorf("only %d messages were compared", checked)
	}
}
