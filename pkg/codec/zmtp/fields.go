package zmtp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A fieldWriter appends the fields of one frame in order.
type fieldWriter struct {
	dst   []codec.Field
	base  int64
	at    int // offset in the frame of the next field of leaf
	depth int
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
	w := &fieldWriter{dst: dst, base: base}
	switch f.kind {
	case Greeting:
		f.greetingFields(w)
	case Command:
		f.headerFields(w, f.parts[0])
		f.commandFields(w, v)
	case Identity:
		f.headerFields(w, f.parts[0])
		w.leaf("identity", len(f.Body(0)), quote(f.Body(0)), "")
	default:
		for i, p := range f.parts {
			w.open("frame["+strconv.Itoa(i)+"]", p.end-p.head, "", "")
			w.depth++
			f.headerFields(w, p)
			w.leaf("body", p.end-p.body, quote(f.Body(i)), "")
			w.depth--
		}
	}
	return w.dst
}

func word(b []byte) string { return string(AppendWord(nil, b)) }

func quote(b []byte) string { return string(AppendQuoted(nil, b)) }

func (f *Frame) greetingFields(w *fieldWriter) {
	b := f.raw
	w.open("signature", SignatureLen, hex.EncodeToString(b[:SignatureLen]), "")
	w.depth++
	w.leaf("start", 1, "ff", "")
	note := ""
	if n := padding(b); n > 0 {
		note = fmt.Sprintf("libzmq: an identity of %d bytes", n-1)
	}
	w.leaf("padding", 8, strconv.FormatUint(padding(b), 10), note)
	w.leaf("end", 1, hex.EncodeToString(b[offSigEnd:offMajor]), "")
	w.depth--
	if f.ver == V2 {
		w.leaf("revision", 1, strconv.Itoa(int(b[offMajor])), "2.0")
		note := ""
		if t := int(b[offMinor]); t < len(socketTypes) {
			note = socketTypes[t]
		}
		w.leaf("socket-type", 1, strconv.Itoa(int(b[offMinor])), note)
		return
	}
	w.leaf("version-major", 1, strconv.Itoa(int(b[offMajor])), "")
	w.leaf("version-minor", 1, strconv.Itoa(int(b[offMinor])), "")
	w.leaf("mechanism", offAsServer-offMechanism, word(mechanismName(b[offMechanism:offAsServer])), "")
	w.leaf("as-server", 1, strconv.Itoa(int(b[offAsServer])), "")
	if firstNonZero(b[offFiller:]) < 0 {
		w.leaf("filler", GreetingLenV3-offFiller, "", "zeros")
		return
	}
	w.leaf("filler", GreetingLenV3-offFiller, quote(b[offFiller:]), "")
}

// headerFields appends flags and length, in the order of the version.
func (f *Frame) headerFields(w *fieldWriter, p part) {
	n := p.body - p.head - 1
	value, note := "0x"+hex.EncodeToString([]byte{p.flags}), f.flagNames(p.flags)
	if f.ver != V1 {
		w.leaf("flags", 1, value, note)
		w.leaf("length", n, strconv.Itoa(p.end-p.body), "")
		return
	}
	w.leaf("length", n, strconv.Itoa(p.end-p.body+1), "flags and body")
	w.leaf("flags", 1, value, note)
}

func (f *Frame) flagNames(flags byte) string {
	var names []string
	for _, n := range []struct {
		bit  byte
		name string
		from Version
	}{{FlagMore, "more", V1}, {FlagLong, "long", V2}, {FlagCommand, "command", V3}} {
		if flags&n.bit != 0 && f.ver >= n.from {
			names = append(names, n.name)
			flags &^= n.bit
		}
	}
	if flags != 0 {
		names = append(names, fmt.Sprintf("reserved 0x%02x", flags))
	}
	return strings.Join(names, ", ")
}

func (f *Frame) commandFields(w *fieldWriter, v codec.View) {
	c := f.command()
	body := f.Body(0)
	switch {
	case c.name == nil:
		w.leaf("body", len(body), quote(body), "no command")
		return
	case c.form == formBrokenError:
		w.leaf("name", c.at, quote(body[:c.at]), "ERROR, as libzmq's PLAIN server writes it")
	default:
		w.open("name", c.at, word(c.name), "")
		w.depth++
		w.leaf("name-length", 1, strconv.Itoa(len(c.name)), "")
		w.leaf("name", len(c.name), word(c.name), "")
		w.depth--
	}
	f.dataFields(w, c, v)
}

func (f *Frame) dataFields(w *fieldWriter, c command, v codec.View) {
	d := c.data
	short := func(name string, b []byte, secret bool) {
		value := quote(b)
		if secret && !v.Secrets {
			value = codec.Redacted
		}
		w.leaf(name+"-length", 1, strconv.Itoa(len(b)), "")
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
		w.leaf("ttl", 2, strconv.Itoa(int(binary.BigEndian.Uint16(d))), "tenths of a second")
		w.leaf("context", len(d)-2, quote(d[2:]), "")
	case formPong:
		w.leaf("context", len(d), quote(d), "")
	case formTopic:
		w.leaf("topic", len(d), quote(d), "")
	case formCurveHello, formCurveWelcome, formCurveInitiate, formCurveReady, formCurveMessage:
		curveFields(w, c)
	default:
		if len(d) == 0 {
			return
		}
		value, note := quote(d), ""
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
		w.open("property", len(d)-len(rest), string(name), quote(value))
		w.depth++
		w.leaf("name-length", 1, strconv.Itoa(len(name)), "")
		w.leaf("name", len(name), word(name), "")
		w.leaf("value-length", 4, strconv.Itoa(len(value)), "")
		w.leaf("value", len(value), quote(value), "")
		w.depth--
		d = rest
	}
}

func curveFields(w *fieldWriter, c command) {
	d := c.data
	leaf := func(name string, n int, note string) {
		w.leaf(name, n, hex.EncodeToString(d[:n]), note)
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
