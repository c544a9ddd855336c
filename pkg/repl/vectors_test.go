package repl

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A vector is one of the reference's reactors: what was done to it, and what
// it did.
type vector struct {
	ID      string
	Defer   bool `json:"defer_output"`
	Options struct {
		Buffer   bool     `json:"buffer_sends"`
		Multiple bool     `json:"has_multiple_send"`
		Encoders []string `json:"content_encoders"`
	}
	Steps []struct {
		Op, As, Gen, On string
		Frame           struct{ Hex string }
		Stream, Request int
		Data, Message   testdata.Bytes
		Command         string
		Args            json.RawMessage
		Redirect        string
		Objects         []struct {
			Py      *string
			Bytes   *testdata.Bytes
			Encoded *testdata.Bytes
			Raise   *string
			Other   *struct {
				Message testdata.Bytes
				Args    json.RawMessage
			} `json:"raise_command_error"`
			Blob  []testdata.Bytes `json:"indefinite"`
			Moved map[string]any   `json:"redirect"`
		}
	}
	Expect []struct {
		Action    *string
		Exception json.RawMessage
		Stream    int
	}
}

// line returns a step of a vector as a line of a script; "" for what has no
// line. sends are the numbers of the Sends so far, by the vector's names.
func (v *vector) line(i int, sends map[string]int, streams map[string]int) string {
	s := &v.Steps[i]
	stream := s.Stream
	if s.On != "" {
		stream = streams[s.On]
	}
	escaped := func(b []byte) string { return string(lex.AppendEscaped(nil, b)) }
	answer := func(name, text string) string { return fmt.Sprintf("@%s %d %d %s", name, s.Request, stream, text) }
	switch s.Op {
	case "recv":
		b, _ := hex.DecodeString(s.Frame.Hex)
		return "raw " + escaped(b)
	case "input-eof":
		return "@eof"
	case "drain":
		return fmt.Sprintf("@sent %d", sends[s.Gen])
	case "flush":
		return "@flush"
	case "bytes-response":
		return answer("response", escaped(s.Data))
	case "application-error":
		return answer("application-error", escaped(s.Data))
	case "server-error", "command-error":
		if len(s.Args) > 0 && string(s.Args) != "[]" {
			return answer(s.Op, failure(s.Message, s.Args, nil))
		}
		return answer(s.Op, escaped(s.Message))
	case "call":
		var args string
		if json.Unmarshal(s.Args, &args) != nil {
			return ""
		}
		text := fmt.Sprintf("{b'name': b'%s', b'args': %s", s.Command, args)
		if s.Redirect != "" {
			text += ", b'redirect': " + s.Redirect
		}
		if s.Data != nil {
			text += ", b'data': b'" + string(s.Data) + "'"
		}
		if strings.ContainsAny(text, "\n\\") {
			return ""
		}
		return "@request " + text + "}"
	case "response-objects":
		var items []string
		for _, o := range s.Objects {
			switch {
			case o.Raise != nil:
				return answer("server-error", failure([]byte(*o.Raise), nil, items))
			case o.Other != nil:
				return answer("command-error", failure(o.Other.Message, o.Other.Args, items))
			case o.Moved != nil && len(s.Objects) == 1:
				text := ""
				for _, k := range slices.Sorted(maps.Keys(o.Moved)) {
					value := fmt.Sprint(o.Moved[k])
					if s, ok := o.Moved[k].(string); ok {
						value = "b'" + s + "'"
					}
					text += fmt.Sprintf(", b'%s': %s", k, value)
				}
				return answer("redirect", "{"+text[2:]+"}")
			case o.Blob != nil && len(s.Objects) == 1:
				b := []byte{0x5f}
				for _, c := range o.Blob {
					b = append(append(b, 0x40+byte(len(c))), c...)
				}
				return answer("response", escaped(append(b, 0xff)))
			case o.Encoded != nil && len(*o.Encoded) == 0: // it adds nothing
			case o.Encoded != nil:
				var tree cbor.Tree
				if _, err := tree.Parse(*o.Encoded, cbor.Limits{}); err != nil {
					return ""
				}
				text, ok := tree.AppendLiteral(nil, 0)
				if !ok {
					return ""
				}
				items = append(items, string(text))
			case o.Py != nil:
				items = append(items, *o.Py)
			case o.Bytes != nil && !strings.ContainsAny(string(*o.Bytes), "'\\\n"):
				items = append(items, "b'"+string(*o.Bytes)+"'")
			default:
				return ""
			}
		}
		return answer("objects", "["+strings.Join(items, ", ")+"]")
	}
	return ""
}

// failure is a failure with arguments, after items.
func failure(message []byte, args json.RawMessage, after []string) string {
	text := "cbor:{b'message': b'" + string(lex.AppendEscaped(nil, message)) + "'"
	var list []string
	if args != nil && json.Unmarshal(args, &list) == nil {
		for i, a := range list {
			list[i] = "b'" + a + "'"
		}
		text += ", b'args': [" + strings.Join(list, ", ") + "]"
	}
	if after != nil {
		text += ", b'after': [" + strings.Join(after, ", ") + "]"
	}
	return text + "}"
}

// Every reactor vector runs as a script: the console does to the machine what
// the vector says, and the machine's actions and its state are those of the
// machine alone. What the reference did, the machines are held to in their own
// packages; here the names of the actions are compared.
func TestVectors(t *testing.T) {
	for _, tt := range []struct {
		file, dialect string
		mode          Mode
		least         int // steps
		stopped       int // vectors with what no line has: a float, and a redirect among items
	}{
		{"hg/vectors/seed_reactor.json", "seed", ServerMode, 510, 0},
		{"hg/vectors/final_server_reactor.json", "final", ServerMode, 430, 6},
		{"hg/vectors/final_client_reactor.json", "final", ClientMode, 370, 0},
	} {
		steps, stopped := 0, 0
		list := testdata.Vectors[vector](t, tt.file)
		for _, v := range list {
			n, whole := runVector(t, &v, tt.dialect, tt.mode)
			steps += n
			if !whole {
				stopped++

			}
		}
		t.Logf("%s: %d vectors, %d steps; %d were stopped at a step without a line", tt.file, len(list), steps, stopped)
		if steps < tt.least || stopped > tt.stopped {
			t.Errorf("%s: only %d steps were made, %d vectors were stopped", tt.file, steps, stopped)
		}
	}
}

func runVector(t *testing.T, v *vector, dialect string, mode Mode) (steps int, whole bool) {
	yes := map[bool]string{true: "yes", false: "no"}
	extra := map[string]string{}
	if mode == ClientMode {
		extra = map[string]string{"buffer-sends": yes[v.Options.Buffer], "multiple-send": yes[v.Options.Multiple], "encodings": strings.Join(v.Options.Encoders, ",")}
	}
	c := console(t, "hg", func(o *Options, r *reactor.Options) {
		o.Mode, o.Dialect, o.ByHand = mode, dialect, true
		r.Dialect, r.Compat, r.DeferOutput, r.Extra = dialect, true, v.Defer, extra
	})
	alone := c.world().Snapshot().(*world).ends[0].m
	reader, err := NewReader(c.o.Protocol, codec.Options{Dialect: dialect}, c.peerOf(0), false, c.o.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	sends, streams := map[string]int{}, map[string]int{}
	for i := range v.Steps {
		s, want := &v.Steps[i], &v.Expect[i]
		if s.Op == "make-output-stream" {
			streams[s.As] = want.Stream
			continue
		}
		if s.Op == "foreign-output-stream" {
			streams[s.As] = s.Stream
			continue
		}
		line := v.line(i, sends, streams)
		if line == "" {
			return steps, false
		}
		l, err := humanframe.ParseLine("", 1, line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		events, refused := reader.Read(alone, l)
		before := c.step.At()
		_, err = c.Do(v.ID, i+1, line)
		if refused != nil || err != nil {
			if refused == nil || err == nil {
				t.Errorf("%s step %d: %s: %v; by itself %v", v.ID, i, line, err, refused)
			}
			return steps, want.Exception != nil
		}
		var got, expected []byte
		var first reactor.Action
		for _, ev := range events {
			for _, a := range alone.Step(time.Time{}, ev, nil) {
				if first == nil {
					first = a
				}
				expected = reactor.AppendJSON(expected, a)
			}
		}
		for _, a := range c.step.Steps()[before].Actions {
			got = reactor.AppendJSON(got, a)
		}
		if string(got) != string(expected) {
			t.Errorf("%s step %d: %s\n got %s\nwant %s", v.ID, i, line, got, expected)
		}
		if a, b := c.world().State().String(), alone.State().String(); a != b {
			t.Errorf("%s step %d: %s: state %s, by itself %s", v.ID, i, line, a, b)
		}
		steps++
		send, isSend := first.(reactor.Send)
		if want.Exception != nil || want.Action == nil && s.Op != "drain" {
			return steps, true // the reference goes no further
		}
		if want.Action != nil && *want.Action == "sendframes" && !isSend {
			return steps, true // better not followed: see the machine's own tests
		}
		if want.Action != nil && first != nil && first.Name() != *want.Action {
			t.Errorf("%s step %d: %s: %s, the reference %s", v.ID, i, line, first.Name(), *want.Action)
		}
		if isSend {
			sends[s.As] = send.ID
		}
	}
	// And all of it again, from the beginning, exactly.
	end := c.world().State().String()
	n := c.step.At()
	if err := c.moveTo(0); err != nil {
		t.Fatal(err)
	}
	if err := c.moveTo(n); err != nil || c.world().State().String() != end {
		t.Errorf("%s: back and forth: %v, %s; want %s", v.ID, err, c.world().State(), end)
	}
	return steps, true
}

// The vectors of what malformed bytes do to the real programs run as scripts
// too: of raw lines, with the machine's actions and state as by itself. That
// those are what the real programs do, its own tests say.
func TestMalformedVectors(t *testing.T) {
	type rawVector struct {
		ID     string
		Hex    string
		Target string
		First  []json.RawMessage `json:"sent_first"`
		Socket string            `json:"libzmq_socket"`
		Steps  []struct{ Sent string }
	}
	for _, tt := range []struct {
		file, proto string
		least       int
		before      []string
	}{
		{"msgq/vectors/shared_malformed.json", "msgq", 37, nil},
		{"emqp/vectors/shared_malformed.json", "emqp", 66, []string{"> [#1] greeting 3.1 NULL", "> [#1] command READY Socket-Type=DEALER Identity=me"}},
		{"emqp/vectors/shared_zmtp_raw.json", "zmtp", 51, nil},
	} {
		list := testdata.Vectors[rawVector](t, tt.file)
		if len(list) < tt.least {
			t.Errorf("%s: %d vectors", tt.file, len(list))
		}
		for _, v := range list {
			lines := []string{"@open 1"}
			for _, port := range []string{"admin", "frontend", "backend"} {
				if tt.proto == "emqp" && strings.HasSuffix(v.Target, port) {
					lines[0] = "@open 1 " + port
				}
			}
			lines = append(lines, tt.before...)
			if v.Hex != "" {
				lines = append(lines, "> [#1] "+rawLine(t, v.Hex))
			}
			for _, s := range v.Steps {
				if s.Sent != "" {
					lines = append(lines, "> [#1] "+rawLine(t, s.Sent))
				}
			}
			sameAlone(t, v.ID, tt.proto, append(lines, "@eof 1"))
		}
	}
}

func rawLine(t *testing.T, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return "raw " + string(lex.AppendEscaped(nil, b))
}

// sameAlone runs lines in a console and in a machine alone.
func sameAlone(t *testing.T, id, proto string, lines []string) {
	t.Helper()
	c := console(t, proto, func(o *Options, _ *reactor.Options) { o.ByHand = true })
	alone := c.world().Snapshot().(*world).ends[0].m
	reader, err := NewReader(c.o.Protocol, codec.Options{}, c.peerOf(0), true, c.o.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		l, err := humanframe.ParseLine("", 1, line)
		if err != nil {
			t.Fatalf("%s: %s: %v", id, line, err)
		}
		var want, got []byte
		events, refused := reader.Read(alone, l)
		for _, ev := range events {
			for _, a := range alone.Step(c.world().now, ev, nil) {
				want = reactor.AppendJSON(want, a)
			}
		}
		at := c.step.At()
		_, err = c.Do(id, 1, line)
		if (err == nil) != (refused == nil) {
			t.Errorf("%s: %s: %v; by itself %v", id, line, err, refused)
		}
		for _, s := range c.step.Steps()[at:] {
			for _, a := range s.Actions {
				got = reactor.AppendJSON(got, a)
			}
		}
		if string(got) != string(want) || c.world().State().String() != alone.State().String() {
			t.Errorf("%s: %s\n got %s %s\nwant %s %s", id, line, got, c.world().State(), want, alone.State())
		}
	}
}
