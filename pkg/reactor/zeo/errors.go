package zeo

import (
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A pyError is an exception of the server, as its clients learn of it.
type pyError struct {
	module, class string
	args          tuple
	attrs         dict // the instance's, if it has any; else args count
}

func (e *pyError) Error() string { return e.module + "." + e.class }

// The modules of exceptions. Python 2 calls that of its own "exceptions".
const (
	builtins = "builtins"
	posError = "ZODB.POSException"
)

func builtin(class, format string, args ...any) *pyError {
	return &pyError{module: builtins, class: class, args: tuple{fmt.Sprintf(format, args...)}}
}

func typeError(format string, args ...any) *pyError { return builtin("TypeError", format, args...) }

func transactionError(args ...any) *pyError {
	return &pyError{module: posError, class: "StorageTransactionError", args: args}
}

func readOnlyError() *pyError { return &pyError{module: posError, class: "ReadOnlyError"} }

// asPyError returns what a client is told of an error of the storage.
func asPyError(err error) *pyError {
	var own *pyError
	var missing *storage.KeyError
	var conflict *storage.ConflictError
	var undo *storage.UndoError
	var undos storage.UndoErrors
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &missing):
		return &pyError{module: posError, class: "POSKeyError", args: tuple{missing.OID[:]}}
	case errors.As(err, &conflict):
		return conflictError(conflict)
	case errors.As(err, &undo):
		return undoError(undo)
	case errors.As(err, &undos) && len(undos) > 0:
		return undoErrors(undos)
	}
	return &pyError{module: posError, class: "StorageError", args: tuple{err.Error()}}
}

// undoErrors returns what a FileStorage raises for objects that cannot be
// undone, be it one only. It takes the first one's OID for the reason, and the
// error for its OID.
func undoErrors(errs storage.UndoErrors) *pyError {
	var l list
	for _, e := range errs {
		one := undoError(e)
		one.args = tuple{e.Reason, e.OID[:]}
		l = append(l, tuple{e.OID[:], one})
	}
	first := l[0].(tuple)
	return &pyError{
		module: posError, class: "MultipleUndoErrors", args: tuple{l},
		attrs: dict{{"_reason", first[0]}, {"_oid", first[1]}, {"_errs", l}},
	}
}

func undoError(e *storage.UndoError) *pyError {
	attrs := dict{{"_reason", e.Reason}, {"_oid", nil}}
	args := tuple{e.Reason}
	if e.OfOID {
		attrs[1].value, args = e.OID[:], tuple{e.Reason, e.OID[:]}
	}
	return &pyError{module: posError, class: "UndoError", attrs: attrs, args: args}
}

func conflictError(e *storage.ConflictError) *pyError {
	p := &pyError{module: posError, class: "ConflictError"}
	message, class := "database conflict error", any(nil)
	if e.Check {
		p.class, message = "ReadConflictError", "database read conflict error"
	} else if e.Data != nil {
		class = className(e.Data)
	}
	p.attrs = dict{
		{"message", message}, {"oid", e.OID[:]}, {"class_name", class},
		{"serials", tuple{e.Committed[:], e.Read[:]}},
	}
	return p
}

// className returns the class of a data record, as "module.name"; both are
// empty when it cannot be read.
func className(data []byte) string {
	var w record
	class, ok := w.class(data)
	if !ok {
		return "."
	}
	module, name := w.tree.Global(class)
	return string(module) + "." + string(name)
}

// tagged returns the arguments of an error reply of ZEO 5 and 6: the name of
// the class, and the instance's attributes or else its arguments.
func (e *pyError) tagged() tuple {
	if e.attrs != nil {
		return tuple{e.module + "." + e.class, e.attrs}
	}
	return tuple{e.module + "." + e.class, append(tuple{}, e.args...)}
}

// instance returns the class and the exception as peers up to ZEO 4 send it.
// Exceptions of ZODB restore themselves by a function, with their attributes
// and with their arguments among them.
func (e *pyError) instance(old bool) tuple {
	module := e.module
	if module == builtins && old {
		module = "exceptions"
	}
	class := global{module, e.class}
	if e.module != posError {
		return tuple{class, call{class, append(tuple{}, e.args...)}}
	}
	args := append(tuple{}, e.args...)
	if e.attrs != nil && old {
		args = tuple{} // Python 2 forgot them
	}
	attrs := append(append(dict{}, e.attrs...), pair{"args", args})
	return tuple{class, call{global{posError, "_recon"}, tuple{class, attrs}}}
}
