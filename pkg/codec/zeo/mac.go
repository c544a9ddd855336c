package zeo

import (
	"crypto/hmac"
	"crypto/sha1" // the protocol wants it
	"encoding/hex"
	"hash"
)

// A Login is what a client up to ZEO 4 proves to know with the digest
// protocol, and what both sides make of it. With
//
//	secret = hex(SHA-1(user:realm:password))
//
// the answer to a challenge is hex(SHA-1(secret:challenge)), and the key of
// the MACs SHA-1(secret:nonce) followed by secret. Source: ZEO/auth/auth_digest.py
// of ZODB 3.9.7; held against recorded logins.
type Login struct{ User, Realm, Password string }

func (l Login) secret() string {
	return sha1Hex(l.User + ":" + l.Realm + ":" + l.Password)
}

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s)) // the protocol wants it
	return hex.EncodeToString(sum[:])
}

// Response returns the answer to the server's challenge.
func (l Login) Response(challenge string) string {
	return sha1Hex(l.secret() + ":" + challenge)
}

// Key returns the key of the MACs, 60 bytes.
func (l Login) Key(nonce string) []byte {
	secret := l.secret()
	sum := sha1.Sum([]byte(secret + ":" + nonce)) // the protocol wants it
	return append(sum[:], secret...)
}

// A MAC makes the MACs of one direction.
type MAC struct{ h hash.Hash }

// NewMAC returns the MAC of a direction that has had none yet.
func NewMAC(key []byte) *MAC { return &MAC{hmac.New(sha1.New, key)} }

// Append takes the next body and appends its MAC, 20 bytes: the HMAC-SHA1 of
// all bodies so far.
func (m *MAC) Append(dst, body []byte) []byte {
	m.h.Write(body)
	return m.h.Sum(dst)
}

// Clone returns a copy that goes its own way.
func (m *MAC) Clone() *MAC {
	c, err := m.h.(hash.Cloner).Clone()
	if err != nil {
		panic(err) // HMAC-SHA1 can be copied
	}
	return &MAC{c}
}
