package zmtp

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Options are the settings of a [Socket].
type Options struct {
	Config

	Subscribe []string // topics of a SUB or XSUB, from the start on
	Probe     bool     // an empty message goes to each new peer; of REQ, DEALER and ROUTER
	Mandatory bool     // a ROUTER says so when it knows no peer of an identity

	// HighWater bounds the messages that wait for one peer, and those that
	// wait for any; 1000 by default, as in libzmq.
	HighWater      int
	MaxConnections int // 1000 by default

	publicKey Key // as it was told

	// Seed is any text. The identities of peers that have none are made of
	// it, and all keys and nonces of CURVE that are made up: for secrecy it
	// has to be a random secret, another one each time. It takes the place of
	// that in Config.
	Seed string
}

const (
	defaultHighWater   = 1000
	defaultConnections = 1000
)

// served are the socket types that a [Socket] can be, the usual one first.
var served = []string{"ROUTER", "DEALER", "REP", "REQ", "PUB", "SUB", "PUSH", "PULL", "PAIR", "XPUB", "XSUB"}

// settingNames are the settings in [reactor.Options].
var settingNames = []string{"socket", "identity", "mechanism", "user", "secret-key", "public-key", "server-key", "client-keys", "heartbeat", "timeout", "ttl", "downgrade", "subscribe", "mandatory", "probe-router", "high-water", "max-message", "max-connections", "seed"}

// OptionsOf reads the settings of a socket:
//
//	socket           ROUTER, DEALER, REP, REQ, PUB, SUB, PUSH, PULL, PAIR, XPUB
//	                 or XSUB
//	identity         of REQ, DEALER and ROUTER
//	mechanism        NULL, PLAIN or CURVE
//	user             NAME:PASSWORD; a server takes several, with commas
//	secret-key       of CURVE: our own; a client may do without
//	public-key       the same key's other half, to be checked
//	server-key       the public key of the server, at a client
//	client-keys      those that a server lets in, with commas; any by default
//	heartbeat        seconds between PINGs
//	timeout          seconds to wait for a sign of life after one
//	ttl              seconds of our silence that the peer allows
//	downgrade        yes or no: peers of ZMTP 2.0 and 1.0 are let in
//	subscribe        topics of a SUB, with commas; nothing is all
//	mandatory        yes or no: a ROUTER rejects what has no receiver
//	probe-router     yes or no: an empty message goes to each new peer
//	high-water       messages that wait for one peer
//	max-message      bytes of a message that comes sealed
//	max-connections  more are closed at once
//	seed             any text: what identities, keys and nonces are made of
//
// A key is 40 characters of Z85 or 64 hexadecimal digits.
// By default a server is a ROUTER and a client a DEALER.
func OptionsOf(o reactor.Options) (Options, error) {
	s := Options{Config: Config{Server: o.Role == reactor.Server, SocketType: "DEALER", Downgrade: true}}
	if s.Server {
		s.SocketType = "ROUTER"
	}
	for name, value := range o.Extra {
		if err := s.set(name, value); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	if s.SocketType == "SUB" && s.Subscribe == nil {
		s.Subscribe = []string{""}
	}
	if s.Probe && !s.hasIdentity() {
		return s, fmt.Errorf("probe-router: it is of REQ, DEALER and ROUTER")
	}
	return s, s.keys(o.Extra)
}

// keys checks that the keys are there that a mechanism needs, and no others: a
// socket that was given a key does not talk in the clear.
func (s *Options) keys(extra map[string]string) error {
	for _, name := range []string{"secret-key", "public-key", "server-key", "client-keys"} {
		if _, given := extra[name]; given && s.Mechanism != Curve {
			return fmt.Errorf("%s: keys are of the mechanism CURVE", name)
		}
	}
	switch {
	case s.Mechanism != Curve:
	case s.Server && s.SecretKey == Key{}:
		return fmt.Errorf("secret-key: a server of CURVE has one")
	case !s.Server && s.ServerKey == Key{}:
		return fmt.Errorf("server-key: a client of CURVE knows the server's public key")
	case s.publicKey != Key{} && s.publicKey != s.SecretKey.Public():
		return fmt.Errorf("public-key: it is not that of secret-key")
	}
	return nil
}

func (s *Options) set(name, value string) (err error) {
	switch name {
	case "socket":
		s.SocketType = strings.ToUpper(value)
		err = oneOf(s.SocketType, served...)
	case "identity":
		s.Identity = []byte(value)
		if len(value) > 255 || strings.HasPrefix(value, "\x00") {
			err = fmt.Errorf("an identity has 1 to 255 bytes and does not begin with a zero")
		}
	case "mechanism":
		s.Mechanism = strings.ToUpper(value)
		err = oneOf(s.Mechanism, Null, Plain, Curve)
	case "user":
		err = s.users(value)
	case "secret-key":
		s.SecretKey, err = ParseKey(value)
	case "public-key":
		s.publicKey, err = ParseKey(value)
	case "server-key":
		s.ServerKey, err = ParseKey(value)
	case "client-keys":
		for _, one := range strings.Split(value, ",") {
			key, e := ParseKey(one)
			s.ClientKeys, err = append(s.ClientKeys, key), errors.Join(err, e)
		}
	case "heartbeat":
		s.Heartbeat, err = seconds(value)
	case "timeout":
		s.Timeout, err = seconds(value)
	case "ttl":
		s.TTL, err = seconds(value)
	case "downgrade":
		s.Downgrade = value == "yes"
		err = oneOf(value, "yes", "no")
	case "subscribe":
		s.Subscribe = strings.Split(value, ",")
	case "mandatory":
		s.Mandatory = value == "yes"
		err = oneOf(value, "yes", "no")
	case "probe-router":
		s.Probe = value == "yes"
		err = oneOf(value, "yes", "no")
	case "high-water":
		s.HighWater, err = strconv.Atoi(value)
	case "max-message":
		s.MaxMessage, err = strconv.Atoi(value)
	case "max-connections":
		s.MaxConnections, err = strconv.Atoi(value)
	case "seed":
		s.Seed = value
	default:
		err = &codec.UnknownNameError{What: "setting of a zmtp socket", Name: name, Allowed: settingNames}
	}
	return err
}

// users reads NAME:PASSWORD,…. The first is who a client is.
func (s *Options) users(text string) error {
	s.Users = map[string]string{}
	for i, one := range strings.Split(text, ",") {
		name, password, ok := strings.Cut(one, ":")
		if !ok || len(name) > 255 || len(password) > 255 {
			return fmt.Errorf("%q is no NAME:PASSWORD of at most 255 bytes each", one)
		}
		s.Users[name] = password
		if i == 0 {
			s.User, s.Password = name, password
		}
	}
	return nil
}

func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	return time.Duration(n * float64(time.Second)), err
}

// oneOf checks a value that must be one of a few.
func oneOf(value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return &codec.UnknownNameError{What: "such value", Name: value, Allowed: allowed}
	}
	return nil
}

// madeUp returns the identity of the nth peer without one: a zero and 4 bytes.
// Without a seed they count from 1.
func (s *Options) madeUp(n int) string {
	first := uint32(0)
	if s.Seed != "" {
		seed := s.seedOf(0)
		first = binary.BigEndian.Uint32(seed[:])
	}
	return string(binary.BigEndian.AppendUint32([]byte{0}, first+uint32(n)))
}

// seedOf returns the seed of a connection; those count from 1.
func (s *Options) seedOf(conn int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d %s", conn, s.Seed))
}
