package zmtp

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Names of commands. They are case-sensitive.
const (
	nameReady     = "READY"
	nameError     = "ERROR"
	nameHello     = "HELLO"
	nameWelcome   = "WELCOME"
	nameInitiate  = "INITIATE"
	nameMessage   = "MESSAGE"
	namePing      = "PING"
	namePong      = "PONG"
	nameSubscribe = "SUBSCRIBE"
	nameCancel    = "CANCEL"
)

var commandNames = []string{
	nameReady, nameError, nameHello, nameWelcome, nameInitiate, nameMessage,
	namePing, namePong, nameSubscribe, nameCancel,
}

// A form is the layout of a command's data.
type form byte

const (
	formOpaque        form = iota // any bytes: unknown commands, and data that breaks the rules
	formEmpty                     // none: WELCOME of PLAIN
	formMetadata                  // READY of NULL and PLAIN, INITIATE of PLAIN
	formPlainHello                // username and password, each after a length of 1 byte
	formError                     // a reason after a length of 1 byte
	formBrokenError               // the same, as libzmq's PLAIN server writes it
	formPing                      // TTL of 2 bytes in 0.1 s, context of 0 to 16 bytes
	formPong                      // context
	formTopic                     // SUBSCRIBE and CANCEL
	formCurveHello                // version 2, zeros 72, key 32, nonce 8, box 80
	formCurveWelcome              // nonce 16, box 144
	formCurveInitiate             // cookie 96, nonce 8, box of 144 or more
	formCurveReady                // nonce 8, box of 16 or more
	formCurveMessage              // nonce 8, box of 17 or more
)

// Sizes of the parts of CURVE's commands, in bytes.
const (
	curveHelloLen     = 2 + 72 + 32 + 8 + 80
	curveWelcomeLen   = 16 + 144
	curveInitiateLen  = 96 + 8 + 128 + 16 // and more
	curveReadyLen     = 8 + 16            // and more
	curveMessageLen   = 8 + 16 + 1        // and more
	curveBoxOverhead  = 16 + 1            // of MESSAGE: authenticator and flags
	maxContext        = 16                // bytes of a PING's context that libzmq gives back
	curveNonceLen     = 8
	curveLongNonceLen = 16
)

// brokenErrorName is what libzmq 4.3.4's PLAIN server writes for the name
// length and name of ERROR: the bytes 05 and 45 have become 5e.
const brokenErrorName = "\x5eRROR"

// A command is the body of a command, taken apart.
type command struct {
	form form
	name []byte // nil when the body has no name
	data []byte
	at   int    // offset of data in the body
	bad  *fault // what breaks the rules; the form is formOpaque then
}

// A fault is what is wrong with a command's body, and where.
type fault struct {
	at   int // offset in the body
	path string
	what string
}

func (f *fault) syntaxError(body int) *codec.SyntaxError {
	return codec.Faultf(codec.CodeSyntax, body+f.at, f.path, "%s", f.what)
}

// readCommand takes the body of a command apart. The mechanism decides
// between the layouts of one name; when it is unknown, the data does.
func readCommand(body []byte, m Mechanism) command {
	if bytes.HasPrefix(body, []byte(brokenErrorName)) && shortString(body[len(brokenErrorName):]) {
		n := len(brokenErrorName)
		return command{form: formBrokenError, name: []byte(nameError), data: body[n:], at: n}
	}
	if len(body) == 0 {
		return command{bad: &fault{0, "name", "a command has a name; its body is empty"}}
	}
	n := int(body[0])
	if n == 0 || n > len(body)-1 {
		return command{bad: &fault{0, "name", fmt.Sprintf("the name of %d bytes does not fit in the body of %d", n, len(body))}}
	}
	c := command{name: body[1 : 1+n], data: body[1+n:], at: 1 + n}
	why := c.read(m)
	if why != nil {
		why.at += c.at
		why.path = string(c.name) + why.path
		c.form, c.bad = formOpaque, why
	}
	return c
}

// read sets the form, or says why the data has none.
func (c *command) read(m Mechanism) *fault {
	switch string(c.name) {
	case nameReady:
		return c.choose(m, formMetadata, formCurveReady)
	case nameInitiate:
		return c.choose(m, formMetadata, formCurveInitiate)
	case nameHello:
		return c.choose(m, formPlainHello, formCurveHello)
	case nameWelcome:
		return c.choose(m, formEmpty, formCurveWelcome)
	case nameMessage:
		if m == MechCurve || m == MechUnknown {
			c.try(formCurveMessage)
		}
		return nil
	case nameError:
		return c.try(formError)
	case namePing:
		return c.try(formPing)
	case namePong:
		c.form = formPong
	case nameSubscribe, nameCancel:
		c.form = formTopic
	}
	return nil
}

// choose tries the form that the mechanism asks for, or both.
func (c *command) choose(m Mechanism, clear, sealed form) *fault {
	if m == MechCurve {
		return c.try(sealed)
	}
	why := c.try(clear)
	if why != nil && m != MechNull && m != MechPlain && c.try(sealed) == nil {
		return nil
	}
	return why
}

// try sets the form f when the data has it.
func (c *command) try(f form) *fault {
	if why := f.check(c.data); why != nil {
		return why
	}
	c.form = f
	return nil
}

// check says what keeps data from having the form f.
func (f form) check(data []byte) *fault {
	switch f {
	case formEmpty:
		if len(data) != 0 {
			return &fault{0, "", fmt.Sprintf("no data is expected; found %d bytes", len(data))}
		}
	case formMetadata:
		return checkMetadata(data)
	case formPlainHello:
		return checkPlainHello(data)
	case formError:
		if !shortString(data) {
			return &fault{0, "/reason", "the reason does not fill the command: a length of 1 byte and the reason are expected"}
		}
	case formPing:
		if len(data) < 2 {
			return &fault{len(data), "/ttl", fmt.Sprintf("the TTL has 2 bytes, found %d; libzmq 4.3.4 answers with 16 bytes of its memory", len(data))}
		}
	case formCurveHello:
		if why := exactly(data, curveHelloLen); why != nil {
			return why
		}
		if i := firstNonZero(data[2:74]); i >= 0 {
			return &fault{2 + i, "/padding", "the 72 bytes of padding must be zero"}
		}
	case formCurveWelcome:
		return exactly(data, curveWelcomeLen)
	case formCurveInitiate:
		return atLeast(data, curveInitiateLen)
	case formCurveReady:
		return atLeast(data, curveReadyLen)
	case formCurveMessage:
		return atLeast(data, curveMessageLen)
	}
	return nil
}

func exactly(data []byte, n int) *fault {
	if len(data) == n {
		return nil
	}
	return &fault{min(len(data), n), "", fmt.Sprintf("CURVE has %d bytes of data here, found %d", n, len(data))}
}

func atLeast(data []byte, n int) *fault {
	if len(data) >= n {
		return nil
	}
	return &fault{len(data), "", fmt.Sprintf("CURVE has %d bytes of data or more here, found %d", n, len(data))}
}

// shortString says whether b is one length byte and that many bytes.
func shortString(b []byte) bool { return len(b) > 0 && int(b[0]) == len(b)-1 }

// cutShort takes a string after its length byte off the front of b.
func cutShort(b []byte) (s, rest []byte, ok bool) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return nil, b, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}

func checkPlainHello(data []byte) *fault {
	_, rest, ok := cutShort(data)
	if !ok {
		return &fault{0, "/username", "the length of the username is beyond the end of the command"}
	}
	at := len(data) - len(rest)
	_, rest, ok = cutShort(rest)
	if !ok {
		return &fault{at, "/password", "the length of the password is beyond the end of the command"}
	}
	if len(rest) > 0 {
		return &fault{len(data) - len(rest), "", fmt.Sprintf("%d bytes after the password", len(rest))}
	}
	return nil
}

func checkMetadata(data []byte) *fault {
	for rest := data; len(rest) > 0; {
		at := len(data) - len(rest)
		_, _, next, ok := cutProperty(rest)
		if !ok {
			return &fault{at, "/properties", "a property is a name after its length of 1 byte and a value after its length of 4; this one is cut or has no name"}
		}
		rest = next
	}
	return nil
}

// cutProperty takes one property of a metadata list off the front of b.
func cutProperty(b []byte) (name, value, rest []byte, ok bool) {
	name, rest, ok = cutShort(b)
	if !ok || len(name) == 0 || len(rest) < 4 {
		return nil, nil, b, false
	}
	n := binary.BigEndian.Uint32(rest)
	rest = rest[4:]
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, b, false
	}
	return name, rest[:n], rest[n:], true
}

// property returns the first value of that name, in any case, of a list.
func property(data []byte, name string) (value []byte, ok bool) {
	for len(data) > 0 {
		n, v, rest, ok := cutProperty(data)
		if !ok {
			break
		}
		if bytes.EqualFold(n, []byte(name)) {
			return v, true
		}
		data = rest
	}
	return nil, false
}

func firstNonZero(b []byte) int {
	return bytes.IndexFunc(b, func(r rune) bool { return r != 0 })
}

// isSealed says whether body is that of CURVE's MESSAGE.
func isSealed(body []byte) bool {
	const prefix = "\x07" + nameMessage
	return len(body) >= len(prefix)+curveMessageLen && string(body[:len(prefix)]) == prefix
}

// command takes the body of f, a command, apart.
func (f *Frame) command() command { return readCommand(f.Body(0), f.mech) }
