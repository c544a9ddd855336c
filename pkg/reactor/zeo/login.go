package zeo

import (
	"crypto/sha1" // the protocol wants it
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
)

// A login is where a connection stands with the authentication of peers up to
// ZEO 4.
type login struct {
	challenge string
	nonce     string
	done      bool
	in, out   *zeo.MAC // nil before
	pushes    int      // of a 3.9 server
}

func (l login) clone() login {
	if l.in != nil {
		l.in, l.out = l.in.Clone(), l.out.Clone()
	}
	return l
}

// users reads NAME:PASSWORD,….
func users(text string) (map[string]string, error) {
	all := map[string]string{}
	for _, one := range strings.Split(text, ",") {
		name, password, ok := strings.Cut(one, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is no NAME:PASSWORD", one)
		}
		all[name] = password
	}
	return all, nil
}

func (c *session) getAuthProtocol(*args) (any, error) {
	if len(c.s.o.Users) == 0 {
		return nil, nil
	}
	return "digest", nil
}

// authGetChallenge makes a challenge of the time and the connection, as the
// real server makes it of the time.
func (c *session) authGetChallenge(*args) (any, error) {
	c.login.challenge = hashed(fmt.Sprintf("challenge %d %d", c.s.now.UnixNano(), c.conn))
	c.login.nonce = hashed(fmt.Sprintf("nonce %d %d", c.s.now.UnixNano(), c.conn))
	if c.s.o.challenge != nil {
		c.login.challenge = c.s.o.challenge(c.conn)
		c.login.nonce = c.login.challenge
	}
	return tuple{c.s.o.Realm, c.login.challenge, c.login.nonce}, nil
}

func hashed(text string) string {
	sum := sha1.Sum([]byte(text)) // the protocol wants it
	return hex.EncodeToString(sum[:])
}

// authResponse says whether the client knows the password. If it does, all
// messages after the answer have MACs.
func (c *session) authResponse(a *args) (any, error) {
	var parts []string
	if k := a.t.Kind(a.list[0]); k == value.Tuple || k == value.List {
		for kid := a.t.First(a.list[0]); kid != 0; kid = a.t.Next(kid) {
			b, _ := strOf(a.t, kid)
			parts = append(parts, string(b))
		}
	}
	if len(parts) != 3 || c.login.challenge == "" {
		return nil, builtin("ValueError", "no credentials for a challenge")
	}
	password, known := c.s.o.Users[parts[0]]
	l := zeo.Login{User: parts[0], Realm: c.s.o.Realm, Password: password}
	right := subtle.ConstantTimeCompare([]byte(l.Response(c.login.challenge)), []byte(parts[2])) == 1
	if !known || parts[1] != c.login.challenge || !right {
		return false, nil
	}
	c.login.challenge, c.login.done = "", true
	a.answer(true)
	key := l.Key(c.login.nonce)
	c.login.in, c.login.out = zeo.NewMAC(key), zeo.NewMAC(key)
	return nil, errLater
}

// register asks for the storage.
func (c *session) register(a *args) (any, error) {
	name, err := a.bytes(0)
	switch {
	case err != nil:
		return nil, err
	case c.registered:
		return nil, builtin("ValueError", "duplicate register() call")
	case len(c.s.o.Users) > 0 && !c.modern && !c.login.done:
		return nil, &pyError{module: "ZEO.Exceptions", class: "AuthError", args: tuple{"Client was never authenticated with server!"}}
	case string(name) != c.s.store.Name():
		return nil, builtin("ValueError", "unknown storage: %s", name)
	case c.s.o.ReadOnly && !truthy(a.t, a.list[1]):
		return nil, readOnlyError()
	}
	c.registered, c.readOnly = true, truthy(a.t, a.list[1])
	if !c.modern {
		return nil, nil
	}
	return c.lastTransaction(a)
}
