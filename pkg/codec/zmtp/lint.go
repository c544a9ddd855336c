package zmtp

import "github.com/wirectl/wirectl/pkg/codec"

// rules are what lint holds traffic to. What libzmq does was measured with
// 4.3.4; it closes a connection without telling the peer why.
var rules = []codec.Rule{
	{ID: "zmtp/signature", Severity: codec.Note, Title: "a signature that does not end in 7f", Text: "libzmq tests bit 0 of that octet only."},
	{ID: "zmtp/version", Severity: codec.Note, Title: "a major version over 3", Text: "libzmq accepts it, and goes on as 3."},
	{ID: "zmtp/downgrade", Severity: codec.Note, Title: "a peer goes back to ZMTP 2.0", Text: "It announced more, and the other side speaks 2.0: libzmq does this by itself."},
	{ID: "zmtp/mechanism-bytes", Severity: codec.Error, Title: "bytes after the mechanism's name", Text: "All 20 octets are compared: libzmq closes the connection."},
	{ID: "zmtp/mechanism-unknown", Severity: codec.Error, Title: "a mechanism that is not known", Text: "NULL, PLAIN and CURVE, in upper case: libzmq closes the connection."},
	{ID: "zmtp/mechanism-mismatch", Severity: codec.Error, Title: "the two sides name different mechanisms", Text: "Both close after the greeting, without ERROR."},
	{ID: "zmtp/as-server", Severity: codec.Note, Title: "as-server is not what the rule says", Text: "1 at the server of PLAIN or CURVE, else 0. libzmq sends 0 on both sides and ignores it."},
	{ID: "zmtp/filler", Severity: codec.Note, Title: "a filler that is not zero", Text: "libzmq ignores it."},
	{ID: "zmtp/socket-type", Severity: codec.Error, Title: "no such socket type", Text: "libzmq closes the connection, without ERROR."},
	{ID: "zmtp/no-socket-type", Severity: codec.Warning, Title: "READY without a Socket-Type", Text: "The rule wants it; libzmq accepts the connection."},
	{ID: "zmtp/incompatible-sockets", Severity: codec.Error, Title: "socket types that cannot be peers", Text: "Such as REQ and PUB: libzmq closes the connection, without ERROR, and tries again for ever."},
	{ID: "zmtp/duplicate-property", Severity: codec.Warning, Title: "a property of READY stands there twice", Text: "libzmq accepts that."},
	{ID: "zmtp/identity", Severity: codec.Warning, Title: "an identity that is too long, or begins with a zero byte", Text: "libzmq's API forbids it; in READY it accepts it."},
	{ID: "zmtp/message-before-ready", Severity: codec.Error, Title: "a message before READY", Text: "libzmq closes the connection. Nothing may be sent before the peer's READY has been read."},
	{ID: "zmtp/ready-again", Severity: codec.Warning, Title: "a second READY", Text: "libzmq ignores it."},
	{ID: "zmtp/subscribe-to-no-publisher", Severity: codec.Error, Title: "SUBSCRIBE to what is no publisher", Text: "libzmq 4.3.4 hands it to the application as a message."},
	{ID: "zmtp/reserved-bits", Severity: codec.Warning, Title: "reserved flags are set", Text: "libzmq ignores them."},
	{ID: "zmtp/long-length", Severity: codec.Note, Title: "a length of 8 bytes where one is enough", Text: "libzmq accepts it."},
	{ID: "zmtp/command-more", Severity: codec.Warning, Title: "a command with the flag MORE", Text: "Commands are one frame; libzmq accepts it."},
	{ID: "zmtp/libzmq-plain-error", Severity: codec.Warning, Title: "ERROR in the broken form of libzmq's PLAIN server", Text: "The length and the first letter of the name are one byte, 5e. Other peers take it for an unknown command."},
	{ID: "zmtp/long-context", Severity: codec.Warning, Title: "a PING with a context of over 16 bytes", Text: "libzmq cuts it in the PONG."},
	{ID: "zmtp/unknown-command", Severity: codec.Warning, Title: "a command that is not known", Text: "libzmq drops it in silence."},
	{ID: "zmtp/refused", Severity: codec.Warning, Title: "a side refuses the connection", Text: "ERROR in the handshake: 300, 400 and 500 are what the authentication handler said."},
	{ID: "zmtp/no-pong", Severity: codec.Warning, Title: "PINGs without a PONG", Text: "libzmq closes after its heartbeat timeout."},
	{ID: "zmtp/no-welcome", Severity: codec.Warning, Title: "HELLO without WELCOME", Text: "The server has no authentication handler, or has another key than the client thinks: it closes, or is silent, and the client tries again for ever."},
	{ID: "zmtp/no-ready", Severity: codec.Warning, Title: "a greeting without READY", Text: "The handshake has no end."},
}

// Rules implements [codec.Linter].
func (Protocol) Rules() []codec.Rule { return rules }

// Checker implements [codec.Linter]: frames and conversations tell all.
func (Protocol) Checker() codec.Checker { return &checker{} }

type checker struct{ findings []codec.Finding }

// Open implements [codec.Checker].
func (*checker) Open(int, string, bool) {}

// Lost implements [codec.Checker].
func (*checker) Lost(int) {}

// End implements [codec.Checker].
func (*checker) End(func(codec.Violation)) {}

// Check implements [codec.Checker].
func (c *checker) Check(r *codec.Record, report func(codec.Violation)) {
	c.findings = r.Frame.AppendFindings(c.findings[:0])
	codec.ReportFindings(r, "zmtp/", c.findings, report)
}
