package zmtp

import (
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Side is what one end of a connection has told about itself. What it has
// not told yet is the zero value.
type Side struct {
	Version    string // "3.1", "2.0", "1.0"; "" when no greeting was seen
	Mechanism  Mechanism
	AsServer   bool
	SocketType string // "DEALER"
	Identity   string // any bytes; "" when there is none
	Ready      bool   // its READY (INITIATE of a client) was seen

	progress
}

// A Conversation is the state that both directions of a connection share.
type Conversation struct {
	sides    [2]Side // of the client's end, of the server's end
	decoders [2]Decoder
	framing  Version // asked for; 0 means to find out
	started  bool    // it is seen from its first byte on

	dialect, why string // as far as it is known
}

// NewConversation returns the state of a new connection.
func NewConversation(o codec.Options) (*Conversation, error) {
	c := &Conversation{}
	if o.Dialect != "" {
		d, err := info.Dialect(o.Dialect)
		if err != nil {
			return nil, err
		}
		c.framing = framing(d.Name)
	}
	for i, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
		c.decoders[i] = Decoder{conv: c, dir: dir, max: o.FrameLimit()}
	}
	return c, nil
}

func framing(dialect string) Version {
	switch dialect[0] {
	case '1':
		return V1
	case '2':
		return V2
	}
	return V3
}

func index(dir codec.Direction) int {
	if dir == codec.ToClient {
		return 1
	}
	return 0
}

// Side returns what the sender of a direction has told about itself.
func (c *Conversation) Side(dir codec.Direction) *Side { return &c.sides[index(dir)] }

// Decoder implements [codec.Conversation].
func (c *Conversation) Decoder(dir codec.Direction) codec.Decoder { return c.ZMTP(dir) }

// ZMTP is Decoder with the type kept.
func (c *Conversation) ZMTP(dir codec.Direction) *Decoder { return &c.decoders[index(dir)] }

// Start implements [codec.Starter]: what does not begin with a greeting is
// 1.0, and not 3.x joined in the middle.
func (c *Conversation) Start() { c.started = true }

// Hear implements [codec.Hearer]: greetings, identities and commands count.
func (c *Conversation) Hear(dir codec.Direction, f codec.Frame) {
	g, ok := f.(*Frame)
	if !ok {
		return
	}
	switch g.kind {
	case Greeting:
		c.greeted(dir, g)
	case Identity:
		c.identified(dir, g)
	case Command:
		c.commanded(dir, g.command())
	}
}

// Dialect implements [codec.Conversation].
func (c *Conversation) Dialect() (name, why string) { return c.dialect, c.why }

// settle finds out the dialect. It is called when a framing or a version is
// new: mostly nothing is.
func (c *Conversation) settle() { c.dialect, c.why = c.spoken() }

func (c *Conversation) spoken() (name, why string) {
	for i := range c.decoders {
		switch c.decoders[i].ver {
		case V1:
			return "1.0", "the framing that is spoken"
		case V2:
			return "2.0", "the framing that is spoken"
		}
	}
	for i := range c.sides {
		if strings.HasPrefix(c.sides[i].Version, "3.0") {
			return "3.0", "a greeting says so, and the lower version counts"
		}
	}
	for i := range c.sides {
		if c.sides[i].Version != "" {
			return "3.1", "the greetings say so"
		}
	}
	for i := range c.decoders {
		if c.decoders[i].ver == V3 {
			return "3.1", "frames without a greeting are taken for 3.x"
		}
	}
	return "", ""
}

// mechanism returns the mechanism of the sender of dir, or else its peer's.
func (c *Conversation) mechanism(dir codec.Direction) Mechanism {
	if m := c.Side(dir).Mechanism; m != MechUnknown {
		return m
	}
	return c.Side(dir.Reverse()).Mechanism
}

// greeted takes a greeting in and returns what is odd about it beside the
// other side's.
func (c *Conversation) greeted(dir codec.Direction, f *Frame) (n notes) {
	defer c.settle()
	s, b := c.Side(dir), f.raw
	if f.ver == V2 {
		s.Version = "2.0"
		if t := int(b[offMinor]); t < len(socketTypes) {
			s.SocketType = socketTypes[t]
		}
		return c.checkTypes(dir)
	}
	s.Version = fmt.Sprintf("%d.%d", b[offMajor], b[offMinor])
	s.Mechanism = mechanism(b[offMechanism:offAsServer])
	s.AsServer = b[offAsServer] != 0
	if peer := c.Side(dir.Reverse()); peer.Mechanism != MechUnknown && peer.Mechanism != s.Mechanism {
		n |= noteMechanisms
	}
	return n
}

// identified takes an identity frame in.
func (c *Conversation) identified(dir codec.Direction, f *Frame) {
	s := c.Side(dir)
	s.Identity = string(f.Body(0))
	s.Ready = true
	if f.ver == V1 {
		s.Version = "1.0"
		c.settle()
	}
}

// commanded takes a command in and returns what is odd about its place.
func (c *Conversation) commanded(dir codec.Direction, cmd command) (n notes) {
	s := c.Side(dir)
	s.note(cmd)
	switch string(cmd.name) {
	case nameReady, nameInitiate:
		if cmd.bad != nil {
			return 0
		}
		if s.Ready {
			return noteReadyAgain
		}
		s.Ready = true
		if cmd.form != formMetadata {
			return 0
		}
		if t, ok := property(cmd.data, "Socket-Type"); ok {
			s.SocketType = string(t)
		}
		if id, ok := property(cmd.data, "Identity"); ok {
			s.Identity = string(id)
		}
		return c.checkTypes(dir)
	case nameSubscribe, nameCancel:
		if t := c.Side(dir.Reverse()).SocketType; t != "" && t != "PUB" && t != "XPUB" {
			return noteSubscribeTo
		}
	}
	return 0
}

// checkTypes compares the two socket types, when both are known.
func (c *Conversation) checkTypes(dir codec.Direction) notes {
	a, b := c.Side(dir).SocketType, c.Side(dir.Reverse()).SocketType
	if a == "" || b == "" || canPeer(a, b) {
		return 0
	}
	return noteTypes
}
