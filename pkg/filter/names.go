package filter

import (
	"maps"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/types"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A kind is what the values of a field are.
type kind byte

const (
	anything kind = iota
	integer
	truth
	word
	octets // {"text": …} or {"hex": …}
	list   // of anything
	object // of anything
	number // with a fraction
)

// kinds are the names of kinds, in the tables of fields and for people.
var kinds = map[string]kind{
	"any": anything, "integer": integer, "boolean": truth, "text": word, "bytes": octets, "list": list, "object": object, "float": number,
}

// fieldsOf returns the fields of a protocol, or with "" of all. A field that
// is of several kinds may be anything.
func fieldsOf(proto string) (map[string]kind, error) {
	t := tables()
	if kinds, ok := t.kinds[proto]; ok {
		return kinds, nil
	}
	return nil, &codec.UnknownNameError{What: "protocol", Name: proto, Allowed: t.protocols}
}

func merge(tables ...map[string]kind) map[string]kind {
	out := map[string]kind{}
	for _, t := range tables {
		for name, k := range t {
			if had, ok := out[name]; ok && had != k {
				k = anything
			}
			out[name] = k
		}
	}
	return out
}

// Names returns what a condition about a protocol's records may name, in
// order; with "" the names for all protocols. The variables of a session are
// none of them.
func Names(proto string) []string {
	fields, err := fieldsOf(proto)
	if err != nil {
		return nil
	}
	all := slices.AppendSeq(slices.Collect(maps.Keys(names())), maps.Keys(fields))
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(n string) bool { return n == "vars" })
}

// types are those of an Env about a protocol with these fields.
func environment(fields map[string]kind) types.Map {
	inner := types.Map{}
	for name, k := range fields {
		inner[name] = k.of()
	}
	env := maps.Clone(inner)
	t := reflect.TypeFor[Env]()
	for i := range t.NumField() {
		f := t.Field(i)
		env[f.Tag.Get("expr")] = types.TypeOf(reflect.Zero(f.Type).Interface())
	}
	env["offset"], env["length"], env["gap"] = types.Int, types.Int, types.Int // as numbers in the text are
	maps.Copy(env, joins)
	env["fields"] = inner
	return env
}

// of returns the type of a kind.
func (k kind) of() types.Type {
	switch k {
	case integer:
		return types.Int
	case truth:
		return types.Bool
	case word:
		return types.String
	case octets:
		return types.Map{"text": types.String, "hex": types.String}
	case list:
		return types.Array(types.Any)
	case object:
		return types.Map{types.Extra: types.Any}
	case number:
		return types.Float
	case anything:
	}
	return types.Any
}
