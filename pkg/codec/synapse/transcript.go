package synapse

import (
	"bytes"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Mention is a line of the protocol that another text tells of.
type Mention struct {
	Dir  codec.Direction // 0 when the text does not say and both sides may send it
	Time time.Time       // zero when the text does not say; UTC
	Flow string          // what tells conversations apart, such as a connection's name; may be empty
	Line []byte          // without its LF
}

// Transcript finds the line of the protocol that one line of another text
// holds. It knows
//
//	> SERVER example.com                    transcripts of the program's documents
//	< REPLICATE events 53                   and tests; a * marks an event
//	1795212646.18 [0 127.0.0.1:3] "PUBLISH" "chan" "RDATA …"    redis-cli MONITOR
//	3) "RDATA …"                            redis-cli SUBSCRIBE on a terminal
//	RDATA events master 54 […]              … in a pipe, and netcat
//	2026-11-20 21:59:02,158 - … - Handling 'POSITION …'         logs of Synapse:
//	    Handling, Failed to handle line, failed to parse line, Remote reported error
//
// In the program's documents > is what the server sends. A mark counts only
// for commands that both sides may send; those of one side have its
// direction. Line is a part of line or is appended to buf.
func Transcript(buf, line []byte) (Mention, bool) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	for _, read := range [...]func(buf, line []byte) (Mention, bool){marked, monitored, subscribed, logged, bare} {
		if m, ok := read(buf, line); ok {
			if by := sentBy(m.Line); by != 0 {
				m.Dir = by
			}
			return m, true
		}
	}
	return Mention{}, false
}

// sentBy returns the direction of a line whose command only one side sends, 0
// for others.
func sentBy(line []byte) codec.Direction {
	name, _, _ := bytes.Cut(line, []byte(" "))
	i := find(name)
	switch {
	case i >= 0 && commands[i].from == 's':
		return codec.ToClient
	case i >= 0 && commands[i].from == 'c':
		return codec.ToServer
	}
	return 0
}

// marked reads "> LINE" and "< LINE".
func marked(_, line []byte) (Mention, bool) {
	line = bytes.TrimLeft(line, " \t")
	if len(line) < 2 || line[1] != ' ' || line[0] != '>' && line[0] != '<' {
		return Mention{}, false
	}
	m, ok := bare(nil, line[2:])
	m.Dir = codec.ToClient
	if line[0] == '<' {
		m.Dir = codec.ToServer
	}
	return m, ok
}

// bare reads a line that is nothing else.
func bare(_, line []byte) (Mention, bool) {
	sure, _ := commandAt(line)
	if !sure && find(line) < 0 {
		return Mention{}, false
	}
	return Mention{Line: line}, true
}

// monitored reads a PUBLISH in what redis-cli MONITOR prints: the time, the
// database and the client, then every argument in quotation marks.
func monitored(buf, line []byte) (Mention, bool) {
	stamp, rest, ok := bytes.Cut(line, []byte(" ["))
	if !ok {
		return Mention{}, false
	}
	from, rest, ok := bytes.Cut(rest, []byte("] "))
	at, timed := unixTime(stamp)
	if !ok || !timed {
		return Mention{}, false
	}
	verb, rest, ok := redisArgument(nil, rest)
	if !ok || !bytes.EqualFold(verb, []byte("publish")) {
		return Mention{}, false
	}
	_, rest, ok = redisArgument(nil, rest)
	if !ok {
		return Mention{}, false
	}
	start := len(buf)
	buf, _, ok = redisArgument(buf, rest)
	_, client, _ := bytes.Cut(from, []byte(" "))
	m, known := bare(nil, buf[start:])
	m.Time, m.Flow = at, string(client)
	return m, ok && known
}

// unixTime reads seconds since 1970 with a fraction.
func unixTime(b []byte) (time.Time, bool) {
	whole, frac, _ := bytes.Cut(b, []byte("."))
	sec, _, ok := parseInt(whole)
	if !ok || !sec.plain || !sec.fits || len(frac) > 9 {
		return time.Time{}, false
	}
	var nano int64
	for i := range 9 {
		nano *= 10
		if i < len(frac) {
			if frac[i]-'0' > 9 {
				return time.Time{}, false
			}
			nano += int64(frac[i] - '0')
		}
	}
	return time.Unix(sec.small, nano).UTC(), true
}

// redisArgument reads the string in quotation marks at the front of src, as
// Redis escapes it, appended to buf, and returns what follows it.
func redisArgument(buf, src []byte) (out, rest []byte, ok bool) {
	src = bytes.TrimLeft(src, " ")
	if len(src) == 0 || src[0] != '"' {
		return buf, src, false
	}
	for i := 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == '"':
			return buf, src[i+1:], true
		case c == '\\' && i+1 < len(src):
			var n int
			buf, n = unescape(buf, src[i+1:])
			i += n
		default:
			buf = append(buf, c)
		}
	}
	return buf, nil, false
}

// unescape appends what the escape in src, whose backslash is cut off, stands
// for in a string of Redis and of Python alike, and returns its length.
func unescape(buf, src []byte) ([]byte, int) {
	if i := bytes.IndexByte([]byte("nrtab"), src[0]); i >= 0 {
		return append(buf, "\n\r\t\a\b"[i]), 1
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[src[0]]
	if digits == 0 || len(src) <= digits {
		return append(buf, src[0]), 1
	}
	var v rune
	for _, c := range src[1 : 1+digits] {
		d := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if d < 0 {
			return append(buf, src[0]), 1
		}
		v = v<<4 | rune(d)
	}
	if digits == 2 {
		return append(buf, byte(v)), 3
	}
	return append(buf, string(v)...), 1 + digits
}

// subscribed reads the third line of a message as redis-cli SUBSCRIBE prints
// it on a terminal.
func subscribed(buf, line []byte) (Mention, bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " "), []byte("3) "))
	if !ok {
		return Mention{}, false
	}
	start := len(buf)
	buf, _, ok = redisArgument(buf, rest)
	m, known := bare(nil, buf[start:])
	return m, ok && known
}

// said are the words of log lines before the text of a line, which is in
// quotation marks as Python's repr has it, and what stands before it on the
// wire.
var said = [...]struct{ words, before string }{
	{"Handling ", ""},
	{"Failed to handle line: ", ""},
	{"failed to parse line: ", ""},
	{"failed to parse line ", ""}, // 'COMMAND': 'payload'
	{"Remote reported error: ", "ERROR "},
}

// logged reads a line of Synapse's log.
func logged(buf, line []byte) (Mention, bool) {
	for _, s := range said {
		i := bytes.Index(line, []byte(s.words))
		if i < 0 {
			continue
		}
		start := len(buf)
		out := append(buf, s.before...)
		out, rest, ok := pythonString(out, line[i+len(s.words):])
		if payload, more := bytes.CutPrefix(rest, []byte(": ")); ok && more {
			out, _, ok = pythonString(append(out, ' '), payload)
		}
		m, known := bare(nil, out[start:])
		if !ok || !known {
			continue
		}
		m.Time, m.Flow = logTime(line), logFlow(line[:i])
		if s.before != "" { // it came from the other side, whichever that is
			m.Dir = 0
		}
		return m, true
	}
	return Mention{}, false
}

// pythonString reads the repr of a string at the front of src, appended to
// buf, and returns what follows it.
func pythonString(buf, src []byte) (out, rest []byte, ok bool) {
	src = bytes.TrimLeft(src, "bu") // Python 2 marks text, Python 3 bytes
	if len(src) == 0 || src[0] != '\'' && src[0] != '"' {
		return buf, src, false
	}
	for i := 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == src[0]:
			return buf, src[i+1:], true
		case c == '\\' && i+1 < len(src):
			var n int
			buf, n = unescape(buf, src[i+1:])
			i += n
		default:
			buf = append(buf, c)
		}
	}
	return buf, nil, false
}

// logTime reads the time at the front of a log line.
func logTime(line []byte) time.Time {
	const form = "2006-01-02 15:04:05,000"
	t, err := time.Parse(form, string(line[:min(len(form), len(line))]))
	if err != nil {
		return time.Time{}
	}
	return t
}

// logFlow returns the connection's identifier, five letters at the end of
// [name-ABCDE] or of replication-conn-ABCDE.
func logFlow(head []byte) string {
	if i := bytes.LastIndexByte(head, ']'); i >= 0 {
		head = head[:i]
	} else if head = bytes.TrimSuffix(head, []byte(" - ")); !bytes.Contains(head, []byte("replication-conn-")) {
		return ""
	}
	if i := bytes.LastIndexByte(head, '-'); i >= 0 && len(head)-i == 6 {
		return string(head[i+1:])
	}
	return ""
}
