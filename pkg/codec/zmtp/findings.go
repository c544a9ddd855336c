package zmtp

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// notes are what is odd about a frame's place in its conversation.
type notes byte

const (
	noteEarly       notes = 1 << iota // a message before READY
	noteReadyAgain                    // READY after READY
	noteMechanisms                    // the greetings differ in it
	noteTypes                         // the socket types cannot be peers
	noteSubscribeTo                   // SUBSCRIBE to what is no publisher
)

var noteFindings = []struct {
	note    notes
	finding codec.Finding
}{
	{noteEarly, codec.Finding{Code: "message-before-ready", Message: "a message before this side's READY: libzmq closes the connection"}},
	{noteReadyAgain, codec.Finding{Code: "ready-again", Message: "a second READY: libzmq ignores it"}},
	{noteMechanisms, codec.Finding{Code: "mechanism-mismatch", Message: "the other side's greeting has another mechanism: both sides close, without ERROR"}},
	{noteTypes, codec.Finding{Code: "incompatible-sockets", Message: "this socket type and the other side's cannot be peers: libzmq closes, without ERROR"}},
	{noteSubscribeTo, codec.Finding{Code: "subscribe-to-no-publisher", Message: "the other side is neither PUB nor XPUB: libzmq 4.3.4 hands this to its application as a message"}},
}

// AppendFindings implements [codec.Frame].
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	for i := range noteFindings {
		if n := &noteFindings[i]; f.notes&n.note != 0 {
			dst = append(dst, n.finding)
		}
	}
	if f.kind == Greeting {
		return f.greetingFindings(dst)
	}
	if !f.usual {
		dst = f.headerFindings(dst)
	}
	if f.kind == Command {
		dst = f.commandFindings(dst)
	}
	return dst
}

func finding(code string, start, end int, format string, args ...any) codec.Finding {
	return codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: codec.Span{Start: int64(start), End: int64(end)}}
}

func (f *Frame) greetingFindings(dst []codec.Finding) []codec.Finding {
	b := f.raw
	if b[offSigEnd] != 0x7f {
		dst = append(dst, finding("signature", offSigEnd, offMajor, "the signature ends in 0x%02x, not 7f: libzmq tests bit 0 only", b[offSigEnd]))
	}
	if f.ver == V2 {
		if int(b[offMinor]) >= len(socketTypes) {
			dst = append(dst, finding("socket-type", offMinor, offMinor+1, "no socket type %d: 0 to %d are known", b[offMinor], len(socketTypes)-1))
		}
		if b[offMajor] >= 3 {
			dst = append(dst, finding("downgrade", offMajor, offMajor+1, "announces %d and goes on in 2.0: the other side speaks 2.0", b[offMajor]))
		}
		return dst
	}
	if b[offMajor] > 3 {
		dst = append(dst, finding("version", offMajor, offMinor, "major version %d: libzmq accepts it and goes on in 3.x", b[offMajor]))
	}
	name := mechanismName(b[offMechanism:offAsServer])
	m := mechanism(b[offMechanism:offAsServer])
	switch {
	case m == MechOther && bytes.IndexByte(name, 0) >= 0:
		dst = append(dst, finding("mechanism-bytes", offMechanism, offAsServer, "the mechanism %q has bytes after its zero: libzmq compares all 20 and closes", name))
	case m == MechOther && string(name) != "GSSAPI":
		dst = append(dst, finding("mechanism-unknown", offMechanism, offAsServer, "no mechanism %q: NULL, PLAIN and CURVE are known, in upper case; libzmq closes", name))
	}
	if a := b[offAsServer]; a > 1 || a == 1 && m == MechNull {
		dst = append(dst, finding("as-server", offAsServer, offFiller, "as-server is %d: the rule is 1 at a server of PLAIN or CURVE, else 0; libzmq ignores it", a))
	}
	if i := firstNonZero(b[offFiller:]); i >= 0 {
		dst = append(dst, finding("filler", offFiller, GreetingLenV3, "the filler is not zero: libzmq ignores it"))
	}
	return dst
}

// headerFindings is about flags and lengths.
func (f *Frame) headerFindings(dst []codec.Finding) []codec.Finding {
	for i, p := range f.parts {
		known := byte(flagsKnown)
		switch f.ver {
		case V2:
			known = FlagMore | FlagLong
		case V1:
			known = FlagMore
		}
		if odd := p.flags &^ known; odd != 0 {
			dst = append(dst, finding("reserved-bits", p.head, p.body, "reserved flags 0x%02x in frame %d: libzmq ignores them", odd, i))
		}
		if p.long() && !needsLong(f.ver, p.end-p.body) {
			dst = append(dst, finding("long-length", p.head, p.body, "a length of 8 bytes for %d bytes in frame %d: one byte is enough; libzmq accepts it", p.end-p.body, i))
		}
		if f.ver == V3 && p.flags&(FlagMore|FlagCommand) == FlagMore|FlagCommand {
			dst = append(dst, finding("command-more", p.head, p.head+1, "a command with the flag MORE: libzmq accepts it"))
		}
	}
	return dst
}

func (f *Frame) commandFindings(dst []codec.Finding) []codec.Finding {
	c := f.command()
	p := f.parts[0]
	switch c.form {
	case formBrokenError:
		dst = append(dst, finding("libzmq-plain-error", p.body, p.body+5, "ERROR as libzmq 4.3.4's PLAIN server writes it: the name's length and first letter are one byte, 5e"))
	case formPing:
		if n := len(c.data) - 2; n > maxContext {
			dst = append(dst, finding("long-context", p.end-n, p.end, "a context of %d bytes: %d are allowed, libzmq gives back that many", n, maxContext))
		}
	case formMetadata:
		dst = metadataFindings(dst, c.data, p.end-len(c.data))
	case formOpaque:
		if c.bad == nil && string(c.name) != nameMessage {
			dst = append(dst, finding("unknown-command", p.body, p.end, "no command %q is known: libzmq drops it", c.name))
		}
	}
	return dst
}

// metadataFindings is about the properties at data, which is at offset at.
func metadataFindings(dst []codec.Finding, data []byte, at int) []codec.Finding {
	if _, ok := property(data, "Socket-Type"); !ok {
		dst = append(dst, finding("no-socket-type", at, at+len(data), "no Socket-Type: libzmq accepts that"))
	}
	for rest := data; len(rest) > 0; {
		name, value, next, _ := cutProperty(rest)
		from := at + len(data) - len(rest)
		to := at + len(data) - len(next)
		if _, again := property(next, string(name)); again {
			dst = append(dst, finding("duplicate-property", from, to, "the property %q stands here twice: libzmq accepts that", name))
		}
		switch {
		case bytes.EqualFold(name, []byte("Socket-Type")) && !isSocketType(value):
			dst = append(dst, finding("socket-type", from, to, "no socket type %q: libzmq closes, without ERROR", value))
		case bytes.EqualFold(name, []byte("Identity")) && (len(value) > 0xff || len(value) > 0 && value[0] == 0):
			dst = append(dst, finding("identity", from, to, "an identity has 255 bytes or less and does not begin with a zero byte: libzmq's API forbids it, its READY accepts it"))
		}
		rest = next
	}
	return dst
}

func isSocketType(b []byte) bool {
	for _, n := range socketTypes {
		if string(b) == n {
			return true
		}
	}
	return false
}
