package hg

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The client does what the reference's does.
func TestFinalClientVectors(t *testing.T) {
	steps, frames := 0, 0
	yes := map[bool]string{true: "yes", false: "no"}
	for _, v := range testdata.Vectors[finalVector](t, "hg/vectors/final_client_reactor.json") {
		c := NewFinalClient(reactor.Options{Compat: true, Extra: map[string]string{
			"buffer-sends": yes[v.Options.Buffer], "multiple-send": yes[v.Options.Multiple], "encodings": strings.Join(v.Options.Encoders, ","),
		}})
		sends, undrained, drained, shuffled := map[string]reactor.Send{}, 0, 0, false
		for i, step := range v.Steps {
			want := v.Expect[i]
			if step.Op == "drain" {
				send := sends[step.Gen]
				if drained++; send.ID != drained {
					shuffled = true // what begins the stream differs
				}
				if !shuffled {
					checkFrames(t, v.ID, i, send.Frames, want.Frames)
					frames += len(want.Frames)
				}
				undrained--
				c.Step(time.Time{}, reactor.Sent{ID: send.ID}, nil)
			} else {
				a := clientAction(t, c, step)
				if want.Exception != nil {
					checkWrong(t, &v, i, step, a)
					if step.Op == "recv" {
						break
					}
				} else {
					checkFinalAction(t, &v, i, a, &want)
				}
				if send, ok := a.(reactor.Send); ok {
					sends[step.As] = send
					undrained++
				}
			}
			steps++
			checkClient(t, &v, i, c, &want, undrained == 0)
		}
	}
	if steps < 350 || frames < 100 {
		t.Errorf("only %d steps and %d frames were compared", steps, frames)
	}
}

// checkWrong checks what stands for an exception of the reference.
func checkWrong(t *testing.T, v *finalVector, i int, step finalStep, a reactor.Action) {
	t.Helper()
	wrong := v.Expect[i].Exception.Message
	switch a := a.(type) {
	case reactor.Fail:
		if step.Op != "recv" || strings.HasPrefix(wrong, "unhandled frame type") && a.Message != wrong {
			t.Errorf("%s %s step %d: %v, want %s", v.ID, v.Name, i, a, wrong)
		}
	case reactor.Reject:
		if step.Op == "recv" || a.Message != wrong {
			t.Errorf("%s %s step %d: %v, want %s", v.ID, v.Name, i, a, wrong)
		}
	default:
		t.Errorf("%s %s step %d: %v, want an error", v.ID, v.Name, i, a)
	}
}

func checkClient(t *testing.T, v *finalVector, i int, c *FinalClient, want *finalExpect, drained bool) {
	t.Helper()
	s := c.State()
	var states []string
	for id, state := range want.After.States {
		if state != "received" && state != "errored" {
			states = append(states, id+" "+state)
		}
	}
	slices.Sort(states)
	same := reflect.DeepEqual(s.Get("active"), want.After.Active) && reflect.DeepEqual(s.Get("incoming_streams"), want.After.Incoming) &&
		s.Get("can_issue") == want.After.CanIssue && s.Get("can_send") == want.After.CanSend
	if drained { // the reference makes frames only then
		got := slices.Clone(s.Get("request_states").([]string))
		slices.Sort(got)
		same = same && reflect.DeepEqual(s.Get("pending"), want.After.Pending) && slices.Equal(got, states)
	}
	if !same {
		t.Errorf("%s %s step %d: state %v, want %+v", v.ID, v.Name, i, s, want.After)
	}
}

func clientAction(t *testing.T, c *FinalClient, step finalStep) reactor.Action {
	t.Helper()
	var ev reactor.Event
	switch step.Op {
	case "recv":
		ev = reactor.Received{Frame: frame(t, "final", step.Frame.Hex)}
	case "flush":
		ev = reactor.Input{Value: Flush{}}
	case "call":
		var text string
		if err := json.Unmarshal(step.Args, &text); err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("{b'name': b'%s', b'args': %s", step.Command, text)
		if step.Redirect != "" {
			line += ", b'redirect': " + step.Redirect
		}
		if step.Data != nil {
			line += fmt.Sprintf(", b'data': b'%s'", step.Data)
		}
		var err error
		if ev, err = c.Input("request", line+"}"); err != nil {
			t.Fatal(err)
		}
	}
	actions := c.Step(time.Time{}, ev, nil)
	if len(actions) != 1 {
		t.Fatalf("%d actions: %v", len(actions), actions)
	}
	return actions[0]
}
