package standin

import (
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// TestRefuse has clients say what is not in the recording: where the protocol
// has an answer for that, they are told the nearest line and what differs.
func TestRefuse(t *testing.T) {
	for _, tt := range []struct{ name, proto, head, doc, say, want string }{
		{"hg", "hg", " dialect=seed", "> 3 1 stream-begin command-name eos heads", `3 1 stream-begin command-name eos branch\\map`,
			`3 254 stream-begin error-response application doc.wire:2 is expected, and there came 3 1 stream-begin command-name eos branch\\\\map; command: "branch\\\\map", expected "heads"; payload: "branch\\\\map", expected "heads"`},
		{"zeo", "zeo", " dialect=Z5", "> call 7 lastTransaction()", "call 7 ping()",
			`error 7 ZODB.POSException.StorageError("doc.wire:2 is expected, and there came call 7 ping(); name: \"ping\", expected \"lastTransaction\"")`},
		{"zeo, of which no answer is wanted", "zeo", " dialect=Z5", "> call 7 lastTransaction()", "oneway 0 set_client_label(\"x\")", ""},
		{"msgq", "msgq", "", `> {"type": "ping"}`, `{"type": "send", "from": "1_1@h", "to": "*", "group": "A", "instance": "*", "seq": 4, "want_answer": true} {"command": ["x"]}`,
			`{"type": "send", "from": "msgq", "to": "1_1@h", "group": "A", "instance": "*", "seq": 4, "reply": 4} {"result": [1, "doc.wire:2 is expected, and there came `},
		{"msgq, of which no answer is wanted", "msgq", "", `> {"type": "ping"}`, `{"type": "getlname"}`, ""},
		{"synapse", "synapse", " dialect=v1.66", "> NAME a", `NAME b\ü`,
			`ERROR doc.wire:2 is expected, and there came NAME b\?; data: "b\\?", expected "a"`},
		{"zmtp", "zmtp", "", `> message "a"`, `message "b"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, "doc.wire", []byte("@proto "+tt.proto+tt.head+"\n"+tt.doc+"\n"))
			for _, o := range []Options{{}, {AnyOrder: true}} {
				g := newStage(t, doc, o)
				g.step(1, reactor.Opened{})
				g.say(1, tt.proto, tt.say)
				got := strings.Join(g.texts[1], "\n")
				if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
					t.Errorf("%+v: got  %s\nwant %s", o, got, tt.want)
				}
				if _, ended := g.ended[1]; ended == o.AnyOrder || g.s.Faults() != 1 {
					t.Errorf("%+v: ended %v, %q", o, g.ended, g.told)
				}
			}
		})
	}
}

// TestPredicate has answers chosen by assertions.
func TestPredicate(t *testing.T) {
	doc := parse(t, "doc.wire", []byte(`@proto zeo dialect=Z5
> call {{id}} {{method:/load.*/}}(*, *)
< reply $id "loads"
> *
@assert type == "call" and fields.name in ["ping", "lastTransaction"] and fields.id > 10
< reply 11 "others"
`))
	g := newStage(t, doc, Options{AnyOrder: true})
	g.step(1, reactor.Opened{})
	g.say(1, "zeo", "call 11 ping()")
	g.say(1, "zeo", "call 7 loadBefore(oid'1', 3)")
	g.say(1, "zeo", "call 8 load(oid'1', \"\")")
	g.say(1, "zeo", "call 9 ping()")
	got := strings.Join(g.texts[1], "\n")
	want := "reply 11 \"others\"\nreply 7 \"loads\"\nreply 8 \"loads\"\nerror 9 ZODB.POSException.StorageError(\"doc.wire:4 is expected, and there came call 9 ping(); it does not hold that type == \\\"call\\\" and fields.name in [\\\"ping\\\", \\\"lastTransaction\\\"] and fields.id > 10\")"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDialect has the dialect of a capture be the one that was found out last.
func TestDialect(t *testing.T) {
	for text, want := range map[string]string{
		"@proto synapse\n< SERVER a\n@proto synapse dialect=v1.12\n< POSITION events 3\n@proto synapse dialect=v1.0\n> USER_SYNC @a:b start 5\n": "v1.0",
		"@proto synapse\n< SERVER a\n":                                                       "",
		"@proto zeo\n< hello Z5\n@proto zeo dialect=Z5\n> call 1 ping()\n":                   "",
		"@proto hg dialect=final\n> 1 1 stream-begin stream-settings eos cbor:b'identity'\n": "final",
	} {
		if got := newStage(t, parse(t, "doc.wire", []byte(text)), Options{}).s.Dialect(); got != want {
			t.Errorf("%s: %q; want %q", text, got, want)
		}
	}
}
