package zmtp

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// What a peer speaks is known when its first bytes have come, and it may wait
// for ours before it says more. So these go out in pieces, as with libzmq:
//
//	ours                    theirs
//	signature, 10 bytes
//	                        signature                  no signature: it speaks 1.0
//	3, the version                                     our signature was the header
//	                        3: it speaks 3.x           of our identity frame, and the
//	the rest                1: it speaks 2.0           identity follows
//	                        …: our socket type and
//	                        an identity frame follow

// Peeks says whether the session wants to see the beginning of the greeting.
func (s *Session) Peeks() bool { return s.phase == greeting && !s.told }

// Partial takes the beginning of the peer's greeting, from its first byte on.
func (s *Session) Partial(b []byte) Output {
	if !s.Peeks() || b[0] != 0xff || len(b) < zmtp.SignatureLen {
		return Output{} // an identity of 1.0 will be whole
	}
	var begin []byte
	if s.begun == zmtp.SignatureLen {
		begin = []byte{3}
		s.begun++
	}
	var out Output
	if len(b) > zmtp.SignatureLen {
		switch v := b[zmtp.SignatureLen]; {
		case v >= 3:
			out = s.opening(zmtp.V3)
		case v > 0: // the codec refuses 0
			out = s.opening(zmtp.V2)
		}
	}
	out.Begin = begin
	return out
}

// opening says what is left of our opening to a peer of a version.
func (s *Session) opening(v zmtp.Version) Output {
	s.peer.Version = v
	if s.told {
		return Output{}
	}
	s.told = true
	switch v {
	case zmtp.V1:
		return Output{Frames: []codec.Frame{zmtp.NewIdentity(v, s.c.Identity)}}
	case zmtp.V2:
		return Output{Frames: []codec.Frame{zmtp.NewGreetingV2(s.c.SocketType, len(s.c.Identity)), zmtp.NewIdentity(v, s.c.Identity)}}
	}
	return Output{Frames: []codec.Frame{s.greeting()}}
}

// greetedV2 takes a greeting of 2.0. Like libzmq it does not look whether the
// socket types go together.
func (s *Session) greetedV2(f *zmtp.Frame) Output {
	if s.told && s.peer.Version != zmtp.V2 {
		return s.end("the peer speaks ZMTP 2.0, and 3.x was offered")
	}
	out := s.opening(zmtp.V2)
	s.phase, s.peer.SocketType = shaking, f.SocketType()
	return out
}

// identified takes the identity frame of 2.0 or 1.0, which ends the handshake.
func (s *Session) identified(f *zmtp.Frame) Output {
	var out Output
	switch v := f.Version(); {
	case v == zmtp.V1 && s.phase == greeting && s.begun <= zmtp.SignatureLen && !s.told:
		out = s.opening(v)
	case v == zmtp.V1 && s.phase == greeting:
		return s.end("the peer speaks ZMTP 1.0, and 3.x was offered")
	case v == zmtp.V1 || s.phase != shaking || s.peer.Version != zmtp.V2:
		return s.end("an identity does not come at this point")
	}
	s.phase, s.peer.Identity = established, bytes.Clone(f.Body(0))
	out.Established = true
	return out
}

// reads says whether f is of the version that the peer speaks. The messages of
// 2.0 and 3.x look the same, and the notation has one text for both.
func (s *Session) reads(f *zmtp.Frame) bool {
	switch s.peer.Version {
	case zmtp.V1:
		return f.Version() == zmtp.V1
	case zmtp.V2:
		return f.Version() != zmtp.V1 && f.Kind() == zmtp.Message
	}
	return f.Version() == zmtp.V3
}
