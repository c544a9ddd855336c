package zeo

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// ServerOptions are the settings of a [Server]. The zero value is usable.
type ServerOptions struct {
	// Protocol is the id that the server announces: Z5, M5, Z4, Z3101, Z310
	// or Z309; Z5 by default. Python2 makes a server that announces Z4 write
	// as its peers on Python 2 do, as all before it do.
	Protocol string
	Python2  bool

	// Storage is what is served, an empty one by default. A client asks for
	// it by its name.
	Storage  *storage.Storage
	ReadOnly bool

	// NoResolve leaves conflicts of BTrees.Length to the clients: others are
	// always left to them.
	NoResolve bool

	// Users are names and passwords. Up to Z4, clients have to be one of them
	// if there are any; from Z5 on there is no such thing.
	Users map[string]string
	Realm string

	Invalidations int           // transactions of which clients can ask what changed; 100 by default
	Timeout       time.Duration // of a transaction that holds the lock; none by default

	MaxConnections int   // 1000 by default
	MaxTransaction int64 // bytes that a transaction stores; 256 MiB by default
	MaxSpooled     int64 // bytes of all transactions; 1 GiB by default
	MaxIterators   int   // of one connection; 100 by default
	MaxQueued      int64 // bytes that wait for one connection; 64 MiB by default

	settings  storage.Options       // of the storage
	challenge func(conn int) string // of tests, for what is made of the time
}

// MaxFrame is a limit on messages that the objects of real applications keep
// to; the protocol has none.
const MaxFrame = 64 << 20

const (
	defaultProtocol      = "Z5"
	defaultInvalidations = 100
	defaultConnections   = 1000
	defaultTransaction   = 256 << 20
	defaultSpooled       = 1 << 30
	defaultIterators     = 100
)

// servedProtocols are the ids that a server can announce.
var servedProtocols = []string{"Z5", "M5", "Z4", "Z3101", "Z310", "Z309"}

// ServedProtocols returns the ids that a server can announce, the usual one
// first.
func ServedProtocols() []string { return slices.Clone(servedProtocols) }

// settingNames are the settings in [reactor.Options].
var settingNames = []string{"name", "python", "read-only", "resolve", "user", "realm", "invalidations", "timeout", "max-objects", "max-storage", "max-transaction", "max-connections"}

// ServerOptionsOf reads the settings of a server:
//
//	name             of the storage, "1" by default
//	python           2 or 3, of a server that announces Z4
//	read-only        yes or no
//	resolve          length or none: conflicts that the server resolves
//	user             NAME:PASSWORD, up to Z4
//	realm            of the users, "ZEO" by default
//	invalidations    transactions of which clients can ask what changed
//	timeout          seconds that a transaction may hold the lock
//	max-objects      in the storage
//	max-storage      bytes in the storage
//	max-transaction  bytes of one transaction
//	max-connections  more are closed at once
//
// The dialect is the id that is announced. MaxBuffered bounds what waits for
// one connection.
func ServerOptionsOf(o reactor.Options) (ServerOptions, error) {
	s := ServerOptions{Protocol: o.Dialect, MaxQueued: o.MaxBuffered}
	if o.Dialect != "" && !slices.Contains(servedProtocols, o.Dialect) {
		return s, &codec.UnknownNameError{What: "protocol of a ZEO server", Name: o.Dialect, Allowed: servedProtocols}
	}
	for name, value := range o.Extra {
		if err := s.set(&s.settings, name, value); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	s.Storage = storage.New(s.settings)
	return s, nil
}

// Load has the server serve what the text of a file holds; see
// [storage.Parse]. Its name counts unless a setting gives another.
func (o *ServerOptions) Load(text []byte) (err error) {
	o.Storage, err = storage.Parse(text, o.settings)
	return err
}

// set reads one setting.
func (s *ServerOptions) set(so *storage.Options, name, value string) (err error) {
	switch name {
	case "name":
		so.Name = value
	case "python":
		s.Python2 = value == "2"
		err = oneOf(value, "2", "3")
	case "read-only":
		s.ReadOnly = value == "yes"
		err = oneOf(value, "yes", "no")
	case "resolve":
		s.NoResolve = value == "none"
		err = oneOf(value, "length", "none")
	case "user":
		s.Users, err = users(value)
	case "realm":
		s.Realm = value
	case "invalidations":
		s.Invalidations, err = strconv.Atoi(value)
	case "timeout":
		var seconds float64
		seconds, err = strconv.ParseFloat(value, 64)
		s.Timeout = time.Duration(seconds * float64(time.Second))
	case "max-objects":
		so.MaxObjects, err = strconv.Atoi(value)
	case "max-storage":
		so.MaxBytes, err = strconv.ParseInt(value, 10, 64)
	case "max-transaction":
		s.MaxTransaction, err = strconv.ParseInt(value, 10, 64)
	case "max-connections":
		s.MaxConnections, err = strconv.Atoi(value)
	default:
		return &codec.UnknownNameError{What: "setting of the ZEO server", Name: name, Allowed: settingNames}
	}
	return err
}

// oneOf checks a value that must be one of a few.
func oneOf(value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return &codec.UnknownNameError{What: "such value", Name: value, Allowed: allowed}
	}
	return nil
}

func (o ServerOptions) withDefaults() ServerOptions {
	if o.Protocol == "" {
		o.Protocol = defaultProtocol
	}
	if o.Storage == nil {
		o.Storage = storage.New(storage.Options{})
	}
	if o.Realm == "" {
		o.Realm = "ZEO"
	}
	positive(&o.Invalidations, defaultInvalidations)
	positive(&o.MaxConnections, defaultConnections)
	positive(&o.MaxTransaction, defaultTransaction)
	positive(&o.MaxSpooled, defaultSpooled)
	positive(&o.MaxIterators, defaultIterators)
	positive(&o.MaxQueued, int64(reactor.DefaultMaxBuffered))
	return o
}

// positive gives a limit its default.
func positive[T int | int64](limit *T, byDefault T) {
	if *limit <= 0 {
		*limit = byDefault
	}
}
