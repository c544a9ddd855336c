package zmtp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// A unit is a line of the independent parser.
type unit struct {
	Stream   string
	Off, Len int64
	Kind     string
	Frames   []body
	fields   map[string]any
}

// A body is the content of a frame: hexadecimal, or what it hashes to.
type body struct {
	hex    string
	Len    int
	SHA256 string
}

func (b *body) UnmarshalJSON(src []byte) error {
	if json.Unmarshal(src, &b.hex) == nil {
		return nil
	}
	type plain body
	return json.Unmarshal(src, (*plain)(b))
}

func (b body) is(got []byte) bool {
	if b.SHA256 == "" {
		return hex.EncodeToString(got) == b.hex
	}
	sum := sha256.Sum256(got)
	return len(got) == b.Len && hex.EncodeToString(sum[:]) == b.SHA256
}

// units returns the expected units of each stream.
func units(t *testing.T, name string) map[string][]unit {
	t.Helper()
	out := map[string][]unit{}
	for line := range bytes.Lines(testdata.Read(t, name)) {
		var u unit
		if err := json.Unmarshal(line, &u); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &u.fields); err != nil {
			t.Fatal(err)
		}
		if u.Kind != "frame" {
			out[u.Stream] = append(out[u.Stream], u)
		}
	}
	return out
}

// TestCaptures holds every unit of every capture against the independent
// parser's: where it is, what it is, what is in it.
func TestCaptures(t *testing.T) {
	for _, name := range testdata.Glob(t, "emqp/captures/*.pcap") {
		stem := strings.TrimSuffix(name, ".pcap")
		t.Run(strings.TrimPrefix(stem, "emqp/captures/"), func(t *testing.T) {
			want := units(t, stem+".zmtp.expected.ndjson")
			conns := codectest.Connections(t, name)
			for i, c := range conns {
				base := fmt.Sprintf("%s.%02d.", strings.TrimPrefix(stem, "emqp/captures/"), i)
				for _, s := range []struct {
					dir    codec.Direction
					name   string
					stream []byte
				}{{codec.ToServer, base + "c2s.bin", c.ToServer}, {codec.ToClient, base + "s2c.bin", c.ToClient}} {
					checkUnits(t, s.name, s.dir, s.stream, want[s.name])
					delete(want, s.name)
				}
			}
			for name := range want {
				t.Errorf("no stream %s in the capture", name)
			}
		})
	}
}

func checkUnits(t *testing.T, name string, dir codec.Direction, stream []byte, want []unit) {
	t.Helper()
	recs := codectest.Check(t, zmtp.Protocol{}, codec.Options{}, dir, stream)
	if len(recs) > 0 && recs[len(recs)-1].Type == "" { // a partial greeting is no unit
		recs = recs[:len(recs)-1]
	}
	if len(recs) != len(want) {
		t.Errorf("%s: %d units, expected %d", name, len(recs), len(want))
		return
	}
	for i, r := range recs {
		u := want[i]
		kind := u.Kind
		if kind == "curve-message" {
			kind = "command"
		}
		if r.Offset != u.Off || r.Length != u.Len || r.Type != kind || r.Err != "" {
			t.Fatalf("%s: unit %d is %v, expected %s at %d+%d", name, i, r, u.Kind, u.Off, u.Len)
		}
		if u.Kind == "message" {
			checkBodies(t, stream[r.Offset:r.Offset+r.Length], u)
			continue
		}
		for _, k := range []string{"stream", "off", "len", "kind", "t", "hex"} {
			delete(u.fields, k)
		}
		sameFields(t, r.JSON, u.fields)
	}
}

func checkBodies(t *testing.T, b []byte, u unit) {
	t.Helper()
	f, _, err := decoder(t).Next(b, true)
	if err != nil || f.Len() != len(u.Frames) {
		t.Fatalf("%s at %d: %v, %d frames expected", u.Stream, u.Off, err, len(u.Frames))
	}
	for i, want := range u.Frames {
		if !want.is(f.Body(i)) {
			t.Errorf("%s at %d: frame %d differs", u.Stream, u.Off, i)
		}
	}
}

func decoder(t testing.TB) *zmtp.Decoder {
	t.Helper()
	c, err := zmtp.NewConversation(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c.ZMTP(codec.ToServer)
}

// TestMechanismMismatch reads both directions of connections that came to
// nothing: the second greeting tells why.
func TestMechanismMismatch(t *testing.T) {
	codes := []string{"mechanism-mismatch", "mechanism-mismatch", "incompatible-sockets"}
	for i, conn := range codectest.Connections(t, "emqp/captures/z_mech_mismatch.pcap")[:3] {
		c, err := zmtp.Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		codectest.CutIn(zmtp.Protocol{}, c, codec.ToServer, conn.ToServer, 0)
		var got []string
		for _, r := range codectest.CutIn(zmtp.Protocol{}, c, codec.ToClient, conn.ToClient, 0) {
			for _, f := range r.Findings {
				got = append(got, f.Code)
			}
		}
		if len(got) != 1 || got[0] != codes[i] {
			t.Errorf("connection %d: findings %q, expected %q", i, got, codes[i])
		}
	}
}

// TestEnds tells why connections came to nothing.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		capture string
		want    []string // of the connections in order; "" for a sound one
	}{
		{"z_mech_mismatch", []string{"mechanism-mismatch", "mechanism-mismatch", "incompatible-sockets"}},
		{"z_plain", []string{"", "", "refused", "refused"}},
		{"z_curve", []string{"", "refused", "no-welcome", "no-welcome", "no-welcome"}},
		{"z_null_req_rep", []string{"", "", ""}},
	} {
		for i, conn := range codectest.Connections(t, "emqp/captures/"+tt.capture+".pcap")[:len(tt.want)] {
			c, err := zmtp.NewConversation(codec.Options{})
			if err != nil {
				t.Fatal(err)
			}
			codectest.CutIn(zmtp.Protocol{}, c, codec.ToServer, conn.ToServer, 0)
			codectest.CutIn(zmtp.Protocol{}, c, codec.ToClient, conn.ToClient, 0)
			var got []string
			for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
				for _, f := range c.AppendEnd(nil, dir) {
					got = append(got, f.Code)
				}
			}
			if strings.Join(got, " ") != tt.want[i] {
				t.Errorf("%s, connection %d: %q, expected %q", tt.capture, i, got, tt.want[i])
			}
		}
	}
}
