package zmtp

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// progress is how far one side came.
type progress struct {
	last    string // its last command of the handshake, "" when there was none
	refused string // the reason of its ERROR
	pings   int
	pongs   int
}

// note takes a command in.
func (p *progress) note(cmd command) {
	switch string(cmd.name) {
	case nameHello:
		p.last = nameHello
	case nameWelcome:
		p.last = nameWelcome
	case nameInitiate:
		p.last = nameInitiate
	case nameReady:
		p.last = nameReady
	case nameError:
		if cmd.form == formError || cmd.form == formBrokenError {
			p.refused = string(cmd.data[1:])
		}
	case namePing:
		p.pings++
	case namePong:
		p.pongs++
	}
}

// AppendEnd implements [codec.Ender]: why the connection ended, as far as the
// bytes tell. What concerns both sides is said of the server's.
func (c *Conversation) AppendEnd(dst []codec.Finding, dir codec.Direction) []codec.Finding {
	s, peer := c.Side(dir), c.Side(dir.Reverse())
	add := func(code, format string, args ...any) {
		dst = append(dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if s.refused != "" {
		add("refused", "the connection was refused: ERROR %s", s.refused)
	}
	if s.pings > 0 && peer.pongs == 0 {
		add("no-pong", "%d PINGs and no PONG: libzmq closes after its heartbeat timeout", s.pings)
	}
	if dir == codec.ToClient && c.checkTypes(dir) != 0 {
		add("incompatible-sockets", "sockets of types %q and %q cannot be peers: libzmq closes, without ERROR", peer.SocketType, s.SocketType)
	}
	if s.Mechanism == MechUnknown || s.Ready || s.refused != "" || peer.refused != "" {
		return dst
	}
	switch {
	case peer.Mechanism != MechUnknown && peer.Mechanism != s.Mechanism:
		if dir == codec.ToClient {
			add("mechanism-mismatch", "the greetings have different mechanisms, %v and %v: both sides close, without ERROR", peer.Mechanism, s.Mechanism)
		}
	case s.last != "" || peer.Mechanism == MechUnknown:
		// It waited for the other side.
	case peer.last == nameHello && s.Mechanism == MechCurve:
		add("no-welcome", "HELLO and no WELCOME: the client has another key of the server, or is not allowed")
	case peer.last == nameHello:
		add("no-welcome", "HELLO and no WELCOME: the server has no authentication handler, or has not answered")
	case peer.last != "" || dir == codec.ToClient:
		add("no-ready", "a greeting and no READY: the handshake has no end")
	}
	return dst
}
