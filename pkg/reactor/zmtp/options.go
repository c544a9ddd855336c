package zmtp

import (
	"encoding/binary"
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

	Subscribe []string // topics of a SUB, from the start on
	Mandatory bool     // a ROUTER says so when it knows no peer of an identity

	// HighWater bounds the messages that wait for one peer, and those that
	// wait for any; 1000 by default, as in libzmq.
	HighWater      int
	MaxConnections int // 1000 by default

	// Seed is what identities are made of for peers that have none.
	Seed uint32
}

const (
	defaultHighWater   = 1000
	defaultConnections = 1000
)

// served are the socket types that a [Socket] can be, the usual one first.
var served = []string{"ROUTER", "DEALER", "REP", "REQ", "PUB", "SUB", "PUSH", "PULL", "PAIR"}

// settingNames are the settings in [reactor.Options].
var settingNames = []string{"socket", "identity", "mechanism", "user", "heartbeat", "timeout", "ttl", "subscribe", "mandatory", "high-water", "max-connections", "seed"}

// OptionsOf reads the settings of a socket:
//
//	socket           ROUTER, DEALER, REP, REQ, PUB, SUB, PUSH, PULL or PAIR
//	identity         of REQ, DEALER and ROUTER
//	mechanism        NULL or PLAIN
//	user             NAME:PASSWORD; a server takes several, with commas
//	heartbeat        seconds between PINGs
//	timeout          seconds to wait for a sign of life after one
//	ttl              seconds of our silence that the peer allows
//	subscribe        topics of a SUB, with commas; nothing is all
//	mandatory        yes or no: a ROUTER rejects what has no receiver
//	high-water       messages that wait for one peer
//	max-connections  more are closed at once
//	seed             what made-up identities are made of
//
// By default a server is a ROUTER and a client a DEALER.
func OptionsOf(o reactor.Options) (Options, error) {
	s := Options{Config: Config{Server: o.Role == reactor.Server, SocketType: "DEALER"}}
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
	return s, nil
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
		err = oneOf(s.Mechanism, Null, Plain)
	case "user":
		err = s.users(value)
	case "heartbeat":
		s.Heartbeat, err = seconds(value)
	case "timeout":
		s.Timeout, err = seconds(value)
	case "ttl":
		s.TTL, err = seconds(value)
	case "subscribe":
		s.Subscribe = strings.Split(value, ",")
	case "mandatory":
		s.Mandatory = value == "yes"
		err = oneOf(value, "yes", "no")
	case "high-water":
		s.HighWater, err = strconv.Atoi(value)
	case "max-connections":
		s.MaxConnections, err = strconv.Atoi(value)
	case "seed":
		var n uint64
		n, err = strconv.ParseUint(value, 0, 32)
		s.Seed = uint32(n)
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
func (s *Options) madeUp(n int) string {
	b := binary.BigEndian.AppendUint32([]byte{0}, s.Seed+uint32(n))
	return string(b)
}
