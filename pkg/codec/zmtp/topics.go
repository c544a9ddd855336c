package zmtp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

const (
	sourceDoc = "ZMTP 3.1, rfc.zeromq.org/spec/37"
	sourceLib = "libzmq 4.3.4, measured through pyzmq 24.0.1"
)

// Topics implements [codec.Protocol].
func (Protocol) Topics(string) []codec.Topic { return Topics() }

// Topics lists what ZMTP can explain.
func Topics() []codec.Topic {
	list := []codec.Topic{
		{Name: "greeting", Kind: "type", Number: -1, Title: "the 64 bytes that open a connection",
			Text: `off  len  field
0    1    signature: ff
1    8    padding; libzmq writes the length of its identity and one
9    1    signature: 7f; only bit 0 is tested
10   1    major version: 3
11   1    minor version: 0 or 1
12   20   mechanism: NULL, PLAIN or CURVE, then zeros; all 20 bytes are compared
32   1    as-server: libzmq sends 0 on both sides
33   31   filler: zeros; ignored

libzmq sends it in pieces, 10 + 1 + 53 bytes, each after it has seen the
peer's. A stream that stops after 10 or 11 bytes had a silent or foreign peer.`,
			Example: "greeting 3.1 NULL", Source: sourceDoc + "; " + sourceLib},
		{Name: "message", Kind: "type", Number: -1, Title: "frames up to the first one without MORE",
			Text:    "Each frame has flags, a length of 1 or (flag LONG) 8 bytes, and a body. A receiver gets all frames of a message or none. `!long` or `!flags=0x09` before a frame asks for a header that a sender would not write.",
			Example: `message "" "eMQP/1.0" "READY" "id-1"`, Source: sourceDoc},
		{Name: "identity", Kind: "type", Number: -1, Title: "the identity frame of 2.0 and 1.0",
			Text: "In 2.0 it follows the greeting; in 1.0 it opens the stream. In 3.x the identity is a property of READY.", Example: `identity "client-1"`, Source: "ZMTP 2.0, rfc.zeromq.org/spec/15"},
		{Name: "close", Kind: "type", Number: -1, Title: "why did the peer close?",
			Text: `libzmq closes without a word on the wire, but for a refusal by its
authentication handler (ERROR 300, 400 or 500). What the bytes tell:

seen                                             reason
only 10 or 11 bytes of greeting                  the peer sent none or no ZMTP, or the mechanisms differ
greetings with different mechanisms              both sides close
mechanism in lower case, or bytes after its zero refused
bit 0 of byte 9 clear                            taken for 1.0, connection reset
revision 0                                       taken for 1.0, closed
a message before READY                           closed; also greeting, READY and message in one segment
READY with an unknown or incompatible type       closed
READY with a value length past its end           closed
a frame over ZMQ_MAXMSGSIZE, or of 1 TiB         closed
PING with a TTL and then silence                 closed after the TTL
PING without PONG                                closed after ZMQ_HEARTBEAT_TIMEOUT
CURVE HELLO and no WELCOME                       wrong server key; the client retries for ever
PLAIN HELLO and no WELCOME                       the server has no authentication handler; stays open`,
			Source: sourceLib},
	}
	for i, n := range []struct{ name, title, text string }{
		{"more", "another frame of the message follows", "A command must not have it; libzmq accepts it there."},
		{"long", "the length has 8 bytes", "A sender must use it for bodies over 255 bytes and should not for shorter ones; libzmq accepts both."},
		{"command", "the frame is a command", "3.x only. libzmq sends CURVE's MESSAGE without it."},
	} {
		list = append(list, codec.Topic{Name: n.name, Kind: "flag", Of: "message", Number: 1 << i, Title: n.title, Text: n.text, Source: sourceDoc + "; " + sourceLib})
	}
	for _, m := range []struct{ name, title, text, example string }{
		{"NULL", "no authentication, no secrecy", "READY goes both ways.", "greeting 3.1 NULL"},
		{"PLAIN", "username and password in the clear", "HELLO → WELCOME → INITIATE → READY; a refusal is ERROR, which libzmq's server writes with a broken name: 5e 52 52 4f 52.", "greeting 3.1 PLAIN"},
		{"CURVE", "authentication and secrecy by Curve25519", "HELLO 202 bytes, WELCOME 170, INITIATE 305 and more, READY; then every frame is a MESSAGE. The keys are made for the connection: a capture cannot be opened, even with the long-term keys. Sizes can be seen: the box is 17 bytes longer than the body.", "greeting 3.1 CURVE"},
	} {
		list = append(list, codec.Topic{Name: m.name, Kind: "mechanism", Of: "greeting", Number: -1, Title: m.title, Text: m.text, Example: m.example, Source: sourceLib})
	}
	for _, c := range []struct{ name, title, text, example string }{
		{nameReady, "ends the handshake and tells about the sender", "Properties: name after a length of 1 byte, value after a length of 4. Socket-Type; Identity of REQ, DEALER and ROUTER; Resource; X-… Names in any case. CURVE seals them.", "command READY Socket-Type=DEALER Identity=client-1"},
		{nameError, "refuses a connection", "A reason after a length of 1 byte: 300, 400 or 500 from libzmq's authentication.", "command ERROR reason=400"},
		{nameHello, "opens the handshake of PLAIN and CURVE", "PLAIN: username and password, each after a length of 1 byte. CURVE: version, padding, key, nonce, box.", "command HELLO username=admin password=secret"},
		{nameWelcome, "answers HELLO", "PLAIN: no data. CURVE: nonce 16, box 144.", "command WELCOME"},
		{nameInitiate, "answers WELCOME, with the client's properties", "PLAIN: as READY. CURVE: cookie 96, nonce 8, box.", "command INITIATE Socket-Type=DEALER Identity=\"\""},
		{nameMessage, "one frame of traffic under CURVE", "Nonce 8, box: 16 bytes of authenticator, 1 of flags, the body.", ""},
		{namePing, "asks for a sign of life", "TTL of 2 bytes in tenths of a second: the receiver closes when nothing comes for so long, 0 for never. Context of 0 to 16 bytes, given back in PONG. libzmq 4.3.4 answers a PING without TTL with 16 bytes of its memory.", "ping ttl=10"},
		{namePong, "answers PING", "The context of the PING. An unsolicited one is dropped.", "pong"},
		{nameSubscribe, "asks for messages that begin with a topic", "3.1, from SUB and XSUB. To peers of 3.0 and 2.0 it is a message: 01 and the topic.", `command SUBSCRIBE "news."`},
		{nameCancel, "ends a subscription", "3.1. To peers of 3.0 and 2.0 it is a message: 00 and the topic.", `command CANCEL "news."`},
	} {
		list = append(list, codec.Topic{Name: c.name, Kind: "command", Number: -1, Title: c.title, Text: c.text, Example: c.example, Source: sourceDoc + "; " + sourceLib})
	}
	for i, n := range socketTypes {
		list = append(list, codec.Topic{Name: n, Kind: "socket type", Of: nameReady, Number: i, Title: "talks with " + strings.Join(peers(n), ", "), Source: "ZMTP 2.0, rfc.zeromq.org/spec/15, for the numbers; " + sourceLib})
	}
	return list
}

// peers lists the socket types that one of that type may talk with.
func peers(socketType string) []string {
	var list []string
	for _, n := range socketTypes {
		if canPeer(socketType, n) {
			list = append(list, n)
		}
	}
	return list
}

// ExplainValue implements [codec.ValueExplainer]: it reads a flags byte.
func (Protocol) ExplainValue(_, value string) (string, bool) {
	n, err := strconv.ParseUint(value, 0, 8)
	if err != nil || !strings.HasPrefix(value, "0x") {
		return "", false
	}
	f := Frame{ver: V3}
	names := f.flagNames(nil, byte(n))
	switch {
	case n == 0xff:
		return "0xff opens a greeting, or the long length of ZMTP 1.0", true
	case names == "":
		names = "the last or only frame of a message, with a length of 1 byte"
	}
	return fmt.Sprintf("as the flags of a frame of ZMTP 3.x: %s", names), true
}
