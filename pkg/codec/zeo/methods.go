package zeo

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

func p(kinds what, names ...string) []param {
	list := make([]param, len(names))
	for i, n := range names {
		list[i] = param{n, kinds}
	}
	return list
}

func join(lists ...[]param) []param {
	var all []param
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// methods is the catalogue of what ZODB 3.9.7 to ZEO 6 call: StorageServer.py
// and ClientStorage.py of each. Forms of Z308 with a version argument are
// left out; their arguments stand by position.
var methods = []method{
	{name: "getAuthProtocol", versions: "to Z4", reply: "None, or the name of the authentication protocol"},
	{name: "auth_get_challenge", versions: "to Z4", reply: "(realm, challenge, nonce)"},
	{name: "auth_response", versions: "to Z4", params: p(secret, "credentials"), reply: "True or False; (user, challenge, response) are the credentials"},
	{name: "register", params: p(anything, "storage_id", "read_only"), reply: "None; from Z5 on the last tid"},
	{name: "lastTransaction", reply: "the last tid"},
	{name: "get_info", reply: "a dict: length, size, name, supportsUndo, supports_record_iternext, interfaces"},
	{name: "getInvalidations", params: p(tid, "tid"), reply: "None when the queue is too short, or (tid, [oid…])"},
	{name: "verify", oneway: true, versions: "to Z4", params: join(p(oid, "oid"), p(tid, "serial"))},
	{name: "zeoVerify", oneway: true, versions: "to Z4", params: join(p(oid, "oid"), p(tid, "serial"))},
	{name: "endZeoVerify", oneway: true, versions: "to Z4"},
	{name: "loadEx", versions: "to Z3101", params: p(oid, "oid"), reply: "(data, serial)"},
	{name: "load", versions: "to Z4", params: join(p(oid, "oid"), p(anything, "version")), optional: 1, reply: "(data, serial)"},
	{name: "zeoLoad", versions: "to Z308", params: p(oid, "oid")},
	{name: "getSerial", versions: "to Z308", params: p(oid, "oid"), reply: "the serial"},
	{name: "loadBefore", params: join(p(oid, "oid"), p(tid, "tid")), reply: "None, or (data, serial, end tid or None)"},
	{name: "loadSerial", params: join(p(oid, "oid"), p(tid, "serial")), reply: "the data record"},
	{name: "getTid", params: p(oid, "oid"), reply: "the serial"},
	{name: "history", params: join(p(oid, "oid"), p(anything, "size")), optional: 1, reply: "a list of dicts: time, user_name, description, tid, size"},
	{name: "record_iternext", params: p(oid, "next"), optional: 1, reply: "(oid, tid, data, next)"},
	{name: "new_oids", params: p(anything, "n"), optional: 1, reply: "a list of up to 100 oids"},
	{name: "new_oid", reply: "an oid; a file storage answers with an AttributeError"},
	{name: "pack", params: p(anything, "time", "wait"), optional: 1, reply: "None, at the end when wait is true"},
	{name: "undoLog", params: p(anything, "first", "last"), reply: "a list of dicts: id, time, user_name, description, size"},
	{name: "undoInfo", params: p(anything, "first", "last", "specification"), optional: 3, reply: "a list of dicts: id, time, user_name, description, size"},
	{name: "tpc_begin", oneway: true, params: join(p(txn, "txnid"), p(anything, "user", "description", "extension"), p(tid, "tid"), p(anything, "status")), optional: 2, reply: "None (Z309 waits for it)"},
	{name: "storea", oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(data, "data"), p(txn, "txnid"))},
	{name: "restorea", oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(data, "data"), p(tid, "prev_txn"), p(txn, "txnid"))},
	{name: "deleteObject", oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(txn, "txnid"))},
	{name: "checkCurrentSerialInTransaction", oneway: true, versions: "from Z3101", params: join(p(oid, "oid"), p(tid, "serial"), p(txn, "txnid"))},
	{name: "storeBlobStart", oneway: true},
	{name: "storeBlobChunk", oneway: true, params: p(anything, "chunk")},
	{name: "storeBlobEnd", oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(data, "data"), p(txn, "txnid"))},
	{name: "storeBlobShared", oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(data, "data"), p(anything, "filename"), p(txn, "txnid"))},
	{name: "undo", versions: "to Z309", params: join(p(anything, "trans_id"), p(txn, "txnid")), reply: "(tid, [oid…])"},
	{name: "undoa", oneway: true, versions: "from Z310", params: join(p(anything, "trans_id"), p(txn, "txnid"))},
	{name: "vote", params: p(txn, "txnid"), reply: "None; from Z5 on a list of oids or of conflicts. It may be late: another connection holds the lock"},
	{name: "tpc_finish", params: p(txn, "txnid"), reply: "the tid, None without such a transaction"},
	{name: "tpc_abort", params: p(txn, "txnid"), reply: "None (Z309 does not wait for it)"},
	{name: "sendBlob", params: join(p(oid, "oid"), p(tid, "serial")), reply: "None, behind receiveBlobStart, …Chunk and …Stop"},
	{name: "iterator_start", versions: "from Z309", params: p(tid, "start", "stop"), optional: 2, reply: "the iterator's number"},
	{name: "iterator_next", versions: "from Z309", params: p(anything, "iid"), reply: "None, or (tid, status, user, description, extension)"},
	{name: "iterator_record_start", versions: "from Z309", params: join(p(anything, "txn_iid"), p(tid, "tid")), reply: "the iterator's number"},
	{name: "iterator_record_next", versions: "from Z309", params: p(anything, "iid"), reply: "None, or (oid, tid, data, data_txn)"},
	{name: "iterator_gc", oneway: true, versions: "from Z309", params: p(anything, "iids")},
	{name: "server_status", versions: "from Z310", reply: "a dict: loads, stores, commits, aborts, conflicts, …"},
	{name: "set_client_label", oneway: true, versions: "from Z310", params: p(anything, "label")},
	{name: "ping", versions: "from Z5", reply: "None"},

	{name: "invalidateTransaction", push: true, oneway: true, params: join(p(tid, "tid"), p(anything, "oids"))},
	{name: "info", push: true, oneway: true, params: p(anything, "dict")},
	{name: "serialnos", push: true, oneway: true, versions: "to Z4", params: p(anything, "serials")},
	{name: "invalidateVerify", push: true, oneway: true, versions: "to Z4", params: p(oid, "oid")},
	{name: "beginVerify", push: true, oneway: true, versions: "to Z4"},
	{name: "endVerify", push: true, oneway: true, versions: "to Z4"},
	{name: "receiveBlobStart", push: true, oneway: true, params: join(p(oid, "oid"), p(tid, "serial"))},
	{name: "receiveBlobChunk", push: true, oneway: true, params: join(p(oid, "oid"), p(tid, "serial"), p(anything, "chunk"))},
	{name: "receiveBlobStop", push: true, oneway: true, params: join(p(oid, "oid"), p(tid, "serial"))},
}

var methodByName = func() map[string]*method {
	m := make(map[string]*method, len(methods))
	for i := range methods {
		m[methods[i].name] = &methods[i]
	}
	return m
}()

// paramsOf returns the params of a method that is called with n arguments. It
// returns none when that number is not one of its own.
func paramsOf(name []byte, n int) []param {
	m := methodByName[string(name)]
	if m == nil || n > len(m.params) || n < len(m.params)-m.optional {
		return nil
	}
	return m.params[:n]
}
