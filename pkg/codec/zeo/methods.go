package zeo

import "sync"

// A what is the meaning of an argument, as far as it changes how it is shown.
type what uint8

const (
	anything what = iota
	oid           // of an object
	tid           // of a transaction: also a serial
	data          // a data record: the pickle of a class, and of a state
	txn           // the client's own number of a transaction
	secret        // proves that the client knows a password
)

// A param is one argument of a method.
type param struct {
	name string
	kind what
}

// A method is one row of the catalogue.
type method struct {
	name     string
	push     bool // the server calls it
	oneway   bool // the caller wants no answer
	versions string
	params   []param
	optional int // how many of the last params may be absent
	reply    string
}

// methods is the catalogue of what ZODB 3.9.7 to ZEO 6 call: StorageServer.py
// and ClientStorage.py of each. Forms of Z308 with a version argument are
// left out; their arguments stand by position.
var methods = []method{
	{name: "getAuthProtocol", versions: "to Z4", reply: "None, or the name of the authentication protocol"},
	{name: "auth_get_challenge", versions: "to Z4", reply: "(realm, challenge, nonce)"},
	{name: "auth_response", versions: "to Z4", params: []param{{"credentials", secret}}, reply: "True or False; (user, challenge, response) are the credentials"},
	{name: "register", params: []param{{"storage_id", anything}, {"read_only", anything}}, reply: "None; from Z5 on the last tid"},
	{name: "lastTransaction", reply: "the last tid"},
	{name: "get_info", reply: "a dict: length, size, name, supportsUndo, supports_record_iternext, interfaces"},
	{name: "getInvalidations", params: []param{{"tid", tid}}, reply: "None when the queue is too short, or (tid, [oid…])"},
	{name: "verify", oneway: true, versions: "to Z4", params: []param{{"oid", oid}, {"serial", tid}}},
	{name: "zeoVerify", oneway: true, versions: "to Z4", params: []param{{"oid", oid}, {"serial", tid}}},
	{name: "endZeoVerify", oneway: true, versions: "to Z4"},
	{name: "loadEx", versions: "to Z3101", params: []param{{"oid", oid}}, reply: "(data, serial)"},
	{name: "load", versions: "to Z4", params: []param{{"oid", oid}, {"version", anything}}, optional: 1, reply: "(data, serial)"},
	{name: "zeoLoad", versions: "to Z308", params: []param{{"oid", oid}}},
	{name: "getSerial", versions: "to Z308", params: []param{{"oid", oid}}, reply: "the serial"},
	{name: "loadBefore", params: []param{{"oid", oid}, {"tid", tid}}, reply: "None, or (data, serial, end tid or None)"},
	{name: "loadSerial", params: []param{{"oid", oid}, {"serial", tid}}, reply: "the data record"},
	{name: "getTid", params: []param{{"oid", oid}}, reply: "the serial"},
	{name: "history", params: []param{{"oid", oid}, {"size", anything}}, optional: 1, reply: "a list of dicts: time, user_name, description, tid, size"},
	{name: "record_iternext", params: []param{{"next", oid}}, optional: 1, reply: "(oid, tid, data, next)"},
	{name: "new_oids", params: []param{{"n", anything}}, optional: 1, reply: "a list of up to 100 oids"},
	{name: "new_oid", reply: "an oid; a file storage answers with an AttributeError"},
	{name: "pack", params: []param{{"time", anything}, {"wait", anything}}, optional: 1, reply: "None, at the end when wait is true"},
	{name: "undoLog", params: []param{{"first", anything}, {"last", anything}}, reply: "a list of dicts: id, time, user_name, description, size"},
	{name: "undoInfo", params: []param{{"first", anything}, {"last", anything}, {"specification", anything}}, optional: 3, reply: "a list of dicts: id, time, user_name, description, size"},
	{name: "tpc_begin", oneway: true, params: []param{{"txnid", txn}, {"user", anything}, {"description", anything}, {"extension", anything}, {"tid", tid}, {"status", anything}}, optional: 2, reply: "None (Z309 waits for it)"},
	{name: "storea", oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"data", data}, {"txnid", txn}}},
	{name: "restorea", oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"data", data}, {"prev_txn", tid}, {"txnid", txn}}},
	{name: "deleteObject", oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"txnid", txn}}},
	{name: "checkCurrentSerialInTransaction", oneway: true, versions: "from Z3101", params: []param{{"oid", oid}, {"serial", tid}, {"txnid", txn}}},
	{name: "storeBlobStart", oneway: true},
	{name: "storeBlobChunk", oneway: true, params: []param{{"chunk", anything}}},
	{name: "storeBlobEnd", oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"data", data}, {"txnid", txn}}},
	{name: "storeBlobShared", oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"data", data}, {"filename", anything}, {"txnid", txn}}},
	{name: "undo", versions: "to Z309", params: []param{{"trans_id", anything}, {"txnid", txn}}, reply: "(tid, [oid…])"},
	{name: "undoa", oneway: true, versions: "from Z310", params: []param{{"trans_id", anything}, {"txnid", txn}}},
	{name: "vote", params: []param{{"txnid", txn}}, reply: "None; from Z5 on a list of oids or of conflicts. It may be late: another connection holds the lock"},
	{name: "tpc_finish", params: []param{{"txnid", txn}}, reply: "the tid, None without such a transaction"},
	{name: "tpc_abort", params: []param{{"txnid", txn}}, reply: "None (Z309 does not wait for it)"},
	{name: "sendBlob", params: []param{{"oid", oid}, {"serial", tid}}, reply: "None, behind receiveBlobStart, …Chunk and …Stop"},
	{name: "iterator_start", versions: "from Z309", params: []param{{"start", tid}, {"stop", tid}}, optional: 2, reply: "the iterator's number"},
	{name: "iterator_next", versions: "from Z309", params: []param{{"iid", anything}}, reply: "None, or (tid, status, user, description, extension)"},
	{name: "iterator_record_start", versions: "from Z309", params: []param{{"txn_iid", anything}, {"tid", tid}}, reply: "the iterator's number"},
	{name: "iterator_record_next", versions: "from Z309", params: []param{{"iid", anything}}, reply: "None, or (oid, tid, data, data_txn)"},
	{name: "iterator_gc", oneway: true, versions: "from Z309", params: []param{{"iids", anything}}},
	{name: "server_status", versions: "from Z310", reply: "a dict: loads, stores, commits, aborts, conflicts, …"},
	{name: "set_client_label", oneway: true, versions: "from Z310", params: []param{{"label", anything}}},
	{name: "ping", versions: "from Z5", reply: "None"},

	{name: "invalidateTransaction", push: true, oneway: true, params: []param{{"tid", tid}, {"oids", anything}}},
	{name: "info", push: true, oneway: true, params: []param{{"dict", anything}}},
	{name: "serialnos", push: true, oneway: true, versions: "to Z4", params: []param{{"serials", anything}}},
	{name: "invalidateVerify", push: true, oneway: true, versions: "to Z4", params: []param{{"oid", oid}}},
	{name: "beginVerify", push: true, oneway: true, versions: "to Z4"},
	{name: "endVerify", push: true, oneway: true, versions: "to Z4"},
	{name: "receiveBlobStart", push: true, oneway: true, params: []param{{"oid", oid}, {"serial", tid}}},
	{name: "receiveBlobChunk", push: true, oneway: true, params: []param{{"oid", oid}, {"serial", tid}, {"chunk", anything}}},
	{name: "receiveBlobStop", push: true, oneway: true, params: []param{{"oid", oid}, {"serial", tid}}},
}

// methodTable has the methods by methodHash.
var methodTable = sync.OnceValue(func() *[64][]*method {
	var t [64][]*method
	for i := range methods {
		m := &methods[i]
		h := methodHash(m.name)
		t[h] = append(t[h], m)
	}
	return &t
})

// methodHash tells nearly all methods apart, by what takes no time to look at.
func methodHash[T ~string | ~[]byte](name T) int {
	return (len(name) + 3*int(name[0]) + 5*int(name[len(name)-1])) & 63
}

// methodOf returns the method of that name, nil if there is none. It is asked
// for every call.
func methodOf[T ~string | ~[]byte](name T) *method {
	if len(name) == 0 {
		return nil
	}
	for _, m := range methodTable()[methodHash(name)] {
		if m.name == string(name) {
			return m
		}
	}
	return nil
}

// paramsOf returns the params of a method that is called with n arguments. It
// returns none when that number is not one of its own.
func paramsOf(name []byte, n int) []param {
	m := methodOf(name)
	if m == nil || n > len(m.params) || n < len(m.params)-m.optional {
		return nil
	}
	return m.params[:n]
}
