package hg

import (
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// What the client does other than the reference, or not shown by vectors.
func TestFinalClient(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		lines      []string
	}{
		{"call", "send-frames 1\n  1 1 stream-begin command-request new cbor:{b'args': {b'key': b'tip'}, b'name': b'lookup'}", []string{"@call lookup {b'key': b'tip'}"}},
		{"data", "send-frames 1\n  1 1 stream-begin command-request new|have-data cbor:{b'name': b'put'}\n  1 1 0 command-data eos abc", []string{"@request {b'name': b'put', b'data': b'abc'}"}},
		{"status", "response-data 1 \"\\xa1FstatusBok\" expect-more\nresponse-status 1 ok", []string{"@call heads", "1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}"}},
		{"status in pieces", "response-data 1 \"sBok\\x01\" eos\nresponse-status 1 ok",
			[]string{"@call heads", `1 2 stream-begin command-response continuation \xa1Fstatu`, `1 2 0 command-response eos sBok\x01`}},
		{"command error", "response-data 1 \"\\xa2Eerror\\xa2Dargs\\x81AxGmessageF%s no!FstatusEerror\" eos\nresponse-status 1 error: x no!",
			[]string{"@call heads", "1 2 stream-begin command-response eos cbor:{b'status': b'error', b'error': {b'message': b'%s no!', b'args': [b'x']}}"}},
		{"command error as documented", "response-data 1 \"\\xa2Eerror\\xa1Gmessage\\x82\\xa2Dargs\\x81AxCmsgE%s no\\xa1CmsgC%%!FstatusEerror\" eos\nresponse-status 1 error: x no%!",
			[]string{"@call heads", "1 2 stream-begin command-response eos cbor:{b'status': b'error', b'error': {b'message': [{b'msg': b'%s no', b'args': [b'x']}, {b'msg': b'%%!'}]}}"}},
		{"late command error", "response-data 1 \"\\xa2Eerror\\xa1GmessageBnoFstatusEerror\" eos\nresponse-status 1 error: no",
			[]string{"@call heads", "1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}", "1 2 0 command-response eos cbor:{b'status': b'error', b'error': {b'message': b'no'}}"}},
		{"redirect", "response-data 1 \"\\xa2Hlocation\\xa1CurlAuFstatusHredirect\" eos\nresponse-status 1 redirect {b'url': b'u'}",
			[]string{"@call heads", "1 2 stream-begin command-response eos cbor:{b'status': b'redirect', b'location': {b'url': b'u'}}"}},
		{"no status", "response-data 1 \"\\x01\" eos\nerror response does not begin with a status: 1", []string{"@call heads", `1 2 stream-begin command-response eos \x01`}},
		{"half a status", "response-data 1 \"\\xa1\" eos\nerror response ended before its status: 1", []string{"@call heads", `1 2 stream-begin command-response eos \xa1`}},
		{"error response", "error of request 1, server: no x", []string{"@call heads", "1 2 stream-begin error-response 0 cbor:{b'type': b'server', b'message': [{b'msg': b'no %s', b'args': [b'x']}]}"}},
		{"error response of another shape", "error of request 1, command: no x", []string{"@call heads", "1 2 stream-begin error-response 0 cbor:{b'type': b'command', b'message': b'no %s', b'args': [b'x']}"}},
		{"error response that is short", "error error decoding CBOR from error response frame: input data not complete", []string{"@call heads", `1 2 stream-begin error-response 0 \xa1`}},
		{"text", `deliver text-output 1 "a b"`, []string{"@call heads", "1 2 stream-begin text-output 0 cbor:[{b'msg': b'a %s', b'args': [b'b']}]"}},
		{"text that is none", "error text output frame without an array of atoms: 1", []string{"@call heads", "1 2 stream-begin text-output 0 cbor:1"}},
		{"progress", `deliver progress 1 "\xa0"`, []string{"@call heads", "1 2 stream-begin progress 0 cbor:{}"}},
		{"unknown type", "error unhandled frame type: 1", []string{"@call heads", "1 2 stream-begin command-request new x"}},
		{"begin twice", "error received frame with beginning of stream flag set on open stream: 2",
			[]string{"@call heads", "1 2 stream-begin command-response continuation ", "1 2 stream-begin command-response continuation "}},
		{"settings that end the stream", "noop", []string{"@call heads", "1 2 stream-begin|stream-end stream-settings eos cbor:b'zlib'"}},
		{"name in pieces", "error error setting stream decoder: zlib decoder received unexpected additional values", []string{"@call heads", `1 2 stream-begin stream-settings eos _Dzlib\xff`}},
		{"name in no pieces", "error error setting stream decoder: unknown stream decoder: ", []string{"@call heads", `1 2 stream-begin stream-settings eos _\xff`}},
		{"name that is a list", "error error setting stream decoder: a list is no name", []string{"1 2 stream-begin stream-settings eos cbor:[b'zlib']"}},
		{"bad zlib", "error error decoding the payload of a frame on stream 2: zlib: no zlib stream begins with 7878",
			[]string{"@call heads", "1 2 stream-begin stream-settings eos cbor:b'zlib'", "1 2 encoded command-response eos xx"}},
		{"settings", "send-frames 1\n  1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'zlib', b'identity']}\n  1 1 0 command-request new cbor:{b'name': b'a'}\n  3 1 0 command-request new cbor:{b'name': b'b'}",
			[]string{"@settings buffer-sends=yes encodings=zlib,identity", "@call a", "@call b", "@flush"}},
		{"one send", "reject cannot issue new commands", []string{"@settings multiple-send=no", "@call a", "@call b"}},
		{"settings too late", "reject settings cannot be changed after the first command", []string{"@call a", "@settings encodings="}},
		{"end", "noop", []string{"@eof"}},
		{"end within a request", "error input ended in the middle of requests: [1]", []string{"@call heads", "@eof"}},
		{"end twice", "noop", []string{"@call heads", "@eof", "@eof"}},
		{"end within settings", "error input ended in the middle of the settings of stream 2", []string{"1 2 stream-begin stream-settings continuation D", "@eof"}},
		{"call after the end", "reject cannot issue new commands", []string{"@eof", "@call heads"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(run(t, NewFinalClient(reactor.Options{}), tt.lines...)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestFinalClientLimits(t *testing.T) {
	c := NewFinalClient(reactor.Options{MaxRequests: 2})
	if got, want := text(run(t, c, "@call a", "@call b", "@call c")), "reject too many open requests: 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c = NewFinalClient(reactor.Options{MaxBuffered: 30, DeferOutput: true})
	if got, want := text(run(t, c, "@call a", "@call b", "@call c", "@call d")), "reject too many bytes wait to be sent: more than 30"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c = NewFinalClient(reactor.Options{})
	run(t, c, "@call heads")
	var got string
	for _, id := range []string{"2", "4", "6", "8", "10", "12", "14", "16", "18"} {
		got = text(run(t, c, "1 "+id+" stream-begin stream-settings eos cbor:b'zlib'"))
	}
	if want := "error error setting stream decoder: more than 8 encoded streams"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// IDs go round, past those that are open.
func TestFinalClientIDs(t *testing.T) {
	c := NewFinalClient(reactor.Options{})
	run(t, c, "@call first")
	c.next = 65535
	for _, want := range []string{"65535 1 0", "3 1 0", "5 1 0"} {
		if got := text(run(t, c, "@call more")); !strings.HasPrefix(strings.Split(got, "\n  ")[1], want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFinalInputErrors(t *testing.T) {
	for _, tt := range []struct {
		m                reactor.Inputs
		name, args, want string
		start            int
	}{
		{NewFinalServer(reactor.Options{}), "response", "1 2", "it wants a request ID", 0},
		{NewFinalServer(reactor.Options{}), "response", "1 256 x", "256", 2},
		{NewFinalServer(reactor.Options{}), "response", "x 2 x", "x", 0},
		{NewFinalServer(reactor.Options{}), "response", "1 2 cbor:[1,,]", "expected", 12},
		{NewFinalServer(reactor.Options{}), "response", `1 2 a\x`, `\x`, 5},
		{NewFinalServer(reactor.Options{}), "objects", "1 2 b'x'", "a list of items is wanted, not a bytes", 4},
		{NewFinalServer(reactor.Options{}), "redirect", "1 2 {b'uri': b'x'}", "uri", 4},
		{NewFinalServer(reactor.Options{}), "server-error", "1 2 cbor:[", "the literal ends", 10},
		{NewFinalServer(reactor.Options{}), "server-error", "1 2 cbor:[]", "a map is wanted, not a list", 4},
		{NewFinalServer(reactor.Options{}), "command-error", "1 2 cbor:{b'mesage': b'x'}", "mesage", 4},
		{NewFinalServer(reactor.Options{}), "command-error", "1 2 cbor:{b'args': b'x'}", "a bytes is no args", 4},
		{NewFinalServer(reactor.Options{}), "command-error", "1 2 cbor:{b'after': b'x'}", "a list of items is wanted", 4},
		{NewFinalServer(reactor.Options{}), "redirect", "1 2 {b'url': b'x'}", "a redirect has a url and a mediatype", 4},
		{NewFinalServer(reactor.Options{}), "redirect", "1 2 {b'size': b'x'}", "a bytes is no size", 4},
		{NewFinalClient(reactor.Options{}), "call", "", "a command's name is wanted", 0},
		{NewFinalClient(reactor.Options{}), "call", "x 1.5", "no integer", 2},
		{NewFinalClient(reactor.Options{}), "call", "x cbor:[1]", "a dict is wanted, not a list", 7},
		{NewFinalClient(reactor.Options{}), "request", "{b'nam': b'x'}", "nam", 0},
		{NewFinalClient(reactor.Options{}), "request", "{b'name': 1}", "name cannot be 1", 0},
		{NewFinalClient(reactor.Options{}), "request", "{b'name': b'x', b'redirect': {}}", "redirect cannot be {}", 0},
		{NewFinalClient(reactor.Options{}), "settings", "", "a setting is name=value", 0},
		{NewFinalClient(reactor.Options{}), "settings", "encodings= buffers=yes", `no setting "buffers"`, 11},
		{NewFinalClient(reactor.Options{}), "settings", "buffer-sends=1", "buffer-sends cannot be", 13},
		{NewFinalClient(reactor.Options{}), "request", "{}", "a request has a name", 0},
	} {
		_, err := tt.m.Input(tt.name, tt.args)
		e, ok := err.(*codec.TextError)
		if !ok || !strings.Contains(e.Error(), tt.want) || e.Start != tt.start || e.End > len(tt.args) {
			t.Errorf("@%s %s: %+v, want %q at %d", tt.name, tt.args, err, tt.want, tt.start)
		}
	}
	for _, m := range []reactor.Inputs{NewFinalServer(reactor.Options{}), NewFinalClient(reactor.Options{})} {
		if _, err := m.Input("respond", "1"); err == nil {
			t.Error("an unknown directive was taken")
		}
		for _, name := range m.InputNames() {
			if _, err := m.Input(strings.Fields(name)[0], ""); err != nil {
				if _, ok := err.(*codec.TextError); !ok {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		got := m.(reactor.Machine).Step(time.Time{}, reactor.Input{Value: 1}, nil)
		if want := "reject a int is no input of this machine"; text(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
