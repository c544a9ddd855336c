package msgq

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// AppendBrief implements [codec.Briefer]: who says what to whom, such as
//
//	52f0a3c1_5@host → Auth: command shutdown, wants an answer to 2
//	msgq → 52f0a3c1_5@host: undeliverable: no such recipient, answers 2
func (f *Frame) AppendBrief(dst []byte, _ codec.View) []byte {
	h := f.head()
	what := ""
	if len(f.Body) > 0 {
		body := f.bodyJSON()
		if what = strings.TrimPrefix(meaning(body), membershipWord); what == "" {
			what = showPart(body, f.Body)
		}
	}
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
	if what != "" {
		dst = append(append(dst, ": "...), what...)
	}
	switch {
	case h.has(keyReply):
		dst = append(append(dst, ", answers "...), jsonv.Show(h.raw[keyReply])...)
	case h.wants():
		dst = append(append(dst, ", wants an answer to "...), jsonv.Show(h.raw[keySeq])...)
	}
	return dst
}
