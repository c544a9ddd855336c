package zmtp

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/crypto/nacl/box"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// Where the parts of the commands of CURVE are (rfc.zeromq.org/spec/26), in
// bytes. The codec has checked the sizes.
//
//	HELLO     version 2, zeros 72, C' 32, nonce 8, box 80: 64 zeros, C'→S
//	WELCOME   nonce 16, box 144: S', cookie, S→C'
//	INITIATE  cookie 96, nonce 8, box: C, nonce 16, vouch, metadata, C'→S'
//	  vouch   box 80: C', S, C→S'
//	READY     nonce 8, box: metadata, S'→C'
//
// C and S are the lasting keys of client and server, C' and S' those of the
// connection.
const (
	helloKey, helloNonce, helloBox   = 74, 106, 114
	cookieLen, initiateBox           = 96, 104
	vouchNonce, vouch, initiateProps = 32, 48, 128
)

// A curve is the state of CURVE in a [Session].
type curve struct {
	rand   rand.ChaCha8 // of our keys and nonces
	stage  string       // the last command of the handshake that we sent
	secret Key          // ours of the connection
	public Key
	peer   Key // theirs
	cookie []byte
	shared [32]byte // of the connection's keys
	sent   uint64   // nonce of ours
	seen   uint64   // nonce of theirs

	parts [][]byte // of a message that is not whole
	size  int      // bytes in them
}

func newCurve(seed [32]byte) *curve {
	k := &curve{rand: *rand.NewChaCha8(seed)}
	k.random(k.secret[:])
	k.public = k.secret.Public()
	return k
}

func (k *curve) clone() *curve {
	c := *k
	c.parts = slices.Clone(k.parts)
	return &c
}

func (k *curve) random(b []byte) {
	_, _ = k.rand.Read(b) // there is always more
}

// longNonce makes a nonce of a purpose of 8 bytes and 16 random bytes, or of a
// purpose of 16 bytes and a number.
func longNonce(purpose string, rest []byte) *[24]byte {
	var n [24]byte
	copy(n[copy(n[:], purpose):], rest)
	return &n
}

// seal seals with keys.
func seal(dst, text []byte, nonce *[24]byte, to, from Key) []byte {
	return box.Seal(dst, text, nonce, (*[32]byte)(&to), (*[32]byte)(&from))
}

func open(sealed []byte, nonce *[24]byte, from, to Key) ([]byte, bool) {
	return box.Open(nil, sealed, nonce, (*[32]byte)(&from), (*[32]byte)(&to))
}

// number counts our nonce on and appends it.
func (k *curve) number(dst []byte) []byte {
	k.sent++
	return binary.BigEndian.AppendUint64(dst, k.sent)
}

// shakeCurve takes a command of the handshake of CURVE.
func (s *Session) shakeCurve(now time.Time, name string, data []byte) Output {
	k := s.curve
	switch {
	case name == "HELLO" && s.c.Server && k.stage == "":
		return s.curveWelcome(data)
	case name == "WELCOME" && !s.c.Server && k.stage == "HELLO":
		return s.curveInitiate(data)
	case name == "INITIATE" && s.c.Server && k.stage == "WELCOME":
		return s.curveReady(now, data)
	case name == "READY" && !s.c.Server && k.stage == "INITIATE":
		return s.curveDone(now, data)
	case name == "ERROR":
		return s.refused(data)
	}
	return s.end("%s does not come at this point of the handshake", name)
}

// tell sends a command of the handshake.
func (s *Session) tell(name string, data []byte) Output {
	s.curve.stage = name
	return Output{Frames: []codec.Frame{zmtp.NewCommand(Curve, name, data)}}
}

// curveHello opens the handshake, at the client.
func (s *Session) curveHello() Output {
	k := s.curve
	data := append(make([]byte, 0, helloBox+64+box.Overhead), 1, 0)
	data = append(data, make([]byte, helloKey-2)...)
	data = append(data, k.public[:]...)
	data = k.number(data)
	zeros := make([]byte, 64)
	data = seal(data, zeros, longNonce("CurveZMQHELLO---", data[helloNonce:]), s.c.ServerKey, k.secret)
	return s.tell("HELLO", data)
}

// curveWelcome answers HELLO. What does not open is closed without a word, as
// libzmq does.
func (s *Session) curveWelcome(data []byte) Output {
	k := s.curve
	if data[0] != 1 || data[1] != 0 {
		return s.end("the peer speaks CURVE %d.%d, and 1.0 is known", data[0], data[1])
	}
	k.peer = Key(data[helloKey:helloNonce])
	k.seen = binary.BigEndian.Uint64(data[helloNonce:])
	if _, ok := open(data[helloBox:], longNonce("CurveZMQHELLO---", data[helloNonce:helloBox]), k.peer, s.c.SecretKey); !ok {
		return s.end("a HELLO that is not sealed for this server's key")
	}
	// The cookie is for a server that forgets the client meanwhile; this one
	// does not, so that any bytes do.
	k.cookie = make([]byte, cookieLen)
	k.random(k.cookie)
	nonce := make([]byte, 16)
	k.random(nonce)
	text := append(k.public[:], k.cookie...)
	return s.tell("WELCOME", seal(nonce, text, longNonce("WELCOME-", nonce), k.peer, s.c.SecretKey))
}

// curveInitiate answers WELCOME.
func (s *Session) curveInitiate(data []byte) Output {
	k := s.curve
	text, ok := open(data[16:], longNonce("WELCOME-", data[:16]), s.c.ServerKey, k.secret)
	if !ok {
		return s.end("a WELCOME that is not sealed by the server's key")
	}
	k.peer = Key(text[:32])
	k.share()
	own := s.c.SecretKey
	public := own.Public()
	nonce := make([]byte, 16)
	k.random(nonce)
	inside := append(public[:], nonce...)
	inside = seal(inside, append(k.public[:], s.c.ServerKey[:]...), longNonce("VOUCH---", nonce), k.peer, own)
	inside = append(inside, s.metadata()...)
	out := k.number(bytes.Clone(text[32:]))
	out = box.SealAfterPrecomputation(out, inside, longNonce("CurveZMQINITIATE", out[cookieLen:]), &k.shared)
	return s.tell("INITIATE", out)
}

func (k *curve) share() { box.Precompute(&k.shared, (*[32]byte)(&k.peer), (*[32]byte)(&k.secret)) }

// curveReady answers INITIATE, when the client may come in.
func (s *Session) curveReady(now time.Time, data []byte) Output {
	k := s.curve
	if !bytes.Equal(data[:cookieLen], k.cookie) {
		return s.end("an INITIATE with another cookie")
	}
	k.share()
	text, ok := box.OpenAfterPrecomputation(nil, data[initiateBox:], longNonce("CurveZMQINITIATE", data[cookieLen:initiateBox]), &k.shared)
	if !ok || len(text) < initiateProps {
		return s.end("an INITIATE that is not sealed for this connection")
	}
	k.seen = binary.BigEndian.Uint64(data[cookieLen:])
	client, own := Key(text), s.c.SecretKey.Public()
	vouched, ok := open(text[vouch:initiateProps], longNonce("VOUCH---", text[vouchNonce:vouch]), client, k.secret)
	if !ok || !bytes.Equal(vouched, append(k.peer[:], own[:]...)) {
		return s.end("the client does not have the key that it tells")
	}
	if len(s.c.ClientKeys) > 0 && !slices.Contains(s.c.ClientKeys, client) {
		out := s.end("no client of the key %s is let in", client)
		out.Frames = []codec.Frame{zmtp.NewCommand(Curve, "ERROR", []byte("\x03400"))}
		return out
	}
	s.peer.Key = client
	out := s.ready(now, text[initiateProps:])
	if out.Close != "" {
		return out
	}
	ready := k.number(nil)
	ready = box.SealAfterPrecomputation(ready, s.metadata(), longNonce("CurveZMQREADY---", ready), &k.shared)
	out.Frames = append(s.tell("READY", ready).Frames, out.Frames...)
	return out
}

// curveDone takes READY.
func (s *Session) curveDone(now time.Time, data []byte) Output {
	k := s.curve
	text, ok := box.OpenAfterPrecomputation(nil, data[8:], longNonce("CurveZMQREADY---", data[:8]), &k.shared)
	if !ok {
		return s.end("a READY that is not sealed for this connection")
	}
	k.seen, s.peer.Key = binary.BigEndian.Uint64(data), s.c.ServerKey
	return s.ready(now, text)
}
