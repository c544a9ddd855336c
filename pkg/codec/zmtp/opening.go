package zmtp

import (
	"bytes"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// greeting cuts what begins with ff: a greeting of 2.0 or 3.x, or what libzmq
// sends to a peer of 1.0, where its signature is its identity frame.
func (d *Decoder) greeting(src []byte, atEOF bool) (*Frame, int, error) {
	peerV1 := d.conv.Side(d.dir.Reverse()).Version == "1.0"
	n := greetingLen(src, peerV1, d.conv.framing)
	if n == GreetingLenV3 && src[offMajor] > 3 && d.conv.framing == 0 {
		switch v := d.answersV1(src, atEOF); {
		case v == yes:
			n = SignatureLen
		case v == short && !atEOF:
			return nil, 0, codec.ErrShort
		}
	}
	switch {
	case n < 0:
		return nil, 0, notGreeting(src)
	case n == 0 || n > len(src):
		if !atEOF {
			return nil, 0, codec.ErrShort
		}
		return nil, len(src), partialGreeting(src)
	case n == SignatureLen:
		return d.identity(src, atEOF, V1)
	}
	ver := V3
	if n == GreetingLenV2 {
		ver = V2
	}
	d.f.parts = d.f.parts[:0]
	f := d.frame(Greeting, ver, src[:n])
	d.inTraffic(ver)
	if ver == V2 {
		d.phase = phaseIdentity
	}
	f.notes = d.conv.greeted(d.dir, f)
	f.mech = d.conv.mechanism(d.dir)
	return f, n, nil
}

// greetingLen returns the length of the greeting that src begins with: 64,
// 12, or 10 for the signature alone that goes to a peer of 1.0. It is 0 when
// src is too short to tell, and -1 when it begins with none.
//
// libzmq announces 3 at once and learns only then that its peer speaks 2.0:
// it goes on with its socket type, and what stands where the mechanism's
// first letter would be is the flags byte of its identity frame.
func greetingLen(src []byte, peerV1 bool, asked Version) int {
	switch {
	case len(src) < SignatureLen:
		return 0
	case !isSignature(src):
		return -1
	case peerV1:
		return SignatureLen
	case len(src) <= offMajor:
		return 0
	case src[offMajor] == 0:
		return -1
	case src[offMajor] < 3 || asked == V2:
		return GreetingLenV2
	case len(src) <= offMechanism:
		return 0
	case src[offMechanism] == 0:
		return GreetingLenV2
	}
	return GreetingLenV3
}

// answersV1 says whether src, which may be a greeting with a major version
// over 3, is rather what libzmq sends to a peer of 1.0: its signature, which
// is its identity frame, and then messages.
func (d *Decoder) answersV1(src []byte, atEOF bool) verdict {
	if len(src) < offAsServer {
		return short
	}
	identity := padding(src)
	if src[offMinor] > FlagMore || identity == 0 || identity > 256 || mechanism(src[offMechanism:offAsServer]) != MechOther {
		return no
	}
	end := 9 + int(identity)
	if len(src) <= end {
		return short
	}
	return d.inStep(V1, src[end:], atEOF, 2)
}

// partialGreeting says how far a greeting came.
func partialGreeting(src []byte) error {
	const stop = "; libzmq stops here until it has the other side's "
	switch n := len(src); {
	case n < SignatureLen:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: %d of the signature's 10 bytes", n)
	case n == SignatureLen:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: the signature without a version, 10 of 64 bytes"+stop+"signature")
	case n == SignatureLen+1:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: the signature and major version %d, 11 of 64 bytes"+stop+"version", src[offMajor])
	default:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: %d of 64 bytes", n)
	}
}

// notGreeting says why what begins with ff is no greeting.
func notGreeting(src []byte) error {
	if !isSignature(src) {
		return codec.Faultf(codec.CodeSyntax, offSigEnd, "signature", "bit 0 of the signature's last byte 0x%02x is clear: libzmq takes that for a frame of 1.0 and resets the connection", src[offSigEnd])
	}
	return codec.Faultf(codec.CodeSyntax, offMajor, "version", "version 0 after a signature: libzmq takes that for 1.0 and closes")
}

// maxDoubt is how many bytes of a stream without greeting are looked at, when
// nothing in them is beyond doubt, before they are given up.
const maxDoubt = 4096

// join finds out the framing of a stream that has no greeting: 3.x joined in
// the middle when it reads as that beyond doubt, else 1.0 when it reads as
// that, else 3.x when all of a short stream is frames, however odd.
func (d *Decoder) join(src []byte, atEOF bool) (Version, error) {
	asked := d.conv.framing
	if asked == V1 {
		return V1, nil
	}
	if asked == 0 && d.conv.started && d.phase == phaseStart {
		if isHTTP(src) {
			return 0, noFrame(src)
		}
		return V1, nil
	}
	joined := V3
	if asked != 0 {
		joined = asked
	}
	v := d.inStep(joined, src, atEOF, syncFrames)
	if (v == no || atEOF && v == short) && asked == 0 && src[0] != 0xff && (len(src) < 2 || src[1] == 0) {
		v1 := d.inStep(V1, src, atEOF, syncFrames)
		if v1 == yes {
			return V1, nil
		}
		v = v1
	}
	switch {
	case v == yes:
		return joined, nil
	case !atEOF && (v == short || len(src) <= maxDoubt):
		return 0, codec.ErrShort
	case len(src) <= maxDoubt && d.allFrames(joined, src):
		return joined, nil
	}
	return 0, noFrame(src)
}

// allFrames says whether src is whole commands and messages, and no more.
func (d *Decoder) allFrames(ver Version, src []byte) bool {
	more := false
	for at := 0; at < len(src); {
		p, err := readHeader(ver, src, at, d.max)
		if err != nil || p.end > len(src) || ver == V3 && more && p.flags&FlagCommand != 0 {
			return false
		}
		more = p.flags&FlagMore != 0 && (ver != V3 || p.flags&FlagCommand == 0)
		at = p.end
	}
	return !more
}

// noFrame says what a stream begins with that is neither a greeting nor a
// frame.
func noFrame(src []byte) error {
	if isHTTP(src) {
		return codec.Faultf(codec.CodeSyntax, 0, "", "an HTTP request, no ZMTP: libzmq reads it as the start of a long identity of 1.0 and waits for more")
	}
	return codec.Faultf(codec.CodeSyntax, 0, "", "neither a greeting (ff) nor frames begin here: found 0x%02x", src[0])
}

// isHTTP says whether src begins as a request of HTTP.
func isHTTP(src []byte) bool {
	return slices.ContainsFunc([]string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS "}, func(method string) bool {
		return bytes.HasPrefix(src, []byte(method))
	})
}
