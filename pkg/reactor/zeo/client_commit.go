package zeo

import (
	"encoding/base64"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// transactions reads transactions as undoLog names them, or their tids.
func (r clientReader) transactions(list []value.ID) ([][]byte, error) {
	var all [][]byte
	for _, id := range list {
		b, ok := strOf(r.t, id)
		switch {
		case !ok:
			return nil, pylit.Unexpected(r.t, id, "a transaction")
		case len(b) == 8:
			b = []byte(base64.StdEncoding.EncodeToString(b))
		}
		all = append(all, slices.Clone(b))
	}
	return all, nil
}

// commit reads the dict of a transaction.
func (r clientReader) commit(number uint64, root value.ID) (any, error) {
	v := Commit{ID: number}
	t := r.t
	if t.Kind(root) != value.Dict {
		return nil, pylit.Unexpected(t, root, "a dict of objects")
	}
	for k := t.First(root); k != 0; k = t.Next(t.Next(k)) {
		if err := r.entry(&v, k, t.Next(k)); err != nil {
			return nil, err
		}
	}
	if len(v.Undo)+len(v.Objects) == 0 {
		return nil, pylit.Unexpected(t, root, "a dict with objects")
	}
	return v, nil
}

// entry reads one entry of the dict of a transaction.
func (r clientReader) entry(v *Commit, k, what value.ID) error {
	t := r.t
	if t.Kind(k) != value.Text {
		oid, err := r.eight(k)
		if err != nil {
			return err
		}
		o, err := r.object(what)
		o.OID = storage.OID(oid)
		v.Objects = append(v.Objects, o)
		return err
	}
	text, isText := strOf(t, what)
	switch name := string(t.Bytes(k)); {
	case name == "user" && isText:
		v.User = string(text)
	case name == "description" && isText:
		v.Description = string(text)
	case name == "extension" && t.Kind(what) == value.Dict:
		v.Extension = string(pylit.Append(nil, t, what, pylit.Style{}))
	case name == "undo" && (t.Kind(what) == value.List || t.Kind(what) == value.Tuple):
		var list []value.ID
		for kid := t.First(what); kid != 0; kid = t.Next(kid) {
			list = append(list, kid)
		}
		ids, err := r.transactions(list)
		v.Undo = ids
		return err
	case name == "check" && t.Kind(what) == value.Dict:
		for oid := t.First(what); oid != 0; oid = t.Next(t.Next(oid)) {
			a, err := r.eight(oid)
			if err != nil {
				return err
			}
			b, err := r.eight(t.Next(oid))
			if err != nil {
				return err
			}
			v.Objects = append(v.Objects, Object{OID: storage.OID(a), Check: true, Given: true, Serial: storage.TID(b)})
		}
	default:
		return pylit.Unexpected(t, k, "an oid, or user, description, extension, check or undo with what belongs to it")
	}
	return nil
}

// object reads what a transaction does to an object.
func (r clientReader) object(id value.ID) (o Object, err error) {
	t := r.t
	if data, ok := strOf(t, id); ok {
		o.Data = slices.Clone(data)
		return o, nil
	}
	switch t.Kind(id) {
	case value.None:
		o.Delete = true
		return o, nil
	case value.Dict:
	default:
		return o, pylit.Unexpected(t, id, "a data record, None or a dict")
	}
	for k := t.First(id); k != 0; k = t.Next(t.Next(k)) {
		name, _ := strOf(t, k)
		what := t.Next(k)
		b, ok := strOf(t, what)
		switch {
		case string(name) == "data" && ok:
			o.Data = slices.Clone(b)
		case string(name) == "data" && t.Kind(what) == value.None:
			o.Delete = true
		case string(name) == "blob" && ok:
			o.Blob = append([]byte{}, b...)
		case string(name) == "serial" && t.Kind(what) == value.None:
			o.NoSerial = true
		case string(name) == "serial" && ok && len(b) == 8:
			o.Serial, o.Given = storage.TID(b), true
		default:
			return o, pylit.Unexpected(t, k, "data, serial or blob with what belongs to it")
		}
	}
	return o, nil
}
