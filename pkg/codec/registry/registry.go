// Package registry is the one list of the protocols that wirectl speaks.
package registry

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// All returns the protocols, in the order in which they are shown.
func All() []codec.Protocol {
	return []codec.Protocol{
		hg.Protocol{},
		msgq.Protocol{},
		synapse.Protocol{},
		emqp.Protocol{},
		zeo.Protocol{},
		zmtp.Protocol{},
	}
}

// Names returns the names of the protocols.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Info().Name)
	}
	return names
}

// Lookup returns the protocol of that name. An error is a
// [*codec.UnknownNameError].
func Lookup(name string) (codec.Protocol, error) {
	all := All()
	i := slices.IndexFunc(all, func(p codec.Protocol) bool { return p.Info().Name == name })
	if i < 0 {
		return nil, &codec.UnknownNameError{What: "protocol", Name: name, Allowed: Names()}
	}
	return all[i], nil
}
