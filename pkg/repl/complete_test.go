package repl

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// TestComplete completes lines after others: | is the cursor, what follows the
// arrow is among the words, what follows an exclamation mark is not.
func TestComplete(t *testing.T) {
	for _, tt := range []struct{ proto, mode, before, line, want string }{
		// Commands, and what follows them.
		{"hg", "server", "", "bra", "branches"},
		{"hg", "server", "", "hex ", "off line on"},
		{"hg", "server", "", "hex on ", "!off"},
		{"hg", "server", "", "state rec", "receiving"},
		{"hg", "server", "fork other", "switch ", "main other"},
		{"hg", "server", "", "help ti", "time"},
		{"hg", "server", "", "template comm", "command-name command-data"},
		{"hg", "server", "", "mode ", "server client both"},
		{"hg", "server", "", "request ", "heads lookup"},
		{"zeo", "server", "", "request loadB", "loadBefore("},
		{"msgq", "server", "", "request Msgq ", "members"},
		{"zmtp", "server", "", "command ", "READY"},

		// Frames: types, flags, flags of streams.
		{"hg", "server", "", "1 1 ", "stream-begin encoded !heads !command-name"},
		{"hg", "server", "", "1 1 stream-begin|", "stream-begin|encoded"},
		{"hg", "server", "", "1 1 0 comm", "command-name command-argument !continuation"},
		{"hg", "server", "", "1 1 0 command-argument ", "continuation eoa !eos"},
		{"hg", "server", "", "> 1 1 0 command-name ", "eos have-args !eoa"},
		{"hg", "server", "", "> [#1 +2.5] 1 1 0 command-name eos ", "heads lookup"},
		{"hg", "server", "", "1 1 0 command-argument eoa ", "arg:"},

		// Methods, groups, queues, parts with names.
		{"zeo", "server", "", "", "call oneway hello !zeoVerify"},
		{"zeo", "server", "", "call 7 load", "loadBefore( loadEx( !lastTransaction("},
		{"zeo", "server", "", "hello ", "Z5 M5 Z309"},
		{"zeo", "client", "", "@call ", "lastTransaction("},
		{"msgq", "server", "> [#1] subscribe Zones", "> [#1] send ", "Zones Msgq"},
		{"msgq", "server", "> [#1] subscribe Zones", "send Zones to", "to="},
		{"msgq", "server", "> [#1] getlname", "send Zones to=", "to=0_2@localhost"},
		{"msgq", "client", "", "@subscribe not", "notifications/cc_members"},
		{"msgq", "server", "", "send Zones ", "from= seq= want_answer !to=0_2@localhost"},
		{"emqp", "server", "> [#1] INFORM id=w1 type=worker [[10, \"default\"]]", "REQUEST id=1 ", "queue= headers= !id="},
		{"zmtp", "server", "", "greeting 3.1 ", "NULL PLAIN CURVE"},
		{"zmtp", "server", "", "command READY ", "Socket-Type= Identity="},
		{"zmtp", "server", "", "command READY Socket-Type=", "Socket-Type=DEALER Socket-Type=ROUTER"},
		{"synapse", "server", "", "RDATA ", "events presence"},
		{"synapse", "server", "", "USER_", "USER_SYNC USER_IP"},
		{"synapse", "server", "", "@row ", "events"},
		{"synapse", "client", "", "@user-sync me ", "start end"},

		// Directives.
		{"msgq", "server", "", "@", "@eof @open @close @timer"},
		{"msgq", "both", "", "client @sub", "@subscribe"},
		{"synapse", "server", "> [#1] NAME x", "@timer ", "ping"},

		// Expressions: fields, their insides, states, types in quotes.
		{"msgq", "server", "", "break ", "type dir header body state off"},
		{"msgq", "server", "> [#1] subscribe Zones", "break header.", "header.group header.type"},
		{"msgq", "server", "", "break len(state.g", "len(state.groups"},
		{"hg", "server", "", `break type == "comm`, `"command-name"`},
		{"zeo", "server", "", "watch l", "lock last_tid length"},
		{"hg", "server", "", "await 2s req", "request_id"},
	} {
		c := console(t, tt.proto, func(o *Options, _ *reactor.Options) {
			o.Mode, o.Commands = Mode(tt.mode), []string{"heads", "lookup"}
			if tt.proto == "hg" && tt.mode != "server" {
				t.Fatal("hg's default dialect has no client")
			}
		})
		if tt.before != "" {
			does(t, c, tt.before)
		}
		list, _ := c.Complete(tt.line)
		var words []string
		for _, k := range list {
			words = append(words, k.Word)
		}
		for want := range strings.FieldsSeq(tt.want) {
			want, not := strings.CutPrefix(want, "!")
			if slices.Contains(words, want) == not {
				t.Errorf("%s %s: %q completes to %q: %s", tt.proto, tt.mode, tt.line, words, want)
			}
		}
	}
	c := console(t, "hg", nil)
	for _, line := range []string{"load ", "save ", "source x"} {
		if _, files := c.Complete(line); !files {
			t.Errorf("%q takes a file", line)
		}
	}
}
