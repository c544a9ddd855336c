package zeo

import (
	"errors"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// clientDirectives are the directives that a [Client] takes.
var clientDirectives = []string{
	"open", "call [ID] METHOD(ARGUMENTS)", "async METHOD(ARGUMENTS)", "load [ID] OID [TID]", "blob [ID] OID TID",
	"commit [ID] {OID: DATA, …}", "undo [ID] TRANSACTION…", "resume [TID]", "disconnect",
}

// InputNames implements [reactor.Inputs].
func (c *Client) InputNames() []string { return clientDirectives }

// Input implements [reactor.Inputs]. Values stand as in the notation of
// messages: oid'1', tid'…', b"…". The dict of a commit has
//
//	oid'1': b"…"                               a data record
//	oid'1': {"data": b"…", "serial": tid'…', "blob": b"…"}
//	oid'1': None                               deletes the object
//	"check": {oid'2': tid'…'}                  objects that must not have changed
//	"user", "description": "…", "extension": {…}
//	"undo": [TRANSACTION, …]
//
// where a serial may also be None, and a transaction its tid or, as undoLog
// has it, the base64 of that.
func (c *Client) Input(name, args string) (reactor.Event, error) {
	switch name {
	case "open", "disconnect":
		if args != "" {
			return nil, &codec.TextError{End: len(args), Field: "@" + name, Message: "nothing follows it"}
		}
		if name == "open" {
			return reactor.Opened{}, nil
		}
		return reactor.Input{Value: Disconnect{}}, nil
	case "call", "async":
		return callInput(name, args)
	case "load", "blob", "commit", "undo", "resume":
		v, err := readInput(name, args)
		if err != nil {
			if e, ok := errors.AsType[*codec.TextError](err); ok && e.Field == "" {
				e.Field = "@" + name
			}
			return nil, err
		}
		return reactor.Input{Value: v}, nil
	}
	var names []string
	for _, d := range clientDirectives {
		first, _, _ := strings.Cut(d, " ")
		names = append(names, first)
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: names}
}

// callInput reads [ID] METHOD(ARGUMENTS).
func callInput(name, args string) (reactor.Event, error) {
	rest, id := args, uint64(0)
	if number, more, ok := strings.Cut(args, " "); ok && name == "call" && number != "" && strings.Trim(number, "0123456789") == "" {
		n, err := lex.Uint([]byte(number), 1<<53)
		if err != nil {
			return nil, err
		}
		id, rest = n, more
	}
	at := len(args) - len(rest)
	method, arguments, ok := strings.Cut(rest, "(")
	if !ok || method == "" || !strings.HasSuffix(arguments, ")") {
		return nil, &codec.TextError{Start: at, End: len(args), Field: "@" + name, Message: "it wants a method with its arguments in brackets", Hint: "such as @" + name + " loadBefore(oid'1', tid'ff')"}
	}
	arguments = strings.TrimSuffix(arguments, ")")
	if _, _, err := parsedArguments(zeo.P3, method, arguments); err != nil {
		return nil, lex.Shift(err, at+len(method)+1)
	}
	if name == "async" {
		return reactor.Input{Value: Oneway{Name: method, Args: arguments}}, nil
	}
	return reactor.Input{Value: Call{ID: id, Name: method, Args: arguments}}, nil
}

// A clientReader reads the values of a directive.
type clientReader struct{ t *value.Tree }

// values reads the values of a directive, which have blanks between them; what
// belongs to a commit is one value, with blanks in it.
func (r clientReader) values(args string, whole bool) ([]value.ID, error) {
	var list []value.ID
	for at := 0; at < len(args); at++ {
		if args[at] == ' ' {
			continue
		}
		end := len(args)
		if i := strings.IndexByte(args[at:], ' '); i >= 0 && !(whole && args[at] == '{') {
			end = at + i
		}
		from := pylit.NewReader(r.t, []byte(args[:end]), at, pylit.Options{Inert: true})
		id, err := from.Value()
		if err != nil {
			return nil, err
		}
		if from.Peek(); from.Pos() < end {
			return nil, &codec.TextError{Start: from.Pos(), End: end, Message: "more stands here than belongs to the value"}
		}
		list, at = append(list, id), end
	}
	return list, nil
}

// readInput reads [ID] VALUE….
func readInput(name, args string) (any, error) {
	var t value.Tree
	t.Reset([]byte(args))
	r := clientReader{&t}
	list, err := r.values(args, name == "commit")
	if err != nil {
		return nil, err
	}
	number := uint64(0)
	if len(list) > 0 && t.Kind(list[0]) == value.Int && name != "resume" {
		n, small := t.Small(list[0])
		if !small || n < 0 {
			return nil, pylit.Unexpected(&t, list[0], "a number of ours")
		}
		number, list = uint64(n), list[1:]
	}
	least, most, want := 1, 1, "a dict of objects"
	switch name {
	case "load":
		most, want = 2, "an oid, and a tid if not the newest revision is wanted"
	case "blob":
		least, most, want = 2, 2, "an oid and a serial"
	case "undo":
		most, want = 1000, "transactions"
	case "resume":
		least, want = 0, "a tid"
	}
	if len(list) < least || len(list) > most {
		return nil, &codec.TextError{End: len(args), Message: "it wants " + want}
	}
	switch name {
	case "load":
		v := Load{ID: number}
		return r.eights(v, list, func(i int, b []byte) any {
			if i == 0 {
				v.OID = storage.OID(b)
			} else {
				v.Before = storage.TID(b)
			}
			return v
		})
	case "blob":
		v := GetBlob{ID: number}
		return r.eights(v, list, func(i int, b []byte) any {
			if i == 0 {
				v.OID = storage.OID(b)
			} else {
				v.Serial = storage.TID(b)
			}
			return v
		})
	case "resume":
		return r.eights(Resume{}, list, func(_ int, b []byte) any { return Resume{storage.TID(b)} })
	case "undo":
		ids, err := r.transactions(list)
		return Undo{ID: number, Transactions: ids}, err
	}
	return r.commit(number, list[0])
}

// eights reads strings of eight bytes and hands them to set, whose last result
// it returns.
func (r clientReader) eights(v any, list []value.ID, set func(int, []byte) any) (any, error) {
	for i, id := range list {
		b, err := r.eight(id)
		if err != nil {
			return nil, err
		}
		v = set(i, b)
	}
	return v, nil
}

func (r clientReader) eight(id value.ID) ([]byte, error) {
	b, ok := strOf(r.t, id)
	if !ok || len(b) != 8 {
		return nil, pylit.Unexpected(r.t, id, "eight bytes, such as oid'1'")
	}
	return b, nil
}
