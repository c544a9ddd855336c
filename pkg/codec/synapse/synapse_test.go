package synapse_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

// cut returns the records of b, fed in pieces of the given size.
func cut(t testing.TB, dialect string, b []byte, size int) []record {
	t.Helper()
	c := open(t, dialect)
	s := codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient)
	var out []record
	drain := func() {
		for {
			r, ok := s.Next()
			if !ok {
				return
			}
			out = append(out, newRecord(c, &r))
		}
	}
	for len(b) > 0 {
		n := min(size, len(b))
		s.Feed(bytes.Clone(b[:n]))
		drain()
		b = b[n:]
	}
	s.End()
	drain()
	return out
}

func show(rs []record) []string {
	var out []string
	for _, r := range rs {
		out = append(out, fmt.Sprintf("%v %s %q %q %s %v %v", r.span, r.kind, r.dialect, r.text, r.fields, r.fault, r.findings))
	}
	return out
}

// session holds lines of all kinds, good and bad.
const session = "SERVER example.com\nPING 1490197665618\nPOSITION events master 5 5\n" +
	"RDATA events master batch [\"ev\",[\"$a\",\"!r\",\"m\",null,null,null,null,false,false]]\n" +
	"RDATA events master 7 [\"ev\",[\"$b\",\"!r\",\"m\",null,null,null,null,false,false]]\n" +
	"\n  \nBOGUS x\nPING\nRDATA events 5 [1]\nNAME \xff\nNAME a\x00b\r\nRDATA events master 6 {oops\n" +
	"USER_IP @a:s [\"secret\",\"ip\",\"ua\",null,5]\n!check=on x\nPOSITION events master 9 9\nERROR cut"

func TestChunkingInvariance(t *testing.T) {
	for _, dialect := range []string{"", "seed", "v1.66"} {
		whole := show(cut(t, dialect, []byte(session), len(session)))
		if len(whole) != strings.Count(session, "\n")+1 {
			t.Fatalf("%d records", len(whole))
		}
		for _, size := range []int{1, 2, 3, 7, 64} {
			if got := show(cut(t, dialect, []byte(session), size)); !slices.Equal(got, whole) {
				t.Errorf("%q in pieces of %d:\n%s\nnot\n%s", dialect, size, strings.Join(got, "\n"), strings.Join(whole, "\n"))
			}
		}
	}
}

func TestPrefixesAreShort(t *testing.T) {
	line := []byte("RDATA events master 54 [\"a\"]\n")
	d := open(t, "").Decoder(codec.ToClient)
	for i := range line {
		if f, n, err := d.Decode(line[:i], false); f != nil || n != 0 || !errors.Is(err, codec.ErrShort) {
			t.Errorf("%q: %v %d %v", line[:i], f, n, err)
		}
	}
	if f, n, err := d.Decode(line, false); f == nil || n != len(line) || err != nil {
		t.Errorf("%v %d %v", f, n, err)
	}
}

func TestLimits(t *testing.T) {
	long := append(append([]byte("NAME "), bytes.Repeat([]byte("x"), 17000)...), '\n')
	f, fault := one(t, "v1.66", codec.ToServer, long)
	if fault != nil || !has(f, "over-long") {
		t.Errorf("a line of %d bytes: %v, %v", len(long), fault, f.AppendFindings(nil))
	}
	exact := append(append([]byte("NAME "), bytes.Repeat([]byte("x"), 16384-5)...), '\n')
	if f, fault := one(t, "v1.66", codec.ToServer, exact); fault != nil || has(f, "over-long") {
		t.Errorf("a line of 16384 bytes: %v", fault)
	}

	huge := append(bytes.Repeat([]byte("x"), codec.DefaultMaxFrame+10), "\nPING 1\n"...)
	for _, size := range []int{len(huge), 70000, 4096} {
		rs := cut(t, "", huge, size)
		last := rs[len(rs)-1]
		if last.kind != "PING" || rs[0].fault == nil || rs[0].fault.Code != codec.CodeLimit {
			t.Fatalf("pieces of %d: %v, the last a %s", size, rs[0].fault, last.kind)
		}
		var total int64
		for _, r := range rs {
			total += r.span.Len()
		}
		if total != int64(len(huge)) {
			t.Errorf("pieces of %d: %d of %d bytes", size, total, len(huge))
		}
	}
}

func has(f codec.Frame, code string) bool {
	return slices.ContainsFunc(f.AppendFindings(nil), func(x codec.Finding) bool { return x.Code == code })
}

// allocated returns the bytes that use allocates.
func allocated(use func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	use()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileLines(t *testing.T) {
	deep := []byte("RDATA events master 5 " + strings.Repeat("[", 16000) + "\n")
	d := open(t, "v1.66").Decoder(codec.ToClient)
	var n int
	var err error
	if got := allocated(func() { _, n, err = d.Decode(deep, true) }); got > 64<<10 {
		t.Errorf("%d bytes for a deep line", got)
	}
	if n != len(deep) || err == nil {
		t.Fatalf("%d %v", n, err)
	}
	if e := err.(*codec.SyntaxError); e.Code != codec.CodeLimit || e.Path == "" {
		t.Errorf("%v", e)
	}
	many := strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(&many, "RDATA s%d master 5 []\n", i)
	}
	c := open(t, "v1.66")
	walk(t, c.Decoder(codec.ToClient), []byte(many.String()), func(codec.Frame) {})
	if _, rows := c.(codec.Summarizer).Summary(); len(rows) != 512 {
		t.Errorf("%d streams are followed", len(rows))
	}
}

func TestSync(t *testing.T) {
	d := open(t, "").Decoder(codec.ToClient)
	for _, tt := range []struct {
		src   string
		atEOF bool
		n     int
		ok    bool
	}{
		{"PING 1\n", false, 0, true},
		{"REPLICATE\nPING 1\n", false, 0, true},
		{"PIN", false, 0, false},
		{"PIN", true, 3, false},
		{"PINGS\nPING 1\n", false, 6, true},
		{"ents 5 [1]\nPING", false, 11, true},
		{"ents 5 [1]\n", false, 11, true},
		{"no end", false, 0, false},
		{"no end", true, 6, false},
		{strings.Repeat("x", 70000), false, 64 << 10, false},
	} {
		if n, ok := d.Sync([]byte(tt.src), tt.atEOF); n != tt.n || ok != tt.ok {
			t.Errorf("%.20q: %d %v, not %d %v", tt.src, n, ok, tt.n, tt.ok)
		}
	}
}

func TestGap(t *testing.T) {
	c := open(t, "v1.66")
	s := codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient)
	s.Feed([]byte("RDATA events master batch [1]\nRDATA even"))
	var got []string
	drain := func() {
		for {
			r, ok := s.Next()
			if !ok {
				return
			}
			kind := "gap"
			if r.Bytes != nil {
				kind = "raw"
			}
			if r.Frame != nil {
				kind = r.Frame.Type()
				if has(r.Frame, "token-gap") || has(r.Frame, "batch-open") {
					t.Errorf("%s: what came before the gap is not known", kind)
				}
			}
			got = append(got, fmt.Sprint(kind, r.Span))
		}
	}
	drain()
	s.Gap(100)
	drain()
	s.Feed([]byte("rest\nPOSITION events master 50 50\n"))
	drain()
	s.End()
	drain()
	want := []string{"RDATA{0 30}", "RDATA{30 40}", "gap{40 140}", "raw{140 145}", "POSITION{145 174}"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestFieldsTile(t *testing.T) {
	for _, line := range bytes.SplitAfter([]byte(session), []byte("\n")) {
		for _, dialect := range []string{"", "seed", "v1.66"} {
			for _, v := range []codec.View{{}, {Depth: 4}, {Depth: 4, Secrets: true}} {
				f, _ := one(t, dialect, codec.ToClient, line)
				tile(t, line, f.AppendFields(nil, 1000, v), 0, 1000, 1000+int64(len(line)))
			}
		}
	}
}

// tile checks that the fields of a depth cover start to end.
func tile(t *testing.T, line []byte, fields []codec.Field, depth int, start, end int64) {
	t.Helper()
	at := start
	for i := 0; i < len(fields); {
		f := fields[i]
		if f.Depth != depth || f.Span.Start != at || f.Span.Len() < 0 {
			t.Fatalf("%q: field %+v at depth %d, offset %d", line, f, depth, at)
		}
		at = f.Span.End
		j := i + 1
		for j < len(fields) && fields[j].Depth > depth {
			j++
		}
		if j > i+1 {
			tile(t, line, fields[i+1:j], depth+1, f.Span.Start, f.Span.End)
		}
		i = j
	}
	if at != end && len(fields) > 0 || len(fields) == 0 && start != end {
		t.Fatalf("%q: the fields of depth %d end at %d, not %d", line, depth, at, end)
	}
}

func TestClone(t *testing.T) {
	line := []byte("RDATA events master 54 [\"a\"]\n")
	f, _ := one(t, "v1.66", codec.ToClient, line)
	g := f.Clone()
	want := string(g.AppendJSON(nil, codec.View{}))
	for i := range line {
		line[i] = 'x'
	}
	if got, _ := g.AppendBinary(nil); string(got) != "RDATA events master 54 [\"a\"]\n" || string(g.AppendJSON(nil, codec.View{})) != want {
		t.Errorf("the clone changed: %q", got)
	}
}

func TestTypes(t *testing.T) {
	for line, want := range map[string]string{
		"BOGUS x": "BOGUS", "": "blank", " \t": "blank", "ping 1": "unknown", "\xff": "unknown", "RDATA\tx": "unknown",
		"PING": "PING", "NAME \xff": "NAME",
	} {
		if f, _ := one(t, "", codec.ToServer, []byte(line+"\n")); f.Type() != want {
			t.Errorf("%q: %s, not %s", line, f.Type(), want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ dialect, line, want string }{
		{"v1.66", "BOGUS x", `offset 0: a command expected, not "BOGUS"`},
		{"v1.66", "PNIG x", `offset 0: a command expected, not "PNIG"; PING is one`},
		{"v1.66", "HTTP/1.1 400 Bad Request\r", `offset 0: a command expected, not "HTTP/1.1": this looks like HTTP`},
		{"v1.66", "*3", `offset 0: a command expected, not "*3": this looks like the Redis protocol`},
		{"v1.66", "SYNC x", "offset 0: v1.66 has no command SYNC; it is one of seed to v1.12"},
		{"v1.12", "PING", "offset 4: a space expected after PING: without it v1.12 closes the connection; v1.13 on would take it"},
		{"v1.66", "RDATA events 5 [1]", "offset 18 in token: RDATA has 3 of the 4 fields stream_name, instance_name, token, row; seed to v1.12 would take it"},
		{"v1.66", "RDATA events master 5x [1]", `offset 21 in token: an integer or "batch" expected, not "5x"`},
		{"v1.66", "USER_SYNC i @a:s stop 5", `offset 17 in is_syncing: "start" or "end" expected, not "stop"`},
		{"v1.66", "FEDERATION_ACK a 1 2", "offset 18 in token: FEDERATION_ACK has more than the 2 fields instance_name, token"},
		{"v1.12", "REPLICATE events Now", `offset 17 in token: an integer or "NOW" expected, not "Now"; v1.13 on would take it`},
		{"v1.66", `USER_IP @a:s ["t"]`, "offset 13 in json: 5 values expected (access_token, ip, user_agent, device_id, last_seen), not 1"},
		{"v1.66", `USER_IP @a:s 5`, "offset 13 in json: a list of access_token, ip, user_agent, device_id, last_seen expected"},
		{"v1.66", "RDATA events master 5 [NaN]", `offset 23 in row[0]: a value expected, not "N"; v1.13 to v1.21 would take it`},
		{"v1.0", "RDATA events 5 [\"a\tb\"]", "offset 18 in row[0]: a raw control character 0x09 in a string; seed to v0.22 would take it"},
		{"v1.66", "NAME a\xffb", "offset 6: UTF-8 expected, not the byte ff: the program drops the connection"},
		{"v1.66", "", "offset 0: a command expected, not a blank line: a connection of v1.66 ends here"},
	} {
		_, fault := one(t, tt.dialect, codec.ToServer, []byte(tt.line+"\n"))
		if got := fmt.Sprint(fault); got != tt.want {
			t.Errorf("%s %q:\n got %s\nwant %s", tt.dialect, tt.line, got, tt.want)
		}
	}
}

func TestCaptureDialects(t *testing.T) {
	for file, want := range map[string]string{
		"seed-normal": "seed", "v0.21-normal": "v0.21", "v0.21-long": "v0.21", "v1.0-normal": "v1.0",
		"v1.66-full-workers": "v1.66", "v1.66-main-restart": "v1.66",
	} {
		talks := map[int]*talk{}
		for _, s := range segments(t, testdata.Read(t, "synapse/captures/"+file+".pcap")) {
			if talks[s.conn] == nil {
				talks[s.conn] = newTalk(t, "")
			}
			st := talks[s.conn].streams[s.dir]
			st.Feed(s.data)
			for ok := true; ok; {
				_, ok = st.Next()
			}
		}
		for conn, k := range talks {
			if got, why := k.conv.Dialect(); got != want || why == "" {
				t.Errorf("%s, connection %d: %s (%s), not %s", file, conn, got, why, want)
			}
		}
	}
}

func TestDialect(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{[]string{"SERVER x", "PING 1", "NAME y"}, ""},
		{[]string{"USER_SYNC @a:s start"}, "seed"},
		{[]string{"USER_SYNC @a:s start 5"}, "v1.12"},
		{[]string{`RDATA events 5 ["$a","!r","m",null,null]`}, "v0.21"},
		{[]string{`RDATA receipts 5 ["!r", "m.read"]`}, "v1.12"},
		{[]string{"USER_IP @a:s tok 1.2.3.4 DEV 5 Mozilla x"}, "v0.22"},
		{[]string{"REPLICATE "}, "v1.66"},
		{[]string{"POSITION events master 5"}, "v1.18"},
		{[]string{"POSITION events master 5", "FEDERATION_ACK 7"}, "v1.13"},
		{[]string{"POSITION events master 5 6", "REMOVE_PUSHER a b c"}, "v1.22"},
		{[]string{"POSITION events master 5 6"}, "v1.66"},
		{[]string{`LOCK_RELEASED ["a","b","c"]`}, "v1.98"},
		{[]string{"REPLICATE ", "REPLICATE events 5", "USER_SYNC @a:s start 5", "RDATA events 5 [1]"}, "v1.12"},
	} {
		c := open(t, "")
		for _, l := range tt.lines {
			_, _, _ = c.Decoder(codec.ToServer).Decode([]byte(l+"\n"), true)
		}
		if got, why := c.Dialect(); got != tt.want {
			t.Errorf("%q: %q (%s), not %q", tt.lines, got, why, tt.want)
		}
	}
	if got, why := open(t, "v1.66.0").Dialect(); got != "v1.66" || why == "" {
		t.Errorf("asked for: %s %s", got, why)
	}
	if _, err := (synapse.Protocol{}).Open(codec.Options{Dialect: "v9"}); err == nil {
		t.Error("the dialect v9 is taken")
	}
}
