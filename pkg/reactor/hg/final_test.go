package hg

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// run gives lines of the notation to a machine and returns the actions of the
// last one. Lines that begin with @ are inputs, or @eof.
func run(t *testing.T, m reactor.Machine, lines ...string) []reactor.Action {
	t.Helper()
	dir := codec.ToServer
	if _, ok := m.(*FinalClient); ok {
		dir = codec.ToClient
	}
	p, err := hg.Protocol{}.Parser(codec.Options{Dialect: "final"})
	if err != nil {
		t.Fatal(err)
	}
	var actions []reactor.Action
	for _, line := range lines {
		var ev reactor.Event = reactor.EOF{}
		if name, ok := strings.CutPrefix(line, "@"); ok && line != "@eof" {
			name, args, _ := strings.Cut(name, " ")
			if ev, err = m.(reactor.Inputs).Input(name, args); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		} else if !ok {
			f, err := p.Parse(dir, codec.Text{Body: []byte(line)})
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			ev = reactor.Received{Frame: f}
		}
		actions = m.Step(time.Time{}, ev, nil)
		for _, a := range actions {
			if send, ok := a.(reactor.Send); ok && dir == codec.ToServer {
				m.Step(time.Time{}, reactor.Sent{ID: send.ID}, nil)
			}
		}
	}
	return actions
}

func text(actions []reactor.Action) string {
	var lines []string
	for _, a := range actions {
		lines = append(lines, a.String())
	}
	return strings.Join(lines, "\n")
}

const (
	heads    = "1 1 stream-begin command-request new cbor:{b'name': b'heads'}"
	noZlib   = "1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'br']}"
	zlibOnly = "1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'zlib']}"
)

// What the server does other than the reference.
func TestFinalServer(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		lines      []string
	}{
		{"answer", "send-frames 1\n  1 2 stream-begin stream-settings eos cbor:b'identity'\n  1 2 encoded command-response continuation cbor:{b'status': b'ok'}\n  1 2 encoded command-response continuation cbor:[b'x']\n  1 2 0 command-response eos ",
			[]string{heads, "@response 1 2 cbor:[b'x']"}},
		{"bytes as answer", "send-frames 1\n  1 2 stream-begin stream-settings eos cbor:b'identity'\n  1 2 encoded command-response continuation cbor:{b'status': b'ok'}\n  1 2 encoded command-response continuation \\x01\\x02\n  1 2 0 command-response eos ",
			[]string{heads, `@response 1 2 \x01\x02`}},
		{"nothing as answer", "send-frames 1\n  1 2 stream-begin stream-settings eos cbor:b'identity'\n  1 2 encoded command-response continuation cbor:{b'status': b'ok'}\n  1 2 0 command-response eos ",
			[]string{heads, "@response 1 2 "}},
		{"no common encoding", "send-frames 1\n  1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}\n  1 2 0 command-response continuation \\x01\\x02\n  1 2 0 command-response eos ",
			[]string{noZlib, "1 1 0 command-request new cbor:{b'name': b'heads'}", "@objects 1 2 [1, 2]"}},
		{"redirect", "send-frames 1\n  1 2 stream-begin stream-settings eos cbor:b'identity'\n  1 2 encoded command-response continuation \\xa2Hlocation\\xa3ImediatypeAmCurlAuDsize\\x05FstatusHredirect\n  1 2 0 command-response eos ",
			[]string{heads, "@redirect 1 2 {b'url': b'u', b'mediatype': b'm', b'size': 5}"}},
		{"items before a redirect", "reject a redirect stands alone, without items and without a failure",
			[]string{heads, "@redirect 1 2 {b'url': b'u', b'mediatype': b'm', b'after': [1]}"}},
		{"items behind a redirect", "reject a redirect stands alone, without items and without a failure",
			[]string{heads, "@redirect 1 2 {b'url': b'u', b'mediatype': b'm', b'then': [1]}"}},
		{"unencodable", "reject an item that CBOR of Mercurial cannot hold", []string{heads, "@unencodable 1 2 [1]"}},
		{"stream begun", "send-frames 1\n  1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}\n  1 2 0 command-response eos ",
			[]string{noZlib, "@output-stream 2", "1 1 0 command-request new cbor:{b'name': b'heads'}", "@objects 1 2 []"}},
		{"stream begun twice", "reject stream 2 is odd, or has begun", []string{"@output-stream 2", "@output-stream 2"}},
		{"client's stream begun", "reject stream 1 is odd, or has begun", []string{"@output-stream 1"}},
		{"command error", "send-frames 1\n  1 2 stream-begin command-response eos cbor:{b'error': {b'message': b'no %s'}, b'status': b'error'}",
			[]string{heads, "@command-error 1 2 no %s"}},
		{"command error with arguments", "send-frames 1\n  1 2 stream-begin command-response eos cbor:{b'error': {b'args': [b'way'], b'message': b'no %s'}, b'status': b'error'}",
			[]string{heads, "@command-error 1 2 cbor:{b'message': b'no %s', b'args': [b'way']}"}},
		{"server error", "send-frames 1\n  1 2 stream-begin error-response 0 cbor:{b'message': [{b'msg': b'no'}], b'type': b'server'}",
			[]string{heads, "@server-error 1 2 no"}},
		{"text", "send-frames 1\n  1 2 stream-begin text-output 0 cbor:[{b'msg': b'hello'}]", []string{heads, "@text-output 1 2 hello"}},
		{"second answer", "reject request 1 is not active", []string{heads, "@response 1 2 ", "@response 1 2 "}},
		{"odd stream", "reject server should only write to even numbered streams; 3 is not even", []string{heads, "@response 1 3 "}},
		{"begin twice", "error received frame with beginning of stream flag set on open stream: 1", []string{heads, strings.Replace(heads, "1", "3", 1)}},
		{"sticks", "error server already errored", []string{"1 2 0 command-request new x", "1 2 0 command-request new x"}},
		{"end of a stream", "run-command 3 heads {}", []string{strings.Replace(heads, "begin", "begin|stream-end", 1), strings.Replace(heads, "1", "3", 1)}},
		{"data before the end", "error received command data frame before the end of the command request: 1",
			[]string{`1 1 stream-begin command-request new|more|have-data \xa1`, "1 1 0 command-data continuation x"}},
		{"two values", "error command request frame contained multiple CBOR values", []string{`1 1 stream-begin command-request new \xa1DnameCfoo\x01`}},
		{"name that is a number", `error command request has a "name" field that is not a byte string`, []string{`1 1 stream-begin command-request new cbor:{b'name': 1}`}},
		{"args that are a list", `error command request has an "args" field that is not a map`, []string{`1 1 stream-begin command-request new cbor:{b'name': b'a', b'args': []}`}},
		{"text string", "error error decoding CBOR from command request frame: string major type not supported", []string{`1 1 stream-begin command-request new \xa1dname`}},
		{"tag", "error error decoding CBOR from command request frame: semantic tag 1 not allowed", []string{`1 1 stream-begin command-request new \xa1Dname\xc1\x01`}},
		{"float", "error error decoding CBOR from command request frame: special type 26 not allowed", []string{`1 1 stream-begin command-request new \xa1Dname\xfa\x00\x00\x00\x00`}},
		{"indefinite array", "error error decoding CBOR from command request frame: indefinite length uint not allowed here", []string{`1 1 stream-begin command-request new \x9f\xff`}},
		{"blob", "error error decoding CBOR from command request frame: indefinite length bytestrings not allowed as map values", []string{`1 1 stream-begin command-request new \xa1Dname_BheCads\xff`}},
		{"list as key", "error error decoding CBOR from command request frame: collections not supported as map keys", []string{`1 1 stream-begin command-request new \xa1\xa0\x01`}},
		{"blob alone", `error command request missing "name" field`, []string{`1 1 stream-begin command-request new _BheCads\xff`}},
		{"half a blob", "error error decoding CBOR from command request frame: input data not fully consumed", []string{`1 1 stream-begin command-request new _Bhe`}},
		{"set of a number", "error error decoding CBOR from command request frame: expected array after finite set semantic tag", []string{`1 1 stream-begin command-request new \xd9\x01\x02\x01`}},
		{"tag of a tag", "error error decoding CBOR from command request frame: semantic tag 10 not allowed", []string{`1 1 stream-begin command-request new \xd9\x01\x02\xca\x01`}},
		{"set of a set", "error error decoding CBOR from command request frame: expected array after finite set semantic tag", []string{`1 1 stream-begin command-request new ` + strings.Repeat(`\xd9\x01\x02`, 50)}},
		{"deep", "error error decoding CBOR from command request frame: items nest deeper than 100", []string{`1 1 stream-begin command-request new ` + strings.Repeat(`\x81`, 102)}},
		{"settings that are a list", "error sender protocol settings frame did not contain a map", []string{"1 1 stream-begin sender-protocol-settings eos cbor:[1]"}},
		{"encodings that are a number", "error contentencodings of sender protocol settings frame is not an array of byte strings",
			[]string{"1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': 1}"}},
		{"settings in pieces", "run-command 1 heads {}", []string{`1 1 stream-begin sender-protocol-settings continuation \xa1Cco`, "1 1 0 sender-protocol-settings eos nAx",
			"1 1 0 command-request new cbor:{b'name': b'heads'}"}},
		{"end within a request", "error input ended in the middle of requests: [1 5]",
			[]string{`1 1 stream-begin command-request new|more \xa1`, "5 1 0 command-request new|have-data cbor:{b'name': b'put'}", "@eof"}},
		{"end within settings", "error input ended in the middle of sender protocol settings", []string{`1 1 stream-begin sender-protocol-settings continuation \xa1`, "@eof"}},
		{"end", "noop", []string{heads, "@eof"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(run(t, NewFinalServer(reactor.Options{}), tt.lines...)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What the reference takes without looking, and so does the server that is
// to be compatible with it.
func TestFinalServerCompat(t *testing.T) {
	const settings, request = "1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': ", "1 1 stream-begin command-request new cbor:{b'name': b'heads', "
	for _, tt := range []struct{ name, line, want, encodings string }{
		{"one name", settings + "b'zlib'}", "want-frame", "{zlib}"},
		{"names in a text", settings + "b'identity or zlib'}", "want-frame", "{zlib identity}"},
		{"set", settings + "{b'zlib'}}", "want-frame", "{zlib}"},
		{"map", settings + "{b'zlib': b'x'}}", "want-frame", "{zlib}"},
		{"list with a number", settings + "[1, b'zlib']}", "want-frame", "{zlib}"},
		{"number", settings + "1}", "want-frame", "{}"},
		{"settings in no pieces", `1 1 stream-begin sender-protocol-settings eos _\xff`, "want-frame", "{identity}"},
		{"settings in pieces", `1 1 stream-begin sender-protocol-settings eos _Ab`, "want-frame", "{identity}"},
		{"number for a piece", `1 1 stream-begin sender-protocol-settings eos _\x01`, "want-frame", "{identity}"},
		{"args that are a list", request + "b'args': [1]}", "run-command 1 heads [1]", "{identity}"},
		{"args that are none", request + "b'args': None}", "run-command 1 heads None", "{identity}"},
		{"redirect that is a number", request + "b'redirect': 5}", "run-command 1 heads {} redirect 5", "{identity}"},
		{"redirect that is none", request + "b'redirect': None}", "run-command 1 heads {}", "{identity}"},
	} {
		s := NewFinalServer(reactor.Options{Compat: true})
		got := text(run(t, s, tt.line))
		if encodings := fmt.Sprint(s.State().Get("content_encodings")); got != tt.want || "{"+encodings[1:len(encodings)-1]+"}" != tt.encodings {
			t.Errorf("%s: %s, %s; want %s, %s", tt.name, got, encodings, tt.want, tt.encodings)
		}
	}
}

// Nothing of an answer is lost when it fails in the middle.
func TestFinalLateFailure(t *testing.T) {
	for _, encoding := range []string{"identity", "zlib", "zstd-8mb"} {
		for _, server := range []bool{true, false} {
			s := NewFinalServer(reactor.Options{})
			run(t, s, strings.Replace(zlibOnly, "zlib", encoding, 1), "1 1 0 command-request new cbor:{b'name': b'heads'}")
			send := s.Step(time.Time{}, reactor.Input{Value: FinalResponse{
				Request: 1, Stream: 2, Chunks: [][]byte{{1}, {2}}, Failure: &Failure{Server: server, Message: "late %s", Args: []string{"x"}},
			}}, nil)[0].(reactor.Send)
			c := NewFinalClient(reactor.Options{})
			run(t, c, "@call heads")
			var body []byte
			var last reactor.Action
			for _, f := range send.Frames {
				for _, a := range c.Step(time.Time{}, reactor.Received{Frame: f}, nil) {
					if d, ok := a.(ResponseData); ok {
						body = append(body, d.Data...)
					}
					last = a
				}
			}
			want := "error of request 1, command: late x"
			if server {
				want = "error of request 1, server: late %s"
			}
			if string(body) != "\xa1FstatusBok\x01\x02" || last.String() != want {
				t.Errorf("%s: %q, then %v, want %s", encoding, body, last, want)
			}
		}
	}
}

func TestFinalServerLimits(t *testing.T) {
	s := NewFinalServer(reactor.Options{MaxRequests: 2})
	want := "error too many open requests: 2"
	if got := text(run(t, s, heads, `3 1 0 command-request new|more \xa1`, "5 1 0 command-request new cbor:{b'name': b'heads'}")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s = NewFinalServer(reactor.Options{MaxBuffered: 20})
	run(t, s, heads) // what ran does not wait
	run(t, s, `3 1 0 command-request new|more 0123456789`, "5 1 0 command-request new|more 0123456789")
	want = "error too many bytes of unfinished requests: more than 20"
	if got := text(run(t, s, "5 1 0 command-request continuation|more 0")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s = NewFinalServer(reactor.Options{})
	var got string
	for i := range 3 {
		flags := "0"
		if i == 0 {
			flags = "stream-begin"
		}
		got = text(run(t, s, fmt.Sprintf("1 1 %s sender-protocol-settings continuation \\x9a\\x00\\xff\\xff\\xff%s", flags, strings.Repeat(`\x01`, 32000))))
	}
	if want := "error error decoding CBOR from sender protocol settings frame: b'settings of more than 65536 bytes'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A compressed stream ends when much went through it, and the next answer
// begins it again; a client reads all of it.
func TestFinalStreamsEnd(t *testing.T) {
	s, c := NewFinalServer(reactor.Options{}), NewFinalClient(reactor.Options{})
	run(t, s, zlibOnly)
	ends := 0
	for i := range 7 {
		id := uint16(1 + 2*i)
		run(t, s, fmt.Sprintf("%d 1 0 command-request new cbor:{b'name': b'heads'}", id))
		run(t, c, "@call heads")
		if i == 3 {
			s, c = s.Snapshot().(*FinalServer), c.Snapshot().(*FinalClient)
		}
		chunk := bytes.Repeat([]byte{byte(i), 1, 2, 3}, 1<<18)
		send := s.Step(time.Time{}, reactor.Input{Value: FinalResponse{Request: id, Stream: 2, Chunks: [][]byte{chunk}}}, nil)[0].(reactor.Send)
		var body []byte
		for _, f := range send.Frames {
			if f.(*hg.Frame).StreamFlags&hg.StreamEnd != 0 {
				ends++
			}
			for _, a := range c.Step(time.Time{}, reactor.Received{Frame: f}, nil) {
				switch a := a.(type) {
				case ResponseData:
					body = append(body, a.Data...)
				case reactor.Fail:
					t.Fatal(a)
				}
			}
		}
		if !bytes.Equal(body, append([]byte("\xa1FstatusBok"), chunk...)) {
			t.Fatalf("answer %d: %d bytes", i, len(body))
		}
	}
	if ends != 1 {
		t.Errorf("the stream ended %d times", ends)
	}
}
