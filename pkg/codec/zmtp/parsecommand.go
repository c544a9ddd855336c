package zmtp

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// command reads the texts command, ping, pong and curve.
func (p *Parser) command(s *Scanner, verb string, devs []codec.Deviation) error {
	p.f.kind = Command
	var h header
	broken := false
	for _, d := range devs {
		if d.Name == devBrokenError {
			broken = true
			continue
		}
		if err := h.set(d); err != nil {
			return err
		}
	}
	body := p.buf[:0]
	var err error
	sealed := false
	switch verb {
	case "ping":
		body, err = pingData(s, appendName(body, namePing))
	case "pong":
		body, err = pongData(s, appendName(body, namePong))
	case "curve":
		body, sealed, err = curveCommand(s, body)
		p.f.mech = MechCurve
	default:
		body, err = plainCommand(s, body, broken)
	}
	p.buf = body
	if err != nil {
		return err
	}
	return p.add(h, body, false, !sealed, s.Pos)
}

func appendName(dst []byte, name string) []byte {
	return append(append(dst, byte(len(name))), name...)
}

// plainCommand reads what follows the word command.
func plainCommand(s *Scanner, body []byte, broken bool) ([]byte, error) {
	if !s.Skip() {
		return body, &codec.TextError{Start: s.Pos, End: s.Pos, Field: "command", Message: "a name is expected", Allowed: commandNames}
	}
	if s.Peek('"') {
		return s.Quoted(body)
	}
	name, at := s.Word()
	if err := checkWord(name, at); err != nil {
		return body, err
	}
	if len(name) > 0xff {
		return body, &codec.TextError{Start: at, End: s.Pos, Field: "command", Message: fmt.Sprintf("a name has 255 bytes or less; found %d", len(name))}
	}
	body = append(append(body, byte(len(name))), name...)
	if broken {
		if string(name) != nameError {
			return body, &codec.TextError{Start: at, End: s.Pos, Field: "command", Message: "!" + devBrokenError + " is for ERROR only"}
		}
		body = append(body[:0], brokenErrorName...)
	}
	if !s.Skip() {
		return dataless(body, string(name), s.Pos)
	}
	if s.Peek('"') {
		return s.Quoted(body)
	}
	switch string(name) {
	case nameReady, nameInitiate:
		return propertyList(s, body)
	case nameError:
		return attributes(s, body, "reason")
	case nameHello:
		return attributes(s, body, "username", "password")
	case namePing:
		return pingData(s, body)
	case namePong:
		return pongData(s, body)
	}
	w, at := s.Word()
	if err := checkWord(w, at); err != nil {
		return body, err
	}
	return body, &codec.TextError{Start: at, End: s.Pos, Field: "data", Message: fmt.Sprintf("the data of %s is a quoted string; found %q", name, w), Hint: `write "…"`}
}

// dataless answers for a command without any data.
func dataless(body []byte, name string, at int) ([]byte, error) {
	var want []string
	switch name {
	case nameError:
		want = []string{"reason="}
	case nameHello:
		want = []string{"username=", "password="}
	case namePing:
		want = []string{"ttl="}
	default:
		return body, nil
	}
	return body, &codec.TextError{Start: at, End: at, Field: name, Message: "its data is expected", Allowed: want, Hint: `for no data at all write ""`}
}

// attributes reads parts of these names, in this order, each a string after
// a length of 1 byte.
func attributes(s *Scanner, body []byte, names ...string) ([]byte, error) {
	for _, want := range names {
		name, at := s.Name()
		if string(name) != want {
			w, at := name, at
			if w == nil {
				w, at = s.Word()
			}
			if err := checkWord(w, at); err != nil {
				return body, err
			}
			return body, &codec.TextError{Start: at, End: at + len(w), Field: want, Message: fmt.Sprintf("%s=… is expected; found %q", want, w)}
		}
		body = append(body, 0)
		from := len(body)
		var err error
		if body, err = s.Value(body); err != nil {
			return body, err
		}
		n := len(body) - from
		if n > 0xff {
			return body, &codec.TextError{Start: at, End: s.Pos, Field: want, Message: fmt.Sprintf("255 bytes or less are expected; found %d", n)}
		}
		body[from-1] = byte(n)
	}
	return body, nil
}

// propertyList reads the properties of READY and INITIATE.
func propertyList(s *Scanner, body []byte) ([]byte, error) {
	for s.Skip() {
		name, at := s.Name()
		if name == nil || len(name) > 0xff {
			w, _ := s.Word()
			return body, &codec.TextError{Start: at, End: s.Pos, Field: "property", Message: fmt.Sprintf("name=value is expected; found %q", w), Hint: "Socket-Type=DEALER"}
		}
		body = append(append(body, byte(len(name))), name...)
		body = append(body, 0, 0, 0, 0)
		from := len(body)
		var err error
		if body, err = s.Value(body); err != nil {
			return body, err
		}
		binary.BigEndian.PutUint32(body[from-4:], uint32(len(body)-from))
	}
	return body, nil
}

func pingData(s *Scanner, body []byte) ([]byte, error) {
	name, at := s.Name()
	if string(name) != "ttl" {
		return body, &codec.TextError{Start: at, End: len(s.Text), Field: "ping", Message: "ttl=… is expected, in tenths of a second", Hint: "ping ttl=10"}
	}
	w, from := s.Word()
	n, err := uintOf(w, from, "ttl", 0xffff)
	if err != nil {
		return body, err
	}
	return pongData(s, binary.BigEndian.AppendUint16(body, uint16(n)))
}

func pongData(s *Scanner, body []byte) ([]byte, error) {
	if !s.Skip() {
		return body, nil
	}
	name, at := s.Name()
	if string(name) != "context" {
		return body, &codec.TextError{Start: at, End: len(s.Text), Field: "context", Message: "context=… or nothing is expected"}
	}
	return s.Value(body)
}

// curveCommand reads what follows the word curve. sealed says that it is
// MESSAGE, whose frame has no COMMAND flag.
func curveCommand(s *Scanner, body []byte) (_ []byte, sealed bool, err error) {
	name, at := s.Word()
	body = append(append(body, byte(len(name))), name...)
	data := len(body)
	form := formOpaque
	switch string(name) {
	case nameHello:
		form = formCurveHello
		if body, err = curveVersion(s, body); err != nil {
			return body, false, err
		}
		body = append(body, make([]byte, 72)...)
		if body, err = hexPart(s, body, "key"); err != nil {
			return body, false, err
		}
	case nameWelcome:
		form = formCurveWelcome
		if body, err = hexPart(s, body, "nonce"); err != nil {
			return body, false, err
		}
	case nameInitiate:
		form = formCurveInitiate
		if body, err = hexPart(s, body, "cookie"); err != nil {
			return body, false, err
		}
	case nameReady:
		form = formCurveReady
	case nameMessage:
		form, sealed = formCurveMessage, true
	default:
		return body, false, lex.UnknownName("command of CURVE", string(name), at, s.Pos, []string{nameHello, nameWelcome, nameInitiate, nameReady, nameMessage})
	}
	if form != formCurveWelcome {
		if body, err = curveNonce(s, body); err != nil {
			return body, false, err
		}
	}
	if body, err = hexPart(s, body, "box"); err != nil {
		return body, false, err
	}
	if why := form.check(body[data:]); why != nil {
		return body, false, &codec.TextError{Start: at, End: len(s.Text), Field: string(name), Message: why.what, Hint: `write command ` + string(name) + ` "…" for data of any size`}
	}
	return body, sealed, nil
}

func curveVersion(s *Scanner, body []byte) ([]byte, error) {
	w, at, err := part1(s, "version")
	if err != nil {
		return body, err
	}
	major, minor, ok := bytes.Cut(w, []byte("."))
	a, err1 := parseUint(major, 0xff)
	b, err2 := parseUint(minor, 0xff)
	if !ok || err1 != nil || err2 != nil {
		return body, &codec.TextError{Start: at, End: s.Pos, Field: "version", Message: fmt.Sprintf("no version %q", w), Allowed: []string{"1.0"}}
	}
	return append(body, byte(a), byte(b)), nil
}

func curveNonce(s *Scanner, body []byte) ([]byte, error) {
	w, at, err := part1(s, "nonce")
	if err != nil {
		return body, err
	}
	n, err := uintOf(w, at, "nonce", ^uint64(0))
	return binary.BigEndian.AppendUint64(body, n), err
}

func hexPart(s *Scanner, body []byte, want string) ([]byte, error) {
	w, at, err := part1(s, want)
	if err != nil {
		return body, err
	}
	body, err = lex.Hex(body, w)
	return body, lex.Shift(err, at)
}

// part1 reads one name=value part of that name.
func part1(s *Scanner, want string) (w []byte, at int, err error) {
	name, start := s.Name()
	if string(name) != want {
		return nil, 0, &codec.TextError{Start: start, End: len(s.Text), Field: want, Message: want + "=… is expected here"}
	}
	w, at = s.Word()
	return w, at, nil
}
