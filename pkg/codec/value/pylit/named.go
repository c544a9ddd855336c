package pylit

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// The names that begin a value, for messages.
var (
	plainNames = []string{"None", "True", "False", "set"}
	inertNames = []string{
		"nan", "inf", "float", "bytearray", "frozenset", "global", "call", "new",
		"build", "extend", "update", "persid", "extcode", "ext",
	}
)

// inert passes over word if inert forms are taken and it comes next.
func (r *Reader) inert(word string) bool {
	if !r.opts.Inert || !bytes.HasPrefix(r.src[r.pos:], []byte(word)) {
		return false
	}
	at := r.pos
	if string(r.Word()) == word {
		return true
	}
	r.pos = at
	return false
}

// named reads a value that begins with a name.
func (r *Reader) named() (value.ID, error) {
	start := r.pos
	word := r.Word()
	switch string(word) {
	case "None":
		return r.t.Add(value.None, start, r.pos), nil
	case "True":
		return r.t.AddNum(value.Bool, 1, start, r.pos), nil
	case "False":
		return r.t.AddNum(value.Bool, 0, start, r.pos), nil
	case "set":
		if r.Take('(') && r.Take(')') {
			return r.t.Add(value.Set, start, r.pos), nil
		}
		return 0, r.fail(start, r.pos, "only the empty set is written set(): write {1, 2}")
	}
	names := plainNames
	if r.opts.Inert {
		if id, ok, err := r.inertForm(string(word), start); ok {
			return id, err
		}
		names = append(append([]string(nil), plainNames...), inertNames...)
	}
	e := lex.UnknownName("value", string(word), start, r.pos, names)
	if e.Hint == "" {
		e.Hint = "text stands in quotation marks"
	}
	return 0, e
}

func (r *Reader) inertForm(word string, start int) (id value.ID, ok bool, err error) {
	switch word {
	case "nan":
		return r.t.AddNum(value.Float, nanBits, start, r.pos), true, nil
	case "inf":
		return r.t.AddNum(value.Float, int64(math.Float64bits(math.Inf(1))), start, r.pos), true, nil
	case "global":
		id, err = r.global(start)
	case "call":
		id, err = r.form(value.Call, start, 2, 2)
	case "new":
		id, err = r.form(value.New, start, 2, 3)
	case "build":
		id, err = r.form(value.Build, start, 2, 2)
	case "extend", "update":
		id, err = r.grow(word, start)
	case "persid":
		id, err = r.form(value.Persist, start, 1, 1)
	case "float":
		id, err = r.float8(start)
	case "bytearray":
		id, err = r.wrapped(value.ByteArray, value.Bytes, start)
	case "frozenset":
		id, err = r.wrapped(value.FrozenSet, value.List, start)
	case "extcode":
		id, err = r.wrapped(value.ExtCode, value.Int, start)
	case "ext":
		id, err = r.ext(start)
	default:
		return 0, false, nil
	}
	return id, true, err
}

// nanBits is the not-a-number that Python's float("nan") has.
const nanBits = 0x7ff8000000000000

// form reads the values of an inert form, in brackets.
func (r *Reader) form(k value.Kind, start, least, most int) (value.ID, error) {
	if !r.Take('(') {
		return 0, r.errorHere("%s where \"(\" was expected after %s", r.seen(), r.src[start:r.pos])
	}
	id, err := r.items(r.t.Add(k, start, start), ')')
	if err != nil {
		return 0, err
	}
	if n := r.t.Count(id); n < least || n > most {
		return 0, r.fail(start, r.pos, "%s takes %d values, not %d", k, least, n)
	}
	return id, nil
}

// wrapped reads an inert form of one value, whose content becomes its own.
func (r *Reader) wrapped(k, inner value.Kind, start int) (value.ID, error) {
	id, err := r.form(k, start, 1, 1)
	if err != nil {
		return 0, err
	}
	kid := r.t.First(id)
	if r.t.Kind(kid) != inner {
		return 0, r.fail(start, r.pos, "%s takes a %s, not a %s", k, inner, r.t.Kind(kid))
	}
	switch k {
	case value.ByteArray:
		return r.t.AddOwn(k, r.t.Bytes(kid), start, r.pos), nil
	case value.FrozenSet:
		r.t.Node(kid).Kind = k
		return kid, nil
	}
	n, ok := r.t.Small(kid)
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, r.fail(start, r.pos, "the code is beyond four bytes")
	}
	return r.t.AddNum(k, n, start, r.pos), nil
}

// grow reads extend(obj, [items]) or update(obj, {keys and values}).
func (r *Reader) grow(word string, start int) (value.ID, error) {
	k, inner := value.Extend, value.List
	if word == "update" {
		k, inner = value.Update, value.Dict
	}
	form, err := r.form(k, start, 2, 2)
	if err != nil {
		return 0, err
	}
	obj := r.t.First(form)
	items := r.t.Next(obj)
	if r.t.Kind(items) != inner {
		return 0, r.fail(start, r.pos, "%s takes an object and a %s, not a %s", word, inner, r.t.Kind(items))
	}
	id := r.t.Add(k, start, r.pos)
	kid := r.t.First(items)
	r.t.Node(obj).Next = 0
	r.t.Append(id, obj)
	for kid != 0 {
		next := r.t.Next(kid)
		r.t.Node(kid).Next = 0
		r.t.Append(id, kid)
		kid = next
	}
	return id, nil
}

// float8 reads float(x"…"), a float by its bytes.
func (r *Reader) float8(start int) (value.ID, error) {
	id, err := r.form(value.Float, start, 1, 1)
	if err != nil {
		return 0, err
	}
	kid := r.t.First(id)
	if b := r.t.Bytes(kid); r.t.Kind(kid) == value.Bytes && len(b) == 8 {
		return r.t.AddNum(value.Float, int64(binary.BigEndian.Uint64(b)), start, r.pos), nil
	}
	return 0, r.fail(start, r.pos, `float takes eight bytes: float(x"7ff8000000000000")`)
}

// ext reads ext(type, bytes).
func (r *Reader) ext(start int) (value.ID, error) {
	form, err := r.form(value.Ext, start, 2, 2)
	if err != nil {
		return 0, err
	}
	code := r.t.First(form)
	data := r.t.Next(code)
	n, ok := r.t.Small(code)
	if r.t.Kind(code) != value.Int || !ok || n < math.MinInt8 || n > math.MaxInt8 || r.t.Kind(data) != value.Bytes {
		return 0, r.fail(start, r.pos, `ext takes a type from -128 to 127 and bytes: ext(5, x"00")`)
	}
	id := r.t.AddOwn(value.Ext, r.t.Bytes(data), start, r.pos)
	r.t.Node(id).Num = n
	return id, nil
}

// global reads global(module.name) or global("module", "name").
func (r *Reader) global(start int) (value.ID, error) {
	if !r.Take('(') {
		return 0, r.errorHere("%s where \"(\" was expected after global", r.seen())
	}
	if c := r.Peek(); !isLetter(c) || r.atString() {
		r.pos = start + len("global")
		id, err := r.form(value.Global, start, 2, 2)
		if err != nil {
			return 0, err
		}
		module := r.t.First(id)
		name := r.t.Next(module)
		mb, nb := r.t.Bytes(module), r.t.Bytes(name)
		if !isName(r.t, module) || !isName(r.t, name) {
			return 0, r.fail(start, r.pos, "global takes two texts without line feeds")
		}
		return r.t.AddGlobal(bytes.Clone(mb), bytes.Clone(nb), start, r.pos), nil
	}
	at := r.pos
	word := r.Dotted()
	dot := bytes.LastIndexByte(word, '.')
	if dot < 0 {
		return 0, r.fail(at, r.pos, "%q has no module: write global(builtins.%s)", word, word)
	}
	if !r.Take(')') {
		return 0, r.errorHere("%s where \")\" was expected", r.seen())
	}
	return r.t.AddGlobal(word[:dot], word[dot+1:], start, r.pos), nil
}

// isName says whether a node can be a name of a Global.
func isName(t *value.Tree, id value.ID) bool {
	k := t.Kind(id)
	return (k == value.Text || k == value.Bytes) && bytes.IndexByte(t.Bytes(id), '\n') < 0
}
