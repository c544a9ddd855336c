package msgq

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

const (
	firstSeq = 2 // what the Python client begins with
	// someName is the from of frames whose sender's lname is not known. It is
	// none that the daemon gives.
	someName = "0_0@wirectl"
)

// verbs are the words that a text in the short form may begin with.
var verbs = []string{"getlname", "subscribe", "unsubscribe", "send", "reply", "ping", "pong", "stop"}

// options are the words that may follow the group of send and reply.
var options = []string{"from", "to", "seq", "want_answer", "reply"}

// A shortReader reads a text in the short form:
//
//	getlname | ping | pong | stop            [BODY]
//	subscribe | unsubscribe GROUP[/INSTANCE] [BODY]
//	send GROUP[/INSTANCE] [from=L] [to=L] [seq=N] [want_answer[=V]] [reply=N] [BODY]
//	reply GROUP[/INSTANCE] [from=L] to=L [seq=N] reply=N [BODY]
//
// It writes what the Python client does: keys in its order, JSON in its
// spelling.
type shortReader struct {
	p   *parser
	src []byte
	i   int
}

func (p *parser) short(f *Frame, src []byte) error {
	r := &shortReader{p: p, src: src}
	verb, at := r.word(), r.i
	h := headerWriter{[]byte(`{"type": `)}
	var err error
	switch verb {
	case "getlname", "ping", "pong", "stop":
		h.text(verb)
	case "subscribe", "unsubscribe":
		h.text(verb)
		err = r.address(&h)
	case "send", "reply":
		h.text("send")
		err = r.send(&h, verb == "reply")
	default:
		e := lex.UnknownName("message", verb, 0, at, verbs)
		if e.Hint == "" {
			e.Hint = `a frame is a header and a body, both JSON, or begins with one of these words`
		}
		return e
	}
	if err != nil {
		return err
	}
	f.Header = append(h.dst, '}')
	p.json = append(p.json, &f.Header)
	return r.body(f)
}

// word takes the bytes up to the next blank or "=".
func (r *shortReader) word() string {
	r.i = skipBlanks(r.src, r.i)
	start := r.i
	for r.i < len(r.src) && r.src[r.i] != ' ' && r.src[r.i] != '=' {
		r.i++
	}
	return string(r.src[start:r.i])
}

// name takes a name: a JSON string, or bytes up to a blank or the byte stop.
// It returns it as Python spells JSON.
func (r *shortReader) name(what string, stop byte) ([]byte, error) {
	start := r.i
	if r.i < len(r.src) && r.src[r.i] == '"' {
		return r.value(what)
	}
	for r.i < len(r.src) && r.src[r.i] != ' ' && r.src[r.i] != stop {
		r.i++
	}
	if r.i == start {
		return nil, &codec.TextError{Start: start, End: min(start+1, len(r.src)), Field: what, Message: "a name expected", Hint: `write "" for an empty one`}
	}
	if !utf8.Valid(r.src[start:r.i]) {
		return nil, &codec.TextError{Start: start, End: r.i, Field: what, Message: "a name is UTF-8", Hint: `write header:"…" for a header that is no JSON`}
	}
	return quoteName(r.src[start:r.i]), nil
}

// quoteName spells a name, which is UTF-8, as Python does a JSON string.
func quoteName(name []byte) []byte {
	out, _ := jsonv.AppendPython(nil, append(escapeQuotes([]byte{'"'}, name), '"'))
	return out
}

func escapeQuotes(dst, s []byte) []byte {
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

// value takes a JSON value and spells it as Python does.
func (r *shortReader) value(what string) ([]byte, error) {
	n, err := jsonv.Check(r.src[r.i:], jsonv.Options{Allow: jsonv.Python, MaxDepth: r.p.nesting})
	if err != nil {
		return nil, jsonFault(err, what, r.i, len(r.src), bodyPart)
	}
	out, _ := jsonv.AppendPython(nil, r.src[r.i:r.i+n])
	r.i += n
	return out, nil
}

// address takes GROUP[/INSTANCE] and writes both. The group of notifications
// has a slash of its own.
func (r *shortReader) address(h *headerWriter) error {
	r.i = skipBlanks(r.src, r.i)
	start := r.i
	quoted := r.i < len(r.src) && r.src[r.i] == '"'
	if bytes.HasPrefix(r.src[r.i:], []byte(NotificationPrefix)) {
		r.i += len(NotificationPrefix)
	}
	group, err := r.name("group", '/')
	if err != nil {
		return err
	}
	if !quoted {
		group = quoteName(r.src[start:r.i])
	}
	instance := quoteName([]byte(AnyInstance))
	if r.i < len(r.src) && r.src[r.i] == '/' {
		r.i++
		if instance, err = r.name("instance", '/'); err != nil {
			return err
		}
	}
	if r.i < len(r.src) && r.src[r.i] != ' ' {
		return &codec.TextError{Start: start, End: r.i + 1, Field: "group", Message: "one / may stand between group and instance", Hint: `write "a/b"/"c" for names with a slash or a blank`}
	}
	h.raw("group", group)
	h.raw("instance", instance)
	return nil
}

// sendOptions are the keys of a send that the text may give, as JSON.
type sendOptions struct{ from, to, seq, wantAnswer, reply []byte }

// send takes what follows send and reply. Keys are written in the order of
// the Python client: type, from, to, group, instance, seq, want_answer, reply.
func (r *shortReader) send(h *headerWriter, reply bool) error {
	var group headerWriter
	if err := r.address(&group); err != nil {
		return err
	}
	var o sendOptions
	if err := r.options(&o); err != nil {
		return err
	}
	if reply {
		for _, need := range [...]struct {
			name  string
			value []byte
		}{{"to", o.to}, {"reply", o.reply}} {
			if need.value == nil {
				return &codec.TextError{Start: r.i, End: r.i, Field: need.name, Message: "a reply needs it", Hint: "such as to=52f0a3c1_5@host reply=2"}
			}
		}
	}
	h.raw("from", orDefault(o.from, quoteName([]byte(r.p.sender()))))
	h.raw("to", orDefault(o.to, quoteName([]byte(ToGroup))))
	h.dst = append(h.dst, group.dst...)
	h.raw("seq", orDefault(o.seq, strconv.AppendInt(nil, r.p.seq+1, 10)))
	if !reply || o.wantAnswer != nil {
		h.raw("want_answer", orDefault(o.wantAnswer, []byte("false")))
	}
	if o.reply != nil {
		h.raw("reply", o.reply)
	}
	return nil
}

func orDefault(value, def []byte) []byte {
	if value == nil {
		return def
	}
	return value
}

// sender returns the lname to write as from.
func (p *parser) sender() string {
	if p.lname == "" {
		return someName
	}
	return p.lname
}

// options takes words such as to=L until something else comes.
func (r *shortReader) options(o *sendOptions) error {
	for {
		start := skipBlanks(r.src, r.i)
		if start == len(r.src) || !isLower(r.src[start]) {
			return nil
		}
		name := r.word()
		hasValue := r.i < len(r.src) && r.src[r.i] == '='
		if !hasValue && name != "want_answer" {
			r.i = start // a body such as true, or body:"…"
			return nil
		}
		var to *[]byte
		switch name {
		case "from":
			to = &o.from
		case "to":
			to = &o.to
		case "seq":
			to = &o.seq
		case "reply":
			to = &o.reply
		case "want_answer":
			to = &o.wantAnswer
		default:
			return lex.UnknownName("key", name, start, start+len(name), options)
		}
		if *to != nil {
			return &codec.TextError{Start: start, End: r.i, Field: name, Message: "given twice"}
		}
		if !hasValue {
			*to = []byte("true")
			continue
		}
		r.i++
		var err error
		if name == "from" || name == "to" {
			*to, err = r.name(name, ' ')
		} else {
			*to, err = r.value(name)
		}
		if err != nil {
			return err
		}
		if r.i < len(r.src) && r.src[r.i] != ' ' {
			return &codec.TextError{Start: r.i, End: r.i + 1, Field: name, Message: fmt.Sprintf("a blank expected after the value, not %q", r.src[r.i])}
		}
	}
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

// body takes the rest as the body.
func (r *shortReader) body(f *Frame) error {
	r.i = skipBlanks(r.src, r.i)
	if r.i == len(r.src) {
		return nil
	}
	if bytes.HasPrefix(r.src[r.i:], []byte(bodyPart)) {
		n, err := r.p.part(&f.Body, r.src, r.i, "body", bodyPart, jsonv.Python)
		if err != nil {
			return err
		}
		r.i = n
	} else {
		var err error
		if f.Body, err = r.json(); err != nil {
			return err
		}
		r.p.json = append(r.p.json, &f.Body)
	}
	if r.i = skipBlanks(r.src, r.i); r.i < len(r.src) {
		return &codec.TextError{Start: r.i, End: len(r.src), Field: "body", Message: "text after the body"}
	}
	return nil
}

// json takes a body that is JSON or made by one of the words of payloads.
func (r *shortReader) json() ([]byte, error) {
	if body, ok, err := r.payload(); ok {
		return body, err
	}
	return r.value("body")
}

// A headerWriter writes a header as Python's json.dumps does.
type headerWriter struct{ dst []byte }

func (h *headerWriter) text(value string) { h.dst = append(h.dst, quoteName([]byte(value))...) }

func (h *headerWriter) raw(key string, value []byte) {
	h.dst = append(append(append(h.dst, `, "`...), key...), `": `...)
	h.dst = append(h.dst, value...)
}
