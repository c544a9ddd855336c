package http1

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

const (
	up   = codec.ToServer
	down = codec.ToClient
)

// A script collects parts as text: adjacent bytes as one.
type script struct {
	t    testing.TB
	c    *Conversation
	out  []string
	last string // what the last entry is of
}

func (s *script) add(parts []Part) {
	s.t.Helper()
	for _, p := range parts {
		key, text := "", ""
		switch p.Kind {
		case HeadPart:
			text = p.Head.Method + p.Head.Target
			if p.Head.Status != 0 {
				text = fmt.Sprintf("%d", p.Head.Status)
			}
			text = fmt.Sprintf("%v%d %s", p.Dir, p.Exchange, text)
		case BodyPart:
			key = fmt.Sprintf("%v%d body ", p.Dir, p.Exchange)
			text = string(p.Data)
		case GapPart:
			text = fmt.Sprintf("%v%d gap %d", p.Dir, p.Exchange, p.Gap)
		case EndPart:
			text = strings.TrimSpace(fmt.Sprintf("%v%d end %s", p.Dir, p.Exchange, p.Why))
		case SkipPart:
			key = fmt.Sprintf("%v skip ", p.Dir)
			text = string(p.Data)
			if p.Why == "" || len(p.Data) == 0 {
				s.t.Errorf("skip part %q because %q", p.Data, p.Why)
			}
		case LossPart:
			text = fmt.Sprintf("%v loss %d", p.Dir, p.Gap)
		}
		if key != "" && key == s.last {
			s.out[len(s.out)-1] += text
			continue
		}
		s.last = key
		s.out = append(s.out, key+text)
	}
}

// run plays lines: ">text", "<text", ">-5" for a gap of 5, in pieces of n
// bytes, and then the end of both directions.
func run(t testing.TB, joined bool, n int, lines []string) string {
	t.Helper()
	s := script{t: t, c: New(joined)}
	for _, l := range lines {
		d := codec.Direction(l[0])
		var gap int64
		if _, err := fmt.Sscanf(l[1:], "-%d", &gap); err == nil {
			s.add(s.c.Gap(d, gap))
			continue
		}
		for b := []byte(strings.NewReplacer("|", "\r\n").Replace(l[1:])); len(b) > 0; b = b[min(n, len(b)):] {
			piece := append([]byte(nil), b[:min(n, len(b))]...)
			s.add(s.c.Feed(d, piece))
			clear(piece) // what is borrowed is not to be kept
		}
	}
	s.add(s.c.End(up))
	s.add(s.c.End(down))
	return strings.Join(s.out, "\n")
}

func TestConversation(t *testing.T) {
	tests := []struct {
		name   string
		joined bool
		lines  []string
		want   string
	}{
		{name: "lengths and keep-alive", lines: []string{
			">POST /a HTTP/1.1|Content-Length: 3||abc", "<HTTP/1.1 200 OK|content-length: 2||xy",
			">GET /b HTTP/1.1||", "<HTTP/1.1 404 Not Found|Content-Length: 0||"},
			want: ">1 POST/a\n>1 body abc\n>1 end\n<1 200\n<1 body xy\n<1 end\n>2 GET/b\n>2 end\n<2 404\n<2 end"},
		{name: "chunks", lines: []string{
			">POST /a HTTP/1.1|Transfer-Encoding: chunked||3|abc|2;x=y|de|0|Trailer: yes||",
			"<HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||A|0123456789|0||"},
			want: ">1 POST/a\n>1 body abcde\n>1 end\n<1 200\n<1 body 0123456789\n<1 end"},
		{name: "pipelined", lines: []string{
			">GET /a HTTP/1.1||GET /b HTTP/1.1||", "<HTTP/1.1 200 OK|Content-Length: 1||aHTTP/1.1 200 OK|Content-Length: 1||b"},
			want: ">1 GET/a\n>1 end\n>2 GET/b\n>2 end\n<1 200\n<1 body a\n<1 end\n<2 200\n<2 body b\n<2 end"},
		{name: "100-continue", lines: []string{
			">POST /a HTTP/1.1|Content-Length: 3|Expect: 100-continue||", "<HTTP/1.1 100 Continue||", ">abc", "<HTTP/1.1 200 OK|Content-Length: 0||"},
			want: ">1 POST/a\n<1 100\n<1 end\n>1 body abc\n>1 end\n<1 200\n<1 end"},
		{name: "no body by method and status", lines: []string{
			">HEAD /a HTTP/1.1||", "<HTTP/1.1 200 OK|Content-Length: 9||", ">GET /b HTTP/1.1||", "<HTTP/1.1 304 Not Modified|Content-Length: 9||",
			">GET /c HTTP/1.1||", "<HTTP/1.1 204 No Content||"},
			want: ">1 HEAD/a\n>1 end\n<1 200\n<1 end\n>2 GET/b\n>2 end\n<2 304\n<2 end\n>3 GET/c\n>3 end\n<3 204\n<3 end"},
		{name: "body to the end", lines: []string{">GET /a HTTP/1.0||", "<HTTP/1.0 200 OK||all|of it"},
			want: ">1 GET/a\n>1 end\n<1 200\n<1 body all\r\nof it\n<1 end"},
		{name: "bare line feeds", lines: []string{">GET /a HTTP/1.1\nHost: x\n\n", "<HTTP/1.1 200\nContent-Length: 1\n\nx"},
			want: ">1 GET/a\n>1 end\n<1 200\n<1 body x\n<1 end"},
		{name: "upgrade", lines: []string{">GET /ws HTTP/1.1|Upgrade: websocket||", "<HTTP/1.1 101 Switching Protocols||\x81\x02hi", ">\x81\x82abcdef"},
			want: ">1 GET/ws\n>1 end\n<1 101\n<1 end\n< skip \x81\x02hi\n> skip \x81\x82abcdef"},
		{name: "tunnel", lines: []string{">CONNECT a:1 HTTP/1.1||", "<HTTP/1.1 200 OK||", ">\x16\x03"},
			want: ">1 CONNECTa:1\n>1 end\n<1 200\n<1 end\n> skip \x16\x03"},
		{name: "answer first in the capture", lines: []string{"<HTTP/1.1 200 OK|Content-Length: 0||", ">GET /a HTTP/1.1||", ">GET /b HTTP/1.1||", "<HTTP/1.1 201 OK|Content-Length: 0||"},
			want: "<1 200\n<1 end\n>1 GET/a\n>1 end\n>2 GET/b\n>2 end\n<2 201\n<2 end"},
		{name: "not HTTP", lines: []string{">Hello|", "<\x00\x00\x00\x04Z309"},
			want: "> skip Hello\r\n\n< skip \x00\x00\x00\x04Z309"},
		{name: "joined in the middle", joined: true, lines: []string{
			"<tail of a body|HTTP/1.1 is named|HTTP/1.1 200 OK|Content-Length: 1||a", ">GET /a HTTP/1.1||", "<HTTP/1.1 201 OK|Content-Length: 1||b"},
			want: "< skip tail of a body\r\nHTTP/1.1 is named\r\n\n<1 200\n<1 body a\n<1 end\n>2 GET/a\n>2 end\n<2 201\n<2 body b\n<2 end"},
		{name: "gap in a body of known length", lines: []string{
			">POST /a HTTP/1.1|Content-Length: 9||abc", ">-4", ">hi", ">POST /b HTTP/1.1|Content-Length: 0||"},
			want: ">1 POST/a\n>1 body abc\n>1 gap 4\n>1 body hi\n>1 end\n>2 POST/b\n>2 end"},
		{name: "gap over the end of a body", lines: []string{
			">POST /a HTTP/1.1|Content-Length: 5||abc", ">-40", ">x: y||POST /c HTTP/1.1|Content-Length: 0||"},
			want: ">1 POST/a\n>1 body abc\n>1 gap 2\n>1 end\n> loss 38\n> skip x: y\r\n\r\n\n>2 POST/c\n>2 end"},
		{name: "gap in a chunk", lines: []string{
			">POST /a HTTP/1.1|Transfer-Encoding: chunked||9|abc", ">-4", ">hi|0||"},
			want: ">1 POST/a\n>1 body abc\n>1 gap 4\n>1 body hi\n>1 end"},
		{name: "gap over chunks", lines: []string{
			">POST /a HTTP/1.1|Transfer-Encoding: chunked||9|abc", ">-10", ">hi|0||GET /b HTTP/1.1||"},
			want: ">1 POST/a\n>1 body abc\n>1 gap 6\n>1 end bytes are missing in the capture\n> loss 4\n> skip hi\r\n0\r\n\r\n\n>2 GET/b\n>2 end"},
		{name: "gap in a head", lines: []string{">GET /a HT", ">-7", ">Host: x||GET /b HTTP/1.1||"},
			want: "> skip GET /a HT\n> loss 7\n> skip Host: x\r\n\r\n\n>1 GET/b\n>1 end"},
		{name: "gap before the rest of a head", lines: []string{
			">GET /a HTTP/1.1||", "<-17", "<Server: x|Content-Type: text/plain|Content-Length: 2||xyHTTP/1.1 201 OK|Content-Length: 0||"},
			want: ">1 GET/a\n>1 end\n< loss 17\n<1 \n<1 body xy\n<1 end\n<2 201\n<2 end"},
		{name: "gap within a head and a line", lines: []string{
			">POST /a HTTP/1.1|Content-Le", ">-9", "> x|Transfer-Encoding: chunked||1|a|0||GET /b HTTP/1.1||"},
			want: "> skip POST /a HTTP/1.1\r\nContent-Le\n> loss 9\n>1 POST/a\n>1 body a\n>1 end\n>2 GET/b\n>2 end"},
		{name: "gap over what says that there are chunks", lines: []string{
			">GET /a HTTP/1.1||", "<HTTP/1.1 200 OK|Content-Type: a/b|", "<-28", "<|3|abc|0||HTTP/1.1 201 OK||"},
			want: ">1 GET/a\n>1 end\n< skip HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\n< loss 28\n<1 200\n<1 body abc\n<1 end\n<2 201\n<2 end"},
		{name: "gap over the length", lines: []string{
			">POST /a HTTP/1.1|Content-Type: a/b|", ">-28", ">|abcGET /a HTTP/1.1||", ">GET /b HTTP/1.1||"},
			want: "> skip POST /a HTTP/1.1\r\nContent-Type: a/b\r\n\n> loss 28\n>1 POST/a\n>1 end the gap took what says how long the body is\n> skip abcGET /a HTTP/1.1\r\n\r\n\n>2 GET/b\n>2 end"},
		{name: "gap over the length of an answer", lines: []string{
			">GET /a HTTP/1.1||", "<HTTP/1.1 200 OK|Content-Type: a/b|", "<-19", "<|HTTP/1.1 201 OK|Content-Length: 0||"},
			want: ">1 GET/a\n>1 end\n< skip HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\n< loss 19\n<1 200\n<1 end\n<2 201\n<2 end"},
		{name: "gap up to the blank line", lines: []string{
			">POST /a HTTP/1.1|Content-Length: 1|X", ">-4", ">||aGET /b HTTP/1.1||"},
			want: "> skip POST /a HTTP/1.1\r\nContent-Length: 1\r\nX\n> loss 4\n>1 POST/a\n>1 body a\n>1 end\n>2 GET/b\n>2 end"},
		{name: "gap in a body to the end", lines: []string{">GET /a HTTP/1.0||", "<HTTP/1.0 200 OK||ab", "<-3", "<cd"},
			want: ">1 GET/a\n>1 end\n<1 200\n<1 body ab\n<1 gap 3\n<1 body cd\n<1 end"},
		{name: "cut in a body", lines: []string{">POST /a HTTP/1.1|Content-Length: 5||abc"},
			want: ">1 POST/a\n>1 body abc\n>1 end the body ends after 3 bytes, 2 are missing"},
		{name: "cut in a chunk", lines: []string{">POST /a HTTP/1.1|Transfer-Encoding: chunked||5|abc"},
			want: ">1 POST/a\n>1 body abc\n>1 end the body ends inside a chunk: 2 bytes of it are missing"},
		{name: "cut in a head", lines: []string{">POST /a HTTP/1.1|Content-L"},
			want: "> skip POST /a HTTP/1.1\r\nContent-L"},
		{name: "bad chunk size", lines: []string{">POST /a HTTP/1.1|Transfer-Encoding: chunked||zz|abc|GET /b HTTP/1.1||"},
			want: ">1 POST/a\n>1 end \"zz\" is no chunk size\n> skip zz\r\nabc\r\n\n>2 GET/b\n>2 end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, n := range []int{1 << 20, 1, 2, 3, 7} {
				if got := run(t, tt.joined, n, tt.lines); got != tt.want {
					t.Fatalf("in pieces of %d bytes, got:\n%s\nwant:\n%s", n, got, tt.want)
				}
			}
		})
	}
}

func TestLongHead(t *testing.T) {
	got := run(t, false, 1000, []string{">GET /a HTTP/1.1|X: " + strings.Repeat("x", MaxHead)})
	if strings.Contains(got, "\n>") || !strings.HasPrefix(got, "> skip GET") {
		t.Errorf("got %.60s", got)
	}
}

// FuzzChunks wants the same parts however the bytes are cut; a bar in the
// input is a gap.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), uint8(3), false)
	f.Add([]byte("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdPOST /b HTTP/1.1\r\n\r\nx"), uint8(1), true)
	f.Add([]byte("POST /a HTTP/1.1\r\nContent-Le|X: y\r\nContent-Length: 1\r\n\r\naGET /b HTTP/1.1\r\n\r\n"), uint8(2), false)
	f.Add([]byte("GET / HTTP/1.1\r\nContent-Type: a\r\n|\r\n\r\nabc|POST / HTTP/1.1\r\n\r\n"), uint8(2), false)
	f.Add([]byte("\r\n\n\nGET / HTTP/1.1\n\n\x00"), uint8(2), true)
	f.Fuzz(func(t *testing.T, b []byte, n uint8, joined bool) {
		var lines []string
		for i, part := range strings.SplitN(string(b), "|", 4) {
			part = strings.ReplaceAll(part, "|", "")
			if strings.HasPrefix(part, "-") {
				return
			}
			if i > 0 {
				lines = append(lines, ">-5")
			}
			lines = append(lines, ">"+part)
		}
		whole := run(t, joined, 1<<20, lines)
		if cut := run(t, joined, int(n%16)+1, lines); cut != whole {
			t.Fatalf("in pieces of %d:\n%s\nat once:\n%s", n%16+1, cut, whole)
		}
	})
}
