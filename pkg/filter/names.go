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
)

// Fields of the protocols: the keys of "fields" in JSON records. A test holds
// them to what the recordings and the examples of the protocols have.
var (
	hgFields = map[string]kind{
		"request_id": integer, "stream_id": integer, "stream_flags": list, "type": word, "flags": list,
		"payload": octets, "command": octets, "args": anything, "argument": object, "atoms": list,
		"message": word, "settings": object, "data": octets, "encoding": word, "decoded": octets,
		"decode_error": word, "items": list, "more_items": integer, "continues": truth, "redirect": anything,
		"status": octets, "location": anything, "error_type": octets, "text": octets, "content_encodings": list,
		"stream_encoding": octets,
	}
	zeoFields = map[string]kind{
		"proto": word, "text": word, "id": integer, "flag": anything, "name": word, "args": anything,
		"encoding": word, "value": anything, "body": octets, "mac": word, "records": anything,
	}
	msgqFields    = map[string]kind{"header": object, "body": anything}
	synapseFields = map[string]kind{
		"access_token": word, "app_id": word, "batch": object, "cache_func": word, "data": word,
		"device_id": word, "instance_id": word, "instance_name": word, "ip": word, "is_syncing": truth,
		"keys": anything, "last_seen": integer, "last_sync_ms": integer, "lock_key": word, "lock_name": word,
		"new_token": integer, "prev_token": integer, "push_key": word, "raw": anything, "redis": anything,
		"row": anything, "stream_name": word, "token": integer, "user_agent": word, "user_id": word,
	}
	zmtpFields = map[string]kind{
		"version": word, "revision": integer, "mechanism": word, "as_server": integer, "filler_zero": truth,
		"signature": word, "identity": octets, "socket_type": word, "name": word, "flags": integer,
		"properties": list, "frames": list, "subscription": word, "topic": octets, "reason": octets,
		"username": octets, "password": octets, "ttl_ds": integer, "context": octets, "data": octets, "sealed": truth,
		"client_tpk": word, "nonce": word, "signature_box": word, "box_len": integer, "cookie_len": integer,
		"body_len": integer,
	}
	emqpFields = map[string]kind{
		"msgid": word, "command": word, "topic": word, "peer": word, "from": word, "to": word, "reply_kind": word,
		"body": list, "queues": anything, "type": word, "acked": word, "timestamp": word, "queue": word,
		"headers": list, "subcommand": word, "job": anything, "orig_msgid": word, "reply": anything,
		"message": anything, "interval": integer, "cron": word,
	}
)

// fieldsOf returns the fields of a protocol, or with "" of all. A field that
// is of several kinds may be anything.
func fieldsOf(proto string) (map[string]kind, error) {
	switch proto {
	case "hg":
		return hgFields, nil
	case "zeo":
		return zeoFields, nil
	case "msgq":
		return msgqFields, nil
	case "synapse":
		return synapseFields, nil
	case "zmtp":
		return zmtpFields, nil
	case "emqp":
		return allEmqp, nil
	case "":
		return allFields, nil
	}
	return nil, &codec.UnknownNameError{What: "protocol", Name: proto, Allowed: []string{"emqp", "hg", "msgq", "synapse", "zeo", "zmtp"}}
}

var (
	allEmqp   = merge(zmtpFields, emqpFields) // on whose streams are both
	allFields = merge(hgFields, zeoFields, msgqFields, synapseFields, allEmqp)
)

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
	all := slices.AppendSeq(slices.Collect(maps.Keys(names)), maps.Keys(fields))
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
	case anything:
	}
	return types.Any
}
