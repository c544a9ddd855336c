package cbor

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// AppendJSON appends the item at node i as JSON.
//
//	integers             numbers; beyond 2^53 strings of digits
//	byte strings         {"text":"…"} or {"hex":"…"}
//	text strings         {"string":"…"}
//	arrays               […]
//	maps                 {"key":value,…} when every key is a byte string of
//	                     readable UTF-8 and none stands twice,
//	                     else {"map":[[key,value],…]}
//	tag 258 of an array  {"set":[…]}
//	other tags           {"tag":N,"value":…}
//	true, false, null    themselves
//	other simple values  {"simple":N}
//	floats               {"float":…}: a number, "NaN", "Infinity", "-Infinity"
//
// A map of one pair whose key is one of the words that stand alone in an
// object above is written in the long form, so that no value looks like
// another.
func (t *Tree) AppendJSON(dst []byte, i int) []byte {
	n := &t.Nodes[i]
	switch n.Kind {
	case Unsigned:
		return jsonenc.AppendUint(dst, n.Arg)
	case Negative:
		if n.Arg < 1<<62 {
			return jsonenc.AppendInt(dst, -1-int64(n.Arg))
		}
		return append(appendNegative(append(dst, '"'), n.Arg), '"')
	case Bytes:
		return jsonenc.AppendBytes(dst, t.Joined(i))
	case Text:
		dst = jsonenc.AppendString(append(dst, `{"string":`...), t.Joined(i))
		return append(dst, '}')
	case Array:
		return t.appendJSONList(dst, i)
	case Map:
		return t.appendJSONMap(dst, i)
	case Tag:
		if n.Arg == TagSet && t.Nodes[i+1].Kind == Array {
			return append(t.appendJSONList(append(dst, `{"set":`...), i+1), '}')
		}
		dst = append(jsonenc.AppendUint(append(dst, `{"tag":`...), n.Arg), `,"value":`...)
		return append(t.AppendJSON(dst, i+1), '}')
	case Float:
		return append(jsonenc.AppendFloat(append(dst, `{"float":`...), t.Float(i)), '}')
	case Simple:
		if n.Arg >= False && n.Arg <= Null {
			return appendSimple(dst, n.Arg)
		}
		return append(strconv.AppendUint(append(dst, `{"simple":`...), n.Arg, 10), '}')
	}
	return append(dst, "null"...)
}

func (t *Tree) appendJSONList(dst []byte, i int) []byte {
	dst = append(dst, '[')
	n := &t.Nodes[i]
	for j := i + 1; j < int(n.Next) && t.Nodes[j].Kind != Break; j = int(t.Nodes[j].Next) {
		if j > i+1 {
			dst = append(dst, ',')
		}
		dst = t.AppendJSON(dst, j)
	}
	return append(dst, ']')
}

func (t *Tree) appendJSONMap(dst []byte, i int) []byte {
	n := &t.Nodes[i]
	if t.plainKeys(i) {
		dst = append(dst, '{')
		for j := i + 1; j < int(n.Next) && t.Nodes[j].Kind != Break; {
			if j > i+1 {
				dst = append(dst, ',')
			}
			v := int(t.Nodes[j].Next)
			dst = append(jsonenc.AppendString(dst, t.Content(j)), ':')
			dst = t.AppendJSON(dst, v)
			j = int(t.Nodes[v].Next)
		}
		return append(dst, '}')
	}
	dst = append(dst, `{"map":[`...)
	for j := i + 1; j < int(n.Next) && t.Nodes[j].Kind != Break; {
		if j > i+1 {
			dst = append(dst, ',')
		}
		v := int(t.Nodes[j].Next)
		dst = append(t.AppendJSON(append(dst, '['), j), ',')
		dst = append(t.AppendJSON(dst, v), ']')
		j = int(t.Nodes[v].Next)
	}
	return append(dst, `]}`...)
}

// words are the keys of the objects that are not maps.
var words = []string{"text", "hex", "string", "map", "set", "simple", "float"}

// plainKeys says whether the keys of a map can be those of a JSON object.
// Keys in order, which nearly all writers keep, cannot stand twice; of others
// a few are compared.
func (t *Tree) plainKeys(i int) bool {
	n := &t.Nodes[i]
	var last []byte
	pairs := 0
	for j := i + 1; j < int(n.Next) && t.Nodes[j].Kind != Break; pairs++ {
		k := &t.Nodes[j]
		if k.Kind != Bytes || k.Indefinite {
			return false
		}
		key := t.Content(j)
		if !jsonenc.Readable(key) || pairs > 0 && bytes.Compare(last, key) >= 0 && (pairs > 32 || t.before(i, j, key)) {
			return false
		}
		last = key
		j = int(t.Nodes[k.Next].Next)
	}
	switch pairs {
	case 1:
		return !slices.Contains(words, string(last))
	case 2: // of a tag
		return string(last) != "value" && string(t.Content(i+1)) != "value"
	}
	return true
}

// before says whether key stands in the map at node i before node j. All keys
// up to there are byte strings.
func (t *Tree) before(i, j int, key []byte) bool {
	for k := i + 1; k < j; {
		if bytes.Equal(t.Content(k), key) {
			return true
		}
		k = int(t.Nodes[t.Nodes[k].Next].Next)
	}
	return false
}
