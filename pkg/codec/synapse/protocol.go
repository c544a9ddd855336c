// Package synapse reads and writes the lines of Synapse's replication
// protocol: what the main process of a Matrix homeserver and its workers send
// each other, over TCP up to v1.66 and over Redis after that.
//
// A line is one command, from version to version with other fields:
//
//	 name   SP   payload                        LF
//	┌──────┬────┬──────────────────────────────┬────┐
//	│RDATA │ 20 │events master 54 ["ev",[…]]   │ 0a │
//	└──────┴────┴──────────────────────────────┴────┘
//
//	name     upper case; ends at the first space
//	payload  UTF-8; fields separated by single spaces, the last one takes the
//	         rest. CR is text.
//	line     16384 bytes at most without the LF
//
// Nothing on the wire names the version. A [Conversation] finds it out from
// the layouts, the streams and the spelling of JSON, and takes any version's
// line until it knows.
//
// Sources: synapse/replication/tcp of matrix-org/synapse at commit 7450693435
// and at v0.21.0, v0.22.0, v1.0.0, v1.12.4, v1.13.0, v1.18.0, v1.22.0, v1.66.0
// and v1.98.0, and traffic of these programs.
package synapse

import (
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Protocol is Synapse replication.
type Protocol struct{}

var info = sync.OnceValue(func() *codec.Info {
	return &codec.Info{
		Name:     "synapse",
		Title:    "Matrix Synapse replication: lines between the main process and workers",
		Dialects: dialects(),
		Ports:    []uint16{9092},
		Deviations: []codec.Deviation{
			{Name: "check", Value: "DIALECT"},
			{Name: "redis", Value: "VERB/CHANNEL"},
		},
	}
})

// Info implements [codec.Protocol].
func (Protocol) Info() *codec.Info { return info() }

// Open implements [codec.Protocol]. The result is a [*Conversation].
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	c, err := open(o)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Parser implements [codec.Protocol].
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	c, err := open(o)
	if err != nil {
		return nil, err
	}
	return &parser{c: c}, nil
}
