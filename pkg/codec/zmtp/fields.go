package zmtp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A fieldWriter appends the fields of one frame in order.
type fieldWriter struct {
	dst   []codec.Field
	base  int64
	at    int // offset in the frame of the next field of leaf
	depth int
	texts *codec.Texts
}

// leaf appends a field of n bytes that has nothing in it.
func (w *fieldWriter) leaf(name string, n int, value, note string) {
	w.open(name, n, value, note)
	w.at += n
}

// open appends a field of n bytes whose parts come next.
func (w *fieldWriter) open(name string, n int, value, note string) {
	start := w.base + int64(w.at)
	w.dst = append(w.dst, codec.Field{Name: name, Span: codec.Span{Start: start, End: start + int64(n)}, Value: value, Note: note, Depth: w.depth})
}

// AppendFields implements [codec.Frame].
func (f *Frame) AppendFields(dst []codec.Field, base int64, v codec.View) []codec.Field {
	w := &fieldWriter{dst: dst, base: base, texts: v.Texts}
	switch f.kind {
	case Greeting:
		f.greetingFields(w)
	case Command:
		f.headerFields(w, f.parts[0])
		f.commandFields(w, v)
	case Identity:
		f.headerFields(w, f.parts[0])
		w.leaf("identity", len(f.Body(0)), w.quote(f.Body(0)), "")
	default:
		for i, p := range f.parts {
			w.open(w.texts.Close(append(strconv.AppendInt(append(w.texts.Open(), "frame["...), int64(i), 10), ']')), p.end-p.head, "", "")
			w.depth++
			f.headerFields(w, p)
			w.leaf("body", p.end-p.body, w.quote(f.Body(i)), "")
			w.depth--
		}
	}
	return w.dst
}

func (w *fieldWriter) word(b []byte) string { return w.texts.Close(AppendWord(w.texts.Open(), b)) }

func (w *fieldWriter) quote(b []byte) string { return w.texts.Close(AppendQuoted(w.texts.Open(), b)) }

func (w *fieldWriter) hex(b []byte) string { return w.texts.Close(hex.AppendEncode(w.texts.Open(), b)) }

func (f *Frame) greetingFields(w *fieldWriter) {
	b := f.raw
	w.open("signature", SignatureLen, w.hex(b[:SignatureLen]), "")
	w.depth++
	w.leaf("start", 1, "ff", "")
	note := ""
	if n := padding(b); n > 0 {
		note = fmt.Sprintf("libzmq: an identity of %d bytes", n-1)
	}
	w.leaf("padding", 8, strconv.FormatUint(padding(b), 10), note)
	w.leaf("end", 1, w.hex(b[offSigEnd:offMajor]), "")
	w.depth--
	if f.ver == V2 {
		w.leaf("revision", 1, w.texts.Int(int(b[offMajor])), "2.0")
		note := ""
		if t := int(b[offMinor]); t < len(socketTypes) {
			note = socketTypes[t]
		}
		w.leaf("socket-type", 1, w.texts.Int(int(b[offMinor])), note)
		return
	}
	w.leaf("version-major", 1, w.texts.Int(int(b[offMajor])), "")
	w.leaf("version-minor", 1, w.texts.Int(int(b[offMinor])), "")
	w.leaf("mechanism", offAsServer-offMechanism, w.word(mechanismName(b[offMechanism:offAsServer])), "")
	w.leaf("as-server", 1, w.texts.Int(int(b[offAsServer])), "")
	if firstNonZero(b[offFiller:]) < 0 {
		w.leaf("filler", GreetingLenV3-offFiller, "", "zeros")
		return
	}
	w.leaf("filler", GreetingLenV3-offFiller, w.quote(b[offFiller:]), "")
}

// headerFields appends flags and length, in the order of the version.
func (f *Frame) headerFields(w *fieldWriter, p part) {
	n := p.body - p.head - 1
	value := w.texts.Close(hex.AppendEncode(append(w.texts.Open(), "0x"...), []byte{p.flags}))
	note := f.flagNames(w.texts, p.flags)
	if f.ver != V1 {
		w.leaf("flags", 1, value, note)
		w.leaf("length", n, w.texts.Int(p.end-p.body), "")
		return
	}
	w.leaf("length", n, w.texts.Int(p.end-p.body+1), "flags and body")
	w.leaf("flags", 1, value, note)
}

func (f *Frame) flagNames(t *codec.Texts, flags byte) string {
	b := t.Open()
	for _, n := range [...]struct {
		bit  byte
		name string
		from Version
	}{{FlagMore, "more, ", V1}, {FlagLong, "long, ", V2}, {FlagCommand, "command, ", V3}} {
		if flags&n.bit != 0 && f.ver >= n.from {
			b = append(b, n.name...)
			flags &^= n.bit
		}
	}
	if flags != 0 {
		b = fmt.Appendf(b, "reserved 0x%02x, ", flags)
	}
	return t.Close(bytes.TrimSuffix(b, []byte(", ")))
}

func (f *Frame) commandFields(w *fieldWriter, v codec.View) {
	c := f.command()
	body := f.Body(0)
	switch {
	case c.name == nil:
		w.leaf("body", len(body), w.quote(body), "no command")
		return
	case c.form == formBrokenError:
		w.leaf("name", c.at, w.quote(body[:c.at]), "ERROR, as libzmq's PLAIN server writes it")
	default:
		w.open("name", c.at, w.word(c.name), "")
		w.depth++
		w.leaf("name-length", 1, w.texts.Int(len(c.name)), "")
		w.leaf("name", len(c.name), w.word(c.name), "")
		w.depth--
	}
	f.dataFields(w, c, v)
}

func (f *Frame) dataFields(w *fieldWriter, c command, v codec.View) {
	d := c.data
	short := func(name string, b []byte, secret bool) {
		value := w.quote(b)
		if secret && !v.Secrets {
			value = codec.Redacted
		}
		w.leaf(name+"-length", 1, w.texts.Int(len(b)), "")
		w.leaf(name, len(b), value, "")
	}
	switch c.form {
	case formEmpty:
	case formMetadata:
		metadataFields(w, d)
	case formError, formBrokenError:
		short("reason", d[1:], false)
	case formPlainHello:
		user, rest, _ := cutShort(d)
		short("username", user, false)
		short("password", rest[1:], true)
	case formPing:
		w.leaf("ttl", 2, w.texts.Int(int(binary.BigEndian.Uint16(d))), "tenths of a second")
		w.leaf("context", len(d)-2, w.quote(d[2:]), "")
	case formPong:
		w.leaf("context", len(d), w.quote(d), "")
	case formTopic:
		w.leaf("topic", len(d), w.quote(d), "")
	case formCurveHello, formCurveWelcome, formCurveInitiate, formCurveReady, formCurveMessage:
		curveFields(w, c)
	default:
		if len(d) == 0 {
			return
		}
		value, note := w.quote(d), ""
		if f.hidesSecret(c) && !v.Secrets {
			value = codec.Redacted
		}
		if c.bad != nil {
			note = c.bad.what
		}
		w.leaf("data", len(d), value, note)
	}
}

func metadataFields(w *fieldWriter, d []byte) {
	for len(d) > 0 {
		name, value, rest, _ := cutProperty(d)
		w.open("property", len(d)-len(rest), w.texts.String(name), w.quote(value))
		w.depth++
		w.leaf("name-length", 1, w.texts.Int(len(name)), "")
		w.leaf("name", len(name), w.word(name), "")
		w.leaf("value-length", 4, w.texts.Int(len(value)), "")
		w.leaf("value", len(value), w.quote(value), "")
		w.depth--
		d = rest
	}
}

func curveFields(w *fieldWriter, c command) {
	d := c.data
	leaf := func(name string, n int, note string) {
		w.leaf(name, n, w.hex(d[:n]), note)
		d = d[n:]
	}
	switch c.form {
	case formCurveHello:
		leaf("version", 2, "")
		leaf("padding", 72, "zeros")
		leaf("client-key", 32, "made for this connection only")
		leaf("nonce", curveNonceLen, "")
	case formCurveWelcome:
		leaf("nonce", curveLongNonceLen, "")
	case formCurveInitiate:
		leaf("cookie", 96, "sealed")
		leaf("nonce", curveNonceLen, "")
	default:
		leaf("nonce", curveNonceLen, "")
	}
	note := "sealed"
	if c.form == formCurveMessage {
		note = fmt.Sprintf("sealed: 1 byte of flags and a body of %d bytes", len(d)-curveBoxOverhead)
	}
	leaf("box", len(d), note)
}
