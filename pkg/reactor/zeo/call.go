package zeo

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// Which peers have a method.
type era uint8

const (
	anyEra    era = iota
	oldEra        // up to Z4
	modernEra     // from Z5 on
)

// A method is one that a client can call.
type method struct {
	params   string // names, those with a ? may be missing
	era      era
	first    bool   // also before register
	writes   bool   // not on a read-only connection
	versions bool   // only for clients before Z309, whose objects had versions
	since    string // the id of the first server that had it
	run      func(*session, *args) (any, error)
	min, max int
}

// methods are those that clients of all versions can call.
var methods = sync.OnceValue(func() map[string]*method {
	return catalogue(map[string]*method{
		"register":            {params: "storage_id read_only", first: true, run: (*session).register},
		"getAuthProtocol":     {era: oldEra, first: true, run: (*session).getAuthProtocol},
		"auth_get_challenge":  {era: oldEra, first: true, run: (*session).authGetChallenge},
		"auth_response":       {params: "credentials", era: oldEra, first: true, run: (*session).authResponse},
		"lastTransaction":     {run: (*session).lastTransaction},
		"get_info":            {run: (*session).getInfo},
		"get_size_info":       {era: oldEra, run: (*session).getSizeInfo},
		"getExtensionMethods": {era: oldEra, run: (*session).getExtensionMethods},
		"getInvalidations":    {params: "tid", run: (*session).getInvalidations},
		"verify":              {params: "oid serial", era: oldEra, run: (*session).verify},
		"zeoVerify":           {params: "oid serial extra?", era: oldEra, run: (*session).verify},
		"endZeoVerify":        {era: oldEra, run: (*session).endVerify},
		"load":                {params: "oid version?", era: oldEra, run: (*session).loadEx},
		"loadEx":              {params: "oid version?", era: oldEra, run: (*session).loadEx},
		"zeoLoad":             {params: "oid", era: oldEra, versions: true, run: (*session).zeoLoad},
		"getSerial":           {params: "oid", era: oldEra, versions: true, run: (*session).getTid},
		"loadBefore":          {params: "oid tid", run: (*session).loadBefore},
		"loadSerial":          {params: "oid serial", run: (*session).loadSerial},
		"getTid":              {params: "oid", run: (*session).getTid},
		"history":             {params: "oid size?", run: (*session).history},
		"record_iternext":     {params: "next?", run: (*session).recordIternext},
		"new_oids":            {params: "n?", writes: true, run: (*session).newOIDs},
		"new_oid":             {run: (*session).newOID},
		"pack":                {params: "time wait?", run: (*session).pack},
		"undoLog":             {params: "first last", run: (*session).undoLog},
		"undoInfo":            {params: "first? last? specification?", run: (*session).undoLog},
		"ping":                {era: modernEra, run: (*session).ping},
		"server_status":       {since: "Z310", run: (*session).serverStatus},
		"set_client_label":    {params: "label", since: "Z310", run: (*session).setLabel},

		"tpc_begin":                       {params: "txnid user description extension tid? status?", writes: true, run: (*session).tpcBegin},
		"storea":                          {params: "oid serial data txnid", writes: true, run: (*session).storea},
		"restorea":                        {params: "oid serial data prev_txn txnid", writes: true, run: (*session).restorea},
		"deleteObject":                    {params: "oid serial txnid", writes: true, run: (*session).deleteObject},
		"checkCurrentSerialInTransaction": {params: "oid serial txnid", writes: true, since: "Z3101", run: (*session).checkCurrent},
		"undo":                            {params: "trans_id txnid", era: oldEra, writes: true, run: (*session).undo},
		"undoa":                           {params: "trans_id txnid", writes: true, since: "Z310", run: (*session).undoa},
		"vote":                            {params: "txnid", writes: true, run: (*session).vote},
		"tpc_finish":                      {params: "txnid", writes: true, run: (*session).tpcFinish},
		"tpc_abort":                       {params: "txnid", writes: true, run: (*session).tpcAbort},

		"storeBlobStart":  {writes: true, run: (*session).storeBlobStart},
		"storeBlobChunk":  {params: "chunk", writes: true, run: (*session).storeBlobChunk},
		"storeBlobEnd":    {params: "oid serial data txnid", writes: true, run: (*session).storeBlobEnd},
		"storeBlobShared": {params: "oid serial data filename txnid", writes: true, run: (*session).storeBlobShared},
		"sendBlob":        {params: "oid serial", run: (*session).sendBlob},

		"iterator_start":        {params: "start? stop?", run: (*session).iteratorStart},
		"iterator_next":         {params: "iid", run: (*session).iteratorNext},
		"iterator_record_start": {params: "txn_iid tid", run: (*session).iteratorRecordStart},
		"iterator_record_next":  {params: "iid", run: (*session).iteratorRecordNext},
		"iterator_gc":           {params: "iids", run: (*session).iteratorGC},
	})
})

// catalogue counts the parameters of methods.
func catalogue(all map[string]*method) map[string]*method {
	for _, m := range all {
		names := strings.Fields(m.params)
		m.max = len(names)
		for _, n := range names {
			if !strings.HasSuffix(n, "?") {
				m.min++
			}
		}
	}
	return all
}

// errLater says that the answer comes later, or has been given.
var errLater = errors.New("later")

// called runs a call. Of a one-way call the answer is not sent; an error of it
// ends the connection from Z5 on, and means nothing before.
func (c *session) called(f *zeo.Frame, oneway bool) {
	parts, _ := f.Parts()
	t := parts.Tree
	if c.protocol == "Z309" && t.Kind(parts.Flag) == value.Int { // only bit 0 counts
		oneway = t.Num(parts.Flag)&1 != 0
	}
	if n, small := t.Small(parts.ID); c.modern && t.Kind(parts.ID) == value.Int && small && n == -1 {
		return // whatever it is
	}
	if !plain(t, parts.ID, 0) {
		c.offend("a call with an id that cannot be sent back")
		return
	}
	name := f.Method()
	m := methods()[name]
	if !inert(t, name == "undoInfo") {
		c.offend("%.100s: a message with a class or what one makes", name)
		return
	}
	switch {
	case m == nil, !c.knows(m):
		c.offend("no method %.100q", name)
		return
	case !c.registered && !m.first && c.modern, c.registered && name == "register" && c.modern:
		c.offend("%s out of turn", name)
		return
	}
	a := &args{c: c, t: t, name: name, id: copied{t, parts.ID}, oneway: oneway}
	result, err := c.run(m, a, parts.Args)
	switch {
	case errors.Is(err, errLater) || !c.open():
	case oneway && err != nil && c.modern:
		c.offend("%s: %s", name, err)
	case oneway && err != nil:
		c.do(reactor.Noop{Why: fmt.Sprintf("%s: %s", name, err)})
	case oneway && result != nil && !c.modern:
		c.offend("%s was called one way, and has an answer", name)
	case oneway:
	case err != nil:
		c.fail(a.id, err)
	default:
		c.reply(a.id, result)
	}
}

// knows says whether a server of this id has a method for a client of its.
func (c *session) knows(m *method) bool {
	switch {
	case c.modern:
		return m.era != oldEra
	case m.versions && !versioned(c.protocol):
		return false
	}
	return m.era != modernEra && c.s.o.Protocol >= m.since
}

// run runs a method with the arguments of a call.
func (c *session) run(m *method, a *args, values value.ID) (any, error) {
	switch a.t.Kind(values) {
	case value.Tuple, value.List:
	default:
		return nil, typeError("%s() argument after * must be an iterable", c.qualified(a.name))
	}
	for kid := a.t.First(values); kid != 0; kid = a.t.Next(kid) {
		a.list = append(a.list, a.t.Deref(kid))
	}
	if i := versionAt(a.name); i > 0 && versioned(c.protocol) && i < len(a.list) {
		a.list = append(a.list[:i], a.list[i+1:]...)
	}
	switch n := len(a.list); {
	case (n > m.max || n < m.min) && c.enc == zeo.P1:
		return nil, typeError("%s() takes %s (%d given)", a.name, m.python2Arguments(n), n+1)
	case n > m.max:
		return nil, typeError("%s() takes %d positional arguments but %d were given", c.qualified(a.name), m.max+1, n+1)
	case n < m.min:
		return nil, typeError("%s() %s", c.qualified(a.name), missing(strings.Fields(m.params)[n:m.min]))
	case !c.registered && !m.first:
		return nil, builtin("AttributeError", "'NoneType' object has no attribute '%s'", a.name)
	case m.writes && c.readOnly:
		return nil, readOnlyError()
	}
	return m.run(c, a)
}

// qualified returns the name of a method as Python's messages have it: that of
// the peers of Z5 with the class.
func (c *session) qualified(name string) string {
	if c.modern {
		return "ZEOStorage." + name
	}
	return name
}

// python2Arguments says how many arguments a method takes, in Python 2's
// words; self is one of them.
func (m *method) python2Arguments(n int) string {
	switch {
	case m.min == m.max:
		return fmt.Sprintf("exactly %d arguments", m.max+1)
	case n > m.max:
		return fmt.Sprintf("at most %d arguments", m.max+1)
	}
	return fmt.Sprintf("at least %d arguments", m.min+1)
}

// versionAt is where clients before Z309 give the version of an object, which
// there is none of any more.
func versionAt(method string) int {
	switch method {
	case "history", "verify":
		return 1
	case "storea", "restorea", "storeBlobEnd":
		return 3
	case "storeBlobShared":
		return 4
	}
	return 0
}

// missing says which arguments are missing, in Python's words.
func missing(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "'" + n + "'"
	}
	last := len(quoted) - 1
	switch {
	case last == 0:
		return "missing 1 required positional argument: " + quoted[0]
	case last == 1:
		return fmt.Sprintf("missing 2 required positional arguments: %s and %s", quoted[0], quoted[1])
	}
	return fmt.Sprintf("missing %d required positional arguments: %s, and %s", last+1, strings.Join(quoted[:last], ", "), quoted[last])
}

// args are the arguments of a call.
type args struct {
	c    *session
	t    *value.Tree
	name string
	id   copied
	list []value.ID

	oneway bool // no answer is wanted
}

// answer answers a call before its method is through.
func (a *args) answer(result any) {
	if !a.oneway {
		a.c.reply(a.id, result)
	}
}

// has says whether an argument is there and not None.
func (a *args) has(i int) bool { return i < len(a.list) && a.t.Kind(a.list[i]) != value.None }

// eight returns an argument of 8 bytes.
func (a *args) eight(i int, what string) (id [8]byte, err error) {
	b, ok := strOf(a.t, a.list[i])
	if !ok || len(b) != len(id) {
		return id, typeError("%s is no %s", a.name, what)
	}
	return [8]byte(b), nil
}

func (a *args) oid(i int) (storage.OID, error) {
	id, err := a.eight(i, "oid")
	return id, err
}

// tid returns a tid; None is zero.
func (a *args) tid(i int) (storage.TID, error) {
	if !a.has(i) {
		return storage.TID{}, nil
	}
	id, err := a.eight(i, "tid")
	return id, err
}

// both returns an oid and the tid behind it.
func (a *args) both(i int) (oid storage.OID, tid storage.TID, err error) {
	if oid, err = a.oid(i); err == nil {
		tid, err = a.tid(i + 1)
	}
	return oid, tid, err
}

// bytes returns a copy of a string of any kind.
func (a *args) bytes(i int) ([]byte, error) {
	b, ok := strOf(a.t, a.list[i])
	if !ok {
		return nil, typeError("argument %d of %s is no string", i+1, a.name)
	}
	return append([]byte{}, b...), nil
}

// int returns an integer, or a default when it is missing.
func (a *args) int(i int, byDefault int) (int, error) {
	if !a.has(i) {
		return byDefault, nil
	}
	n, small := a.t.Small(a.list[i])
	if k := a.t.Kind(a.list[i]); k != value.Int && k != value.Long && k != value.Bool || !small {
		return 0, typeError("argument %d of %s is no integer", i+1, a.name)
	}
	return int(n), nil
}

// key returns the text of a txnid.
func (a *args) key(i int) ([]byte, error) {
	if !plain(a.t, a.list[i], 0) {
		return nil, typeError("argument %d of %s is no id", i+1, a.name)
	}
	return []byte(key(a.t, a.list[i])), nil
}

// own returns a value that outlives the call.
func own(v copied) copied {
	t := new(value.Tree)
	t.Reset(nil)
	c := copier{from: v.t, to: t, old: true}
	id, err := c.copy(v.id, 0)
	if err != nil {
		id = t.Add(value.None, 0, 0)
	}
	return copied{t, id}
}
