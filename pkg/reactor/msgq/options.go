package msgq

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// Membership says when there is a session of the daemon itself, which answers
// commands to the group Msgq and notifies the group notifications/cc_members.
type Membership string

// The values of a [Membership].
const (
	// MembershipAlways is the default: from the start on, as the document
	// has it.
	MembershipAlways Membership = "always"

	// MembershipConfigManager is the real daemon's: once a client subscribes
	// to the group ConfigManager. The session then asks that group for its
	// configuration, three calls of at most 4 s, and does its work afterwards.
	// It connects in its own time: the Daemon sets the timer "session", and
	// does it when that expires.
	MembershipConfigManager Membership = "configmanager"

	// MembershipNever is a daemon without such a session.
	MembershipNever Membership = "never"
)

// DaemonOptions are the settings of a [Daemon]. The zero value is usable.
type DaemonOptions struct {
	Hostname string // in lnames; "localhost" by default

	Membership Membership
	RefuseStop bool // ignore "stop", which anybody may say

	MaxConnections int   // 4096 by default
	MaxMessage     int   // octets of a frame; codec.DefaultMaxFrame by default
	MaxQueued      int64 // octets that may wait for one connection; 64 MiB by default
	MaxSubscribed  int   // octets of all names that one connection subscribes to, and 64 for each; 1 MiB by default
}

const (
	defaultHostname    = "localhost"
	defaultConnections = 4096
	defaultSubscribed  = 1 << 20
)

// Names of the settings in [reactor.Options].
const (
	extraHostname       = "hostname"
	extraMembership     = "membership"
	extraStop           = "stop"
	extraMaxConnections = "max-connections"
	extraMaxMessage     = "max-message"
)

// DaemonOptionsOf reads the settings of a daemon:
//
//	hostname         what stands in lnames behind the @
//	membership       always, configmanager or never
//	stop             allow or refuse
//	max-connections  more are closed at once
//	max-message      octets of a frame
//
// MaxBuffered bounds what waits for one connection. Compat makes
// configmanager the default of membership.
func DaemonOptionsOf(o reactor.Options) (DaemonOptions, error) {
	d := DaemonOptions{MaxQueued: o.MaxBuffered}
	if o.Compat {
		d.Membership = MembershipConfigManager
	}
	for name, value := range o.Extra {
		var err error
		switch name {
		case extraHostname:
			d.Hostname = value
		case extraMembership:
			d.Membership = Membership(value)
			err = oneOf(value, string(MembershipAlways), string(MembershipConfigManager), string(MembershipNever))
		case extraStop:
			d.RefuseStop = value == "refuse"
			err = oneOf(value, "allow", "refuse")
		case extraMaxConnections:
			d.MaxConnections, err = strconv.Atoi(value)
		case extraMaxMessage:
			d.MaxMessage, err = strconv.Atoi(value)
		default:
			return d, &codec.UnknownNameError{What: "setting of the msgq daemon", Name: name, Allowed: []string{
				extraHostname, extraMembership, extraStop, extraMaxConnections, extraMaxMessage,
			}}
		}
		if err != nil {
			return d, fmt.Errorf("%s: %w", name, err)
		}
	}
	return d, nil
}

// oneOf checks a value that must be one of a few.
func oneOf(value string, allowed ...string) error {
	for _, a := range allowed {
		if a == value {
			return nil
		}
	}
	return &codec.UnknownNameError{What: "such value", Name: value, Allowed: allowed}
}

// withDefaults fills in what was not set.
func (o DaemonOptions) withDefaults() DaemonOptions {
	if o.Hostname == "" {
		o.Hostname = defaultHostname
	}
	if o.Membership == "" {
		o.Membership = MembershipAlways
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = defaultConnections
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = codec.DefaultMaxFrame
	}
	if o.MaxQueued <= 0 {
		o.MaxQueued = reactor.DefaultMaxBuffered
	}
	if o.MaxSubscribed <= 0 {
		o.MaxSubscribed = defaultSubscribed
	}
	return o
}
