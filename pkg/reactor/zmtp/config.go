package zmtp

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// The mechanisms of a [Session].
const (
	Null  = "NULL"
	Plain = "PLAIN"
	Curve = "CURVE"
)

// A Config is the settings of a [Session].
type Config struct {
	SocketType string // such as "ROUTER"
	Identity   []byte // at most 255 bytes; told by REQ, DEALER and ROUTER

	// Mechanism is NULL by default. With PLAIN, the peer that is the server
	// knows the users and their passwords; the other is one of them.
	Mechanism      string
	Server         bool
	Users          map[string]string
	User, Password string

	// With CURVE, a server has SecretKey, and lets in the clients that have
	// one of ClientKeys, or any when there are none. A client has ServerKey,
	// and SecretKey or one that is made up.
	SecretKey, ServerKey Key
	ClientKeys           []Key

	// Seed is what CURVE's keys and nonces of the connection are made of. It
	// is a secret, and no two connections may have the same.
	Seed [32]byte

	// Downgrade lets in peers of ZMTP 2.0 and 1.0, too, where the mechanism is
	// NULL. The greeting then goes out in pieces, and the session has to be
	// given what comes of the peer's; see Partial.
	Downgrade bool

	// MaxMessage bounds the bytes of a message that comes sealed, in one or
	// more frames; 8 times the codec's limit on a frame by default.
	MaxMessage int

	// Heartbeat is how often the peer is asked for a sign of life, 0 for
	// never; it ends the connection when none comes within Timeout, which is
	// the same by default. TTL is after which silence of ours the peer is to
	// end it.
	Heartbeat, Timeout, TTL time.Duration
}

// hasIdentity says whether sockets of this type tell their identity.
func (c *Config) hasIdentity() bool {
	return c.SocketType == "REQ" || c.SocketType == "DEALER" || c.SocketType == "ROUTER"
}

// A Peer is what the other side told.
type Peer struct {
	SocketType string
	Identity   []byte
	Version    zmtp.Version // of its frames
	Minor      int          // of its version 3
	User       string       // of PLAIN, at the server
	Key        Key          // of CURVE: its public key
}

// An Output is what a step of a [Session] leads to.
type Output struct {
	Begin       []byte        // of the next frame, to be sent first; see [reactor.Begin]
	Frames      []codec.Frame // to be sent
	Message     [][]byte      // that came, nil for none; good for as long as the frame is
	Subscribe   *Subscription // that came as a command
	Timers      []reactor.SetTimer
	Established bool   // the handshake is through
	Close       string // why the connection is to be closed; "" when it is not
}

// A Subscription is a topic that a SUB socket wants, or does not any more.
type Subscription struct {
	Topic  []byte
	Cancel bool
}
