package hg

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/hgscript"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/reactor"
)

type vectorFrame = hgscript.Frame

type vectorStep struct {
	Op, As, Gen     string
	Frame           vectorFrame
	Stream, Request int
	Data            testdata.Bytes
}

type vectorExpect struct {
	Action    *string
	Message   json.RawMessage
	Request   int
	Command   testdata.Bytes
	Args      [][2]testdata.Bytes
	Data      testdata.Bytes
	Frames    []vectorFrame
	Exception *struct{ Message string }
	Bug       json.RawMessage `json:"reference_bug"`
	After     struct {
		State             string
		Receiving, Active []int
		Incoming          []int `json:"incoming_streams"`
	}
}

type reactorVector struct {
	ID     string
	Defer  bool `json:"defer_output"`
	Steps  []vectorStep
	Expect []vectorExpect
}

// frame decodes one frame.
func frame(t *testing.T, dialect, text string) codec.Frame {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := hg.Protocol{}.Open(codec.Options{Dialect: dialect, MaxFrame: 1 << 24})
	if err != nil {
		t.Fatal(err)
	}
	f, n, err := c.Decoder(codec.ToServer).Decode(b, true)
	if err != nil || n != len(b) {
		t.Fatalf("Decode(%s) = %d, %v", text, n, err)
	}
	return f.Clone()
}

// The server does what the reference's does, step by step, and is in the same
// state; up to where the reference raises an exception at once, or returns
// nothing, of what came. Where it raises one while it sends, the frames before
// that are the same, and the machine says Reject.
func TestSeedVectors(t *testing.T) {
	steps := 0
	for _, v := range testdata.Vectors[reactorVector](t, "hg/vectors/seed_reactor.json") {
		s := NewSeedServer(reactor.Options{Compat: true, DeferOutput: v.Defer})
		sends, raised, drained := map[string]reactor.Send{}, map[string]bool{}, 0
	steps:
		for i, step := range v.Steps {
			want := v.Expect[i]
			if step.Op == "drain" {
				send := sends[step.Gen]
				if send.ID > drained+1 {
					break // frames were made in another order: what begins a stream differs
				}
				drained = send.ID
				checkFrames(t, v.ID, i, send.Frames, want.Frames)
				late := len(s.Step(time.Time{}, reactor.Sent{ID: send.ID}, nil)) > 0
				if (late || raised[step.Gen]) != (want.Exception != nil) {
					t.Errorf("%s step %d: raised: %v, want %s", v.ID, i, raised[step.Gen], want.Exception)
				}
			} else {
				list := vectorActions(t, s, step)
				a := list[0]
				_, no := list[len(list)-1].(reactor.Reject)
				if want.Exception != nil || len(want.Bug) > 0 {
					read := want.Exception != nil && want.Exception.Message == "not yet implemented" // and here it is
					if _, fails := a.(reactor.Fail); !fails && !no && !read {
						t.Errorf("%s step %d: %v, want an error", v.ID, i, list)
					}
					break steps
				}
				if no {
					raised[step.As] = true
					if len(list) == 1 { // before there was a frame
						a = reactor.Send{}
					}
				}
				if send, ok := a.(reactor.Send); ok {
					sends[step.As] = send
				}
				checkAction(t, v.ID, i, a, want)
			}
			steps++
			after := reactor.State{
				{Name: "state", Value: want.After.State}, {Name: "receiving", Value: want.After.Receiving},
				{Name: "active", Value: want.After.Active}, {Name: "incoming_streams", Value: want.After.Incoming},
			}
			if got := s.State()[:4]; !reflect.DeepEqual(got, after) {
				t.Errorf("%s step %d: state %v, want %v", v.ID, i, got, after)
				break
			}
		}
	}
	if steps < 490 {
		t.Errorf("only %d steps were made", steps)
	}
}

func vectorActions(t *testing.T, s *SeedServer, step vectorStep) []reactor.Action {
	t.Helper()
	var ev reactor.Event
	switch step.Op {
	case "recv":
		ev = reactor.Received{Frame: frame(t, "seed", step.Frame.Hex)}
	case "bytes-response":
		ev = reactor.Input{Value: Response{uint16(step.Request), uint8(step.Stream), step.Data}}
	case "application-error":
		ev = reactor.Input{Value: ApplicationError{uint16(step.Request), uint8(step.Stream), step.Data}}
	case "input-eof":
		ev = reactor.EOF{}
	default:
		t.Fatalf("unknown step %q", step.Op)
	}
	return s.Step(time.Time{}, ev, nil)
}

func checkAction(t *testing.T, id string, i int, a reactor.Action, want vectorExpect) {
	t.Helper()
	if a.Name() != *want.Action {
		t.Errorf("%s step %d: %v, want %s %s", id, i, a, *want.Action, want.Message)
		return
	}
	switch a := a.(type) {
	case reactor.Fail:
		var m string
		if json.Unmarshal(want.Message, &m) != nil || a.Message != m {
			t.Errorf("%s step %d: %v, want %s", id, i, a, want.Message)
		}
	case reactor.Run:
		got := map[string]string{}
		for _, arg := range a.Args {
			got[arg.Name] = string(arg.Value)
		}
		args := map[string]string{}
		for _, arg := range want.Args {
			args[string(arg[0])] = string(arg[1])
		}
		if int(a.Request) != want.Request || a.Command != string(want.Command) || !bytes.Equal(a.Data, want.Data) || (a.Data == nil) != (want.Data == nil) || !reflect.DeepEqual(got, args) {
			t.Errorf("%s step %d: %v, want %d %s %v %q", id, i, a, want.Request, want.Command, args, want.Data)
		}
	}
}

func checkFrames(t *testing.T, id string, i int, got []codec.Frame, want []vectorFrame) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s step %d: %d frames, want %d", id, i, len(got), len(want))
		return
	}
	for k, f := range got {
		b, err := f.AppendBinary(nil)
		if rest, ok := want[k].CutFrom(b); err != nil || !ok || len(rest) > 0 {
			t.Errorf("%s step %d: frame %d is %.200x (%v), want %+.500v", id, i, k, b, err, want[k])
		}
	}
}

// encode puts payloads through an encoding, one piece each.
func encode(t *testing.T, name string, payloads ...string) []string {
	t.Helper()
	enc, err := stream.NewEncoder(name)
	if err != nil {
		t.Fatal(err)
	}
	var pieces []string
	for _, p := range payloads {
		pieces = append(pieces, string(enc.Flush(enc.Encode(nil, []byte(p)))))
	}
	return pieces
}

// A client's stream may be encoded once it has said how.
func TestSeedEncodedStream(t *testing.T) {
	for _, name := range stream.Names() {
		s := NewSeedServer(reactor.Options{})
		p := encode(t, name, "lookup", "\x03\x00\x03\x00keytip")
		settings := append([]byte{byte(len(name))}, name...)
		frames := []*hg.Frame{
			hg.NewFrame(0, 1, hg.StreamBegin, hg.TypeStreamSettings, 0, settings),
			hg.NewFrame(1, 1, hg.StreamEncoded, hg.TypeCommandName, hg.CommandNameHaveArgs, []byte(p[0])),
			hg.NewFrame(1, 1, hg.StreamEncoded|hg.StreamEnd, hg.TypeCommandArgument, hg.CommandArgumentEOA, []byte(p[1])),
		}
		var got []string
		for _, f := range frames {
			copied := s.Snapshot()
			for _, a := range s.Step(time.Time{}, reactor.Received{Frame: f}, nil) {
				got = append(got, a.String())
			}
			if again := copied.Step(time.Time{}, reactor.Received{Frame: f}, nil)[0].String(); again != got[len(got)-1] {
				t.Errorf("%s: a copy does %q, the machine %q", name, again, got[len(got)-1])
			}
		}
		want := []string{"want-frame", "want-frame", "run-command 1 lookup key=tip"}
		if !reflect.DeepEqual(got, want) || len(s.encoded) != 0 {
			t.Errorf("%s: %q, want %q; %d encodings are kept", name, got, want, len(s.encoded))
		}
	}
	for what, f := range map[string]*hg.Frame{
		`unknown stream encoding: "lzma"; there is zstd-8mb, zlib, identity`:                      hg.NewFrame(0, 1, hg.StreamBegin, hg.TypeStreamSettings, 0, []byte("\x04lzma")),
		"stream encoding zlib received unexpected data":                                           hg.NewFrame(0, 1, hg.StreamBegin, hg.TypeStreamSettings, 0, []byte("\x04zlibx")),
		"malformed stream settings frame: stream-settings without the length of a profile's name": hg.NewFrame(0, 1, hg.StreamBegin, hg.TypeStreamSettings, 0, nil),
		"received encoded frame on stream without encoding: 1":                                    hg.NewFrame(1, 1, hg.StreamBegin|hg.StreamEncoded, hg.TypeCommandName, hg.CommandNameEOS, nil),
	} {
		a := NewSeedServer(reactor.Options{}).Step(time.Time{}, reactor.Received{Frame: f}, nil)[0]
		if fail, ok := a.(reactor.Fail); !ok || fail.Message != what {
			t.Errorf("%v, want error %s", a, what)
		}
	}
}
