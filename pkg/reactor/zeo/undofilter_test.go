package zeo

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// undone are transactions: one with an extension {"path": "/e/f"}, of Python
// 2 and 3 alike.
const undone = `zeo-storage 1 "1"
transaction 0000000000000001 - "" "" ""
record 0000000000000000 "data"
transaction 0000000000000002 - "/a/b joe" "first" ""
record 0000000000000000 "data"
transaction 0000000000000003 - "/a/bb joe" "second" ""
record 0000000000000000 "data"
transaction 0000000000000004 - "/a/b/c d joe" "second" ""
record 0000000000000000 "data"
transaction 0000000000000005 - "/x joe" "" "}U\x04pathU\x04/e/fs."
record 0000000000000000 "data"
`

// undoTable is a server with those, and a client of a protocol.
func undoTable(t *testing.T, protocol string) *table {
	t.Helper()
	o := ServerOptions{Protocol: protocol}
	if err := o.Load([]byte(undone)); err != nil {
		t.Fatal(err)
	}
	b := newTable(t, o)
	var err error
	if b.p, err = (zeo.Protocol{}).Parser(codec.Options{Dialect: protocol}); err != nil {
		t.Fatal(err)
	}
	b.step(1, reactor.Opened{})
	b.say(1, "hello "+protocol, `call 1 register("1", False)`)
	return b
}

var undoID64 = regexp.MustCompile(`"id": [bs]"AAAAAAAAAA(.)="`)

// found returns which transactions an answer has, or the error that it is.
func found(got []string) string {
	if len(got) != 1 || !strings.HasPrefix(got[0], "reply ") {
		return strings.ReplaceAll(fmt.Sprint(got), `s"`, `"`) // of Python 2
	}
	ids := ""
	for _, m := range undoID64.FindAllStringSubmatch(got[0], -1) {
		ids += fmt.Sprint(strings.Index("AEIMQU", m[1]))
	}
	return ids
}

// What undoInfo finds was seen with ZODB 3.9.7, ZEO 4.3.1 and 6.0.0.
func TestUndoFilter(t *testing.T) {
	const (
		notBytes = `[error 7 builtins.TypeError("a bytes-like object is required, not 'str'")]`
		noSplit  = `AttributeError("'%s' object has no attribute 'split'")]`
	)
	prefix := func(path ...string) string {
		return fmt.Sprintf(`build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": %d, "path": ["%s"]})`, len(path), strings.Join(path, `", "`))
	}
	for _, tt := range []struct{ filter, python2, python3 string }{
		{`None`, "54321", "54321"},
		{`{}`, "54321", "54321"},
		{`{"user_name": b"/x joe"}`, "5", "5"},
		{`{"user_name": "/x joe"}`, "5", ""},
		{`{"description": b"second", "user_name": b"/a/bb joe"}`, "3", "3"},
		{`{"nothing": None}`, "54321", "54321"},
		{`{"nothing": 1}`, "", ""},
		{`{"nothing": 1, "nothing": None}`, "54321", "54321"},
		{`{"path": "/e/f"}`, "5", "5"},
		{`{"path": ["/e/f"]}`, "", ""},
		{`{1: 2}`, "", ""},
		{`{"user_name": ` + prefix("", "a", "b") + `}`, "42", notBytes},
		{`{"user_name": ` + prefix("", "a", "b") + `, "description": b"first"}`, "2", notBytes},
		{`{"user_name": ` + prefix("", "a", "b", "c d") + `}`, "4", notBytes},
		{`{"user_name": ` + prefix("") + `}`, "54321", notBytes},
		{`{"path": ` + prefix("", "e") + `}`, "[error 7 exceptions." + fmt.Sprintf(noSplit, "NoneType"), "[error 7 builtins." + fmt.Sprintf(noSplit, "NoneType")},
		{`{"time": ` + prefix("") + `}`, "[error 7 exceptions." + fmt.Sprintf(noSplit, "float"), "[error 7 builtins." + fmt.Sprintf(noSplit, "float")},
		{`{"user_name": [` + prefix("", "a", "b") + `]}`, "", ""},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": -1, "path": ["", "a", "b"]})}`, "4", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": None, "path": ["", "a", "b"]})}`, "2", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": 99999999999999999999, "path": ["", "a", "b"]})}`, "2", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": -99999999999999999999, "path": []})}`, "54321", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": 1, "path": ["", "a", "b"]})}`, "", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": 3, "path": ("", "a", "b")})}`, "", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": 3, "path": ["", 1, "b"]})}`, "", notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": "1", "path": []})}`, `[error 7 exceptions.TypeError("slice indices must be integers or None or have an __index__ method")]`, notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"path": []})}`, `[error 7 exceptions.AttributeError("Prefix instance has no attribute 'length'")]`, notBytes},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ()), {"length": 1})}`, `[error 7 exceptions.AttributeError("Prefix instance has no attribute 'path'")]`, notBytes},
		{`{"user_name": new(global(ZopeUndo.Prefix.Prefix), ())}`, "", ""},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Prefix), ("/a",)), {})}`, "", ""},
		{`{"user_name": build(global(ZopeUndo.Prefix.Prefix), {})}`, "", ""},
		{`{"user_name": global(os.system)}`, "[]", "[]"},
		{`{"user_name": build(new(global(ZopeUndo.Prefix.Other), ()), {})}`, "[]", "[]"},
		{`[1]`, `[error 7 exceptions.AttributeError("'list' object has no attribute 'items'")]`, `[error 7 builtins.AttributeError("'list' object has no attribute 'items'")]`},
	} {
		for protocol, want := range map[string]string{"Z309": tt.python2, "Z5": tt.python3} {
			b := undoTable(t, protocol)
			filter := tt.filter
			if protocol == "Z309" { // there is no NEWOBJ
				filter = strings.ReplaceAll(strings.ReplaceAll(filter, "new(", "call("), `: b"`, `: s"`)
			}
			got := found(b.say(1, "call 7 undoInfo(0, -20, "+filter+")"))
			if got != want {
				t.Errorf("%s: %s:\n got %s\nwant %s", protocol, filter, got, want)
			}
			if closed := want == "[]"; b.end[1] != closed {
				t.Errorf("%s: %s: the connection is closed: %v", protocol, filter, b.end[1])
			}
		}
	}
}

// The bytes of a real Prefix("/a/b"), of ZopeUndo 2.12.0 on Python 2.7 and 6.1
// on 3.11.
func TestUndoPrefixBytes(t *testing.T) {
	for protocol, tt := range map[string]struct{ wire, want string }{
		"Z309": {"00000060284b074b005508756e646f496e666f284b004aecffffff7d5509757365725f6e616d6528635a6f7065556e646f2e5072656669780a5072656669780a6f7d285504706174685d2855005501615501626555066c656e6774684b0375627374742e", "42"},
		"Z5":   {"000000768003284b074b005808000000756e646f496e666f4b004aecffffff7d5809000000757365725f6e616d65635a6f7065556e646f2e5072656669780a5072656669780a29817d2858060000006c656e6774684b035804000000706174685d2858000000005801000000615801000000626575627387742e", `[error 7 builtins.TypeError("a bytes-like object is required, not 'str'")]`},
	} {
		wire, err := hex.DecodeString(tt.wire)
		if err != nil {
			t.Fatal(err)
		}
		b := undoTable(t, protocol)
		conv, err := zeo.Protocol{}.Open(codec.Options{Dialect: protocol})
		if err != nil {
			t.Fatal(err)
		}
		d := conv.Decoder(codec.ToServer)
		d.(codec.Resumer).Resume()
		f, n, err := d.Decode(wire, true)
		if err != nil || n != len(wire) {
			t.Fatal(n, err)
		}
		b.step(1, reactor.Received{Frame: f.Clone()})
		if got := b.take(1); found(got) != tt.want {
			t.Errorf("%s: %q", protocol, got)
		}
	}
}
