package zeo

import (
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Which servers have a method, and for which clients, was tried with ZODB
// 3.9.7, 3.10.0b4 and 3.10.7, ZEO 4.3.1 and 6.0.0. One that is called and not
// there ends the connection.
func TestEras(t *testing.T) {
	const known = "reply 2 "
	for _, tt := range []struct{ server, client, call, want string }{
		{"Z309", "Z308", `zeoLoad(x"0000000000000000")`, "error 2 ZODB.POSException.POSKeyError"},
		{"Z309", "Z308", `getSerial(x"0000000000000000")`, "error 2 ZODB.POSException.POSKeyError"},
		{"Z309", "Z309", `zeoLoad(x"0000000000000000")`, ""},
		{"Z3101", "Z3101", `getSerial(x"0000000000000000")`, ""},
		{"Z4", "Z4", `zeoLoad(x"0000000000000000")`, ""},
		{"Z4", "Z308", `getSerial(x"0000000000000000")`, "error 2 ZODB.POSException.POSKeyError"},
		{"Z309", "Z309", `server_status()`, ""},
		{"Z310", "Z310", `server_status()`, known},
		{"Z310", "Z309", `server_status()`, known},
		{"Z309", "Z309", `checkCurrentSerialInTransaction(x"0000000000000000", x"0000000000000000", 1)`, ""},
		{"Z310", "Z310", `checkCurrentSerialInTransaction(x"0000000000000000", x"0000000000000000", 1)`, ""},
		{"Z3101", "Z3101", `checkCurrentSerialInTransaction(x"0000000000000000", x"0000000000000000", 1)`, "error 2 ZODB.POSException.StorageTransactionError"},
		{"Z5", "Z5", `checkCurrentSerialInTransaction(x"0000000000000000", x"0000000000000000", 1)`, "error 2 ZODB.POSException.StorageTransactionError"},
		{"Z4", "Z4", `ping()`, ""},
		{"Z309", "Z309", `undoa(s"AAAAAAAAAAE=", 1)`, ""},
		{"Z310", "Z310", `undoa(s"AAAAAAAAAAE=", 1)`, "error 2 ZODB.POSException.StorageTransactionError"},
		{"Z309", "Z309", `undo(s"AAAAAAAAAAE=", 1)`, "error 2 ZODB.POSException.StorageTransactionError"},
		{"Z3101", "Z309", `undo(s"AAAAAAAAAAE=", 1)`, "error 2 exceptions.NotImplementedError()"},
		{"Z309", "Z309", `undoLog(0, 5)`, known + "[]"},
		{"Z310", "Z309", `undoLog(0, 5)`, known + "()"},
		{"Z4", "Z309", `undoInfo(0, 5, None)`, known + "()"},
		{"Z309", "Z309", `get_info()`, `"supportsUndo": 1`},
		{"Z3101", "Z309", `get_info()`, `"supportsUndo": False`},
		{"Z3101", "Z310", `get_info()`, `"supportsUndo": True`},
		{"Z309", "Z309", `set_client_label(s"x")`, ""},
		{"Z310", "Z309", `set_client_label(s"x")`, known},
		{"Z309", "Z309", `get_size_info()`, known + `{s"length": 0, s"size": 4L}`},
		{"Z4", "Z4", `getExtensionMethods()`, known + "{}"},
		{"Z5", "Z5", `getExtensionMethods()`, ""},
		{"Z5", "Z5", `ping()`, known},
		{"Z5", "Z5", `loadEx(x"0000000000000000")`, ""},
	} {
		b := newTable(t, ServerOptions{Protocol: tt.server})
		var err error
		if b.p, err = (zeo.Protocol{}).Parser(codec.Options{Dialect: tt.client}); err != nil {
			t.Fatal(err)
		}
		b.step(1, reactor.Opened{})
		b.say(1, "hello "+tt.client, `call 1 register("1", False)`)
		got := strings.Join(b.say(1, "call 2 "+tt.call), " ")
		if !strings.Contains(got, tt.want) || b.end[1] != (tt.want == "") {
			t.Errorf("%s on %s: %s: %q, closed: %v", tt.client, tt.server, tt.call, got, b.end[1])
		}
		if tt.call != "server_status()" || tt.want == "" {
			continue
		}
		if !strings.Contains(got, "verifying_clients") || strings.Contains(got, "last-transaction") {
			t.Errorf("%s: %s", tt.server, got)
		}
	}
	b := newTable(t, ServerOptions{})
	b.join(1)
	b.say(1, append(begin(1, 1, id(0), "x"), "call 2 vote(1)", "call 3 tpc_finish(1)")...)
	b.say(1, begin(2, 1, id(1), "no record")...)
	b.want(b.say(1, "call 4 vote(2)"), `"class_name": "."`)
}
