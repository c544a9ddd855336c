package textin

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Follow reads what tshark -q -z follow,tcp,MODE,N prints, in the modes raw,
// hex and yaml. Node 0, or peer 0, is the client. The mode ascii is refused:
// it has dots where bytes were.
type Follow struct {
	mode  string // of the block at hand
	count int    // blocks
	nodes [2]string
	dir   codec.Direction
	chunk Chunk // of yaml: the packet whose lines come
	b64   Base64
	buf   []byte
	lost  bool // ascii was told
}

// Parse implements [Parser].
func (p *Follow) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	switch {
	case bytes.HasPrefix(line, []byte("Follow: tcp,")):
		p.begin(string(bytes.TrimSpace(line[len("Follow: tcp,"):])))
		return dst, nil
	case string(line) == "peers:" && p.mode != "hex":
		p.begin("yaml")
		return dst, nil
	case p.mode == "yaml":
		return p.yaml(dst, line)
	case bytes.HasPrefix(line, []byte("Filter: ")), bytes.HasPrefix(line, []byte("====")):
		return dst, nil
	case bytes.HasPrefix(line, []byte("Node 0: ")), bytes.HasPrefix(line, []byte("Node 1: ")):
		p.nodes[line[5]-'0'] = string(bytes.TrimSpace(line[8:]))
		return dst, nil
	case len(bytes.TrimSpace(line)) == 0:
		return dst, nil
	}
	c := p.of(codec.ToServer)
	text := line
	if line[0] == '\t' {
		c.Dir = codec.ToClient
		text = line[1:]
	}
	var err error
	switch p.mode {
	case "raw":
		p.buf, err = AppendHex(p.buf[:0], text)
	case "hex":
		text = bytes.TrimLeft(text, " ")
		if len(text) < 10 {
			return dst, errorf(0, "a line of the hex mode is wanted, not %.20q", line)
		}
		p.buf, err = AppendHex(p.buf[:0], text[8:min(len(text), 10+16*3+1)])
	default:
		if p.lost {
			return dst, nil
		}
		p.lost = true
		return dst, errorf(0, "the mode %s has lost bytes: print with -z follow,tcp,raw,N", p.mode)
	}
	if len(p.buf) > 0 {
		c.Data = p.buf
		dst = append(dst, c)
	}
	return dst, err
}

func (p *Follow) begin(mode string) {
	p.mode, p.lost = mode, false
	p.count++
	p.nodes = [2]string{}
}

// of returns a chunk of the block's conversation.
func (p *Follow) of(d codec.Direction) Chunk {
	return Chunk{Flow: fmt.Sprint(p.count), Client: p.nodes[0], Server: p.nodes[1], Dir: d}
}

// yaml takes a line of the yaml mode.
func (p *Follow) yaml(dst []Chunk, line []byte) ([]Chunk, error) {
	text := string(bytes.TrimSpace(line))
	key, value, _ := bytes.Cut([]byte(text), []byte(": "))
	switch name := string(bytes.TrimPrefix(key, []byte("- "))); {
	case name == "peer" && bytes.HasPrefix(key, []byte("- ")):
		p.dir = yamlPeer(value)
	case name == "host" && p.dir != 0:
		p.nodes[node(p.dir)] = string(value)
	case name == "port" && p.dir != 0:
		p.nodes[node(p.dir)] += ":" + string(value)
	case name == "packets:", name == "packet":
		p.dir = 0
	case name == "peer":
		p.chunk = p.of(yamlPeer(value))
	case name == "timestamp":
		p.chunk.Time, _ = ParseTime(string(value))
	case name == "data", name == "":
	default:
		return p.base64(dst, []byte(text))
	}
	return dst, nil
}

func (p *Follow) base64(dst []Chunk, line []byte) ([]Chunk, error) {
	n := len(dst)
	dst, err := p.b64.Parse(dst, line)
	for i := n; i < len(dst); i++ {
		data := dst[i].Data
		dst[i] = p.chunk
		dst[i].Data = data
	}
	return dst, err
}

func yamlPeer(value []byte) codec.Direction {
	if string(bytes.TrimSpace(value)) == "0" {
		return codec.ToServer
	}
	return codec.ToClient
}

func node(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}

// End implements [Parser].
func (p *Follow) End(dst []Chunk) ([]Chunk, error) { return dst, nil }
