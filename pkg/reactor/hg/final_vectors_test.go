package hg

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
)

type finalStep struct {
	Op, As, Gen, On string
	Frame           vectorFrame
	Stream, Request int
	Message         testdata.Bytes
	Command         string
	Args            json.RawMessage
	Redirect        string
	Data            testdata.Bytes
	Objects         []finalObject
}

type finalObject struct {
	Py         *string
	Bytes      *testdata.Bytes
	Encoded    *testdata.Bytes
	Indefinite []testdata.Bytes
	Raise      *string
	CommandErr *struct {
		Message testdata.Bytes
		Args    []testdata.Bytes
	} `json:"raise_command_error"`
	Redirect *struct {
		URL, MediaType string
		Size           int64
	}
}

type finalExpect struct {
	Action    *string
	Message   json.RawMessage
	Request   int
	Type      string
	Command   testdata.Bytes
	Args      string
	Redirect  *string
	Data      testdata.Bytes
	More      bool `json:"expectmore"`
	EOS       bool
	Stream    int
	Frames    []vectorFrame
	Exception *struct{ Message string }
	After     struct {
		State             string
		Receiving, Active []int
		Incoming          []int    `json:"incoming_streams"`
		Encodings         []string `json:"content_encodings"`
		Pending           []int
		CanIssue          bool              `json:"can_issue"`
		CanSend           bool              `json:"can_send"`
		States            map[string]string `json:"request_states"`
	}
}

type finalVector struct {
	ID, Name string
	Defer    bool `json:"defer_output"`
	Options  struct {
		Buffer   bool     `json:"buffer_sends"`
		Multiple bool     `json:"has_multiple_send"`
		Encoders []string `json:"content_encoders"`
	}
	Steps  []finalStep
	Expect []finalExpect
}

func literalValue(t *testing.T, text string) cbor.Value {
	t.Helper()
	v, err := cbor.ParseLiteral([]byte(text), cbor.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func sameValue(t *testing.T, got cbor.Value, text string) bool {
	t.Helper()
	a, err := got.Append(nil)
	b, err2 := literalValue(t, text).Append(nil)
	return err == nil && err2 == nil && bytes.Equal(a, b)
}

// The server does what the reference's does, step by step, and is in the same
// state. Where the reference raises an exception while it sends, the frames
// before that are the same, and the machine says Reject.
func TestFinalServerVectors(t *testing.T) {
	steps, frames := 0, 0
	for _, v := range testdata.Vectors[finalVector](t, "hg/vectors/final_server_reactor.json") {
		s := NewFinalServer(reactor.Options{Compat: true, DeferOutput: v.Defer})
		streams, sends, raised := map[string]uint8{}, map[string]reactor.Send{}, map[string]bool{}
	steps:
		for i, step := range v.Steps {
			want := v.Expect[i]
			switch step.Op {
			case "make-output-stream":
				streams[step.As] = uint8(want.Stream)
				s.Step(time.Time{}, reactor.Input{Value: FinalStream{uint8(want.Stream)}}, nil)
			case "foreign-output-stream":
				streams[step.As] = uint8(step.Stream)
				continue // it is none of this server
			case "drain":
				send := sends[step.Gen]
				checkFrames(t, v.ID, i, send.Frames, want.Frames)
				frames += len(want.Frames)
				late := len(s.Step(time.Time{}, reactor.Sent{ID: send.ID}, nil)) > 0
				if (late || raised[step.Gen]) != (want.Exception != nil) {
					t.Errorf("%s %s step %d: raised: %v, want %s", v.ID, v.Name, i, raised[step.Gen], want.Exception)
				}
			default:
				list := finalActions(t, s, step, streams)
				a := list[0]
				if want.Exception != nil {
					checkRefused(t, &v, s, step, list)
					break steps
				}
				if _, ok := list[len(list)-1].(reactor.Reject); ok {
					raised[step.As] = true
					if len(list) == 1 { // before there was a frame
						a = reactor.Send{}
					}
				}
				if send, ok := a.(reactor.Send); ok {
					sends[step.As] = send
				}
				checkFinalAction(t, &v, i, a, &want)
			}
			steps++
			after := reactor.State{
				{Name: "state", Value: want.After.State}, {Name: "receiving", Value: want.After.Receiving},
				{Name: "active", Value: want.After.Active}, {Name: "incoming_streams", Value: want.After.Incoming},
				{Name: "content_encodings", Value: want.After.Encodings},
			}
			if got := s.State()[:5]; !reflect.DeepEqual(got, after) {
				t.Errorf("%s %s step %d: state %v, want %v", v.ID, v.Name, i, got, after)
				break
			}
		}
	}
	if steps < 500 || frames < 170 {
		t.Errorf("only %d steps and %d frames were compared", steps, frames)
	}
}

// checkRefused checks that the server answers with an error where the
// reference raises an exception at once.
func checkRefused(t *testing.T, v *finalVector, s *FinalServer, step finalStep, got []reactor.Action) {
	t.Helper()
	ok := false
	switch got[0].(type) {
	case reactor.Fail:
		ok = step.Op == "recv" && s.State().Get("state") == stateErrored
	case reactor.Reject:
		ok = step.Op != "recv"
	}
	if !ok || len(got) != 1 {
		t.Errorf("%s %s: %v, %v; want an error", v.ID, v.Name, got, s.State())
	}
}

func finalActions(t *testing.T, s *FinalServer, step finalStep, streams map[string]uint8) []reactor.Action {
	t.Helper()
	r := FinalResponse{Request: uint16(step.Request), Stream: streams[step.On]}
	var ev reactor.Event = reactor.EOF{}
	switch step.Op {
	case "recv":
		ev = reactor.Received{Frame: frame(t, "final", step.Frame.Hex)}
	case "response-objects":
		for _, o := range step.Objects {
			o.add(t, &r)
		}
		ev = reactor.Input{Value: r}
	case "server-error", "command-error":
		r.Failure = &Failure{Server: step.Op == "server-error", Message: string(step.Message)}
		if len(step.Args) > 0 {
			var args []testdata.Bytes
			if err := json.Unmarshal(step.Args, &args); err != nil {
				t.Fatal(err)
			}
			for _, a := range args {
				r.Failure.Args = append(r.Failure.Args, string(a))
			}
		}
		ev = reactor.Input{Value: r}
	}
	return s.Step(time.Time{}, ev, nil)
}

func (o *finalObject) add(t *testing.T, r *FinalResponse) {
	t.Helper()
	var chunks [][]byte
	var err error
	switch {
	case o.Py != nil:
		var v cbor.Value
		if v, err = cbor.ParseLiteral([]byte(*o.Py), cbor.Limits{}); err != nil {
			r.Failure = &Failure{Unencodable: true}
			return
		}
		chunks, err = Encode(v)
	case o.Bytes != nil:
		chunks, err = Encode(cbor.ByteString(*o.Bytes))
	case o.Encoded != nil:
		chunks = [][]byte{*o.Encoded}
	case o.Indefinite != nil:
		var pieces [][]byte
		for _, p := range o.Indefinite {
			pieces = append(pieces, p)
		}
		chunks, err = EncodeBlob(pieces...)
	case o.Raise != nil:
		r.Failure = &Failure{Server: true, Message: *o.Raise}
	case o.CommandErr != nil:
		r.Failure = &Failure{Message: string(o.CommandErr.Message)}
		for _, a := range o.CommandErr.Args {
			r.Failure.Args = append(r.Failure.Args, string(a))
		}
	case o.Redirect != nil:
		r.Redirect = &hg.Location{URL: o.Redirect.URL, MediaType: o.Redirect.MediaType, Size: o.Redirect.Size}
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.Redirect != nil {
		r.Then = append(r.Then, chunks...)
	} else {
		r.Chunks = append(r.Chunks, chunks...)
	}
}

func checkFinalAction(t *testing.T, v *finalVector, i int, a reactor.Action, want *finalExpect) {
	t.Helper()
	if want.Action == nil || a.Name() != *want.Action {
		t.Errorf("%s %s step %d: %v, want %+v", v.ID, v.Name, i, a, want)
		return
	}
	ok := true
	switch a := a.(type) {
	case reactor.Fail:
		var m string
		ok = json.Unmarshal(want.Message, &m) == nil && a.Message == m
	case FinalRun:
		ok = int(a.Request) == want.Request && a.Command == string(want.Command) && bytes.Equal(a.Data, want.Data) &&
			(a.Data == nil) == (want.Data == nil) && sameValue(t, a.Args, want.Args) && (want.Redirect == nil) == (a.Redirect.Type() == "NoneType") &&
			(want.Redirect == nil || sameValue(t, a.Redirect, *want.Redirect))
	case ResponseData:
		ok = int(a.Request) == want.Request && bytes.Equal(a.Data, want.Data) && a.More == want.More && a.EOS == want.EOS
	case RequestError:
		ok = int(a.Request) == want.Request && a.Type == want.Type && bytes.Contains(want.Message, []byte("b'"+a.Message+"'"))
	}
	if !ok {
		t.Errorf("%s %s step %d: %v, want %+v, message %s", v.ID, v.Name, i, a, want, want.Message)
	}
}
