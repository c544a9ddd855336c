package zeo

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// ClientOptions are the settings of a [Client]. The zero value is usable.
type ClientOptions struct {
	// Protocol is the newest id that the client speaks: Z5, M5, Z4, Z3101,
	// Z310 or Z309; Z5 by default. It stands for a program: ZEO 5 and 6, ZEO
	// 4, ZODB 3.10, ZODB 3.9. A client of Z5 takes the encoding that the
	// server offers; one of M5 answers in msgpack whatever that is, which all
	// servers obey that know version 5.
	Protocol string
	Python2  bool // a client of Z4 writes as Python 2 does, as all before it do

	Storage  string // the name of the storage, "1" by default
	ReadOnly bool
	Fallback bool // to read-only, when the server takes no writer

	User, Password string // up to Z4; without, a server that asks is left

	// LastTID is the transaction up to which our own side already knows all
	// changes. At the start the server is asked what has changed since.
	LastTID storage.TID

	FirstTxnID int64         // the client's number of its first transaction, 1 by default
	Reconnect  time.Duration // to wait before another connection; 0 for none
	Timeout    time.Duration // of the start, 30 s by default
	Heartbeat  time.Duration // 60 s from Z5 on; up to Z4 30 s without any message

	MaxCalls    int   // that are open, or wait for the start; 1000 by default
	MaxBuffered int64 // bytes that wait for the start or to be sent; 64 MiB by default
	MaxBlob     int64 // bytes of blobs that come in; 64 MiB by default
	MaxSerials  int   // objects whose serial is remembered; 100000 by default
}

const (
	defaultClientTimeout = 30 * time.Second
	modernHeartbeat      = 60 * time.Second
	oldHeartbeat         = 30 * time.Second
	defaultSerials       = 100_000
)

// clientSettings are the settings in [reactor.Options].
var clientSettings = []string{"storage", "python", "read-only", "user", "last-tid", "reconnect", "timeout", "max-blob"}

// ClientOptionsOf reads the settings of a client:
//
//	storage    the name of the storage, "1" by default
//	python     2 or 3, of a client of Z4
//	read-only  yes, no or fallback
//	user       NAME:PASSWORD, up to Z4
//	last-tid   the transaction up to which all changes are known, 16 hexadecimal digits
//	reconnect  seconds to wait before another connection; none without
//	timeout    seconds that the start may take
//	max-blob   bytes of blobs that come in
//
// The dialect is the newest id that the client speaks. MaxRequests bounds the
// calls, MaxBuffered what waits to be sent.
func ClientOptionsOf(o reactor.Options) (ClientOptions, error) {
	c := ClientOptions{Protocol: o.Dialect, MaxCalls: o.MaxRequests, MaxBuffered: o.MaxBuffered}
	if o.Dialect != "" && !slices.Contains(servedProtocols, o.Dialect) {
		return c, &codec.UnknownNameError{What: "protocol of a ZEO client", Name: o.Dialect, Allowed: servedProtocols}
	}
	for name, value := range o.Extra {
		if err := c.set(name, value); err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

// set reads one setting.
func (c *ClientOptions) set(name, value string) (err error) {
	switch name {
	case "storage":
		c.Storage = value
	case "python":
		c.Python2 = value == "2"
		err = oneOf(value, "2", "3")
	case "read-only":
		c.ReadOnly, c.Fallback = value == "yes", value == "fallback"
		err = oneOf(value, "yes", "no", "fallback")
	case "user":
		var all map[string]string
		if all, err = users(value); len(all) > 1 {
			return fmt.Errorf("one NAME:PASSWORD is wanted, not %d", len(all))
		}
		for c.User, c.Password = range all {
		}
	case "last-tid":
		var b []byte
		if b, err = hex.DecodeString(value); err == nil && len(b) != 8 {
			err = fmt.Errorf("%q has not 16 hexadecimal digits", value)
		}
		copy(c.LastTID[:], b)
	case "reconnect":
		c.Reconnect, err = clientSeconds(value)
	case "timeout":
		c.Timeout, err = clientSeconds(value)
	case "max-blob":
		c.MaxBlob, err = strconv.ParseInt(value, 10, 64)
	default:
		return &codec.UnknownNameError{What: "setting of the ZEO client", Name: name, Allowed: clientSettings}
	}
	return err
}

func clientSeconds(text string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(text, 64)
	return time.Duration(seconds * float64(time.Second)), err
}

func (c ClientOptions) withDefaults() ClientOptions {
	if c.Protocol == "" {
		c.Protocol = defaultProtocol
	}
	if c.Storage == "" {
		c.Storage = "1"
	}
	positive(&c.FirstTxnID, 1)
	if c.Timeout <= 0 {
		c.Timeout = defaultClientTimeout
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = oldHeartbeat
		if c.era().modern {
			c.Heartbeat = modernHeartbeat
		}
	}
	positive(&c.MaxCalls, reactor.DefaultMaxRequests)
	positive(&c.MaxBuffered, int64(reactor.DefaultMaxBuffered))
	positive(&c.MaxBlob, int64(reactor.DefaultMaxBuffered))
	positive(&c.MaxSerials, defaultSerials)
	return c
}

// A clientEra is how a program calls, whatever version it speaks with a
// server.
type clientEra struct {
	modern bool // ZEO 5 and 6
	first  bool // ZODB 3.9: one-way calls are numbered like the others, and
	// tpc_begin and undo are waited for, tpc_abort is not
	call, oneway any // flags
	loadEx       bool
	enc          zeo.Encoding
	servers      []string // ids that the client can speak
}

func (c ClientOptions) era() clientEra {
	old := clientEra{call: false, oneway: 1, enc: zeo.P1, loadEx: true, servers: []string{"Z308", "Z309", "Z310", "Z3101"}}
	switch c.Protocol {
	case "Z5", "M5", "":
		return clientEra{modern: true, call: false, oneway: true, enc: zeo.EncodingOf(c.Protocol), servers: []string{"5"}}
	case "Z4":
		old.loadEx, old.servers = false, append(old.servers, "Z4")
		if !c.Python2 {
			old.enc = zeo.P3
		}
	case "Z310":
		old.servers = old.servers[:3]
	case "Z309":
		old.servers = old.servers[:2]
		old.first, old.call = true, 0
	}
	return old
}

// choose returns the id to answer a server's with, "" if there is none that
// both speak. Ids are compared as strings of bytes.
func (c ClientOptions) choose(server string) string {
	era := c.era()
	if !era.modern {
		id := min(server, c.Protocol)
		if !slices.Contains(era.servers, id) {
			return ""
		}
		return id
	}
	if server == "" || server[0] != 'Z' && server[0] != 'M' || !slices.Contains(era.servers, min(server[1:], "5")) {
		return ""
	}
	if c.Protocol == "M5" {
		return "M5"
	}
	return server[:1] + "5"
}
