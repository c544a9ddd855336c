package repl

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Mode says which machines there are.
type Mode string

// The modes.
const (
	ServerMode Mode = "server" // a server; lines are what a client says
	ClientMode Mode = "client" // a client; lines are what a server says
	BothMode   Mode = "both"   // both, with each other
)

// Modes returns the names of the modes.
func Modes() []string { return []string{string(ServerMode), string(ClientMode), string(BothMode)} }

// Options are the settings of a Console.
type Options struct {
	Protocol codec.Protocol
	Dialect  string // that the machines speak; "" for the default
	Mode     Mode   // "" is ServerMode
	Secrets  bool   // show passwords and tokens
	ByHand   bool   // a machine is not told by itself that what it sends is out

	// Machine makes the machine of an end.
	Machine func(role reactor.Role) (reactor.Machine, error)

	// Lookup finds the protocols that @proto names.
	Lookup func(name string) (codec.Protocol, error)

	Codec  codec.Options // of frames between the machines
	Width  int           // columns to fit; 0 means dump.DefaultWidth
	Styles Styles

	// What follows may be nil: its commands are then not there.

	// Capture reads the records of a capture.
	Capture func(name string) ([]*codec.Record, error)

	// ReadFile and WriteFile are for documents.
	ReadFile  func(name string) ([]byte, error)
	WriteFile func(name string, b []byte) error

	// Commands are the names of those that a server may know, for completion.
	Commands []string

	// Explain says what words mean, Template gives examples of frames.
	Explain  func(words []string) ([]byte, error)
	Template func(words []string) ([]byte, error)

	// Answer does what a machine asks its own side for: a Run. It says false
	// for what it does not know.
	Answer func(conn int, a reactor.Action) (events []reactor.Event, ok bool)

	// Live connects to a live peer, or waits for some at an address. Now is
	// the clock of a live session, Sleep waits until a time, or until a
	// channel is closed or Stopped says true, and Show shows what there is to
	// see while a line waits.
	Live  func(listen bool, address string) (Peer, error)
	Now   func() time.Time
	Sleep func(more <-chan struct{}, until time.Time)
	Show  func([]byte)

	// Stopped says whether a long command is to end. It may be nil.
	Stopped func() bool
}

// Styles are the looks of what the Console prints. Nothing is told by a style
// alone.
type Styles struct {
	dump.Styles
	Prompt dump.Style
	Good   dump.Style
}
