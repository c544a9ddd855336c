// Package machines is the one list of the machines that wirectl has.
package machines

import (
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/emqp"
	"github.com/wirectl/wirectl/pkg/reactor/hg"
	"github.com/wirectl/wirectl/pkg/reactor/msgq"
	"github.com/wirectl/wirectl/pkg/reactor/synapse"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// A Kind is one machine of the list.
type Kind struct {
	Proto, Dialect string
	Role           reactor.Role
	New            func(reactor.Options) reactor.Machine
}

// All returns the list.
func All() []Kind {
	return append([]Kind{
		{"hg", "seed", reactor.Server, func(o reactor.Options) reactor.Machine { return hg.NewSeedServer(o) }},
		{"hg", "final", reactor.Server, func(o reactor.Options) reactor.Machine { return hg.NewFinalServer(o) }},
		{"hg", "final", reactor.Client, func(o reactor.Options) reactor.Machine { return hg.NewFinalClient(o) }},
		{"msgq", "json", reactor.Server, func(o reactor.Options) reactor.Machine { return msgq.DaemonOf(o) }},
		{"msgq", "json", reactor.Client, func(o reactor.Options) reactor.Machine { return msgq.ClientOf(o) }},
		{"emqp", "", reactor.Server, func(o reactor.Options) reactor.Machine { return emqp.ServerOf(o) }},
		{"emqp", "", reactor.Client, func(o reactor.Options) reactor.Machine { return emqp.ClientOf(o) }},
		{"zmtp", "3.1", reactor.Server, func(o reactor.Options) reactor.Machine { o.Role = reactor.Server; return zmtp.SocketOf(o) }},
		{"zmtp", "3.1", reactor.Client, func(o reactor.Options) reactor.Machine {
			o.Role = reactor.Client
			return reactor.Single(zmtp.SocketOf(o))
		}},
	}, append(synapseKinds(), zeoKinds()...)...)
}

// synapseKinds returns the machines of synapse: of each dialect, the last
// with TCP first.
func synapseKinds() []Kind {
	var kinds []Kind
	for _, d := range synapse.Dialects() {
		kinds = append(kinds,
			Kind{"synapse", d, reactor.Client, func(o reactor.Options) reactor.Machine { o.Dialect = d; return synapse.NewWorker(o) }},
			Kind{"synapse", d, reactor.Server, func(o reactor.Options) reactor.Machine { o.Dialect = d; return synapse.NewMain(o) }})
	}
	return kinds
}

// zeoKinds returns the machines of zeo: of each id that can be announced, and
// is the newest of a client.
func zeoKinds() []Kind {
	var kinds []Kind
	for _, id := range zeo.ServedProtocols() {
		kinds = append(kinds, Kind{"zeo", id, reactor.Server, func(o reactor.Options) reactor.Machine { o.Dialect = id; return zeo.ServerOf(o) }},
			Kind{"zeo", id, reactor.Client, func(o reactor.Options) reactor.Machine { o.Dialect = id; return zeo.ClientOf(o) }})
	}
	return kinds
}

// New returns a machine that has seen nothing. Without a dialect it is the
// first in the list.
func New(proto string, o reactor.Options) (reactor.Machine, error) {
	var roles, dialects []string
	for _, k := range All() {
		if k.Proto != proto {
			continue
		}
		if k.Role != o.Role {
			roles = append(roles, string(k.Role))
			continue
		}
		if o.Dialect == "" || k.Dialect == o.Dialect {
			return made(k.New(o))
		}
		dialects = append(dialects, k.Dialect)
	}
	switch {
	case len(dialects) > 0:
		return nil, &codec.UnknownNameError{What: fmt.Sprintf("%s %s of the dialect", proto, o.Role), Name: o.Dialect, Allowed: dialects}
	case len(roles) > 0:
		return nil, &codec.UnknownNameError{What: proto + " machine for the role", Name: string(o.Role), Allowed: slices.Compact(roles)}
	}
	return nil, &codec.UnknownNameError{What: "machine of the protocol", Name: proto, Allowed: Protocols()}
}

// made returns a machine, unless its settings are wrong.
func made(m reactor.Machine) (reactor.Machine, error) {
	if f, ok := m.(reactor.Faulty); ok && f.Fault() != nil {
		return nil, f.Fault()
	}
	return m, nil
}

// Protocols returns the protocols that have machines.
func Protocols() []string {
	var names []string
	for _, k := range All() {
		if !slices.Contains(names, k.Proto) {
			names = append(names, k.Proto)
		}
	}
	return names
}
