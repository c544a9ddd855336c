package zeo

import (
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
)

func TestWrongID(t *testing.T) {
	for _, tt := range []struct{ dialect, text, want string }{
		{"Z5", `reply 7 (b"data", tid'5', None)`, `reply 8 (b"data", tid'0000000000000005', None)`},
		{"M5", `reply 7 {"length": 3}`, `reply 8 {"length": 3}`},
		{"Z309", `reply 7 (s"a", 12L, 2.5)`, `reply 8 (s"a", 12L, 2.5)`},
		{"Z4", `error 7 ZODB.POSException.POSKeyError(b"x")`, `error 8 ZODB.POSException.POSKeyError(b"x")`},
		{"Z309", `error 0 ZODB.POSException.ConflictError {"serials": 1}`, `error 1 ZODB.POSException.ConflictError {"serials": 1}`},
		{"Z5", `error 2147483647 builtins.ValueError("no")`, `error 2147483648 builtins.ValueError("no")`},
		{"Z5", `reply (oid'1', tid'5') None`, `reply (oid'2', x"0000000000000005") None`},
		{"M5", `reply (oid'1', tid'5') None`, `reply (oid'2', x"0000000000000005") None`},
		{"Z5", `reply () None`, ""},
		{"Z5", `reply ["seven"] None`, ""},
		{"Z5", `oneway 0 info({})`, ""},
		{"Z5", `hello Z5`, ""},
		{"Z4", `!mac=000102030405060708090a0b0c0d0e0f10111213 reply 7 None`, ""},
	} {
		f := frameOf(t, tt.dialect, tt.text)
		before := textOf(f)
		got, want := "", ""
		if g, ok := WrongID(f); ok {
			got = onWire(t, tt.dialect, g)
		}
		if tt.want != "" {
			want = onWire(t, tt.dialect, frameOf(t, tt.dialect, tt.want))
		}
		if got != want {
			t.Errorf("%s becomes %q, want %q", tt.text, got, want)
		}
		if after := textOf(f); after != before {
			t.Errorf("%s has become %s", before, after)
		}
	}
	if _, ok := WrongID((*msgq.Frame)(nil)); ok {
		t.Error("a frame of another protocol has an ID")
	}
}

// frameOf returns the frame of a line, which may begin with a mark.
func frameOf(t *testing.T, dialect, line string) codec.Frame {
	t.Helper()
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	text := codec.Text{Body: []byte(line)}
	if mark, rest, ok := strings.Cut(line, " "); ok && mark[0] == '!' {
		name, val, _ := strings.Cut(mark[1:], "=")
		text = codec.Text{Body: []byte(rest), Deviations: []codec.Deviation{{Name: name, Value: val}}}
	}
	f, err := p.Parse(codec.ToClient, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// onWire returns what a peer reads of a frame.
func onWire(t *testing.T, dialect string, f codec.Frame) string {
	t.Helper()
	wire, _ := f.AppendBinary(nil)
	conv, err := zeo.Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	d := conv.Decoder(codec.ToClient)
	if r, ok := d.(codec.Resumer); ok {
		r.Resume()
	}
	got, n, err := d.Decode(wire, true)
	if err != nil || n != len(wire) {
		t.Fatalf("%x: %d, %v", wire, n, err)
	}
	return textOf(got)
}
