package textin

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Log reads lines of a log with a regular expression. Lines that do not match
// are passed over. Its groups tell what stands where:
//
//	data    the bytes; a Python bytes literal or a string in double quotes
//	        is taken for what it stands for, other text as it is
//	line    the same, with a line feed behind it
//	hex     the bytes as hex digits
//	base64  the bytes as base64
//	dir     the direction: > < -> <- sent received send recv out in tx rx
//	        write read request response c2s s2c client server
//	time    a time
//	conn    what tells conversations apart
type Log struct {
	re     *regexp.Regexp
	groups []string
	buf    []byte
}

// Presets are patterns by name.
func Presets() map[string]string {
	return map[string]string{
		// Synapse with logging at debug level: the commands that it gets.
		"synapse": `^(?P<time>\S+ \S+) - synapse\.replication\.tcp\.handler - .* - Handling (?P<line>'.*'|".*")$`,
		// A time, an arrow, and the bytes.
		"arrow": `^(?:(?P<time>[^<>]*?\S)\s+)?(?P<dir>->|<-|=>|<=|>+|<+)\s*(?P<data>.*)$`,
		// A word for the direction, and a literal or hex digits.
		"words": `(?i)\b(?P<dir>sent|sending|send|received|receiving|recv|wrote|write|read|tx|rx|out|in)\b[^'"]*?[:=\s]\s*(?:(?P<data>b'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*")|(?P<hex>(?:[0-9a-f]{2}[ :]?)+)$)`,
		// Any Python bytes literal.
		"python": `(?P<data>\bb'(?:[^'\\]|\\.)*'|\bb"(?:[^"\\]|\\.)*")`,
	}
}

// NewLog returns a parser for a preset's name or a pattern.
func NewLog(pattern string) (*Log, error) {
	if p, ok := Presets()[pattern]; ok {
		pattern = p
	}
	if pattern == "" {
		return nil, fmt.Errorf("a log wants a pattern with a group (?P<data>…), or one of: %s", presetNames())
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("log pattern: %w", err)
	}
	l := &Log{re: re, groups: re.SubexpNames()}
	data := false
	for _, g := range l.groups {
		switch g {
		case "data", "line", "hex", "base64":
			data = true
		case "", "dir", "time", "conn":
		default:
			return nil, fmt.Errorf("log pattern: the group %q is none of data, line, hex, base64, dir, time, conn", g)
		}
	}
	if !data {
		return nil, fmt.Errorf("log pattern: it has no group (?P<data>…), (?P<line>…), (?P<hex>…) or (?P<base64>…); or did you mean one of: %s", presetNames())
	}
	return l, nil
}

func presetNames() string { return "arrow, python, synapse, words" }

// Parse implements [Parser].
func (p *Log) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	m := p.re.FindSubmatchIndex(line)
	if m == nil {
		return dst, nil
	}
	var c Chunk
	var err error
	p.buf = p.buf[:0]
	for i, g := range p.groups {
		if g == "" || m[2*i] < 0 {
			continue
		}
		text := line[m[2*i]:m[2*i+1]]
		switch g {
		case "data":
			p.buf = appendLiteral(p.buf, text)
		case "line":
			p.buf = append(appendLiteral(p.buf, text), '\n')
		case "hex":
			p.buf, err = AppendHex(p.buf, text)
		case "base64":
			p.buf, err = base64.StdEncoding.AppendDecode(p.buf, text)
		case "dir":
			c.Dir = direction(string(text))
		case "time":
			c.Time, _ = ParseTime(string(text))
		case "conn":
			c.Flow = string(text)
			c.Client = c.Flow
		}
		if err != nil {
			return dst, errorf(m[2*i], "%s: %v", g, err)
		}
	}
	if c.Data = p.buf; len(c.Data) > 0 {
		dst = append(dst, c)
	}
	return dst, nil
}

// appendLiteral appends what a literal stands for, or the text itself.
func appendLiteral(dst, text []byte) []byte {
	if len(text) < 2 {
		return append(dst, text...)
	}
	d, lit := pythonText, text
	switch {
	case text[0] == 'b' && len(text) > 2 && (text[1] == '\'' || text[1] == '"'):
		d, lit = pythonString, text[1:]
	case text[0] == '"', text[0] == '\'':
	default:
		return append(dst, text...)
	}
	out, n := unescape(dst, lit, d)
	if n != len(lit) {
		return append(dst, text...)
	}
	return out
}

// direction reads a word for a direction; 0 when it is none.
func direction(word string) codec.Direction {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case ">", ">>", ">>>", "->", "-->", "=>", "sent", "sending", "send", "out", "tx", "wrote", "write", "request", "c2s", "client", "o":
		return codec.ToServer
	case "<", "<<", "<<<", "<-", "<--", "<=", "received", "receiving", "receive", "recv", "in", "rx", "read", "response", "s2c", "server", "i":
		return codec.ToClient
	}
	return 0
}

// End implements [Parser].
func (p *Log) End(dst []Chunk) ([]Chunk, error) { return dst, nil }
