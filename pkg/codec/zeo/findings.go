package zeo

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// AppendFindings appends what is odd about the frame:
//
//	unknown-id      a protocol id that no version has
//	encoding        not the encoding that the handshake chose
//	opcodes         no pickler or packer of a real peer writes it so
//	trailing        bytes follow the pickle; peers ignore them
//	protocol        a pickle protocol that ZEO 5 and 6 refuse
//	unknown-method  not in the catalogue; servers close the connection
//	flag            not the flag that ZEO 5 and 6 have for such messages
//	inert           it names or calls something; it was not obeyed here
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	if f.usual.known && f.asExpected() {
		return dst
	}
	f.ready()
	add := func(code, format string, args ...any) {
		dst = append(dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if f.kind == KindHello && lookup(f.body()) == nil {
		add("unknown-id", "no version of ZEO has the protocol id %q", clip(f.body()))
	}
	if !f.message() {
		return dst
	}
	d := f.defaults()
	if f.dialct != nil && d.tags() && f.enc != d.encoding && !(f.enc == P1 && f.kind == KindHeartbeat) {
		add("encoding", "the encoding is %s, but %s was chosen", f.enc, d.Name)
	}
	if rest := len(f.body()) - f.size; rest > 0 {
		dst = append(dst, codec.Finding{
			Code: "trailing", Message: fmt.Sprintf("%d bytes follow the pickle; peers ignore them", rest),
			Span: codec.Span{Start: int64(f.head + f.size), End: int64(len(f.raw))},
		})
	} else if !f.canonical() {
		add("opcodes", "the %s is not what ZEO's own writer makes of these values", f.enc)
	}
	if f.enc != Msgpack && f.work.pickle.Protocol > 3 && d.tags() {
		add("protocol", "pickle protocol %d; ZEO 5 and 6 read up to 3", f.work.pickle.Protocol)
	}
	f.appendCallFindings(add)
	return dst
}

func (f *Frame) appendCallFindings(add func(code, format string, args ...any)) {
	d := f.defaults()
	fl, _ := f.flagValue()
	if want := d.flagOf(f.kind); d.tags() && f.dialct != nil && fl != want && f.kind != KindMessage { // older peers keep the flags of their own version
		add("flag", "the flag is %s, where %s peers send %s", fl, d.Name, want)
	}
	if name := f.nameBytes(); f.kind == KindCall || f.kind == KindOneway {
		if methodOf(name) == nil {
			add("unknown-method", "%q is no method of any version", clip(name))
		}
	}
	if !d.tags() && (f.kind == KindError || string(f.nameBytes()) == "serialnos") {
		return // an exception's class and instance
	}
	if what := f.inert(); what != "" {
		add("inert", "the pickle names or calls %s; nothing was obeyed", what)
	}
}

// inert returns the first thing that the pickle would import or call.
func (f *Frame) inert() string {
	t := &f.work.tree
	for id := value.ID(1); int(id) <= t.Len(); id++ {
		switch t.Kind(id) {
		case value.Global:
			module, name := t.Global(id)
			return fmt.Sprintf("%q", clip(append(append(append([]byte(nil), module...), '.'), name...)))
		case value.Call, value.New, value.Build, value.ExtCode, value.Persist:
			return "a " + t.Kind(id).String()
		}
	}
	return ""
}

// clip cuts what goes into a message.
func clip(b []byte) []byte { return b[:min(len(b), 60)] }
