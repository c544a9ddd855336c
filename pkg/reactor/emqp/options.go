package emqp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// The roles that a machine can play, beside the two of package reactor.
const (
	RoleBroker    = "broker"
	RolePublisher = "publisher"
	RoleClient    = "client"
	RoleAdmin     = "admin"
	RoleWorker    = "worker"
	RoleScheduler = "scheduler"
)

// Options are the settings of all machines. The zero value is usable; each
// machine looks at those that concern it.
type Options struct {
	Role string // a client or a broker by default

	Compat       bool // do as the program does where that is known to be wrong
	AsDocumented bool // do as the document says where the program differs

	Seed     string // what ids are made of
	Identity string // of the socket; a UUID of its own for each connection by default

	// Queues are those of a worker, and of one that names none to a broker;
	// the queue default with the weight 10 by default.
	Queues []Queue

	Heartbeat time.Duration // between two HEARTBEATs; 3 s by default
	Timeout   time.Duration // of silence, after which a peer counts as gone; 5 s by default
	Cleanup   time.Duration // between two looks of a broker for these; 10 s by default
	Liveness  int           // time-outs after which a worker or scheduler connects again; 3 by default
	Reconnect time.Duration // how long these two wait before that; 1 s by default

	Jobs       int           // that a worker runs at a time; 4 by default
	JobTimeout time.Duration // of jobs that tell none; 5 min by default
	Exec       bool          // jobs that are not in a worker's own table are run by our own side

	Secret string // that a broker's DISCONNECT must have, unless it is ""

	MaxWaiting   int   // requests that wait for one queue; 10000 by default
	MaxBuffered  int64 // octets of all that wait; 64 MiB by default
	MaxSchedules int   // of a scheduler; 10000 by default

	socket zmtp.Options
}

// A Queue is one that a worker serves, and its weight: those with the greatest
// come first.
type Queue struct {
	Weight string // a number, as in JSON
	Name   string
}

// settingNames are the settings in [reactor.Options].
var settingNames = []string{
	"role", "as-documented", "seed", "identity", "queues", "heartbeat", "timeout", "cleanup", "liveness", "reconnect",
	"jobs", "job-timeout", "exec", "secret", "max-waiting", "max-schedules", "max-connections", "high-water",
}

// OptionsOf reads the settings of a machine:
//
//	role             broker or publisher; client, admin, worker or scheduler
//	as-documented    yes or no: what the document says, not the program
//	seed             what ids are made of
//	identity         of the socket
//	queues           of a worker, such as [[20, "fast"], [10, "default"]]
//	heartbeat        seconds between two HEARTBEATs
//	timeout          seconds of silence after which a peer counts as gone
//	cleanup          seconds between two looks of a broker for these
//	liveness         time-outs after which a worker or scheduler connects again
//	reconnect        seconds that these wait before it
//	jobs             that a worker runs at a time
//	job-timeout      seconds that a job may take unless it tells otherwise
//	exec             yes or no: jobs that a worker does not know are run outside
//	secret           that DISCONNECT must have
//	max-waiting      requests that wait for one queue
//	max-schedules    of a scheduler
//	max-connections  more are closed at once
//	high-water       messages that wait for one peer
//
// MaxBuffered bounds what waits in a broker.
func OptionsOf(o reactor.Options) (Options, error) {
	s := Options{Role: RoleClient, Compat: o.Compat, MaxBuffered: o.Buffered()}
	roles := []string{RoleClient, RoleAdmin, RoleWorker, RoleScheduler}
	if o.Role == reactor.Server {
		s.Role, roles = RoleBroker, []string{RoleBroker, RolePublisher}
	}
	for name, value := range o.Extra {
		if err := s.set(name, value); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := oneOf(s.Role, roles...); err != nil {
		return s, fmt.Errorf("role: %w", err)
	}
	return s, nil
}

func (s *Options) set(name, value string) (err error) {
	switch name {
	case "role":
		s.Role = value
	case "as-documented":
		s.AsDocumented = value == "yes"
		err = oneOf(value, "yes", "no")
	case "exec":
		s.Exec = value == "yes"
		err = oneOf(value, "yes", "no")
	case "seed":
		s.Seed = value
	case "identity":
		s.Identity = value
		if len(value) == 0 || len(value) > 255 || value[0] == 0 {
			err = fmt.Errorf("an identity has 1 to 255 bytes and does not begin with a zero")
		}
	case "queues":
		s.Queues, err = parseQueues([]byte(value))
	case "secret":
		s.Secret = value
	case "heartbeat":
		s.Heartbeat, err = seconds(value)
	case "timeout":
		s.Timeout, err = seconds(value)
	case "cleanup":
		s.Cleanup, err = seconds(value)
	case "reconnect":
		s.Reconnect, err = seconds(value)
	case "job-timeout":
		s.JobTimeout, err = seconds(value)
	case "liveness":
		s.Liveness, err = count(value)
	case "jobs":
		s.Jobs, err = count(value)
	case "max-waiting":
		s.MaxWaiting, err = count(value)
	case "max-schedules":
		s.MaxSchedules, err = count(value)
	case "max-connections":
		s.socket.MaxConnections, err = count(value)
	case "high-water":
		s.socket.HighWater, err = count(value)
	default:
		err = &codec.UnknownNameError{What: "setting of an emqp machine", Name: name, Allowed: settingNames}
	}
	return err
}

// withDefaults fills in what was not set.
func (s Options) withDefaults() Options {
	orDuration := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	orCount := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	orDuration(&s.Heartbeat, 3*time.Second)
	orDuration(&s.Timeout, 5*time.Second)
	orDuration(&s.Cleanup, 10*time.Second)
	orDuration(&s.Reconnect, time.Second)
	if s.JobTimeout <= 0 && !s.AsDocumented {
		s.JobTimeout = 300 * time.Second
	}
	orCount(&s.Liveness, 3)
	orCount(&s.Jobs, 4)
	orCount(&s.MaxWaiting, 10000)
	orCount(&s.MaxSchedules, 10000)
	orCount(&s.socket.HighWater, 10000)
	if s.MaxBuffered <= 0 {
		s.MaxBuffered = reactor.DefaultMaxBuffered
	}
	if len(s.Queues) == 0 {
		s.Queues = []Queue{{"10", defaultQueue}}
	}
	return s
}

// defaultQueue is where requests go that name a queue which nobody serves.
const defaultQueue = "default"

// socketOf returns a socket of a type, with an identity.
func (s *Options) socketOf(kind, identity string) *zmtp.Socket {
	o := s.socket
	o.SocketType, o.Identity, o.Server = kind, []byte(identity), kind != "DEALER"
	o.Seed = s.Seed
	return zmtp.NewSocket(o)
}

// seconds reads a time from a millisecond to a year.
func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0.001 && n <= 366*24*3600) {
		return 0, fmt.Errorf("%q is no number of seconds from 0.001 to a year", text)
	}
	return time.Duration(n * float64(time.Second)), nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<30 {
		return 0, fmt.Errorf("%q is no number from 1 to 2^30", text)
	}
	return n, nil
}

// oneOf checks a value that must be one of a few.
func oneOf(value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return &codec.UnknownNameError{What: "such value", Name: value, Allowed: allowed}
	}
	return nil
}

// goodbye is the command of those who leave.
func (s *Options) goodbye() string {
	if s.AsDocumented {
		return "KBAI"
	}
	return "KBYE"
}

// isGoodbye says whether a command is that of one who leaves. KBAI means
// nothing to the program.
func (s *Options) isGoodbye(command string) bool {
	return strings.EqualFold(command, "KBYE") || strings.EqualFold(command, "KBAI") && !s.Compat
}
