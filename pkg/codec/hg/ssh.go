package hg

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Over SSH Mercurial never sends frames, whatever version of the protocol the
// two sides agree on. What is sent there is recognised by the handshake:
//
//	> upgrade <token> proto=<names>     version 2 only
//	> hello, between, pairs 81, 40 zeros - 40 zeros
//	< upgraded <token> <name>           or "0": the server knows no upgrade
//	< <length>, capabilities: …
//
// and is given line by line, each with what it means, as bytes that are no
// frames. (internals/wireprotocol.txt and sshserver of r37304 and hg 5.8.1.)

// CodeNotFrames is the code of records of text that is Mercurial's, but holds
// no frames. It is no damage.
const CodeNotFrames = "not-frames"

// maxLine is the most that a record of text holds.
const maxLine = 64 << 10

// isText says whether src is text of SSH.
func (d *Decoder) isText(src []byte) bool {
	return d.ssh || !d.any && (d.c.ssh || handshake(src))
}

// handshake says whether src begins as one side of a handshake does. Like a
// header it needs eight octets.
func handshake(src []byte) bool {
	if len(src) < HeaderLen {
		return false
	}
	switch head := string(src[:HeaderLen]); head {
	case "upgrade ", "upgraded", "hello\nbe", "between\n":
		return true
	default:
		head = strings.TrimPrefix(head, "0\n")
		digits := strings.TrimLeft(head, "0123456789")
		rest, ok := strings.CutPrefix(digits, "\n")
		return ok && len(digits) < len(head) && strings.HasPrefix("capabilities:", rest)
	}
}

// text cuts a line and tells what it is.
func (d *Decoder) text(src []byte, atEOF bool) (codec.Frame, int, error) {
	n := bytes.IndexByte(src[:min(len(src), maxLine)], '\n') + 1
	switch {
	case n > 0:
	case len(src) >= maxLine:
		n = maxLine
	case atEOF && len(src) > 0:
		n = len(src)
	default:
		return nil, 0, codec.ErrShort
	}
	d.ssh, d.c.ssh, d.any = true, true, true
	d.c.plain = false
	d.c.quicken()
	return nil, n, codec.Faultf(CodeNotFrames, 0, "", "%s", explainLine(src[:n]))
}

// explainLine says what a line means.
func explainLine(line []byte) string {
	s := strings.TrimRight(string(line[:min(len(line), 4096)]), "\n")
	words := strings.Split(s, " ")
	switch {
	case words[0] == "upgrade" && len(words) == 3:
		return fmt.Sprintf("SSH handshake: the client asks for version 2, %s; no frames are sent over SSH", protos(words[2]))
	case words[0] == "upgraded" && len(words) == 3:
		return fmt.Sprintf("SSH handshake: the server goes on as %s, which is text commands of version 1 and no frames", words[2])
	case words[0] == "upgrade" || words[0] == "upgraded":
		return fmt.Sprintf("SSH handshake: malformed, %s has a token and one word behind it", words[0])
	case s == "hello" || s == "between" || s == "pairs 81":
		return "SSH handshake of version 1: " + s
	case strings.HasPrefix(s, zeros):
		return "SSH handshake of version 1: the value of pairs, and the first command if one follows it"
	case words[0] == "capabilities:":
		return fmt.Sprintf("SSH: the server's %d capabilities", len(words)-1)
	case s == "0":
		return "SSH: an empty answer, as to a command that the server does not know"
	}
	return "SSH: text of protocol version 1, no frames"
}

const (
	zeros40 = "0000000000000000000000000000000000000000"
	zeros   = zeros40 + "-" + zeros40
)

// protos tells the names in the client's capabilities.
func protos(caps string) string {
	for part := range strings.SplitSeq(caps, "&") {
		if names, ok := strings.CutPrefix(part, "proto="); ok {
			return "protocol " + strings.ReplaceAll(strings.ReplaceAll(names, "%2C", " or "), ",", " or ")
		}
	}
	return "without naming a protocol"
}
