package zeo

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
)

// An Encoding is a way to write the body of a message.
type Encoding uint8

// The encodings.
const (
	P3      Encoding = iota // pickle protocol 3, as Python 3 and zodbpickle write it
	P1                      // pickle protocol 1, as Python 2 writes it
	Msgpack                 // MessagePack, as msgpack-python writes it
)

var encodingNames = []string{P3: "p3", P1: "p1", Msgpack: "msgpack"}

// String returns the name that the notation uses.
func (e Encoding) String() string { return encodingNames[e] }

// profile returns the profile of a pickle.
func (e Encoding) profile() pickle.Profile {
	if e == P1 {
		return pickle.P1
	}
	return pickle.P3
}

// A dialect is a protocol id, and how its peers write messages when nothing
// says otherwise.
type dialect struct {
	codec.Dialect
	encoding  Encoding
	heartbeat Encoding
	call      flag // of a call that wants an answer
	oneway    flag
	failed    flag // of a reply that is an error
	mac       bool // the top bit of a length says that a MAC follows
}

// A flag is the second part of a message: a bool or an int.
type flag struct {
	isInt bool
	n     int64
}

var (
	flagFalse = flag{false, 0}
	flagTrue  = flag{false, 1}
	flag0     = flag{true, 0}
	flag1     = flag{true, 1}
	flag2     = flag{true, 2}
)

// String returns the flag as Python writes it.
func (f flag) String() string {
	switch {
	case f.isInt:
		return strconv.FormatInt(f.n, 10)
	case f.n != 0:
		return "True"
	}
	return "False"
}

// truthy says whether Python takes the flag for true.
func (f flag) truthy() bool { return f.n != 0 }

// dialects are the protocol ids there have been. The first is the default.
var dialects = []dialect{
	five("Z5", P3, "ZEO 5 and 6, pickle"),
	five("M5", Msgpack, "ZEO 5.1 and later, msgpack"),
	four("Z4", P3, flagFalse, "ZEO 4; its peers on Python 2 write encoding p1"),
	four("Z3101", P1, flagFalse, "ZODB 3.10"),
	four("Z310", P1, flagFalse, "ZODB 3.10.0"),
	four("Z309", P1, flag0, "ZODB 3.9"),
	four("Z308", P1, flag0, "ZODB 3.8, with versions"),
	four("Z303", P1, flag0, "ZODB 3.3"),
	four("Z201", P1, flag0, "ZEO 2.0.2 and ZODB 3.2"),
	four("Z200", P1, flag0, "ZEO 2.0"),
}

func five(id string, e Encoding, title string) dialect {
	return dialect{
		Dialect:  codec.Dialect{Name: id, Title: title},
		encoding: e, heartbeat: e,
		call: flagFalse, oneway: flagTrue, failed: flag2,
	}
}

func four(id string, e Encoding, call flag, title string) dialect {
	return dialect{
		Dialect:  codec.Dialect{Name: id, Title: title},
		encoding: e, heartbeat: P1,
		call: call, oneway: flag1, failed: flag0, mac: true,
	}
}

// lookup returns the dialect of a protocol id, nil when there is none.
func lookup[T ~string | ~[]byte](id T) *dialect {
	for i := range dialects {
		if dialects[i].Name == string(id) {
			return &dialects[i]
		}
	}
	return nil
}

// tags says whether errors are tagged replies, as in ZEO 5 and 6, and not
// replies of an exception's class and instance.
func (d *dialect) tags() bool { return d.failed == flag2 }

// flagOf returns the flag that messages of a kind have.
func (d *dialect) flagOf(k Kind) flag {
	switch k {
	case KindCall:
		return d.call
	case KindOneway:
		return d.oneway
	case KindError:
		return d.failed
	}
	return flag0
}

// A session is what both directions of a conversation know together.
type session struct {
	asked   *dialect // by the caller
	server  *dialect // the server's first choice
	client  *dialect // the client's choice, which settles it
	guessed *dialect // from a message, when there was no handshake
}

// dialect returns the dialect in force, nil when it is not known.
func (s *session) dialect() (d *dialect, why string) {
	switch {
	case s.client != nil:
		return s.client, "the client chose it"
	case s.asked != nil:
		return s.asked, "as asked"
	case s.server != nil:
		return s.server, "the server offered it"
	case s.guessed != nil:
		return s.guessed, "guessed from the messages"
	}
	return nil, "no handshake was seen"
}

// hello notes the protocol id that dir sent.
func (s *session) hello(dir codec.Direction, id []byte) {
	d := lookup(id)
	if d != nil {
		s.guessed = nil
	}
	switch {
	case d == nil:
	case dir == codec.ToClient:
		s.server = d
	default:
		s.client = d
	}
}

// macs says whether messages may have a MAC. A dialect that is only guessed
// does not rule it out.
func (s *session) macs() bool {
	d, _ := s.dialect()
	return d == nil || d.mac || d == s.guessed
}

// guess chooses a dialect that f could belong to, unless one is known. What
// was guessed without a MAC in sight is guessed again at the first.
func (s *session) guess(f *Frame) {
	d, _ := s.dialect()
	again := d != nil && d == s.guessed && !d.mac && len(f.mac()) > 0
	if d != nil && !again || f.kind == KindHeartbeat || f.fault != nil {
		return
	}
	s.guessed = lookup(guess(f))
}

func guess(f *Frame) string {
	fl, plain := f.flagValue()
	switch f.enc {
	case Msgpack:
		return "M5"
	case P1:
		if plain && !fl.isInt {
			return "Z4"
		}
		return "Z309"
	}
	if plain && fl == flag1 || f.oldError() || len(f.mac()) > 0 {
		return "Z4"
	}
	return "Z5"
}
