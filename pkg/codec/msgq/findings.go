package msgq

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Codes of findings.
const (
	findLengths     = "wrong-length"
	findNoType      = "no-type"
	findUnknownType = "unknown-type"
	findMissing     = "missing-key"
	findKeyType     = "key-type"
	findIgnored     = "ignored"
	findRepeated    = "repeated-key"
	findLenient     = "lenient-json"
	findHeaderOnly  = "header-only"
	findForged      = "forged-from"
	findWantAnswer  = "want-answer"
	findBody        = "body-not-json"
	findAnswer      = "answer-form"
	findCommand     = "command-form"
	findSkan        = "old-encoding"
)

// AppendFindings implements [codec.Frame]: what of the frame the daemon or a
// client stumbles over, ignores, or takes for something else.
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	w := findings{f: f, h: f.head(), dst: dst}
	w.frame()
	w.kind()
	w.keys()
	if w.h.isType("send") {
		w.send()
	}
	w.body()
	return w.dst
}

// findings gathers what is odd about a frame.
type findings struct {
	f   *Frame
	h   *header
	dst []codec.Finding
}

func (w *findings) header(code, format string, args ...any) {
	w.add(code, prefixSize, len(w.f.Header), format, args...)
}

func (w *findings) add(code string, at, n int, format string, args ...any) {
	span := codec.Span{Start: int64(at), End: int64(at + n)}
	w.dst = append(w.dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: span})
}

// frame looks at lengths and encoding.
func (w *findings) frame() {
	f := w.f
	if total, header := f.lengths(); total != int64(2+len(f.Header)+len(f.Body)) || header != int64(len(f.Header)) {
		w.add(findLengths, 0, prefixSize, "the lengths are %d and %d, the true ones %d and %d", total, header, 2+len(f.Header)+len(f.Body), len(f.Header))
	}
	if f.Skan {
		w.header(findSkan, "the encoding of before 2010-06, which later daemons close the connection for")
		return
	}
	if !f.strict && jsonv.CheckWhole(f.Header, jsonv.Options{MaxDepth: f.nesting}) != nil {
		w.header(findLenient, "the header has a raw control character or a NaN, which Python's json lets pass")
	}
}

// kind looks at the type.
func (w *findings) kind() {
	switch {
	case !w.h.has(keyType):
		w.header(findNoType, "no type; the daemon dies of it")
	case w.h.kind == nil:
		w.header(findUnknownType, "the daemon ignores the type %s", jsonv.Show(w.h.raw(keyType)))
	}
}

// keys looks at the keys that the type needs.
func (w *findings) keys() {
	if w.h.repeated != nil {
		w.header(findRepeated, "%s comes again; the last one counts, and is all that the daemon forwards", jsonv.Show(w.h.repeated))
	}
	if w.h.kind == nil || w.f.dir == codec.ToClient {
		return
	}
	for _, key := range w.h.kind.needs {
		raw := w.h.raw(key)
		switch kind := jsonv.KindOf(raw); {
		case raw == nil:
			w.header(findMissing, "no %s; the daemon dies of it", keyNames[key])
		case kind == jsonv.Null && key != keyTo:
			w.header(findIgnored, "%s is null: the daemon ignores the frame", keyNames[key])
		case kind == jsonv.Array || kind == jsonv.Object:
			w.header(findKeyType, "%s is %s; the daemon dies of it", keyNames[key], jsonv.Show(raw))
		}
	}
}

// send looks at what a send says about itself and its answer.
func (w *findings) send() {
	h := w.h
	if len(w.f.Body) == 0 {
		w.header(findHeaderOnly, "a send without a body: the Python client takes it for what it waits for, the C++ client throws")
	}
	byDaemon := h.is(keyFrom, DaemonName)
	if w.f.dir == codec.ToServer && byDaemon {
		w.header(findForged, "from is %q, which only the daemon's own errors have", DaemonName)
	}
	wants := h.wants()
	if h.has(keyWantAnswer) && jsonv.KindOf(h.raw(keyWantAnswer)) != jsonv.Bool {
		w.header(findWantAnswer, "want_answer is %s, which counts as %v", jsonv.Show(h.raw(keyWantAnswer)), wants)
	}
	switch {
	case !wants:
	case h.has(keyReply):
		if !byDaemon {
			w.header(findWantAnswer, "want_answer in a reply: there will be no undeliverable error")
		}
	case w.f.dir != codec.ToClient:
		for _, key := range [...]headerKey{keySeq, keyFrom} {
			if !h.has(key) {
				w.header(findMissing, "want_answer without %s; the daemon dies of it when there is no recipient", keyNames[key])
			}
		}
	}
	if _, isInt := jsonv.IntValue(h.raw(keySeq)); h.has(keySeq) && !isInt {
		w.header(findKeyType, "seq is %s, no integer; a reply to it will carry the same", jsonv.Show(h.raw(keySeq)))
	}
}

// body looks at the body.
func (w *findings) body() {
	f := w.f
	find := func(code, format string, args ...any) {
		w.add(code, prefixSize+len(f.Header), len(f.Body), format, args...)
	}
	switch f.bodyKind() {
	case bodyAbsent:
		return
	case bodyBytes:
		find(findBody, "the body is no JSON: the daemon forwards it, clients raise an error")
		return
	case bodyPython:
		find(findLenient, "the body has a NaN, an infinity or a raw control character: C++ clients may not take it")
	case bodyCpp:
		find(findLenient, "only the C++ library takes the body for JSON")
	}
	m := f.bodyMembers()
	if m.result != nil {
		if err := checkAnswer(m.result); err != nil {
			find(findAnswer, "%v", err)
		}
	}
	if m.command != nil && !m.isCommand() {
		find(findCommand, "no command: a list that begins with a name expected, and no other key")
	}
}
