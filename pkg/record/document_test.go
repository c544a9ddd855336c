package record

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden holds the documents of a capture of each protocol.
func TestGolden(t *testing.T) {
	for _, name := range []string{
		"hg/captures/seed/heads.pcap", "hg/captures/final/error-unknown-command.pcap",
		"msgq/captures/s05_direct_send.pcap", "zeo/captures/zeo6m-readonly.pcap", "zeo/captures/z397-auth.pcap",
		"synapse/captures/v0.21-timeout.pcap", "emqp/captures/emq_inform_ready.pcap", "emqp/captures/z_plain.pcap",
	} {
		r, _ := recorded(options(name), read(t, name))
		file := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(name), ".pcap")+".wire")
		golden(t, file, r.Document())
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s is another one (-update rewrites it):\n%s", file, got)
	}
}

// parse makes the records of a document of the notation.
func parse(t *testing.T, doc string) []*codec.Record {
	t.Helper()
	var list []*codec.Record
	for w, err := range decode.Document("doc", strings.NewReader(doc), decode.Options{}, codec.ToServer) {
		if err != nil {
			t.Fatal(err)
		}
		kept := *w.Record
		kept.Bytes = append([]byte{}, kept.Bytes...)
		if kept.Frame != nil {
			kept.Frame = kept.Frame.Clone()
		}
		list = append(list, &kept)
	}
	return list
}

// document returns the document of records without the line @recorded, and
// without brackets.
func document(r *Recorder) string {
	var out []string
	for l := range strings.Lines(string(r.Document())) {
		if i := strings.Index(l, "] "); i > 0 && strings.Contains("<>", l[:1]) {
			l = l[:2] + l[i+2:]
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

// TestDocument shows what becomes of values.
func TestDocument(t *testing.T) {
	const u = "00000000-0000-4000-8000-00000000000"
	for _, c := range []struct{ name, in, want string }{
		{
			"a tid, its use and its successor",
			"@proto zeo dialect=Z5\n< reply 3 x\"040d26c7592471ff\"\n> call 4 history(oid'0000000000000001', tid'040d26c759247200')\n> call 5 f(x\"040d26c7592471ff\", x\"040d26c7592471ff\")\n",
			"@proto zeo dialect=Z5\n< reply 3 x\"{{tid1}}\"\n> call 4 history(oid'0000000000000001', x\"${tid1+0x1}\")\n> call 5 f(x\"$tid1\", x\"$tid1\")\n",
		},
		{
			"a tid that nobody needs, and one that was sent first",
			"@proto zeo dialect=Z5\n> call 1 f(tid'040d26c759247100')\n< reply 1 (x\"040d26c759247200\", x\"040d26c759247100\")\n",
			"@proto zeo dialect=Z5\n> call 1 f(x\"040d26c759247100\")\n< reply 1 (x\"{{*}}\", x\"040d26c759247100\")\n",
		},
		{
			"a tid that the client made up after one of the server's",
			"@proto zeo dialect=Z5\n< reply 1 x\"040d26c759247200\"\n> call 2 tpc_begin(1, tid'040d26c759247303')\n< reply 2 x\"040d26c759247303\"\n",
			"@proto zeo dialect=Z5\n< reply 1 x\"{{tid1}}\"\n> call 2 tpc_begin(1, x\"${tid1+0x103}\")\n< reply 2 x\"${tid1+0x103}\"\n",
		},
		{
			"what is in no order, and the storage's own",
			"@proto zeo dialect=Z5\n> call 1 get_info()\n< reply 1 {\"size\": 4, \"length\": 0, \"name\": \"a\", \"interfaces\": ((\"b\", \"c\"),)}\n",
			"@proto zeo dialect=Z5\n> call 1 get_info()\n< reply 1 {\"size\": {{*}}, \"length\": 0, \"name\": \"{{*}}\", \"interfaces\": {{*}}}\n",
		},
		{
			"twice in a line",
			"@proto zeo dialect=Z5\n< reply 1 (x\"040d26c759247200\", x\"040d26c759247200\")\n> call 1 f(tid'040d26c759247200')\n",
			"@proto zeo dialect=Z5\n< reply 1 (x\"{{tid1}}\", x\"{{*}}\")\n> call 1 f(x\"$tid1\")\n",
		},
		{
			"oids that were handed out, and what only looks like one",
			"@proto zeo dialect=Z5\n> call 5 new_oids()\n< reply 5 [x\"0000000000000001\", x\"0000000000000002\"]\n> oneway 0 storea(oid'0000000000000002', tid'0000000000000002', b\"d\", 1)\n",
			"@proto zeo dialect=Z5\n> call 5 new_oids()\n< reply 5 [x\"{{*}}\", x\"{{oid1}}\"]\n> oneway 0 storea(oid'$oid1', tid'0000000000000002', b\"d\", 1)\n",
		},
		{
			"the number of somebody else's message",
			"@proto msgq\n< {\"type\": \"send\", \"from\": \"6b_9@h\", \"to\": \"6b_1@h\", \"seq\": 7} {}\n> {\"type\": \"send\", \"from\": \"6b_1@h\", \"to\": \"6b_9@h\", \"seq\": 7, \"reply\": 7} {}\n",
			"@proto msgq dialect=json\n< {\"type\": \"send\", \"from\": \"{{lname1}}\", \"to\": \"{{lname2}}\", \"seq\": {{seq1}}} {}\n> {\"type\": \"send\", \"from\": \"$lname2\", \"to\": \"$lname1\", \"seq\": 7, \"reply\": $seq1} {}\n",
		},
		{
			"UUIDs and times",
			"@proto emqp\n> READY id=" + u + "1\n> INFORM id=" + u + "2 type=worker [[10, \"default\"]]\n< ACK id=" + u + "3 acked=" + u + "2\n< HEARTBEAT id=" + u + "4 timestamp=1795211120.25\n> HEARTBEAT id=" + u + "5 timestamp=1795211120.5\n",
			"@proto emqp\n> READY id={{uuid}}\n@set id1={{uuid}}\n> INFORM id=$id1 type=worker [[10, \"default\"]]\n< ACK id={{*}} acked=$id1\n@optional\n< HEARTBEAT id={{*}} timestamp={{*}}\n> HEARTBEAT id={{uuid}} timestamp={{now}}\n",
		},
		{
			"tokens of streams",
			"@proto synapse dialect=v1.12\n< RDATA events 54 [\"$ab:h\"]\n< RDATA typing 54 [\"$ab:h\"]\n< POSITION events 54\n> REPLICATE events 54\n< RDATA events batch [\"$ab:h\"]\n",
			"@proto synapse dialect=v1.12\n< RDATA events {{token1}} [\"$ab:h\"]\n< RDATA typing {{*}} [\"$ab:h\"]\n< POSITION events $token1\n> REPLICATE events $token1\n< RDATA events batch [\"$ab:h\"]\n",
		},
		{
			"texts that look like what documents have of their own",
			"@proto zeo dialect=Z5\n< reply 1 (x\"040d26c759247200\", \"$tid1 $tid ${tix2} {{a}} {{tid3:x*}} {{\")\n> call 1 f(tid'040d26c759247200', \"$tid1 $tid {{tid1}}\")\n< raw a$tid {{x}} * /(/\n",
			"@proto zeo dialect=Z5\n< reply 1 (x\"{{tid2}}\", \"$tid1 $tid ${tix2} {{:{{a}?}} {{:{{tid3:x\\*}?}} {{\")\n> call 1 f(x\"$tid2\", \"$$tid1 $$tid {{tid1}}\")\n# offset 41: no frame, says the document\n< raw a\\x24tid \\x7b{x}} \\x2a \\x2f(/\n",
		},
	} {
		r, _ := recorded(Options{Lookup: registry.Lookup}, parse(t, c.in))
		got := document(r)
		if i := strings.Index(got, "# offset"); i >= 0 { // its words are not ours
			end := i + strings.IndexByte(got[i:], '\n')
			got = got[:i] + "# offset 41: no frame, says the document" + got[end:]
		}
		if got != c.want {
			t.Errorf("%s:\n got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestCompare has two recordings of a run.
func TestCompare(t *testing.T) {
	const head = "@proto msgq\n"
	a, _ := recorded(Options{Lookup: registry.Lookup}, parse(t, head+
		"> {\"type\": \"send\", \"n\": 5, \"at\": 1795211120} {}\n"+
		"< {\"type\": \"send\"} {\"ticket\": \"t-17\", \"load\": 0.5, \"list\": [1, 2], \"same\": 3}\n"+
		"< {\"type\": \"pong\"}\n"+
		"> {\"type\": \"send\", \"ticket\": \"t-17\"} {\"of\": [\"t-17\"]}\n"))
	b, _ := recorded(Options{Lookup: registry.Lookup}, parse(t, head+
		"> {\"type\": \"send\", \"n\": 6, \"at\": 1795211130} {}\n"+
		"< {\"type\": \"send\"} {\"ticket\": \"t-18\", \"load\": 0.25, \"list\": [1], \"same\": 3}\n"+
		"> {\"type\": \"send\", \"ticket\": \"t-18\"} {\"of\": [\"t-18\"]}\n"))
	a.Compare(b)
	want := "@proto msgq dialect=json\n" +
		"@set now1={{now}}\n" +
		"# Another recording has otherwise: header.n\n" +
		"> {\"type\": \"send\", \"n\": 5, \"at\": $now1} {}\n" +
		"< {\"type\": \"send\"} {\"ticket\": \"{{ticket1}}\", \"load\": {{*}}, \"list\": {{*}}, \"same\": 3}\n" +
		"@optional\n" +
		"< {\"type\": \"pong\"}\n" +
		"> {\"type\": \"send\", \"ticket\": \"$ticket1\"} {\"of\": [\"$ticket1\"]}\n"
	if got := document(a); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestWindow leaves out conversations and times.
func TestWindow(t *testing.T) {
	all := read(t, "msgq/captures/s01_getlname.pcap")
	for _, c := range []struct {
		conns    []int
		from, to time.Duration
		lines    int
	}{
		{nil, 0, 0, 12},
		{[]int{1}, 0, 0, 4},
		{[]int{2, 3}, 0, 0, 4},
		{nil, 5 * time.Millisecond, 0, 10},
		{nil, 0, 5 * time.Millisecond, 2},
	} {
		o := options("s01")
		o.Conns, o.From, o.To = c.conns, c.from, c.to
		if r, _ := recorded(o, all); r.Lines() != c.lines {
			t.Errorf("%+v: %d lines", c, r.Lines())
		}
	}
}
