package capture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
)

// TestSamples reads what real programs printed of the same bytes.
func TestSamples(t *testing.T) {
	want := string(testdata.Read(t, "capture/sample.bin"))
	for name, tt := range map[string]struct {
		format Format
		auto   bool // the format is found out
	}{
		"xxd": {XXD, true}, "xxd-a": {XXD, true}, "xxd-c8": {XXD, true}, "hex": {Hex, true}, "c": {CArray, false},
		"hexdump-C": {Hexdump, true}, "hexdump": {Hexdump, false},
		"od-x": {OD, false}, "od-tx1": {OD, false}, "od-Ax-tx4": {OD, false}, "od-Ad-tx1z": {OD, false}, "od-An-tx1": {OD, false},
		"base64": {Base64, false}, "py": {PyBytes, false}, "go": {GoQuoted, false},
	} {
		text := testdata.Read(t, "capture/sample."+name+".txt")
		for _, format := range []Format{tt.format, Auto} {
			if format == Auto && !tt.auto {
				continue
			}
			s := open(t, name, text, Options{Format: format})
			got, errs := collect(t, s)
			if got["1>"] != want || errs != nil || s.Info().Format != tt.format {
				t.Errorf("%s as %v: %d bytes, want %d; %v; %s", name, format, len(got["1>"]), len(want), errs, s.Info().Why)
			}
		}
		if got, err := Decode(tt.format, text); err != nil || string(got) != want {
			t.Errorf("%s: Decode gives %d bytes, %v", name, len(got), err)
		}
	}
}

// TestPacketTexts wants of each text about a capture what the capture says.
func TestPacketTexts(t *testing.T) {
	want, errs := collect(t, open(t, "pcap", testdata.Read(t, "hg/captures/seed/heads.pcap"), Options{}))
	if errs != nil || len(want) != 2 {
		t.Fatalf("%q %v", want, errs)
	}
	for name, format := range map[string]Format{
		"tcpdump-X": Tcpdump, "tcpdump-XX": Tcpdump, "tcpdump-x": Tcpdump, "tcpdump-vX": Tcpdump,
		"follow-raw": Follow, "follow-hex": Follow, "follow-yaml": Follow,
	} {
		formats := []Format{format, Auto}
		if name == "follow-yaml" {
			formats = formats[:1]
		}
		for _, f := range formats {
			s := open(t, name, testdata.Read(t, "capture/"+name+".txt"), Options{Format: f})
			got, errs := collect(t, s)
			if errs != nil && name != "tcpdump-vX" || got["1>"] != want["1>"] || got["1<"] != want["1<"] || len(got) != 2 || s.Info().Format != format {
				t.Errorf("%s as %v: %v %q %v", name, f, s.Info().Format, got, errs)
			}
		}
	}
	got, errs := collect(t, open(t, "f", testdata.Read(t, "capture/follow-ascii.txt"), Options{}))
	if len(got) > 1 || len(errs) != 1 || !strings.Contains(errs[0].Error(), "follow,tcp,raw") {
		t.Errorf("ascii: %q %v", got, errs)
	}
}

// TestTextEvents wants ends and times where the text tells them.
func TestTextEvents(t *testing.T) {
	for name, want := range map[string]string{
		"tcpdump-XX":  "127.0.0.1:55902 127.0.0.1:28481 2026-11-20 22:06:57.984282",
		"tcpdump-x":   "127.0.0.1:55902 127.0.0.1:28481 2026-11-20 22:06:57.984282",
		"tcpdump-X":   "127.0.0.1:55902 127.0.0.1:28481 1970-01-01 22:06:57.984282",
		"follow-raw":  "127.0.0.1:55902 127.0.0.1:28481 0001-01-01 00:00:00",
		"follow-yaml": "127.0.0.1:55902 127.0.0.1:28481 2026-11-20 22:06:57.985096931",
		"strace-xx":   "process 1065 127.0.0.1:37997 2026-11-21 00:20:21.778497",
	} {
		format := Auto
		if name == "follow-yaml" {
			format = Follow
		}
		s := open(t, name, testdata.Read(t, "capture/"+name+".txt"), Options{Format: format})
		for e, err := range s.Events() {
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%v %v %s", e.Conn.Client, e.Conn.Server, e.Conn.Start.Format("2006-01-02 15:04:05.999999999")); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			break
		}
	}
}

func TestStrace(t *testing.T) {
	const sent, got = "NAME w\"orker\\1\nREPLICATE events 5\n", "SERVER example.com\n\x00\x01bin\"\\\xff\n"
	for _, name := range []string{"strace-xx", "strace-plain"} {
		text := string(testdata.Read(t, "capture/"+name+".txt"))
		for _, text := range []string{text, `read(3, "\177ELF\2\1"..., 832) = 832` + "\n" + text} {
			out, errs := collect(t, open(t, name, []byte(text), Options{Format: Strace}))
			if errs != nil || out["1>"] != sent || out["1<"] != got || len(out) != 2 {
				t.Errorf("%s: %q %v", name, out, errs)
			}
		}
	}
	for name, tt := range map[string]struct{ text, up, down string }{
		"only write":  {"write(5, \"abc\", 3) = 3\nwrite(5, \"\\x64\", 1) = 1\n", "abcd", ""},
		"cut strings": {"write(5, \"ab\"..., 7) = 7\nwrite(5, \"c\", 1) = 1\n", "ab(gap)c", ""},
		"in part":     {"write(5, \"abc\", 3) = 2\nwrite(5, \"c\", 1) = 1\n", "abc", ""},
		"failed":      {"write(5, \"abc\", 3) = -1 EAGAIN (Resource temporarily unavailable)\nwrite(5, \"abc\", 3) = 3\n", "abc", ""},
		"vectors":     {"writev(5, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"c\", iov_len=1}], 2) = 3\n", "abc", ""},
		"message":     {"recvmsg(5, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"abc\", iov_len=100}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 3\n", "", "abc"},
		"a server":    {"accept4(3, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr(\"10.0.0.1\")}, [16], 0) = 5\nread(5, \"abc\", 9) = 3\nwrite(5, \"d\", 1) = 1\n", "abc", "d"},
		"unfinished":  {"[pid 7] read(5,  <unfinished ...>\n[pid 8] +++ exited with 0 +++\n[pid 7] <... read resumed>\"abc\", 9) = 3\n", "", "abc"},
	} {
		out, errs := collect(t, open(t, name, []byte(tt.text), Options{Format: Strace}))
		if errs != nil || out["1>"] != tt.up || out["1<"] != tt.down {
			t.Errorf("%s: %q %v", name, out, errs)
		}
	}
}

func TestRedis(t *testing.T) {
	s := open(t, "redis", testdata.Read(t, "capture/redis-monitor.txt"), Options{})
	got, errs := collect(t, s)
	lines := strings.Split(got["1>"], "\n")
	if errs != nil || len(lines) != 69 || len(got) != 1 || s.Info().Format != Redis {
		t.Fatalf("%d lines, %v, %v", len(lines), errs, s.Info())
	}
	for i, want := range map[int]string{0: "ERROR server shutting down", 3: "ERROR "} {
		if lines[i] != want {
			t.Errorf("line %d: %q, want %q", i, lines[i], want)
		}
	}
	for _, want := range []string{"REMOTE_SERVER_UP tab\there", "FEDERATION_ACK \xc3\xbc 1795211278323", "REMOTE_SERVER_UP x\r"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q", want)
		}
	}
}

func TestLog(t *testing.T) {
	for name, tt := range map[string]struct{ pattern, text, up, down string }{
		"own pattern": {`^(?P<time>\S+) (?P<dir>[<>]) (?P<data>.*)$`, "2026-01-02T03:04:05Z > abc\nnoise\n2026-01-02T03:04:05Z < b'\\x00\"'\n", "abc", "\x00\""},
		"arrow":       {"arrow", "03:04:05.5 -> abc\n<- def\n", "abc", "def"},
		"words":       {"words", "2026 INFO sent 3 bytes: b'ab\\n'\n2026 INFO Received: \"c\\td\"\nDEBUG recv 00 ff\n", "ab\n", "c\td\x00\xff"},
		"python":      {"python", "got b'ab' from peer\n", "ab", ""},
		"synapse": {"synapse", "2026-11-20 21:47:31,910 - synapse.replication.tcp.handler - 570 - DEBUG - replication-conn-glJdV - Handling 'POSITION events master 1 1'\n",
			"POSITION events master 1 1\n", ""},
		"hex":    {`hex=(?P<hex>\S*)`, "a hex=616263 b\n", "abc", ""},
		"base64": {`b=(?P<base64>\S*)`, "b=YWJj\n", "abc", ""},
	} {
		got, errs := collect(t, open(t, name, []byte(tt.text), Options{LogPattern: tt.pattern}))
		if errs != nil || got["1>"] != tt.up || got["1<"] != tt.down {
			t.Errorf("%s: %q %v", name, got, errs)
		}
	}
	for pattern, want := range map[string]string{"": "wants a pattern", "(": "log pattern", "abc": "no group", "(?P<dat>.)": "none of"} {
		if _, err := Open("log", strings.NewReader(""), Options{Format: Log, LogPattern: pattern}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
	}
}

// TestWiresharkC reads the arrays that Wireshark exports of a conversation.
func TestWiresharkC(t *testing.T) {
	got, errs := collect(t, open(t, "c", []byte("char peer0_0[] = { /* Packet 4 */\n0x61, 0x62, \n0x63 };\nchar peer1_0[] = { /* Packet 6 */\n0x7a };\n"), Options{Format: CArray}))
	if errs != nil || got["1>"] != "abc" || got["1<"] != "z" {
		t.Errorf("%q %v", got, errs)
	}
}

// TestTextDamage wants what is wrong told with its place, and the rest read.
func TestTextDamage(t *testing.T) {
	for format, tt := range map[Format]struct{ text, want, err string }{
		Hex:      {"6162\n6x\n63\n", "abc", "in: offset 6: line 2, column 2: "},
		XXD:      {"00000000: 6162 63  abc\n00000010: 64zz  d\n00000020: 65  e\n", "abc(gap)(gap)e", "line 2, column 13"},
		Base64:   {"YWJj\n!\n", "abc", "line 2, column 1: "},
		PyBytes:  {"b'ab'\nb'c\nb'd'\n", "abcd", "no closing quote"},
		CArray:   {"{1, 300, 2}", "\x01", `"300" is no number of one byte`},
		GoQuoted: {"\"a\"\n\"\\z\"\n\"b\"\n", "ab", "line 2"},
		Redis:    {"x\n1700000000.000001 [0 1.2.3.4:5] \"publish\" \"a\" \"b\"\n", "b\n", "MONITOR begins"},
		OD:       {"0000000 61 62\n*\n7777777777777 61\n", "ab", "over the limit"},
	} {
		got, errs := collect(t, open(t, "in", []byte(tt.text), Options{Format: format}))
		if got["1>"] != tt.want || len(errs) == 0 || !strings.Contains(errs[0].Error(), tt.err) {
			t.Errorf("%v: %q %v", format, got, errs)
		}
	}
}

// FuzzText gives anything to the parsers of texts: the bytes do not depend
// on how the lines were read, and nothing panics.
func FuzzText(f *testing.F) {
	for _, name := range []string{"sample.xxd-a", "sample.hexdump-C", "sample.od-x", "sample.c", "sample.go", "tcpdump-X", "follow-hex", "follow-yaml", "strace-xx", "redis-monitor"} {
		text := testdata.Read(f, "capture/"+name+".txt")
		for format := Hex; format < Pcap; format++ {
			f.Add(byte(format), text[:min(len(text), 600)])
		}
	}
	f.Fuzz(func(t *testing.T, format byte, text []byte) {
		s, err := Open("x", bytes.NewReader(text), Options{Format: Hex + Format(format)%(Pcap-Hex), LogPattern: "words"})
		if err != nil {
			return
		}
		n := 0
		for e, err := range s.Events() {
			if err == nil {
				n += len(e.Data)
			}
		}
		if n > 64*len(text)+64<<20 {
			t.Errorf("%d bytes of %d", n, len(text))
		}
	})
}
