package hg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// feed gives what was captured to a machine, in pieces of step bytes (0: in
// one piece), and returns the actions of each frame. The bytes of a frame are
// overwritten once the machine has had it.
func feed(t *testing.T, m reactor.Machine, dialect string, dir codec.Direction, wire []byte, step int) (all [][]reactor.Action) {
	t.Helper()
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	if step == 0 {
		step = len(wire)
	}
	d := c.Decoder(dir)
	var buf []byte
	for piece := range slices.Chunk(wire, max(step, 1)) {
		buf = append(buf, piece...)
		for len(buf) > 0 {
			f, n, err := d.Decode(buf, false)
			if errors.Is(err, codec.ErrShort) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m.Step(time.Time{}, reactor.Received{Frame: f}, nil))
			for i := range buf[:n] {
				buf[i] = 0xa5
			}
			buf = buf[n:]
		}
	}
	if len(buf) > 0 {
		t.Fatalf("%d bytes are left", len(buf))
	}
	return all
}

func trace(all [][]reactor.Action) string {
	var b strings.Builder
	for _, actions := range all {
		for _, a := range actions {
			b.WriteString(a.String() + "\n")
			b.Write(reactor.AppendJSON(nil, a))
		}
	}
	return b.String()
}

// facts are what the reference makes of a capture.
type facts struct {
	Kind, Command, Args string
	Action              string `json:"server_action"`
	Error               string `json:"server_error"`
	Request, Bytes      int
	Data                *string
	SHA256              string
	Objects             []json.RawMessage
}

func factsOf(t *testing.T, name string) (list []facts) {
	t.Helper()
	for line := range bytes.Lines(testdata.Read(t, strings.TrimSuffix(name, ".bin")+".expected.ndjson")) {
		var f facts
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// The server does with what real clients sent what the reference's server
// did, however the bytes come.
func TestFinalServerCaptures(t *testing.T) {
	runs := 0
	for _, name := range testdata.Glob(t, "hg/captures/final/*.c2s.bin") {
		wire := testdata.Read(t, name)
		got := feed(t, NewFinalServer(reactor.Options{}), "final", codec.ToServer, wire, 0)
		for _, step := range []int{1, 2, 7, 100} {
			again := feed(t, NewFinalServer(reactor.Options{}), "final", codec.ToServer, wire, step)
			if a, b := trace(again), trace(got); a != b {
				t.Errorf("%s in pieces of %d:\n%s\nwhole:\n%s", name, step, a, b)
			}
		}
		at := 0
		var ran []FinalRun
		for _, want := range factsOf(t, name) {
			switch want.Kind {
			case "frame":
				a := got[at][0]
				at++
				if want.Action == "" {
					want.Action = "error" // an exception of the reference
				}
				if f, ok := a.(reactor.Fail); a.Name() != want.Action || ok && want.Error != "" && f.Message != want.Error {
					t.Errorf("%s: %v, want %s %s", name, a, want.Action, want.Error)
				}
				if r, ok := a.(FinalRun); ok {
					ran = append(ran, r)
				}
			case "command":
				r := ran[len(ran)-1]
				runs++
				if int(r.Request) != want.Request || r.Command != want.Command || !sameValue(t, r.Args, want.Args) ||
					(r.Data != nil) != (want.Data != nil) || r.Data != nil && hex.EncodeToString(r.Data) != *want.Data {
					t.Errorf("%s: %v, want %+v", name, r, want)
				}
			}
		}
	}
	if runs < 35 {
		t.Errorf("only %d commands were run", runs)
	}
}

// asked makes a client that has sent what a real client sent, and returns the
// bytes that it sent.
func asked(t *testing.T, c2s []byte) (*FinalClient, []byte) {
	t.Helper()
	s := NewFinalServer(reactor.Options{})
	var calls []FinalRun
	for _, actions := range feed(t, s, "final", codec.ToServer, c2s, 0) {
		for _, a := range actions {
			if r, ok := a.(FinalRun); ok {
				calls = append(calls, r)
			}
		}
	}
	slices.SortFunc(calls, func(a, b FinalRun) int { return int(a.Request) - int(b.Request) })
	o := reactor.Options{DeferOutput: true, Extra: map[string]string{}}
	if bytes.Contains(c2s, []byte("contentencodings")) {
		o.Extra["encodings"] = strings.Join(s.encodings, ",")
	}
	c := NewFinalClient(o)
	for _, r := range calls {
		args, err := membersOf(r.Args)
		if err != nil {
			t.Fatal(err)
		}
		c.Step(time.Time{}, reactor.Input{Value: Call{hg.FinalCommand{Name: r.Command, Args: args, Data: r.Data}}}, nil)
	}
	var sent []byte
	for _, a := range c.Step(time.Time{}, reactor.Input{Value: Flush{}}, nil) {
		for _, f := range a.(reactor.Send).Frames {
			sent, _ = f.AppendBinary(sent)
		}
	}
	return c, sent
}

// The client reads what real servers sent as the reference's client did, and
// what it sends itself is what a real client sent, byte for byte.
func TestFinalClientCaptures(t *testing.T) {
	same, responses := 0, 0
	for _, name := range testdata.Glob(t, "hg/captures/final/*.s2c.bin") {
		wire, c2s := testdata.Read(t, name), testdata.Read(t, strings.Replace(name, ".s2c.", ".c2s.", 1))
		c, sent := asked(t, c2s)
		if bytes.Equal(sent, c2s) {
			same++
		}
		got := feed(t, c, "final", codec.ToClient, wire, 0)
		for _, step := range []int{1, 2, 7, 100} {
			d, _ := asked(t, c2s)
			if a, b := trace(feed(t, d, "final", codec.ToClient, wire, step)), trace(got); a != b {
				t.Errorf("%s in pieces of %d:\n%.2000s\nwhole:\n%.2000s", name, step, a, b)
			}
		}
		bodies, statuses := map[uint16][]byte{}, map[uint16]string{}
		for _, actions := range got {
			for _, a := range actions {
				switch a := a.(type) {
				case ResponseData:
					bodies[a.Request] = append(bodies[a.Request], a.Data...)
				case ResponseStatus:
					statuses[a.Request] = a.Status
				case reactor.Fail, RequestError:
					t.Errorf("%s: %v", name, a)
				}
			}
		}
		for _, want := range factsOf(t, name) {
			if want.Kind != "response" {
				continue
			}
			responses++
			body := bodies[uint16(want.Request)]
			var first string
			if err := json.Unmarshal(want.Objects[0], &first); err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(body); len(body) != want.Bytes || hex.EncodeToString(sum[:]) != want.SHA256 {
				t.Errorf("%s: request %d: %d bytes of another content, want %d", name, want.Request, len(body), want.Bytes)
			}
			if s := statuses[uint16(want.Request)]; s == "" || !strings.Contains(first, "b'status': b'"+s+"'") {
				t.Errorf("%s: request %d: status %q, want %q", name, want.Request, s, first)
			}
		}
		if a := c.Step(time.Time{}, reactor.EOF{}, nil); len(a) != 1 || a[0].Name() != "noop" {
			t.Errorf("%s: at the end %v", name, a)
		}
	}
	if same < 30 || responses < 35 {
		t.Errorf("only %d clients said the same, %d responses were read", same, responses)
	}
}

// Given the items of real answers the server sends the frames that the real
// server sent: the same bytes without compression, and with it frames that a
// client reads as the same items.
func TestFinalAnswerCaptures(t *testing.T) {
	same, packed := 0, 0
	for _, name := range testdata.Glob(t, "hg/captures/final/*.s2c.bin") {
		wire, c2s := testdata.Read(t, name), testdata.Read(t, strings.Replace(name, ".s2c.", ".c2s.", 1))
		s := NewFinalServer(reactor.Options{DeferOutput: true})
		feed(t, s, "final", codec.ToServer, c2s, 0)
		reader, _ := asked(t, c2s)
		bodies := map[uint16][]byte{}
		for _, actions := range feed(t, reader, "final", codec.ToClient, wire, 0) {
			d, ok := actions[0].(ResponseData)
			if !ok {
				continue
			}
			bodies[d.Request] = append(bodies[d.Request], d.Data...)
			if d.EOS {
				a := s.Step(time.Time{}, reactor.Input{Value: answerOf(t, d.Request, bodies[d.Request])}, nil)
				if a[0].Name() != "noop" {
					t.Fatalf("%s: %v", name, a)
				}
			}
		}
		var sent []byte
		for _, f := range s.Step(time.Time{}, reactor.EOF{}, nil)[0].(reactor.Send).Frames {
			sent, _ = f.AppendBinary(sent)
		}
		if bytes.Equal(sent, wire) {
			same++
			continue
		}
		if s.outgoing[2].compresses() {
			packed++
		}
		again, _ := asked(t, c2s)
		back := map[uint16][]byte{}
		for _, actions := range feed(t, again, "final", codec.ToClient, sent, 0) {
			if d, ok := actions[0].(ResponseData); ok {
				back[d.Request] = append(back[d.Request], d.Data...)
			}
		}
		for id, body := range bodies {
			if !bytes.Equal(body, back[id]) {
				t.Errorf("%s: request %d: %d other bytes, want %d", name, id, len(back[id]), len(body))
			}
		}
	}
	if same < 25 || packed < 7 || same+packed < len(testdata.Glob(t, "hg/captures/final/*.s2c.bin")) {
		t.Errorf("only %d answers are the same, %d compressed ones were read", same, packed)
	}
}

// answerOf makes an answer of the bytes of a real one.
func answerOf(t *testing.T, request uint16, body []byte) FinalResponse {
	t.Helper()
	r := FinalResponse{Request: request, Stream: 2}
	status, n, err := parseItem(body)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := status.Get("error"); ok {
		v, _ := m.Get("message")
		format, _ := v.Bytes()
		args, _ := m.Get("args")
		list, _ := stringsOf(args)
		r.Failure = &Failure{Message: string(format), Args: list}
		return r
	}
	for body = body[n:]; len(body) > 0; body = body[n:] {
		var tree cbor.Tree
		if n, err = tree.Parse(body, cbor.Limits{}); err != nil {
			t.Fatal(err)
		}
		if tree.Nodes[0].Indefinite {
			r.Chunks = append(r.Chunks, body[:1])
			for _, k := range tree.Nodes[1 : len(tree.Nodes)-1] {
				head := int(k.Start) + int(k.Head)
				r.Chunks = append(r.Chunks, body[k.Start:head], body[head:k.End])
			}
			r.Chunks = append(r.Chunks, body[n-1:n])
			continue
		}
		v, ok := tree.Value(0)
		if !ok {
			t.Fatalf("%x", body[:n])
		}
		chunks, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		r.Chunks = append(r.Chunks, chunks...)
	}
	return r
}
