package zeo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A walker drives a client by lines: "< frame" of the server, "@directive",
// and "!timer", "!eof", "!broken" and "!sent".
type walker struct {
	t      *testing.T
	c      *Client
	parser codec.Parser
	now    time.Time
}

func newWalker(t *testing.T, o ClientOptions) *walker {
	t.Helper()
	p, err := zeo.Protocol{}.Parser(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &walker{t: t, c: NewClient(o), parser: p, now: time.Unix(100, 0)}
}

// do steps the client and returns what it does, without the timers.
func (w *walker) do(line string) string {
	w.t.Helper()
	var ev reactor.Event
	switch {
	case line == "!eof":
		ev = reactor.EOF{}
	case line == "!broken":
		ev = reactor.Broken{Err: errors.New("broken")}
	case line == "!sent":
		ev = reactor.Sent{ID: w.c.sends}
	case line[0] == '!':
		ev = reactor.Expired{Timer: line[1:]}
	case line[0] == '@':
		name, args, _ := strings.Cut(line[1:], " ")
		var err error
		if ev, err = w.c.Input(name, args); err != nil {
			w.t.Fatalf("%s: %v", line, err)
		}
	default:
		text, mark, _ := strings.Cut(line[2:], " ")
		var t codec.Text
		if strings.HasPrefix(text, "!") {
			name, value, _ := strings.Cut(text[1:], "=")
			t.Deviations = append(t.Deviations, codec.Deviation{Name: name, Value: value})
			t.Body = []byte(mark)
		} else {
			t.Body = []byte(line[2:])
		}
		f, err := w.parser.Parse(codec.ToClient, t)
		if err != nil {
			w.t.Fatalf("%s: %v", line, err)
		}
		ev = reactor.Received{Frame: f.Clone()}
	}
	var said []string
	for _, a := range w.c.Step(w.now, ev, nil) {
		if _, timer := a.(reactor.SetTimer); timer {
			continue
		}
		text := a.String()
		if s, ok := a.(reactor.Send); ok {
			text = "> " + textOf(s.Frames[0])
		}
		said = append(said, text)
	}
	return strings.Join(said, "; ")
}

// expect is do for pairs of a line and what follows it.
func (w *walker) expect(pairs ...string) {
	w.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := w.do(pairs[i]); got != pairs[i+1] {
			w.t.Errorf("%s:\n got %s\nwant %s", pairs[i], got, pairs[i+1])
		}
	}
}

func (w *walker) start5() {
	w.t.Helper()
	w.expect("@open", "",
		"< hello Z5", `> hello Z5; > call 1 register("1", 0)`,
		"< reply 1 tid'5'", "> call 2 get_info()",
		"< reply 2 {}", "connected Z5 tid'0000000000000005' {}")
}

func TestClientStart(t *testing.T) {
	type line = [2]string
	opened := line{"@open", ""}
	for name, tt := range map[string]struct {
		o     ClientOptions
		lines []line
	}{
		"wants another id": {ClientOptions{}, []line{opened, {"< hello Z4", `error the server speaks "Z4", and we Z5; close the server speaks "Z4", and we Z5`}}},
		"wants a letter":   {ClientOptions{}, []line{opened, {"< hello Q5", `error the server speaks "Q5", and we Z5; close the server speaks "Q5", and we Z5`}}},
		"a later version":  {ClientOptions{}, []line{opened, {"< hello Z6", `> hello Z5; > call 1 register("1", 0)`}}},
		"its letter":       {ClientOptions{}, []line{opened, {"< hello M5", `> hello M5; > call 1 register("1", 0)`}}},
		"our letter":       {ClientOptions{Protocol: "M5"}, []line{opened, {"< hello Z5", `> hello M5; > call 1 register("1", 0)`}}},
		"as strings":       {ClientOptions{Protocol: "Z4"}, []line{opened, {"< hello Z3101", `> hello Z3101; > !encoding=p3 call 0 getAuthProtocol()`}}},
		"too old":          {ClientOptions{Protocol: "Z309"}, []line{opened, {"< hello Z303", `error the server speaks "Z303", and we Z309; close the server speaks "Z303", and we Z309`}}},
		"silence":          {ClientOptions{}, []line{opened, {"!start", "error the server does not answer; close the server does not answer"}}},
		"ended":            {ClientOptions{}, []line{opened, {"@call 7 ping()", "noop it waits until the client is ready"}, {"!eof", "outcome 7 ping: closed the server ended the connection; close the server ended the connection"}, {"@call ping()", "reject there is no connection"}}},
		"no such storage": {ClientOptions{Storage: "x"}, []line{
			opened, {"< hello Z5", `> hello Z5; > call 1 register("x", 0)`},
			{`< error 1 builtins.ValueError("no")`, `error register failed: builtins.ValueError ("no",); close register failed: builtins.ValueError ("no",)`},
		}},
		"no last transaction": {ClientOptions{}, []line{
			opened, {"< hello Z5", `> hello Z5; > call 1 register("1", 0)`}, {"< reply 1 None", "> call 2 lastTransaction()"},
			{"< reply 2 5", "error no last transaction: 5; close no last transaction: 5"},
		}},
		"behind": {ClientOptions{LastTID: [8]byte{1}}, []line{
			opened, {"< hello Z5", `> hello Z5; > call 1 register("1", 0)`},
			{"< reply 1 tid'5'", "error the server is at 0000000000000005, behind our 0100000000000000; close the server is at 0000000000000005, behind our 0100000000000000"},
		}},
		"stale": {ClientOptions{LastTID: [8]byte{7: 1}}, []line{
			opened, {"< hello Z5", `> hello Z5; > call 1 register("1", 0)`}, {"< reply 1 tid'5'", "> call 2 getInvalidations(tid'0000000000000001')"},
			{"< oneway 0 invalidateTransaction(tid'6', [oid'1'])", ""},
			{"< reply 2 None", `stale; push invalidateTransaction(x"0000000000000006", [x"0000000000000001"]); > call 3 get_info()`},
		}},
		"too much at once": {ClientOptions{LastTID: [8]byte{7: 1}, MaxBuffered: 200}, []line{
			opened, {"< hello Z5", `> hello Z5; > call 1 register("1", 0)`}, {"< reply 1 tid'5'", "> call 2 getInvalidations(tid'0000000000000001')"},
			{"< oneway 0 invalidateTransaction(tid'6', [])", ""},
			{"< oneway 0 invalidateTransaction(tid'7', [])", "error more than 200 bytes of changes while we verify; close more than 200 bytes of changes while we verify"},
		}},
		"no login": {ClientOptions{Protocol: "Z4"}, []line{
			opened, {"< hello Z4", "> hello Z4; > call 0 getAuthProtocol()"},
			{`< reply 0 "digest"`, "error the server wants a user and a password; close the server wants a user and a password"},
		}},
		"another login": {ClientOptions{Protocol: "Z4"}, []line{
			opened, {"< hello Z4", "> hello Z4; > call 0 getAuthProtocol()"},
			{`< reply 0 "srp"`, `error the server authenticates by "srp", we know digest; close the server authenticates by "srp", we know digest`},
		}},
		"wrong login": {ClientOptions{Protocol: "Z4", User: "a", Password: "b"}, []line{
			opened, {"< hello Z4", "> hello Z4; > call 0 getAuthProtocol()"}, {`< reply 0 "digest"`, "> call 1 auth_get_challenge()"},
			{`< reply 1 ("r", "c", "n")`, `> call 2 auth_response(("a", "c", "` + zeo.Login{User: "a", Realm: "r", Password: "b"}.Response("c") + `"))`},
			{"< reply 2 False", "error the server does not take the user and the password; close the server does not take the user and the password"},
		}},
		"no challenge": {ClientOptions{Protocol: "Z4", User: "a", Password: "b"}, []line{
			opened, {"< hello Z4", "> hello Z4; > call 0 getAuthProtocol()"}, {`< reply 0 "digest"`, "> call 1 auth_get_challenge()"},
			{`< reply 1 ("r", "c")`, `error no challenge: ("r", "c"); close no challenge: ("r", "c")`},
		}},
		"no MAC": {ClientOptions{Protocol: "Z4", User: "a", Password: "b"}, []line{
			opened, {"< hello Z4", "> hello Z4; > call 0 getAuthProtocol()"}, {`< reply 0 "digest"`, "> call 1 auth_get_challenge()"},
			{`< reply 1 ("r", "c", "n")`, `> call 2 auth_response(("a", "c", "` + zeo.Login{User: "a", Realm: "r", Password: "b"}.Response("c") + `"))`},
			{"< reply 2 True", `> !mac=` + macOf(`call 3 register("1", 0)`) + ` call 3 register("1", 0)`},
			{"< reply 3 None", "error a message without the MAC that was agreed on; close a message without the MAC that was agreed on"},
		}},
		"versions": {ClientOptions{Protocol: "Z309"}, []line{
			opened, {"< hello Z308", "> hello Z308; > call 0 getAuthProtocol()"}, {"< reply 0 None", `> call 1 register(s"1", 0)`}, {"< reply 1 None", "> call 2 lastTransaction()"},
			{"< reply 2 tid'5'", "> call 3 get_info()"}, {"< reply 3 {}", "connected Z308 tid'0000000000000005' {}"},
			{"@load 1 oid'1'", `> call 4 loadEx(x"0000000000000001", s"")`}, {`< reply 4 (b"x", tid'4', "")`, `outcome 1 loadEx: reply (s"x", x"0000000000000004", "")`},
			{"@commit {'check': {oid'1': tid'4'}}", "outcome 0 commit: refused servers check objects from Z3101 on, and this one speaks Z308"},
			{"@commit {oid'1': b'y'}", `> call 5 tpc_begin(1, s"", s"", {}, None, s" ")`},
			{"< reply 5 None", `> oneway 6 storea(x"0000000000000001", x"0000000000000004", s"y", s"", 1); > call 7 vote(1)`},
			{"< oneway 0 serialnos([(oid'1', b'rs')])", ""},
			{"< reply 7 None", "> call 8 tpc_finish(1)"},
			{"< reply 8 tid'9'", "outcome 0 commit: committed tid'0000000000000009'"},
			{"@undo tid'9'", `> call 9 tpc_begin(2, s"", s"", {}, None, s" ")`},
			{"< reply 9 None", `> call 10 undo(s"AAAAAAAAAAk=", 2)`},
			{"< error 10 ZODB.POSException.UndoError(1)", "> oneway 11 tpc_abort(2); outcome 0 undo: error ZODB.POSException.UndoError (1,) in undo"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWalker(t, tt.o)
			for _, l := range tt.lines {
				w.expect(l[0], l[1])
			}
		})
	}
}

// macOf is the first MAC of a client that is a:b in the realm r, for a nonce n.
func macOf(text string) string {
	p, _ := zeo.Protocol{}.Parser(codec.Options{Dialect: "Z4"})
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
	if err != nil {
		panic(err)
	}
	key := zeo.Login{User: "a", Realm: "r", Password: "b"}.Key("n")
	return fmt.Sprintf("%x", zeo.NewMAC(key).Append(nil, f.(*zeo.Frame).Body()))
}

// What servers may not say ends the connection from ZEO 5 on.
func TestClientFaults(t *testing.T) {
	for line, want := range map[string]string{
		"< reply 9 None":                              "a reply to 9, which is no open call",
		"< heartbeat":                                 "a reply to -1, which is no open call",
		"< call 3 info({})":                           `the server wants an answer to "info"`,
		"< oneway 0 serialnos([])":                    `the server calls "serialnos", which is no method of a client`,
		"< oneway 0 invalidateTransaction(1)":         "invalidateTransaction with wrong arguments: (1,)",
		"< oneway 0 invalidateTransaction(tid'1', 1)": `invalidateTransaction with wrong arguments: (x"0000000000000001", 1)`,
		"< oneway 0 receiveBlobStart(oid'1', tid'1')": `receiveBlobStart with wrong arguments: (x"0000000000000001", x"0000000000000001")`,
		"< message (1, 2)":                            "no message: message (1, 2)",
		"< body b'x'":                                 `no message: body b"x"`,
		"< !flag=2 reply 3 5":                         "an error that is no class and payload: 5",
	} {
		w := newWalker(t, ClientOptions{})
		w.start5()
		w.expect("@call 7 ping()", "> call 3 ping()", line,
			"error "+want+"; outcome 7 ping: closed "+want+"; close "+want)
	}
	w := newWalker(t, ClientOptions{Protocol: "Z4"})
	w.expect("@open", "", "< hello Z4", "> hello Z4; > call 0 getAuthProtocol()", "< reply 0 None", `> call 1 register("1", 0)`,
		"< reply 1 None", "> call 2 lastTransaction()", "< reply 2 tid'5'", "> call 3 get_info()",
		"< oneway 0 invalidateTransaction(tid'6', [oid'1'])", `push invalidateTransaction(x"0000000000000006", [x"0000000000000001"])`,
		"< reply 3 {}", "connected Z4 tid'0000000000000006' {}",
		"< reply 9 None", "noop a reply to no open call",
		"< oneway 0 receiveBlobStart(oid'1', tid'1')", "noop receiveBlobStart with wrong arguments, or out of turn",
		"< oneway 0 endVerify()", "push endVerify()",
		"< oneway 0 nothing()", `error the server calls "nothing", which is no method of a client; close the server calls "nothing", which is no method of a client`)
}

func TestClientCalls(t *testing.T) {
	w := newWalker(t, ClientOptions{MaxCalls: 3, MaxBlob: 5, MaxSerials: 1})
	w.start5()
	const same = "(oid'0000000000000001', tid'7fffffffffffffff')"
	w.expect(
		"@load 1 oid'1'", "> call "+same+" loadBefore"+same,
		"@load 2 oid'1'", "",
		"@call 3 loadBefore(oid'1', tid'7fffffffffffffff')", "",
		"< reply "+same+` (b"x", tid'4', None)`, `outcome 1 loadBefore: reply (b"x", x"0000000000000004", None); outcome 2 loadBefore: reply (b"x", x"0000000000000004", None); outcome 3 loadBefore: reply (b"x", x"0000000000000004", None)`,
		"@call 4 getTid(oid=oid'1')", "> call 3 getTid(oid'0000000000000001')",
		"@blob 5 oid'1' tid'4'", "> call 4 sendBlob(oid'0000000000000001', tid'0000000000000004')",
		"@call 6 ping()", "> call 5 ping()",
		"@call 7 ping()", "reject too many open calls: 3",
		"< error 3 a.B(1)", "outcome 4 getTid: error a.B (1,)",
		"< oneway 0 receiveBlobStart(oid'1', tid'4')", "",
		"< oneway 0 receiveBlobChunk(oid'1', tid'4', b'abc')", "",
		"< oneway 0 receiveBlobStop(oid'1', tid'4')", `blob oid'0000000000000001' tid'0000000000000004' "abc"`,
		"< oneway 0 receiveBlobStart(oid'1', tid'4')", "",
		"< oneway 0 receiveBlobChunk(oid'1', tid'4', b'abc')", "",
		"< oneway 0 receiveBlobChunk(oid'1', tid'4', b'def')", "",
		"< oneway 0 receiveBlobChunk(oid'1', tid'4', b'')", "",
		"< oneway 0 receiveBlobStop(oid'1', tid'4')", `blob oid'0000000000000001' tid'0000000000000004' is too large`,
		"< reply 4 None", "outcome 5 sendBlob: reply None",
		"!heartbeat", "> heartbeat",
	)
	if w.c.blobSize != 0 {
		t.Errorf("%d bytes of blobs", w.c.blobSize)
	}
}

// A transaction that fails is aborted, and the next one begins.
func TestClientCommits(t *testing.T) {
	w := newWalker(t, ClientOptions{})
	w.start5()
	begin := func(n int) string { return fmt.Sprintf(`> oneway 0 tpc_begin(%d, b"", b"", {}, None, " ")`, n) }
	store := func(oid, serial, n int) string {
		return fmt.Sprintf(`> oneway 0 storea(oid'%016x', tid'%016x', b"x", %d)`, oid, serial, n)
	}
	w.expect(
		"@commit 1 {oid'1': b'x', 'check': {oid'2': tid'3'}}", begin(1)+"; "+store(1, 0, 1)+"; > oneway 0 checkCurrentSerialInTransaction(oid'0000000000000002', tid'0000000000000003', 1); > call 3 vote(1)",
		"@commit 2 {oid'1': b'x'}", "",
		"@undo 3 tid'9'", "",
		"< error 3 ZODB.POSException.ReadConflictError(1)", "> call 4 tpc_abort(1)",
		"< reply 4 None", "outcome 1 commit: conflict ZODB.POSException.ReadConflictError (1,) in vote; "+begin(2)+"; "+store(1, 0, 2)+"; > call 5 vote(2)",
		"< reply 5 [oid'7']", "> call 6 tpc_finish(2)",
		"< reply 6 tid'8'", `outcome 2 commit: committed tid'0000000000000008'; `+begin(3)+`; > oneway 0 undoa(b"AAAAAAAAAAk=", 3); > call 7 vote(3)`,
		"< reply 7 [{\"oid\": oid'1'}]", "> call 8 tpc_abort(3)",
		"< reply 8 None", `outcome 3 undo: conflict ZODB.POSException.ConflictError [{"oid": x"0000000000000001"}] the conflicts are left to the client`,
		"@commit 4 {oid'1': b'x'}", begin(4)+"; "+store(1, 8, 4)+"; > call 9 vote(4)",
		"< reply 9 []", "> call 10 tpc_finish(4)",
		"@commit 5 {oid'1': None}", "",
		"!eof", "outcome 4 commit: unknown in finishing: the server ended the connection; outcome 5 commit: closed the server ended the connection; close the server ended the connection",
	)
}

// A client that comes back asks what has changed, and goes on.
func TestClientReconnects(t *testing.T) {
	w := newWalker(t, ClientOptions{Reconnect: time.Second})
	w.start5()
	w.expect(
		"< oneway 0 invalidateTransaction(tid'7', [])", `push invalidateTransaction(x"0000000000000007", [])`,
		"@call 1 ping()", "> call 3 ping()",
		"!broken", "outcome 1 ping: closed broken; drop broken",
		"@call 2 ping()", "noop it waits until the client is ready",
		"!reconnect", "connect",
		"!broken", "",
		"!reconnect", "connect",
		"@open", "",
		"< hello Z5", `> hello Z5; > call 1 register("1", 0)`,
		"< reply 1 tid'9'", "> call 2 getInvalidations(tid'0000000000000007')",
		"< reply 2 (tid'9', [oid'3'])", `push invalidateTransaction(x"0000000000000009", [x"0000000000000003"]); > call 3 get_info()`,
		"< reply 3 {}", "connected Z5 tid'0000000000000009' {}; > call 4 ping()",
		"@disconnect", "outcome 2 ping: closed asked by our own side; close asked by our own side",
		"@resume tid'4'", "connect",
		"@disconnect", "reject there is no connection",
	)
}

func TestClientInputFaults(t *testing.T) {
	c := NewClient(ClientOptions{})
	for _, line := range []string{
		"call", "call 1", "call ping", "call ping(", "call x ping()", "call loadBefore(1", "async 1 ping()", "load", "load 1", "load 'x'", "load oid'1' x",
		"load oid'1' tid'2' tid'3'", "blob oid'1'", "commit", "commit {}", "commit []", "commit {'x': 1}", "commit {oid'1': 1}", "commit {oid'1': {'data': 1}}",
		"commit {1: b''}", "commit {'check': {oid'1': 1}}", "commit {'undo': [1]}", "undo", "undo []", "resume 1", "open 1", "disconnect 1", "load -1 oid'1'",
	} {
		name, args, _ := strings.Cut(line, " ")
		_, err := c.Input(name, args)
		fault, ok := err.(*codec.TextError)
		if !ok {
			t.Errorf("%s: %v", line, err)
		} else if fault.Start < 0 || fault.End > len(args)+1 {
			t.Errorf("%s: %v at %d to %d", line, err, fault.Start, fault.End)
		}
	}
	if _, err := c.Input("nothing", ""); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("nothing: %v", err)
	}
	for name, value := range map[string]string{"python": "4", "read-only": "maybe", "user": "x", "last-tid": "1", "timeout": "x", "nothing": ""} {
		got := ClientOf(reactor.Options{Extra: map[string]string{name: value}}).Step(time.Time{}, reactor.Opened{}, nil)
		if text := fmt.Sprint(got); !strings.HasPrefix(text, "[error "+name+": ") {
			t.Errorf("%s=%s: %s", name, value, text)
		}
	}
}
