package synapse_test

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

func TestRepr(t *testing.T) {
	for s, want := range map[string]string{
		"abc": "'abc'", "it's": `"it's"`, `"it's"`: `'"it\'s"'`, "a\tb\r\n\\": `'a\tb\r\n\\'`, "\x00\x7f": `'\x00\x7f'`,
		"räks 🎉": "'räks 🎉'", "\ufeffPING": `'\ufeffPING'`, "\u00a0\u00ad": `'\xa0\xad'`, "\U000e0001": `'\U000e0001'`,
	} {
		if got := synapse.Repr(s); got != want {
			t.Errorf("Repr(%q) = %s, want %s", s, got, want)
		}
	}
}

func TestParseInt(t *testing.T) {
	for s, want := range map[string]int64{
		"5": 5, " 7\r": 7, "-3": -3, "٣": 3, "1_000": 1000,
		"99999999999999999999": math.MaxInt64, "-99999999999999999999": math.MinInt64,
	} {
		if got, ok := synapse.ParseInt([]byte(s)); !ok || got != want {
			t.Errorf("ParseInt(%q) = %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "5.0", "NOW"} {
		if _, ok := synapse.ParseInt([]byte(s)); ok {
			t.Errorf("ParseInt(%q) took it", s)
		}
	}
}

func TestReadLine(t *testing.T) {
	f, err := synapse.ReadLine("v1.66", codec.ToClient, []byte(`RDATA events master 5 ["ev", []]`))
	if err != nil {
		t.Fatal(err)
	}
	payload, spaced := f.Payload()
	if !f.Whole() || !spaced || string(payload) != `events master 5 ["ev", []]` || string(f.Part("instance_name")) != "master" ||
		string(f.Part("row")) != `["ev", []]` || f.Part("nothing") != nil {
		t.Errorf("payload %s, parts %s %s", payload, f.Part("instance_name"), f.Part("row"))
	}
	if f, err := synapse.ReadLine("v1.66", codec.ToClient, []byte("POSITION x")); f == nil || err == nil || f.Part("stream_name") != nil {
		t.Errorf("a line that is short: %v, %v", f, err)
	}
	if f, err := synapse.ReadLine("v9", codec.ToClient, nil); f != nil || err == nil {
		t.Errorf("a dialect that is none: %v, %v", f, err)
	}
	if synapse.Sends("seed", codec.ToServer, "USER_IP") || !synapse.Sends("v1.0", codec.ToServer, "USER_IP") || synapse.Sends("v1.0", codec.ToClient, "USER_IP") || synapse.Sends("v1.0", codec.ToServer, "X") {
		t.Error("Sends: USER_IP is of clients, from v0.22 on")
	}
	if s := strings.Join(synapse.Streams("v1.98"), " "); !strings.HasPrefix(s, "events backfill presence ") || strings.Contains(s, "groups") {
		t.Errorf("Streams: %s", s)
	}
}

// What Exception shows is what the program raised, but for the words of the
// JSON libraries.
func TestException(t *testing.T) {
	for _, version := range []string{"seed", "v0.21.0", "v1.0.0", "v1.12.4", "v1.13.0", "v1.66.0", "v1.98.0"} {
		var list []struct {
			ID, Kind, Line_hex, Exception, Message string //nolint:revive // as in the file
			OK                                     bool
		}
		if err := json.Unmarshal(testdata.Read(t, "synapse/vectors/shared_"+version+".json"), &list); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range list {
			if v.Kind != "decode" || v.Exception == "UnicodeDecodeError" {
				continue
			}
			line, err := hex.DecodeString(v.Line_hex)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := synapse.ReadLine(version, codec.ToServer, line)
			got := f.Exception(version)
			want := v.Exception + "(" + synapse.Repr(v.Message) + ")"
			switch n++; {
			case v.OK:
				want = ""
			case v.Exception == "KeyError":
				want = v.Exception + "(" + v.Message + ")"
			case strings.HasPrefix(got, "JSONDecodeError("):
				got, want = v.Exception, "JSONDecodeError"
			}
			if got != want {
				t.Errorf("%s: %q: %s, want %s", v.ID, line, got, want)
			}
		}
		if n < 100 {
			t.Errorf("%s: only %d vectors", version, n)
		}
	}
}
