package zeo

import (
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value"
)

// AppendJSON appends the fields of the frame:
//
//	hello, ruok        {"proto":"Z5"}
//	status             {"text":"…"}
//	a message          {"id":…,"flag":…,"name":…,"args":…,"encoding":"p3"}, its
//	                   values as value.AppendInert has them, and the name as text
//	a value            {"value":…,"encoding":"p3"}
//	other bodies       {"body":{"hex":…}}
//
// and before all "mac", 40 hexadecimal digits, where there is one. With
// v.Depth a message also has "records", the data records among its values:
// {"class":…,"state":…}.
func (f *Frame) AppendJSON(dst []byte, v codec.View) []byte {
	if f.usual.known && v.Only == nil && v.Depth <= 0 {
		return f.appendUsualJSON(dst)
	}
	f.ready()
	dst = append(dst, '{')
	if m := f.mac(); len(m) > 0 {
		dst = append(jsonenc.AppendHex(append(dst, `"mac":"`...), m), `",`...)
	}
	switch {
	case f.kind == KindHello || f.kind == KindRuok:
		dst = jsonenc.AppendString(append(dst, `"proto":`...), f.body())
	case f.kind == KindStatus:
		dst = jsonenc.AppendString(append(dst, `"text":`...), f.body())
	case f.message() && (f.secret() != 0 || v.Secrets || !f.hasSecret()):
		dst = f.appendParts(dst, v)
	case !v.Secrets && f.hasSecret():
		dst = append(append(append(dst, `"body":"`...), codec.Redacted...), '"')
	case f.root != 0:
		dst = value.AppendInert(append(dst, `"value":`...), &f.work.tree, f.root)
		dst = append(append(append(dst, `,"encoding":"`...), f.enc.String()...), '"')
	default:
		dst = jsonenc.AppendBytes(append(dst, `"body":`...), f.body())
	}
	return append(dst, '}')
}

func (f *Frame) appendParts(dst []byte, v codec.View) []byte {
	t := &f.work.tree
	dst = value.AppendInert(append(dst, `"id":`...), t, f.id)
	dst = value.AppendInert(append(dst, `,"flag":`...), t, f.flag)
	dst = append(dst, `,"name":`...)
	if name := f.nameBytes(); name != nil {
		dst = jsonenc.AppendString(dst, name)
	} else {
		dst = value.AppendInert(dst, t, f.name)
	}
	if dst = f.appendArgsJSON(dst, v); !v.Wants("encoding", "records") {
		return dst
	}
	dst = append(append(append(dst, `,"encoding":"`...), f.enc.String()...), '"')
	if v.Depth > 0 {
		dst = f.appendRecords(dst)
	}
	return dst
}

// appendArgsJSON appends the member with the arguments.
func (f *Frame) appendArgsJSON(dst []byte, v codec.View) []byte {
	t := &f.work.tree
	if t.Kind(t.Deref(f.args)) == value.None {
		v.Only = nil // null is as good as not there
	}
	dst, whole := v.Member(dst, "args")
	switch s := f.secret(); {
	case !whole:
		return dst
	case s != 0 && !v.Secrets:
		return f.appendMasked(dst, s)
	}
	return value.AppendInert(dst, t, f.args)
}

// appendRecords appends the data records among the values, opened.
func (f *Frame) appendRecords(dst []byte) []byte {
	t := &f.work.tree
	n := 0
	for id := value.ID(1); int(id) <= t.Len(); id++ {
		r, ok := f.openRecord(id)
		if !ok {
			continue
		}
		if n == 0 {
			dst = append(dst, `,"records":[`...)
		} else {
			dst = append(dst, ',')
		}
		n++
		dst = value.AppendInert(append(dst, `{"class":`...), &r.tree, r.class)
		dst = append(value.AppendInert(append(dst, `,"state":`...), &r.tree, r.state), '}')
	}
	if n > 0 {
		dst = append(dst, ']')
	}
	return dst
}

// appendMasked appends the arguments without the secret one.
func (f *Frame) appendMasked(dst []byte, secret value.ID) []byte {
	masked := `"` + codec.Redacted + `"`
	if secret == f.args {
		return append(dst, masked...)
	}
	t := &f.work.tree
	dst = append(dst, `{"$t":[`...)
	for i, arg := 0, t.First(f.args); arg != 0; i, arg = i+1, t.Next(arg) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if arg == secret {
			dst = append(dst, masked...)
		} else {
			dst = value.AppendInert(dst, t, arg)
		}
	}
	return append(dst, "]}"...)
}
