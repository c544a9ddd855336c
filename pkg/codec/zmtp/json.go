package zmtp

import (
	"encoding/binary"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// AppendJSON implements [codec.Frame]. Byte strings are in the byte form,
// {"text":…} or {"hex":…}.
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	switch f.kind {
	case Greeting:
		return f.greetingJSON(dst)
	case Command:
		return f.commandJSON(dst, v)
	case Identity:
		dst = append(dst, `{"version":"`...)
		dst = append(dst, '0'+byte(f.ver))
		dst = append(dst, `.0","identity":`...)
		dst = jsonenc.AppendBytes(dst, f.Body(0))
		return append(dst, '}')
	default:
		return f.messageJSON(dst, v)
	}
}

func (f *Frame) messageJSON(dst []byte, v codec.View) []byte {
	dst, value := v.Member(append(dst, '{'), "frames")
	if value {
		dst = append(dst, '[')
		counted := v.LengthOnly("frames")
		for i := range f.parts {
			if i > 0 {
				dst = append(dst, ',')
			}
			if counted {
				dst = append(dst, '0')
				continue
			}
			p := &f.parts[i]
			dst = jsonenc.AppendBytes(dst, f.raw[p.body:p.end])
		}
		dst = append(dst, ']')
	}
	if what, topic, ok := f.Subscription(); ok && v.Wants("subscription", "topic") {
		dst, _ = codec.View{}.Member(dst, "subscription")
		dst = jsonenc.AppendString(dst, what)
		dst = append(dst, `,"topic":`...)
		dst = jsonenc.AppendBytes(dst, topic)
	}
	return append(dst, '}')
}

// Subscription reads the message form of a subscription, which SUB and XSUB
// sockets send to peers of 3.0 and 2.0: 01 or 00, then the topic. what is
// "subscribe" or "cancel". f keeps topic.
func (f *Frame) Subscription() (what string, topic []byte, ok bool) {
	if f.kind != Message || !f.sub || len(f.parts) != 1 || len(f.Body(0)) == 0 {
		return "", nil, false
	}
	switch b := f.Body(0); b[0] {
	case 0:
		return "cancel", b[1:], true
	case 1:
		return "subscribe", b[1:], true
	}
	return "", nil, false
}

func (f *Frame) greetingJSON(dst []byte) []byte {
	b := f.raw
	dst = append(dst, `{"version":"`...)
	if f.ver == V2 {
		dst = append(dst, `2.0","revision":`...)
		dst = strconv.AppendUint(dst, uint64(b[offMajor]), 10)
		dst = append(dst, `,"socket_type":`...)
		if t := int(b[offMinor]); t < len(socketTypes) {
			dst = jsonenc.AppendString(dst, socketTypes[t])
		} else {
			dst = strconv.AppendInt(dst, int64(t), 10)
		}
	} else {
		dst = strconv.AppendUint(dst, uint64(b[offMajor]), 10)
		dst = append(dst, '.')
		dst = strconv.AppendUint(dst, uint64(b[offMinor]), 10)
		dst = append(dst, `","mechanism":`...)
		dst = jsonenc.AppendString(dst, mechanismName(b[offMechanism:offAsServer]))
		dst = append(dst, `,"as_server":`...)
		dst = strconv.AppendUint(dst, uint64(b[offAsServer]), 10)
		dst = append(dst, `,"filler_zero":`...)
		dst = strconv.AppendBool(dst, firstNonZero(b[offFiller:]) < 0)
	}
	dst = append(dst, `,"signature":"`...)
	dst = jsonenc.AppendHex(dst, b[:SignatureLen])
	return append(dst, `"}`...)
}

func (f *Frame) commandJSON(dst []byte, v codec.View) []byte {
	c := f.command()
	dst = append(dst, `{"name":`...)
	dst = jsonenc.AppendString(dst, c.name)
	dst = append(dst, `,"flags":`...)
	dst = strconv.AppendUint(dst, uint64(f.parts[0].flags), 10)
	d := c.data
	switch c.form {
	case formMetadata:
		dst = metadataJSON(dst, d)
	case formError, formBrokenError:
		dst = bytesMember(dst, "reason", d[1:])
	case formPlainHello:
		user, rest, _ := cutShort(d)
		dst = bytesMember(dst, "username", user)
		if v.Secrets {
			dst = bytesMember(dst, "password", rest[1:])
		} else {
			dst = append(dst, `,"password":"`+codec.Redacted+`"`...)
		}
	case formPing:
		dst = append(dst, `,"ttl_ds":`...)
		dst = strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(d)), 10)
		dst = bytesMember(dst, "context", d[2:])
	case formPong:
		dst = bytesMember(dst, "context", d)
	case formTopic:
		dst = bytesMember(dst, "topic", d)
	case formCurveHello, formCurveWelcome, formCurveInitiate, formCurveReady, formCurveMessage:
		dst = curveJSON(dst, c)
	case formOpaque:
		if f.hidesSecret(c) && !v.Secrets {
			dst = append(dst, `,"data":"`+codec.Redacted+`"`...)
		} else {
			dst = bytesMember(dst, "data", d)
		}
	}
	return append(dst, '}')
}

func bytesMember(dst []byte, name string, b []byte) []byte {
	dst = append(append(append(dst, ',', '"'), name...), '"', ':')
	return jsonenc.AppendBytes(dst, b)
}

func hexMember(dst []byte, name string, b []byte) []byte {
	dst = append(append(append(dst, ',', '"'), name...), '"', ':', '"')
	return append(jsonenc.AppendHex(dst, b), '"')
}

func metadataJSON(dst, d []byte) []byte {
	if t, ok := property(d, "Socket-Type"); ok {
		dst = append(dst, `,"socket_type":`...)
		dst = jsonenc.AppendString(dst, t)
	}
	if id, ok := property(d, "Identity"); ok {
		dst = bytesMember(dst, "identity", id)
	}
	dst = append(dst, `,"properties":[`...)
	for first := true; len(d) > 0; first = false {
		name, value, rest, _ := cutProperty(d)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"name":`...)
		dst = jsonenc.AppendString(dst, name)
		dst = append(bytesMember(dst, "value", value), '}')
		d = rest
	}
	return append(dst, ']')
}

// curveJSON gives what stands in the clear, and the size of what is sealed:
// the keys of a connection are made for it alone, so that nobody can open it
// afterwards.
func curveJSON(dst []byte, c command) []byte {
	dst = append(dst, `,"sealed":true`...)
	d := c.data
	switch c.form {
	case formCurveHello:
		dst = append(dst, `,"version":"`...)
		dst = strconv.AppendUint(dst, uint64(d[0]), 10)
		dst = append(dst, '.')
		dst = strconv.AppendUint(dst, uint64(d[1]), 10)
		dst = append(dst, '"')
		dst = hexMember(dst, "client_tpk", d[74:106])
		dst = hexMember(dst, "nonce", d[106:114])
		dst = hexMember(dst, "signature_box", d[114:])
		return append(dst, `,"box_len":80`...)
	case formCurveWelcome:
		dst = hexMember(dst, "nonce", d[:curveLongNonceLen])
		d = d[curveLongNonceLen:]
	case formCurveInitiate:
		dst = append(dst, `,"cookie_len":96`...)
		d = d[96:]
		fallthrough
	default:
		dst = hexMember(dst, "nonce", d[:curveNonceLen])
		d = d[curveNonceLen:]
	}
	dst = append(dst, `,"box_len":`...)
	dst = strconv.AppendInt(dst, int64(len(d)), 10)
	if c.form == formCurveMessage {
		dst = append(dst, `,"body_len":`...)
		dst = strconv.AppendInt(dst, int64(len(d)-curveBoxOverhead), 10)
	}
	return dst
}
