// Package hgscript reads the vectors of Mercurial's reactors, for tests, and
// makes scripts of them: a line of the console for each thing that was done to
// a reactor.
package hgscript

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Vector is one of the reference's reactors: what was done to it, and what
// it did.
type Vector struct {
	ID      string
	Defer   bool `json:"defer_output"`
	Options struct {
		Buffer   bool     `json:"buffer_sends"`
		Multiple bool     `json:"has_multiple_send"`
		Encoders []string `json:"content_encoders"`
	}
	Steps  []Step
	Expect []Expect
}

// A Step is what is done to the reactor.
type Step struct {
	Op, As, Gen, On string
	Frame           struct{ Hex string }
	Stream, Request int
	Data, Message   testdata.Bytes
	Command         string
	Args            json.RawMessage
	Redirect        string
	Objects         []object
}

// An object is a part of an answer.
type object struct {
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

// An Expect is what the reactor did then.
type Expect struct {
	Action    *string
	Exception *struct{ Message string }
	Bug       string `json:"reference_bug"`
	Stream    int
	Frames    []Frame
}

// A Frame is one that the reactor sent: its bytes, or, when they are many, how
// many and their digest.
type Frame struct {
	Hex    string
	Size   int
	SHA256 string
}

// CutFrom returns b without the frame that it begins with, and whether it does.
func (f Frame) CutFrom(b []byte) ([]byte, bool) {
	want, err := hex.DecodeString(f.Hex)
	switch {
	case err != nil:
		return b, false
	case f.Hex != "":
		return bytes.CutPrefix(b, want)
	case len(b) < f.Size:
		return b, false
	}
	sum := sha256.Sum256(b[:f.Size])
	return b[f.Size:], hex.EncodeToString(sum[:]) == f.SHA256
}

// Load reads the vectors of a file.
func Load(t *testing.T, file string) []Vector {
	t.Helper()
	return testdata.Vectors[Vector](t, file)
}

// Settings are what the client's machine is to be set to.
func (v *Vector) Settings() map[string]string {
	yes := map[bool]string{true: "yes", false: "no"}
	return map[string]string{"buffer-sends": yes[v.Options.Buffer], "multiple-send": yes[v.Options.Multiple], "encodings": strings.Join(v.Options.Encoders, ",")}
}

// Lines are the lines that do the steps: "" for a step that is nothing to the
// reactor. Sends are numbered as the machine does.
func (v *Vector) Lines(t *testing.T) []string {
	t.Helper()
	lines := make([]string, len(v.Steps))
	sends, streams := map[string]int{}, map[string]int{}
	for i := range v.Steps {
		s, want := &v.Steps[i], &v.Expect[i]
		switch s.Op {
		case "make-output-stream":
			streams[s.As] = want.Stream
			lines[i] = fmt.Sprintf("@output-stream %d", want.Stream)
			continue
		case "foreign-output-stream":
			streams[s.As] = s.Stream
			continue
		case "drain":
			if n := sends[s.Gen]; n > 0 {
				lines[i] = fmt.Sprintf("@sent %d", n)
			}
			continue
		}
		if want.Action != nil && *want.Action == "sendframes" && !v.raisesAtOnce(s.As) {
			sends[s.As] = len(sends) + 1
		}
		if s.On != "" {
			s.Stream = streams[s.On]
		}
		var err error
		if lines[i], err = s.line(); err != nil {
			t.Fatalf("%s step %d: %v", v.ID, i, err)
		}
	}
	return lines
}

// raisesAtOnce says that the reactor raises an exception when it is to send
// the first of some frames.
func (v *Vector) raisesAtOnce(gen string) bool {
	for i, s := range v.Steps {
		if s.Op == "drain" && s.Gen == gen {
			return v.Expect[i].Exception != nil && len(v.Expect[i].Frames) == 0
		}
	}
	return false
}

func escaped(b []byte) string { return string(lex.AppendEscaped(nil, b)) }

func (s *Step) answer(name, text string) string {
	return fmt.Sprintf("@%s %d %d %s", name, s.Request, s.Stream, text)
}

func (s *Step) line() (string, error) {
	switch s.Op {
	case "recv":
		b, err := hex.DecodeString(s.Frame.Hex)
		return "raw " + escaped(b), err
	case "input-eof":
		return "@eof", nil
	case "flush":
		return "@flush", nil
	case "bytes-response":
		return s.answer("response", escaped(s.Data)), nil
	case "application-error":
		return s.answer("application-error", escaped(s.Data)), nil
	case "server-error", "command-error":
		if len(s.Args) > 0 && string(s.Args) != "[]" {
			return s.answer(s.Op, failure(s.Message, s.Args, nil)), nil
		}
		return s.answer(s.Op, escaped(s.Message)), nil
	case "call":
		return s.call()
	case "response-objects":
		return s.objects()
	}
	return "", fmt.Errorf("no line does %q", s.Op)
}

func (s *Step) call() (string, error) {
	var args string
	if err := json.Unmarshal(s.Args, &args); err != nil {
		return "", err
	}
	text := fmt.Sprintf("{b'name': b'%s', b'args': %s", s.Command, args)
	if s.Redirect != "" {
		text += ", b'redirect': " + s.Redirect
	}
	if s.Data != nil {
		text += ", b'data': b'" + escaped(s.Data) + "'"
	}
	return "@request " + text + "}", nil
}

// objects is the line for an answer of parts.
func (s *Step) objects() (string, error) {
	var items, then []string
	redirect := ""
	add := func(text string) {
		if redirect == "" {
			items = append(items, text)
		} else {
			then = append(then, text)
		}
	}
	for _, o := range s.Objects {
		switch {
		case o.Raise != nil:
			return s.answer("server-error", failure([]byte(*o.Raise), nil, items)), nil
		case o.Other != nil:
			return s.answer("command-error", failure(o.Other.Message, o.Other.Args, items)), nil
		case o.Moved != nil:
			redirect = location(o.Moved)
		case o.Blob != nil && len(s.Objects) == 1:
			b := []byte{0x5f}
			for _, c := range o.Blob {
				b = append(append(b, 0x40+byte(len(c))), c...)
			}
			return s.answer("response", escaped(append(b, 0xff))), nil
		case o.Encoded != nil && len(s.Objects) == 1:
			return s.answer("response", escaped(*o.Encoded)), nil
		case o.Encoded != nil && len(*o.Encoded) == 0: // it adds nothing
		case o.Encoded != nil:
			var tree cbor.Tree
			if _, err := tree.Parse(*o.Encoded, cbor.Limits{}); err != nil {
				return "", err
			}
			text, ok := tree.AppendLiteral(nil, 0)
			if !ok {
				return "", fmt.Errorf("%x is no item", *o.Encoded)
			}
			add(string(text))
		case o.Py != nil:
			if _, err := cbor.ParseLiteral([]byte(*o.Py), cbor.Limits{}); err != nil {
				return s.answer("unencodable", list(items)), nil
			}
			add(*o.Py)
		case o.Bytes != nil:
			add("b'" + strings.ReplaceAll(escaped(*o.Bytes), "'", `\'`) + "'")
		default:
			return "", fmt.Errorf("no line has such a part: %+v", o)
		}
	}
	switch {
	case redirect == "":
		return s.answer("objects", list(items)), nil
	case items != nil:
		redirect += ", b'after': " + list(items)
	case then != nil:
		redirect += ", b'then': " + list(then)
	}
	return s.answer("redirect", "{"+redirect+"}"), nil
}

func list(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

// location is a redirect without the braces around it.
func location(moved map[string]any) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(moved)) {
		value := fmt.Sprint(moved[k])
		if s, ok := moved[k].(string); ok {
			value = "b'" + s + "'"
		}
		parts = append(parts, fmt.Sprintf("b'%s': %s", k, value))
	}
	return strings.Join(parts, ", ")
}

// failure is a failure with arguments, after items.
func failure(message []byte, args json.RawMessage, after []string) string {
	text := "cbor:{b'message': b'" + escaped(message) + "'"
	var words []string
	if args != nil && json.Unmarshal(args, &words) == nil {
		for i, a := range words {
			words[i] = "b'" + a + "'"
		}
		text += ", b'args': " + list(words)
	}
	if after != nil {
		text += ", b'after': " + list(after)
	}
	return text + "}"
}
