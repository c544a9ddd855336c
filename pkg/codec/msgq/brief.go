package msgq

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendBrief implements [codec.Briefer]: who says what to whom, such as
//
//	52f0a3c1_5@host → Auth [asks 2]: command shutdown
//	msgq → 52f0a3c1_5@host [answers 2]: undeliverable: no such recipient
func (f *Frame) AppendBrief(dst []byte, _ codec.View) []byte {
	h := f.head()
	what := f.bodyBrief()
	switch {
	case h.isType("subscribe") || h.isType("unsubscribe"):
		return append(dst, h.address()...)
	case !h.isType("send"):
		return append(dst, what...)
	}
	dst = append(dst, h.text(keyFrom)...)
	dst = append(dst, " → "...)
	if h.is(keyTo, ToGroup) {
		dst = append(dst, h.address()...)
	} else {
		dst = append(dst, h.text(keyTo)...)
	}
	switch {
	case h.has(keyReply):
		dst = append(append(append(dst, " [answers "...), jsonv.Show(h.raw(keyReply))...), ']')
	case h.wants():
		dst = append(append(append(dst, " [asks "...), jsonv.Show(h.raw(keySeq))...), ']')
	}
	if what == "" {
		return dst
	}
	return append(append(dst, ": "...), what...)
}

// bodyBrief tells a body in short, with the argument of a command and the
// value of an answer.
func (f *Frame) bodyBrief() string {
	if len(f.Body) == 0 {
		return ""
	}
	body := f.bodyJSON()
	what := strings.TrimPrefix(meaning(body), membershipWord)
	if what == "" {
		return showPart(body, f.Body, nil)
	}
	_, arg, ok := ParseCommand(body)
	if rcode, value, err := ParseAnswer(body); err == nil && rcode == Success {
		arg, ok = value, true
	}
	if ok && arg != nil {
		what += " " + jsonv.Show(arg)
	}
	return what
}
