package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/lint"
)

// TestSessions holds sessions that break a rule, or nearly, to what is found.
// A finding is "rule record" or, with the records that it refers to, "rule
// record<record,record".
func TestSessions(t *testing.T) {
	const (
		hg      = "@proto hg dialect=seed\n"
		final   = "@proto hg dialect=final\n"
		zeo     = "@proto zeo dialect=Z5\n< hello Z5\n> hello Z5\n> call 1 register(\"1\", False)\n< reply 1 tid'0000000000000001'\n"
		synapse = "@proto synapse dialect=v0.21\n< SERVER a\n< PING 1\n> NAME w\n> PING 1\n"
		later   = "@proto synapse dialect=v1.66\n< SERVER a\n< PING 1\n> NAME w\n> PING 1\n> REPLICATE \n"
		msgq    = "@proto msgq\n> {\"type\": \"getlname\"}\n< {\"type\": \"getlname\"} {\"lname\": \"a\"}\n"
	)
	for _, tt := range []struct{ name, doc, want string }{
		{"hg, all is well", hg + "> 1 1 stream-begin command-name have-args lookup\n> 1 1 0 command-argument eoa arg:key=tip\n< 1 2 stream-begin bytes-response eos x\n", ""},
		{"hg, client on an even stream", hg + "> 1 2 stream-begin command-name eos heads\n", "hg/stream-parity 0"},
		{"hg, server on an odd stream", hg + "> 1 1 stream-begin command-name eos heads\n< 1 3 stream-begin bytes-response eos x\n", "hg/stream-parity 1"},
		{"hg, no begin", hg + "> 1 1 0 command-name eos heads\n", "hg/stream-not-begun 0"},
		{"hg, begin twice", hg + "> 1 1 stream-begin command-name eos heads\n> 3 1 stream-begin command-name eos heads\n", "hg/stream-begin-again 1<0"},
		{"hg, goes on after stream-end", hg + "> 1 1 stream-begin|stream-end command-name eos heads\n> 3 1 0 command-name eos heads\n", "hg/stream-not-begun 1"},
		{"hg, begins again after stream-end", hg + "> 1 1 stream-begin|stream-end command-name eos heads\n> 3 1 stream-begin command-name eos heads\n", ""},
		{"hg, id is in use", hg + "> 1 1 stream-begin command-name eos heads\n> 1 1 0 command-name eos heads\n", "hg/request-again 1<0"},
		{"hg, id is free again", hg + "> 1 1 stream-begin command-name eos heads\n< 1 2 stream-begin bytes-response eos x\n> 1 1 0 command-name eos heads\n", ""},
		{"hg, even id", hg + "> 2 1 stream-begin command-name eos heads\n", "hg/request-parity 0"},
		{"hg, argument of nothing", hg + "> 1 1 stream-begin command-argument eoa arg:a=b\n", "hg/unexpected-frame 0"},
		{"hg, argument not announced", hg + "> 1 1 stream-begin command-name have-data x\n> 1 1 0 command-argument eoa arg:a=b\n", "hg/unexpected-frame 1<0"},
		{"hg, argument after eoa", hg + "> 1 1 stream-begin command-name have-args|have-data x\n> 1 1 0 command-argument eoa arg:a=b\n> 1 1 0 command-argument eoa arg:c=d\n", "hg/after-eos 2<0"},
		{"hg, data before eoa", hg + "> 1 1 stream-begin command-name have-args|have-data x\n> 1 1 0 command-data eos x\n", "hg/data-before-eoa 1<0"},
		{"hg, data after eos", hg + "> 1 1 stream-begin command-name have-data x\n> 1 1 0 command-data eos x\n> 1 1 0 command-data eos y\n", "hg/after-eos 2<0"},
		{"hg, answer to nothing", hg + "> 1 1 stream-begin command-name eos heads\n< 3 2 stream-begin bytes-response eos x\n", "hg/answer-to-nothing 1"},
		{"hg, answer after its end", hg + "> 1 1 stream-begin command-name eos heads\n< 1 2 stream-begin bytes-response eos x\n< 1 2 0 bytes-response eos y\n", "hg/answer-after-end 2<0"},
		{"hg, one side only", hg + "< 1 2 stream-begin bytes-response eos x\n", ""},
		{"hg, long payload", hg + "> 1 1 stream-begin command-name have-data x\n> 1 1 0 command-data eos " + strings.Repeat("x", 65536) + "\n", "hg/long-payload 1"},
		{"hg, answers of a client", hg + "> 1 1 stream-begin command-name have-data x\n> 1 1 0 bytes-response eos x\n", "hg/unexpected-frame 1<0"},
		{"hg final, settings first", final + "> 1 1 stream-begin sender-protocol-settings eos cbor:{b'contentencodings': [b'identity']}\n> 1 1 0 command-request new cbor:{b'name': b'heads'}\n", ""},
		{"hg final, settings late", final + "> 1 1 stream-begin command-request new cbor:{b'name': b'heads'}\n> 1 1 0 sender-protocol-settings eos cbor:{b'contentencodings': [b'identity']}\n", "hg/settings-late 1"},
		{"hg final, request goes on", final + "> 1 1 stream-begin command-request new|more \\xa1Dname\n> 1 1 0 command-request continuation Eheads\n> 1 1 0 command-request continuation Eheads\n", "hg/after-eos 2<0 hg/payload 2"},
		{"hg final, have-data changes", final + "> 1 1 stream-begin command-request new|more \\xa1Dname\n> 1 1 0 command-request continuation|have-data Eheads\n", "hg/data-flag 1<0"},
		{"hg final, stream settings late", final + "> 1 1 stream-begin command-request new cbor:{b'name': b'heads'}\n< 1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}\n< 1 2 0 stream-settings eos cbor:b'identity'\n", "hg/settings-late 2<1"},

		{"zeo, all is well", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 vote(7)\n< reply 2 []\n> call 3 tpc_finish(7)\n< reply 3 tid'0000000000000002'\n", ""},
		{"zeo, call before register", "@proto zeo dialect=Z5\n< hello Z5\n> hello Z5\n> call 1 get_info()\n> call 2 ping()\n", "zeo/before-register 2"},
		{"zeo, calls behind register", "@proto zeo dialect=Z5\n< hello Z5\n> hello Z5\n> call 1 register(\"1\", False)\n> call 2 get_info()\n", ""},
		{"zeo, register fails", "@proto zeo dialect=Z5\n< hello Z5\n> hello Z5\n> call 1 register(\"x\", False)\n< error 1 builtins.ValueError(\"x\")\n> call 2 get_info()\n", "zeo/before-register 4"},
		{"zeo, register again", zeo + "> call 2 register(\"1\", False)\n", "zeo/register-again 4"},
		{"zeo, vote is never finished", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 vote(7)\n< reply 2 []\n", "zeo/vote-open 5<4"},
		{"zeo, transaction is never finished", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n", "zeo/transaction-open 4"},
		{"zeo, vote fails", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 vote(7)\n< error 2 ZODB.POSException.ConflictError()\n> call 3 tpc_abort(7)\n", ""},
		{"zeo, begin again", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> oneway 0 tpc_begin(8, b\"\", b\"\", {}, None, \" \")\n> call 2 tpc_abort(7)\n", "zeo/begin-again 5<4"},
		{"zeo, no transaction", zeo + "> call 2 vote(7)\n> call 3 tpc_abort(7)\n", "zeo/no-transaction 4"},
		{"zeo, another transaction", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 vote(8)\n> call 3 tpc_abort(7)\n", "zeo/wrong-transaction 5<4"},
		{"zeo, vote again", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 vote(7)\n> call 3 vote(7)\n> call 4 tpc_abort(7)\n", "zeo/vote-again 6<5"},
		{"zeo, finish before vote", zeo + "> oneway 0 tpc_begin(7, b\"\", b\"\", {}, None, \" \")\n> call 2 tpc_finish(7)\n", "zeo/finish-before-vote 5<4"},
		{"zeo, blob parts", zeo + "> oneway 0 storeBlobStart()\n> oneway 0 storeBlobChunk(b\"x\")\n> oneway 0 storeBlobStart()\n", "zeo/blob-order 6"},
		{"zeo, chunk of no blob", zeo + "> oneway 0 storeBlobChunk(b\"x\")\n", "zeo/blob-order 4"},
		{"zeo, id in use", zeo + "> call 2 ping()\n> call 2 ping()\n", "zeo/id-reuse 5<4"},
		{"zeo, loads have their arguments for id", zeo + "> call (oid'1', tid'2') loadBefore(oid'1', tid'2')\n> call (oid'1', tid'2') loadBefore(oid'1', tid'2')\n", ""},
		{"zeo, answer to nothing", zeo + "< reply 9 None\n", "zeo/reply-to-nothing 4"},
		{"zeo, heartbeat of a server", zeo + "< heartbeat\n", "zeo/wrong-direction 4"},
		{"zeo, push of a client", zeo + "> oneway 0 info({})\n", "zeo/wrong-direction 4"},
		{"zeo, version", "@proto zeo\n< hello Z5\n> hello Z4\n", "zeo/version 1"},
		{"zeo, smaller version", "@proto zeo\n< hello Z4\n> hello Z309\n", ""},
		{"zeo, larger version", "@proto zeo\n< hello Z309\n> hello Z4\n", "zeo/version 1"},
		{"zeo, letter", "@proto zeo\n< hello Z5\n> hello M5\n", "zeo/letter 1"},
		{"zeo, client first", "@proto zeo\n> hello Z5\n< hello Z5\n", "zeo/client-first 0"},

		{"synapse, all is well", synapse + "> REPLICATE events 1\n< RDATA events batch [\"a\",\"b\",\"c\",null,null]\n< RDATA events 2 [\"a\",\"b\",\"c\",null,null]\n< POSITION events 2\n", ""},
		{"synapse, token goes back", synapse + "> REPLICATE events 1\n< POSITION events 5\n< RDATA events 4 [\"a\",\"b\",\"c\",null,null]\n", "synapse/token-regression 6"},
		{"synapse, nobody asked", synapse + "< RDATA events 4 [\"a\",\"b\",\"c\",null,null]\n< RDATA events 5 [\"a\",\"b\",\"c\",null,null]\n", "synapse/not-subscribed 4"},
		{"synapse, ALL", synapse + "> REPLICATE ALL NOW\n< RDATA events 4 [\"a\",\"b\",\"c\",null,null]\n", ""},
		{"synapse, before POSITION", later + "< RDATA typing master 4 [\"a\",[]]\n< POSITION typing master 4 4\n", "synapse/before-position 5"},
		{"synapse, batch and POSITION", later + "< POSITION typing master 4 4\n< RDATA typing master batch [\"a\",[]]\n< POSITION typing master 4 4\n", "synapse/batch-open 7"},
		{"synapse, gap", later + "< POSITION typing master 4 4\n< POSITION typing master 6 7\n", "synapse/token-gap 6"},
		{"synapse, ERROR and on", synapse + "< ERROR x\n< PING 2\n< PING 3\n", "synapse/after-error 5<4 synapse/error-line 4"},
		{"synapse, silence", "@proto synapse dialect=v0.21\n< [#1 +0.0] SERVER a\n< [#1 +0.0] PING 1\n< [#1 +24.0] PING 2\n< [#1 +60.0] PING 3\n", "synapse/silence 3"},
		{"synapse, no SERVER", "@proto synapse dialect=v0.21\n< PING 1\n", "synapse/no-server 0"},

		{"msgq, forged from", msgq + "> {\"type\": \"send\", \"from\": \"b\", \"to\": \"*\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 1} {\"x\": 1}\n", "msgq/forged-from 2"},
		{"msgq, seq again", msgq + strings.Repeat("> {\"type\": \"send\", \"from\": \"a\", \"to\": \"*\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 1} {\"x\": 1}\n", 2), "msgq/seq-reuse 3<2"},
		{"msgq, before getlname", "@proto msgq\n> {\"type\": \"send\", \"from\": \"a\", \"to\": \"*\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 1} {\"x\": 1}\n", "msgq/no-lname 0"},
		{"msgq, reply to nothing", msgq + "> {\"type\": \"send\", \"from\": \"a\", \"to\": \"b\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 1, \"reply\": 4} {\"result\": [0]}\n", "msgq/reply-to-nothing 2"},
		{"msgq, reply", msgq + "< {\"type\": \"send\", \"from\": \"b\", \"to\": \"a\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 4} {\"x\": 1}\n> {\"type\": \"send\", \"from\": \"a\", \"to\": \"b\", \"group\": \"G\", \"instance\": \"*\", \"seq\": 1, \"reply\": 4} {\"result\": [0]}\n", ""},
		{"msgq, groups", msgq + "> {\"type\": \"subscribe\", \"group\": \"G\", \"instance\": \"*\"}\n> {\"type\": \"subscribe\", \"group\": \"G\", \"instance\": \"*\"}\n> {\"type\": \"unsubscribe\", \"group\": \"G\", \"instance\": \"i\"}\n> {\"type\": \"unsubscribe\", \"group\": \"G\", \"instance\": \"*\"}\n", "msgq/not-subscribed 4 msgq/subscribed-again 3"},
		{"msgq, pong of a client", msgq + "> {\"type\": \"pong\"}\n", "msgq/wrong-direction 2"},
		{"msgq, after stop", msgq + "> {\"type\": \"stop\"}\n> {\"type\": \"stop\"}\n", "msgq/after-stop 3<2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := lint.New(lint.Options{Skip: func(id string) bool { return id == "any/unanswered" || id == "hg/stream-never-ended" }})
			for w, err := range decode.Document("doc", strings.NewReader(tt.doc), decode.Options{}, codec.ToServer) {
				if err != nil {
					t.Fatal(err)
				}
				l.Add(w.Record)
			}
			var got []string
			for _, f := range l.Finish(nil).Findings {
				text := f.Rule.ID + " " + number(f.Seq)
				for i, p := range f.Related {
					text += string("<,"[min(i, 1)]) + number(p.Seq)
				}
				got = append(got, text)
			}
			slices.Sort(got)
			if all := strings.Join(got, " "); all != tt.want {
				t.Errorf("%q, not %q", all, tt.want)
			}
		})
	}
}
