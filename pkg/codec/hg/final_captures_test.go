package hg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// expectation is a line of what Mercurial's own reader made of a capture.
type expectation struct {
	Kind                         string
	Offset, Size                 int64
	Request, Stream, Type, Flags int
	StreamFlags                  int `json:"stream_flags"`
	Human                        string
	Payload                      testdata.Bytes
	Decoded                      *testdata.Bytes
	Size2048                     int `json:"payload_size"`
	Command, Args, Redirect      string
	Objects                      []json.RawMessage
	ObjectCount                  int `json:"object_count"`
	Bytes                        int
	SHA256                       string
}

func expectations(t *testing.T, name string) (out []expectation) {
	t.Helper()
	for line := range bytes.Lines(testdata.Read(t, name)) {
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(line, &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, key := range []string{"payload", "decoded"} { // long ones have a size and a hash
			if bytes.Contains(raw[key], []byte(`"sha256"`)) {
				delete(raw, key)
			}
		}
		b, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		var e expectation
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatalf("%s: %v: %s", name, err, b)
		}
		out = append(out, e)
	}
	return out
}

func direction(name string) codec.Direction {
	if strings.Contains(name, ".s2c.") {
		return codec.ToClient
	}
	return codec.ToServer
}

// A reply is what a test collects of one request's frames.
type reply struct {
	body    []byte
	objects []string
}

func TestFinalCaptures(t *testing.T) {
	for _, name := range testdata.Glob(t, "hg/captures/final/*.bin") {
		wire := testdata.Read(t, name)
		want := expectations(t, strings.TrimSuffix(name, ".bin")+".expected.ndjson")
		replies := map[int]*reply{}
		records := cutDir(t, direction(name), wire, finalDialect, 0)
		for i, r := range records {
			if i >= len(want) {
				break
			}
			frames := want[:0:0]
			for _, e := range want {
				if e.Kind == "frame" {
					frames = append(frames, e)
				}
			}
			if len(frames) != len(records) {
				t.Fatalf("%s: %d records, want %d frames", name, len(records), len(frames))
			}
			checkFrame(t, name, &r, &frames[i], replies)
		}
		for _, e := range want {
			r := replies[e.Request]
			switch e.Kind {
			case "response":
				if sum := sha256.Sum256(r.body); len(r.body) != e.Bytes || hex.EncodeToString(sum[:]) != e.SHA256 {
					t.Errorf("%s: request %d: %d bytes of another content, want %d", name, e.Request, len(r.body), e.Bytes)
				}
				checkObjects(t, name, r.objects, &e)
			case "command":
				v := value(t, r.objects[0])
				command, _ := v.Get("name")
				args, _ := v.Get("args")
				text, err := args.Append(nil)
				wantArgs, _ := value(t, e.Args).Append(nil)
				if b, _ := command.Bytes(); err != nil || string(b) != e.Command || !bytes.Equal(text, wantArgs) && e.Args != "{}" {
					t.Errorf("%s: request %d: %s, want %s %s", name, e.Request, r.objects[0], e.Command, e.Args)
				}
			}
		}
	}
}

// checkObjects holds the items of a response to Mercurial's, which prints the
// elements of sets in any order and long items as a hash of what it prints.
func checkObjects(t *testing.T, name string, got []string, want *expectation) {
	t.Helper()
	if len(got) != want.ObjectCount || len(got) != len(want.Objects) {
		t.Errorf("%s: request %d: %d items, want %d", name, want.Request, len(got), want.ObjectCount)
		return
	}
	for i, raw := range want.Objects {
		var text string
		var long struct {
			Size   int    `json:"repr_size"`
			SHA256 string `json:"sha256_of_repr"`
		}
		if json.Unmarshal(raw, &text) == nil {
			a, aerr := value(t, got[i]).Append(nil)
			b, berr := value(t, text).Append(nil)
			if aerr != nil || berr != nil || !bytes.Equal(a, b) {
				t.Errorf("%s: request %d, item %d: %.200s, want %.200s", name, want.Request, i, got[i], text)
			}
			continue
		}
		if err := json.Unmarshal(raw, &long); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256([]byte(got[i])); len(got[i]) != long.Size || hex.EncodeToString(sum[:]) != long.SHA256 {
			t.Errorf("%s: request %d, item %d: another item of %d, want %d", name, want.Request, i, len(got[i]), long.Size)
		}
	}
}

func checkFrame(t *testing.T, name string, r *codec.Record, want *expectation, replies map[int]*reply) {
	t.Helper()
	if r.Err != nil || r.Span.Start != want.Offset || r.Span.Len() != want.Size {
		t.Fatalf("%s: record at %d, %v; want a frame at %d of %d", name, r.Span.Start, r.Err, want.Offset, want.Size)
	}
	f := r.Frame.(*Frame)
	if got := [5]int{int(f.RequestID), int(f.StreamID), int(f.StreamFlags), int(f.TypeID), int(f.Flags)}; got != [5]int{want.Request, want.Stream, want.StreamFlags, want.Type, want.Flags} {
		t.Errorf("%s at %d: %v, want %+v", name, want.Offset, got, want)
	}
	text := string(f.AppendText(nil, codec.View{}))
	if !strings.HasPrefix(text, want.Human+" ") {
		t.Errorf("%s at %d: text %q, want %q", name, want.Offset, text, want.Human)
	}
	checkText(t, name, text, r.Bytes)
	body, _, err := f.Decoded()
	if err != nil {
		t.Errorf("%s at %d: %v", name, want.Offset, err)
	}
	if want.Decoded != nil && !bytes.Equal(body, *want.Decoded) {
		t.Errorf("%s at %d: decoded %x, want %x", name, want.Offset, body, *want.Decoded)
	}
	if !json.Valid(f.AppendJSON(nil, codec.View{})) {
		t.Errorf("%s at %d: JSON %s", name, want.Offset, f.AppendJSON(nil, codec.View{}))
	}
	tile(t, f.AppendFields(nil, r.Span.Start, codec.View{}), r.Span.Start, r.Span.End)
	if fds := f.AppendFindings(nil); len(fds) > 0 && !strings.Contains(name, "error-") {
		t.Errorf("%s at %d: findings %+v", name, want.Offset, fds)
	}
	if f.TypeID != FinalCommandResponse && f.TypeID != FinalCommandRequest {
		return
	}
	p := replies[want.Request]
	if p == nil {
		p = &reply{}
		replies[want.Request] = p
	}
	p.body = append(p.body, body...)
	items, _ := f.Items()
	for _, b := range items {
		var tree cbor.Tree
		if _, err := tree.Parse(b, cbor.Limits{}); err != nil {
			t.Fatalf("%s at %d: %v", name, want.Offset, err)
		}
		if tree.Nodes[0].Indefinite { // Mercurial gives the chunks, and an empty one for the end
			for j := range tree.Nodes[1 : len(tree.Nodes)-1] {
				literal, _ := tree.AppendLiteral(nil, j+1)
				p.objects = append(p.objects, string(literal))
			}
			p.objects = append(p.objects, "b''")
			continue
		}
		literal, ok := tree.AppendLiteral(nil, 0)
		if !ok {
			t.Errorf("%s at %d: no literal for %x", name, want.Offset, b)
		}
		p.objects = append(p.objects, string(literal))
	}
}

// Compressed captures show the same responses as those of identity.
func TestSameResponses(t *testing.T) {
	objects := func(name string) (out []string) {
		for _, r := range cutDir(t, codec.ToClient, testdata.Read(t, name), finalDialect, 0) {
			f := r.Frame.(*Frame)
			if items, _ := f.Items(); f.TypeID == FinalCommandResponse {
				for _, b := range items {
					out = append(out, hex.EncodeToString(b))
				}
			}
		}
		return out
	}
	for _, pair := range [][2]string{
		{"heads-identity", "heads-zlib"}, {"heads-identity", "heads-zstd"}, {"branchmap-identity", "branchmap-zstd"},
		{"changesetdata-identity", "changesetdata-zlib"},
		{"filedata-identity", "filedata-zlib"}, {"filedata-big-identity", "filedata-big-zstd"},
	} {
		a, b := objects("hg/captures/final/"+pair[0]+".2.s2c.bin"), objects("hg/captures/final/"+pair[1]+".2.s2c.bin")
		if len(a) == 0 || !reflect.DeepEqual(a, b) {
			t.Errorf("%s has %d items, %s %d others", pair[0], len(a), pair[1], len(b))
		}
	}
}

// However the bytes are cut, the records say the same.
func TestFinalChunks(t *testing.T) {
	for _, name := range []string{"changesetdata-zlib.2.s2c", "multirequest-interleaved-split.1.c2s", "multirequest-interleaved-split.1.s2c", "heads-zstd.2.s2c", "filedata-identity.2.s2c"} {
		wire := testdata.Read(t, "hg/captures/final/"+name+".bin")
		show := func(step int) (out []string) {
			for _, r := range cutDir(t, direction(name+"."), wire, codec.Options{}, step) {
				out = append(out, string(r.Frame.AppendText(nil, codec.View{})), string(r.Frame.AppendJSON(nil, codec.View{})))
			}
			return out
		}
		whole := show(0)
		for _, step := range []int{1, 2, 7, 100} {
			if got := show(step); !reflect.DeepEqual(got, whole) {
				t.Errorf("%s in pieces of %d:\n%q\nwhole:\n%q", name, step, got, whole)
			}
		}
	}
}

// The dialect of every recorded body is found out.
func TestDetect(t *testing.T) {
	for dialect, glob := range map[string]string{"seed": "hg/captures/seed/*c.bin", "final": "hg/captures/final/*.bin"} {
		for _, name := range testdata.Glob(t, glob) {
			c, err := Protocol{}.Open(codec.Options{})
			if err != nil {
				t.Fatal(err)
			}
			wire := testdata.Read(t, name)
			if _, _, err := c.Decoder(direction(name)).Decode(wire, true); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got, why := c.Dialect(); got != dialect || why == "" {
				t.Errorf("%s: dialect %s, %s", name, got, why)
			}
		}
	}
}

// Where the first frames could be of either dialect, a later one decides.
func TestDetectLater(t *testing.T) {
	wire := testdata.Read(t, "hg/captures/final/multirequest-interleaved-split.1.s2c.bin")
	wire = append(unhex(t, "020000 0300 02 00 31 6f6b 000000 0300 02 00 32"), wire...)
	var got []string
	for _, r := range cutDir(t, codec.ToClient, wire, codec.Options{}, 0)[:4] {
		got = append(got, r.Frame.(*Frame).Dialect().Name+" "+r.Frame.Type())
	}
	want := []string{"seed command-data", "seed command-data", "final stream-settings", "final command-response"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("frames %q, want %q", got, want)
	}
}

func TestSSH(t *testing.T) {
	for _, name := range testdata.Glob(t, "hg/captures/ssh/*.c2s.bin") {
		c, err := Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
			file := name
			if dir == codec.ToClient {
				file = strings.Replace(name, ".c2s.", ".s2c.", 1)
			}
			var back []byte
			for _, r := range cutWith(c, dir, testdata.Read(t, file), 0) {
				back = append(back, r.Bytes...)
				if r.Frame != nil || r.Err == nil || r.Err.Code != CodeNotFrames || !strings.Contains(r.Err.Error(), "SSH") {
					t.Errorf("%s: %q: %v", file, r.Bytes, r.Err)
				}
			}
			if !bytes.Equal(back, testdata.Read(t, file)) {
				t.Errorf("%s: other bytes", file)
			}
		}
	}
}
