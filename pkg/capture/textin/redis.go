package textin

import (
	"bytes"
	"strings"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Redis reads what redis-cli MONITOR prints. The payloads of PUBLISH and
// SPUBLISH count, each with a line feed behind it, as programs that moved
// from lines on TCP to Redis send them; other commands are passed over. Each
// client is a conversation.
type Redis struct{ buf []byte }

var redisLine = lazyre.New(`^(\d+\.\d+) \[(\d+) ([^\]]*(?:\][^\]"]*)?)\] `)

// Parse implements [Parser].
func (p *Redis) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	m := redisLine.Get().FindSubmatch(line)
	if m == nil {
		if len(bytes.TrimSpace(line)) == 0 || string(line) == "OK" {
			return dst, nil
		}
		return dst, errorf(0, "a line of MONITOR begins as in: 1700000000.000000 [0 127.0.0.1:6379] \"PING\"")
	}
	var last []byte
	var words int
	publish := false
	for i := len(m[0]); i < len(line); words++ {
		if line[i] != '"' {
			return dst, errorf(i, "an argument in quotes is wanted")
		}
		var n int
		if p.buf, n = unescape(p.buf[:0], line[i:], cString); n < 0 {
			return dst, errorf(i, "the argument has no closing quote")
		}
		if words == 0 {
			name := strings.ToUpper(string(p.buf))
			publish = name == "PUBLISH" || name == "SPUBLISH"
		}
		last = p.buf
		i += n
		for i < len(line) && line[i] == ' ' {
			i++
		}
	}
	if !publish || words != 3 {
		return dst, nil
	}
	t, _ := ParseTime(string(m[1]))
	p.buf = append(last, '\n')
	return append(dst, Chunk{Flow: string(m[3]), Client: string(m[3]), Server: "redis", Dir: codec.ToServer, Time: t, Data: p.buf}), nil
}

// End implements [Parser].
func (p *Redis) End(dst []Chunk) ([]Chunk, error) { return dst, nil }
