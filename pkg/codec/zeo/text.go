package zeo

import (
	"bytes"
	"encoding/hex"
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/msgpack"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// AppendText appends the frame in the notation; see the package's comment.
func (f *Frame) AppendText(dst []byte, v codec.View) []byte {
	if f.usual.known {
		dst, _ = f.appendUsual(dst, false)
		return dst
	}
	f.ready()
	if m := f.mac(); len(m) > 0 {
		dst = append(hex.AppendEncode(append(dst, "!mac="...), m), ' ')
	}
	secret := !v.Secrets && f.hasSecret()
	switch {
	case f.kind == KindHello:
		return appendHello(dst, f.body())
	case f.kind == KindRuok:
		return append(dst, "ruok"...)
	case f.kind == KindStatus:
		return appendStatus(dst, f.body())
	case f.message() && f.canonical():
		return f.appendMessage(dst, secret)
	case secret:
		return append(append(dst, "body "...), codec.Redacted...)
	case f.canonical():
		return appendValue(append(f.appendEncoding(dst, f.defaults().encoding), "message "...), f, f.root)
	}
	return f.appendListing(dst)
}

// AppendJSONText implements [codec.JSONTexter] for the usual messages.
func (f *Frame) AppendJSONText(dst []byte, _ codec.View) ([]byte, bool) {
	if !f.usual.known {
		return dst, false
	}
	return f.appendUsual(dst, true)
}

// Certain implements [codec.Certain] for the usual messages: literals escape all
// else. What looks masked does so in the body as well.
func (f *Frame) Certain() codec.Certainty {
	if !f.usual.known {
		return 0
	}
	if f.shape != nil {
		return f.shape.certain(f.tail())
	}
	sure := codec.Printable
	if d := f.defaults(); d.encoding == P3 && f.usual.flag == d.flagOf(f.kind) { // no mark stands first
		sure |= codec.Own
	}
	if body := f.body(); bytes.IndexByte(body, '{') < 0 || lex.Braces(body) < 0 {
		sure |= codec.Bare
	}
	return sure
}

// appendHello appends a protocol id: as it is if it is a word.
func appendHello(dst, id []byte) []byte {
	dst = append(dst, "hello "...)
	if isWord(id) {
		return append(dst, id...)
	}
	return pylit.AppendBytes(dst, id)
}

// isWord says whether b has only letters, digits and a few signs.
func isWord(b []byte) bool {
	for _, c := range b {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '.' || c == '-' || c == '_') {
			return false
		}
	}
	return len(b) > 0
}

// appendStatus appends the statistics: the JSON as it is if it is one line.
func appendStatus(dst, js []byte) []byte {
	dst = append(dst, "status "...)
	if plainJSON(js) {
		return append(dst, js...)
	}
	return pylit.AppendBytes(dst, js)
}

func plainJSON(js []byte) bool {
	if len(js) < 2 || js[0] != '{' || js[len(js)-1] != '}' || bytes.Contains(js, []byte(codec.Redacted)) {
		return false
	}
	for _, c := range js {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(js)
}

// appendListing appends a body by its opcodes or formats, or by its bytes
// when it does not begin as a message does.
func (f *Frame) appendListing(dst []byte) []byte {
	body := f.body()
	verb, list := "pickle ", pickle.AppendListing
	if f.enc == Msgpack {
		verb, list = "msgpack ", msgpack.AppendListing
	}
	// Text, and what else is no message at all, may happen to be opcodes.
	if f.root == 0 && (len(body) == 0 || !mayBegin(body[0])) {
		return pylit.AppendBytes(append(dst, "body "...), body)
	}
	return list(append(dst, verb...), body)
}

// appendEncoding appends the mark of the encoding if it is not want.
func (f *Frame) appendEncoding(dst []byte, want Encoding) []byte {
	if f.enc == want {
		return dst
	}
	return append(append(append(dst, "!encoding="...), f.enc.String()...), ' ')
}

func appendFlag(dst []byte, have, want flag) []byte {
	if have == want {
		return dst
	}
	return append(append(append(dst, "!flag="...), have.String()...), ' ')
}

// appendMessage appends a message of four values that the encoding's writer
// would write as it is.
func (f *Frame) appendMessage(dst []byte, secret bool) []byte {
	d := f.defaults()
	plain := f.kind != KindMessage && f.plainName() && f.work.tree.Kind(f.root) == value.Tuple
	if plain && f.kind == KindHeartbeat {
		return append(f.appendEncoding(dst, d.heartbeat), "heartbeat"...)
	}
	dst = f.appendEncoding(dst, d.encoding)
	fl, _ := f.flagValue()
	name := f.nameBytes()
	switch {
	case !plain:
		return f.appendGeneral(dst, secret)
	case f.kind == KindReply:
		dst = append(appendFlag(dst, fl, flag0), "reply "...)
		return appendValue(append(f.appendID(dst), ' '), f, f.args)
	case f.kind == KindError:
		dst = append(appendFlag(dst, fl, d.failed), "error "...)
		return f.appendError(append(f.appendID(dst), ' '))
	case !isName(name):
		return f.appendGeneral(dst, secret)
	case f.kind == KindCall:
		dst = append(appendFlag(dst, fl, d.call), "call "...)
	default:
		dst = append(appendFlag(dst, fl, d.oneway), "oneway "...)
	}
	dst = append(append(f.appendID(dst), ' '), name...)
	return f.appendArgs(dst, name, secret)
}

// appendGeneral appends any message as its four values.
func (f *Frame) appendGeneral(dst []byte, secret bool) []byte {
	if secret {
		return append(append(dst, "message "...), codec.Redacted...)
	}
	return appendValue(append(dst, "message "...), f, f.root)
}

// plainName says whether the name is the kind of string that the encoding has
// for names.
func (f *Frame) plainName() bool {
	k := f.work.tree.Kind(f.name)
	return k == value.Str && f.enc == P1 || k == value.Text && f.enc != P1
}

// isName says whether b can stand as a method's name.
func isName(b []byte) bool {
	for i, c := range b {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return len(b) > 0
}

// appendValue appends a value as a literal.
func appendValue(dst []byte, f *Frame, id value.ID) []byte {
	return pylit.Append(dst, &f.work.tree, id, pylit.Style{StrIsBytes: f.enc == P1})
}

// appendID appends the message's id. A string is put in brackets: what comes
// next may be one too.
func (f *Frame) appendID(dst []byte) []byte {
	t := &f.work.tree
	switch t.Kind(f.id) {
	case value.Text, value.Bytes, value.Str:
		return append(appendValue(append(dst, '('), f, f.id), ')')
	case value.Tuple:
		if o, s := t.First(f.id), t.At(f.id, 1); t.Count(f.id) == 2 && f.is8(o) && f.is8(s) {
			dst = appendEight(append(dst, '('), oid, t.Bytes(o))
			return append(appendEight(append(dst, ", "...), tid, t.Bytes(s)), ')')
		}
	}
	return appendValue(dst, f, f.id)
}

// is8 says whether id is a string of eight bytes, of the kind that the
// encoding has for ids.
func (f *Frame) is8(id value.ID) bool {
	t := &f.work.tree
	k := t.Kind(id)
	return (k == value.Str && f.enc == P1 || k == value.Bytes && f.enc != P1) && len(t.Bytes(id)) == 8
}

// appendEight appends eight bytes as oid'…' or tid'…'.
func appendEight(dst []byte, kind what, b []byte) []byte {
	if kind == tid {
		dst = append(dst, "tid'"...)
	} else {
		dst = append(dst, "oid'"...)
	}
	return append(lex.AppendHex(dst, b), '\'')
}

// appendArgs appends the arguments of a call, in brackets.
func (f *Frame) appendArgs(dst, name []byte, secret bool) []byte {
	t := &f.work.tree
	dst = append(dst, '(')
	if secret && t.Kind(f.args) != value.Tuple {
		return append(append(dst, codec.Redacted...), ')')
	}
	if t.Kind(f.args) != value.Tuple {
		return append(appendValue(append(dst, '*'), f, f.args), ')')
	}
	params := paramsOf(name, t.Count(f.args))
	i := 0
	for arg := t.First(f.args); arg != 0; arg = t.Next(arg) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		kind := anything
		if i < len(params) {
			kind = params[i].kind
		}
		i++
		switch {
		case secret && arg == f.secret():
			dst = append(dst, codec.Redacted...)
		case (kind == oid || kind == tid) && f.is8(arg):
			dst = appendEight(dst, kind, t.Bytes(arg))
		default:
			dst = appendValue(dst, f, arg)
		}
	}
	return append(dst, ')')
}

// secret returns the argument that proves that the client knows a password,
// 0 when there is none.
func (f *Frame) secret() value.ID {
	if f.kind != KindCall && f.kind != KindOneway {
		return 0
	}
	if string(f.nameBytes()) != authResponse {
		return 0
	}
	if first := f.work.tree.First(f.args); first != 0 {
		return first
	}
	return f.args
}

// hasSecret says whether the frame has or, where it could not be decoded, may
// have a secret.
func (f *Frame) hasSecret() bool {
	return f.secret() != 0 || f.kind >= KindMessage && bytes.Contains(f.body(), []byte(authResponse))
}

// authResponse is the method whose argument is secret.
const authResponse = "auth_response"

// appendError appends what an error reply says: Class(arguments) or
// Class {state} if it is in one of the usual forms.
//
//	ZEO 5, 6   ("Class", (arguments…))   ("Class", {state})
//	to ZEO 4   (global(Class), call(global(Class), (arguments…)))
//	           (global(Class), call(global(ZODB.POSException._recon), (global(Class), {state})))
func (f *Frame) appendError(dst []byte) []byte {
	class, payload, ok := f.errorParts()
	if !ok {
		return appendValue(dst, f, f.args)
	}
	dst = append(dst, class...)
	t := &f.work.tree
	if t.Kind(payload) == value.Dict {
		return appendValue(append(dst, ' '), f, payload)
	}
	dst = append(dst, '(')
	for i, arg := 0, t.First(payload); arg != 0; i, arg = i+1, t.Next(arg) {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendValue(dst, f, arg)
	}
	return append(dst, ')')
}

// recon is what restores ZODB's exceptions from their state.
const recon = "ZODB.POSException\n_recon"

// errorParts takes an error reply apart, if it is in the form that the
// dialect has for errors.
func (f *Frame) errorParts() (class []byte, payload value.ID, ok bool) {
	t := &f.work.tree
	if t.Kind(f.args) != value.Tuple || t.Count(f.args) != 2 {
		return nil, 0, false
	}
	first := t.First(f.args)
	second := t.Next(first)
	if f.defaults().tags() {
		class = t.Bytes(first)
		k := t.Kind(second)
		ok = t.Kind(first) == value.Text && isClass(class) && (k == value.Tuple || k == value.Dict)
		return class, second, ok
	}
	if t.Kind(first) != value.Global || t.Kind(second) != value.Call {
		return nil, 0, false
	}
	name := t.Bytes(first)
	callee := t.First(second)
	args := t.Next(callee)
	if t.Kind(callee) != value.Global || t.Kind(args) != value.Tuple {
		return nil, 0, false
	}
	payload = args
	if string(t.Bytes(callee)) == recon {
		if t.Count(args) != 2 {
			return nil, 0, false
		}
		callee = t.First(args)
		payload = t.Next(callee)
		if t.Kind(callee) != value.Global || t.Kind(payload) != value.Dict {
			return nil, 0, false
		}
	}
	class = bytes.Replace(name, []byte{'\n'}, []byte{'.'}, 1)
	_, last, _ := bytes.Cut(name, []byte{'\n'})
	ok = bytes.Equal(t.Bytes(callee), name) && isClass(class) && !bytes.Contains(last, []byte{'.'}) && string(name) != recon
	return class, payload, ok
}

// isClass says whether b is a name with a dot in it, which no literal begins
// with.
func isClass(b []byte) bool {
	dots := 0
	for part := range bytes.SplitSeq(b, []byte{'.'}) {
		if !isName(part) {
			return false
		}
		dots++
	}
	return dots > 1
}
