package capture

import (
	"bytes"
	"encoding/binary"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/capture/http1"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Identify names the protocol that a direction of a conversation begins with
// when it is one of the well-known ones, and says why: "HTTP", "TLS", "SSH",
// "RESP" and more. It returns two empty strings when it does not know.
func Identify(d codec.Direction, prefix []byte) (name, why string) {
	if http1.Probe(d, prefix) == http1.Yes {
		return "HTTP", "it begins with the head of a message"
	}
	for _, k := range kinds {
		if k.dir != 0 && k.dir != d {
			continue
		}
		if k.re != nil && k.re.Get().Match(prefix) || k.is != nil && k.is(prefix) || k.begins != "" && bytes.HasPrefix(prefix, []byte(k.begins)) {
			return k.name, k.why
		}
	}
	return "", ""
}

// kinds are the protocols that [Identify] knows, by their first bytes. Patterns
// are of text: to them a byte from 80 on is a piece of a character.
var kinds = []struct {
	name, why string
	dir       codec.Direction // 0 for both
	re        *lazyre.Regexp
	is        func([]byte) bool
	begins    string
}{
	{"HTTP/2", "it begins with the connection preface (RFC 9113)", codec.ToServer, nil, nil, "PRI * HTTP/2.0\r\n"},
	{"TLS", "it begins with a handshake record (RFC 8446)", 0, nil, isTLS, ""},
	{"SSH", "it begins with a version line (RFC 4253)", 0, lazyre.New(`\ASSH-[12]\.`), nil, ""},
	{"RESP", "it begins as a Redis command", codec.ToServer, lazyre.New(`\A\*[1-9]\d{0,6}\r\n\$\d{1,9}\r\n`), nil, ""},
	{"RESP", "it begins as a Redis answer", codec.ToClient, lazyre.New(`\A(?:\+(?:OK|PONG|QUEUED)\r\n|-(?:ERR|NOAUTH|WRONGTYPE|MOVED) |[*%>~]\d{1,7}\r\n[$:+*%_#]|\$(?:-1|\d{1,9})\r\n)`), nil, ""},
	{"SMTP", "it begins with a greeting (RFC 5321)", codec.ToClient, lazyre.New(`\A220[ -][^\r\n]*E?SMTP`), nil, ""},
	{"SMTP", "it begins with EHLO or HELO (RFC 5321)", codec.ToServer, lazyre.New(`\A(?i:EHLO|HELO) [^\r\n]+\r\n`), nil, ""},
	{"FTP", "it begins with a greeting (RFC 959)", codec.ToClient, lazyre.New(`\A220[ -][^\r\n]*FTP`), nil, ""},
	{"IMAP", "it begins with a greeting (RFC 9051)", codec.ToClient, lazyre.New(`\A\* (?:OK|PREAUTH) `), nil, ""},
	{"POP3", "it begins with a greeting (RFC 1939)", codec.ToClient, lazyre.New(`\A\+OK [^\r\n]*POP`), nil, ""},
	{"IRC", "it begins with NICK, USER or CAP (RFC 2812)", codec.ToServer, lazyre.New(`\A(?:NICK [^ \r\n]+\r?\n|USER [^ ]+ [^ ]+ [^ ]+ :|CAP LS)`), nil, ""},
	{"AMQP", "it begins with the protocol header", codec.ToServer, lazyre.New(`\AAMQP[\x00-\x03]`), nil, ""},
	{"MQTT", "it begins with CONNECT", codec.ToServer, lazyre.New(`\A\x10(?s:.{1,4})\x00(?:\x04MQTT|\x06MQIsdp)`), nil, ""},
	{"PostgreSQL", "it begins with a startup message", codec.ToServer, nil, isPostgres, ""},
	{"MySQL", "it begins with a greeting of version 10", codec.ToClient, lazyre.New(`\A(?s:..)\x00\x00\x0a\d+\.\d+\.[^\x00]{1,60}\x00`), nil, ""},
	{"memcached", "it begins with a text command", codec.ToServer, lazyre.New(`\A(?:gets? [^ \r\n]{1,250}|(?:set|add) [^ \r\n]{1,250} \d+ \d+ \d+(?: noreply)?|version|stats)\r\n`), nil, ""},
	{"NATS", "it begins with INFO", codec.ToClient, lazyre.New(`\AINFO \{`), nil, ""},
	{"NATS", "it begins with CONNECT", codec.ToServer, lazyre.New(`\ACONNECT \{`), nil, ""},
	{"Git", "it begins with a packet line", codec.ToServer, lazyre.New(`\A[0-9a-f]{4}git-(?:upload|receive)-pack `), nil, ""},
	{"BitTorrent", "it begins with the handshake", 0, nil, nil, "\x13BitTorrent protocol"},
	{"PROXY", "it begins with a proxy's header", codec.ToServer, lazyre.New(`\A(?:PROXY (?:TCP[46]|UNKNOWN)|\r\n\r\n\x00\r\nQUIT\n)`), nil, ""},
	{"gzip", "it begins with gzip's magic number", 0, nil, nil, "\x1f\x8b\x08"},
	{"zstd", "it begins with zstd's magic number", 0, nil, nil, "\x28\xb5\x2f\xfd"},
	{"pcap", "it begins with pcap's magic number", 0, nil, isPcap, ""},
	{"JSON", "it begins with a JSON object", 0, lazyre.New(`\A\s*\{\s*"[^"\r\n]{1,100}"\s*:`), nil, ""},
}

// isTLS looks for a record with the hello of a client or server, or the
// hello of SSL 2.
func isTLS(b []byte) bool {
	if len(b) < 6 {
		return false
	}
	n := binary.BigEndian.Uint16(b[3:])
	return b[0] == 22 && b[1] == 3 && b[2] <= 4 && n >= 4 && n <= 16<<10+2048 && (b[5] == 1 || b[5] == 2)
}

// isPostgres looks for a startup message of version 3, or for one that asks for
// TLS, for GSSAPI or to cancel.
func isPostgres(b []byte) bool {
	if len(b) < 8 || b[0] != 0 || b[1] != 0 {
		return false
	}
	switch code := binary.BigEndian.Uint32(b[4:]); code {
	case 3 << 16, 3<<16 | 1, 3<<16 | 2, 1234<<16 | 5678, 1234<<16 | 5679, 1234<<16 | 5680:
		return true
	}
	return false
}

// isPcap looks for a file header of either byte order, for times in
// microseconds or nanoseconds.
func isPcap(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(b) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1:
		return true
	}
	return false
}
