package zmtp

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
)

// greeting cuts what begins with ff: a greeting of 2.0 or 3.x, or what libzmq
// sends to a peer of 1.0, where its signature is its identity frame.
func (d *Decoder) greeting(src []byte, atEOF bool) (*Frame, int, error) {
	peerV1 := d.conv.Side(d.dir.Reverse()).Version == "1.0"
	n := greetingLen(src, peerV1, d.conv.framing)
	switch {
	case n < 0:
		return nil, 0, notGreeting(src)
	case n == 0 || n > len(src):
		if !atEOF {
			return nil, 0, codec.ErrShort
		}
		return nil, len(src), partialGreeting(src)
	case n == signatureLen:
		return d.identity(src, atEOF, V1)
	}
	ver := V3
	if n == GreetingLenV2 {
		ver = V2
	}
	d.f.parts = d.f.parts[:0]
	f := d.frame(Greeting, ver, src[:n])
	d.ver, d.phase = ver, phaseTraffic
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
	case len(src) < signatureLen:
		return 0
	case !isSignature(src):
		return -1
	case peerV1:
		return signatureLen
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

// partialGreeting says how far a greeting came.
func partialGreeting(src []byte) error {
	const stop = "; libzmq stops here when the peer sends nothing, is no ZMTP peer, or closed"
	switch n := len(src); {
	case n < signatureLen:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: %d of the signature's 10 bytes", n)
	case n == signatureLen:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: the signature without a version, 10 of 64 bytes"+stop)
	case n == signatureLen+1:
		return codec.Faultf(codec.CodeTruncated, n, "greeting", "partial greeting: the signature and major version %d, 11 of 64 bytes"+stop, src[offMajor])
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

// guess finds out the framing of a stream that has no greeting: 3.x joined in
// the middle when it can be that, else 1.0 when it can be that, else 3.x.
func (d *Decoder) guess(src []byte, atEOF bool) (Version, error) {
	if d.conv.framing != 0 {
		return d.conv.framing, nil
	}
	for _, try := range []struct {
		ver    Version
		reads  func([]byte) verdict
		wanted bool
	}{{V3, readsAsV3, true}, {V1, readsAsV1, d.phase == phaseStart}} {
		if !try.wanted {
			continue
		}
		switch v := try.reads(src); {
		case v == yes, v == short && atEOF:
			return try.ver, nil
		case v == short:
			return 0, codec.ErrShort
		}
	}
	return V3, nil
}

// A verdict answers whether bytes may be something.
type verdict byte

const (
	no verdict = iota
	yes
	short // more bytes are needed to tell
)

// readsAsV3 says whether src may begin with a frame of 3.x. It looks closer
// only where 1.0 is possible too.
func readsAsV3(src []byte) verdict {
	v := flagsReadAsV3(src)
	if v != yes || src[0] != FlagMore {
		return v
	}
	if len(src) < 2 {
		return short
	}
	if src[1] != 0 {
		return yes
	}
	// An empty frame with MORE, or the empty identity of 1.0: look at the
	// flags of the next frame, which cannot be a command in 3.x.
	if len(src) < 3 {
		return short
	}
	if src[2]&FlagCommand != 0 {
		return no
	}
	return flagsReadAsV3(src[2:])
}

// flagsReadAsV3 looks at one header: its flags, and whether a long length is
// one that occurs.
func flagsReadAsV3(src []byte) verdict {
	flags := src[0]
	if flags&^flagsKnown != 0 {
		return no
	}
	if flags&FlagLong != 0 {
		if i := bytes.IndexFunc(src[1:min(len(src), 6)], func(r rune) bool { return r != 0 }); i >= 0 {
			return no
		}
		if len(src) < 6 {
			return short
		}
	}
	if flags&FlagCommand != 0 && flags&FlagLong == 0 {
		if len(src) < 2 {
			return short
		}
		if src[1] < 2 {
			return no
		}
	}
	return yes
}

// readsAsV1 says whether src may begin with an identity frame of 1.0 and
// another frame.
func readsAsV1(src []byte) verdict {
	n := int(src[0])
	if n == 0 || n == 0xff {
		return no
	}
	if len(src) < 2 {
		return short
	}
	if src[1] != 0 {
		return no
	}
	next := src[min(len(src), 1+n):]
	switch {
	case len(next) < 2:
		return short
	case next[0] == 0xff:
		return yes
	case next[0] == 0 || next[1] > FlagMore:
		return no
	}
	return yes
}

// doubt says what speaks against flags as those of the first frame of a
// stream that is joined in the middle.
func doubt(ver Version, flags byte, src []byte) error {
	known := byte(flagsKnown)
	switch ver {
	case V2:
		known = FlagMore | FlagLong
	case V1:
		known = FlagMore
	}
	if flags&^known == 0 && flags&(FlagMore|FlagCommand) != FlagMore|FlagCommand {
		return nil
	}
	hint := ""
	for _, method := range []string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS "} {
		if bytes.HasPrefix(src, []byte(method)) {
			hint = "; this is an HTTP request, which libzmq reads as the start of a long identity of 1.0 and waits for more"
		}
	}
	return codec.Faultf(codec.CodeSyntax, 0, "flags", "neither a greeting (ff) nor the flags of a frame: 0x%02x%s", flags, hint)
}
