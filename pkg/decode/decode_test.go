package decode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// records decodes a capture whole. The records are detached.
func records(t testing.TB, name string, o decode.Options) ([]codec.Record, *decode.Session) {
	t.Helper()
	s, err := decode.NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out []codec.Record
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		c := *r
		c.Bytes = bytes.Clone(r.Bytes)
		if r.Frame != nil {
			c.Frame = r.Frame.Clone()
		}
		out = append(out, c)
	}
	return out, s
}

type exchangeLine struct {
	Connection, Exchange int
	Pcap                 string
	C2S                  string `json:"c2s_bin"`
	S2C                  string `json:"s2c_bin"`
	RequestLine          string `json:"request_line"`
	RequestType          string `json:"request_type"`
	ResponseType         string `json:"response_type"`
	StatusLine           string `json:"status_line"`
	ResponseBytes        int64  `json:"response_bytes"`
}

// The frames in HTTP bodies are those that Mercurial's own reader found
// there, and bodies that are none are shown as what they are.
func TestHTTPCaptures(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(testdata.Read(t, "hg/captures/seed-exchanges.ndjson")), []byte("\n"))
	for _, line := range lines {
		var x exchangeLine
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%s.%d", path.Base(x.Pcap), x.Exchange), func(t *testing.T) {
			all, _ := records(t, "hg/captures/"+x.Pcap, decode.Options{Protocol: "hg"})
			var frames [2][]byte
			var other int64
			for _, r := range all {
				if r.Exchange != x.Exchange {
					continue
				}
				if r.HTTP == nil || !strings.HasPrefix(x.RequestLine, r.HTTP.Method+" "+r.HTTP.Target) {
					t.Errorf("a record of %v, want one of %s", r.HTTP, x.RequestLine)
				}
				i := slices.Index([]codec.Direction{codec.ToServer, codec.ToClient}, r.Dir)
				switch {
				case r.Frame != nil && r.Err == nil:
					frames[i] = append(frames[i], r.Bytes...)
				case r.Err != nil && r.Err.Code == decode.CodeNotFrames:
					if r.HTTP.MediaType != x.ResponseType && r.Dir == codec.ToClient {
						t.Errorf("media type %q, want %q", r.HTTP.MediaType, x.ResponseType)
					}
					if r.Dir == codec.ToClient {
						other += r.Span.Len()
					}
				default:
					t.Errorf("record %+v", r)
				}
			}
			for i, name := range []string{x.C2S, x.S2C} {
				var want []byte
				if name != "" {
					want = testdata.Read(t, "hg/captures/"+name)
				}
				if !bytes.Equal(frames[i], want) {
					t.Errorf("%d bytes of frames, want the %d of %q", len(frames[i]), len(want), name)
				}
			}
			if x.S2C == "" && other != x.ResponseBytes {
				t.Errorf("%d bytes that are no frames, want %d", other, x.ResponseBytes)
			}
		})
	}
}

// The reasons for a choice are told, and the choice is right.
func TestChoice(t *testing.T) {
	for name, want := range map[string]string{
		"hg/captures/seed/heads.pcap":                    "hg seed: media type application/mercurial-exp-framing-0002",
		"hg/captures/seed/multirequest-interleaved.pcap": "hg seed: media type application/mercurial-exp-framing-0002",
	} {
		_, s := records(t, name, decode.Options{})
		sum := s.Summaries()[0]
		if got := fmt.Sprintf("%s %s: %s", sum.Protocol, sum.Dialect, sum.Why); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		o    decode.Options
		want string
	}{
		{decode.Options{Protocol: "hgg"}, `no protocol "hgg"`},
		{decode.Options{Protocol: "hg", Codec: codec.Options{Dialect: "x"}}, `no hg dialect "x"`},
		{decode.Options{Codec: codec.Options{Dialect: "seed"}}, "a dialect is named, but not its protocol"},
	} {
		if _, err := decode.NewSession(tt.o); err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %v, want %s", tt.o, err, tt.want)
		}
	}
	for text, want := range map[string]string{
		"tcp.port==8000,hg":   "{8000 hg}",
		"tcp.port == 8000,hg": "{8000 hg}",
		"tcp.port==8000":      `"tcp.port==8000" is no rule, such as tcp.port==8100,zeo`,
		"udp.port==1,hg":      `"udp.port==1,hg" is no rule, such as tcp.port==8100,zeo`,
		"tcp.port==99999,hg":  `"tcp.port==99999,hg" is no rule, such as tcp.port==8100,zeo`,
		"tcp.port==1,hgg":     `no protocol "hgg"`,
	} {
		r, err := decode.ParseRule(text)
		got := fmt.Sprint(r)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("ParseRule(%q) = %s, want %s", text, got, want)
		}
	}
}

// A conversation whose bytes are of another protocol is shown, not lost.
func TestUnknown(t *testing.T) {
	s, err := decode.NewSession(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open("x", strings.NewReader(strings.Repeat("nobody knows this. ", 2000)), capture.Options{Format: capture.Raw})
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Frame != nil || r.Err.Code != decode.CodeUnknown || r.Span.Start != n || decode.Damaged(r) {
			t.Errorf("record %+v", r)
		}
		n = r.Span.End
	}
	if n != 19*2000 {
		t.Errorf("%d bytes", n)
	}
}

func TestOnly(t *testing.T) {
	all, _ := records(t, "hg/captures/seed/heads.pcap", decode.Options{Only: codec.ToClient})
	for _, r := range all {
		if r.Dir != codec.ToClient {
			t.Errorf("record %+v", r)
		}
	}
	if len(all) == 0 {
		t.Error("no records")
	}
}
