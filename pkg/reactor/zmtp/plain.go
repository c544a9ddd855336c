package zmtp

import (
	"crypto/subtle"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// shake takes a command of the handshake.
func (s *Session) shake(now time.Time, name string, data []byte) Output {
	plain := s.c.Mechanism == Plain
	switch {
	case name == "READY" && (!plain || !s.c.Server && s.peer.User == welcomed):
		s.peer.User = ""
		return s.ready(now, data)
	case name == "HELLO" && plain && s.c.Server && s.peer.User == "":
		user, password := cutHello(data)
		want, known := s.c.Users[user]
		if !known || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
			out := s.end("a wrong user or password")
			out.Frames = []codec.Frame{s.Command("ERROR", []byte("\x03400"))}
			return out
		}
		s.peer.User = user
		return Output{Frames: []codec.Frame{s.Command("WELCOME", nil)}}
	case name == "WELCOME" && plain && !s.c.Server && s.peer.User == "":
		s.peer.User = welcomed
		return Output{Frames: []codec.Frame{s.Command("INITIATE", s.metadata())}}
	case name == "INITIATE" && plain && s.c.Server && s.peer.User != "":
		out := s.ready(now, data)
		if out.Close == "" {
			out.Frames = append([]codec.Frame{s.Command("READY", s.metadata())}, out.Frames...)
		}
		return out
	case name == "ERROR":
		return s.refused(data)
	}
	return s.end("%s does not come at this point of the handshake", name)
}

// welcomed stands for the user at a client that the server let in.
const welcomed = "\x00"

// cutHello returns the user and the password in the data of HELLO.
func cutHello(data []byte) (user, password string) {
	n := int(data[0]) // the layout has been checked
	return string(data[1 : 1+n]), string(data[2+n:])
}

func hello(user, password string) []byte {
	b := append([]byte{byte(len(user))}, user...)
	return append(append(b, byte(len(password))), password...)
}
