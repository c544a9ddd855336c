package emqp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// A job is what a REQUEST or a schedule has run:
//
//	["run", {"callable": …, "path": …, "args": […], "kwargs": {…}, "class_args": […], "class_kwargs": {…}}]
//
// Its members are JSON, parts of the text that it was read from.
type job struct {
	params   []byte // the object
	callable string
	path     string
	args     []byte
}

// parseJob reads a job. Nothing but the callable's name is needed; the word
// before the object does not count.
func parseJob(text []byte) (job, error) {
	if err := jsonv.CheckWhole(text, python); err != nil {
		return job{}, fmt.Errorf("the job: %w", err)
	}
	params, _ := jsonv.Index(text, 1)
	if jsonv.KindOf(params) != jsonv.Object {
		return job{}, fmt.Errorf(`the job: ["run", {…}] expected, not %.60s`, text)
	}
	j := job{params: params, args: []byte("[]")}
	var ok bool
	raw, _ := jsonv.Get(params, "path")
	if j.path, ok = jsonv.StringValue(raw); !ok {
		return j, errors.New("'path'") // as Python says that a key is missing
	}
	raw, _ = jsonv.Get(params, "callable")
	if j.callable, ok = jsonv.StringValue(raw); !ok {
		return j, errors.New("'callable'")
	}
	if args, has := jsonv.Get(params, "args"); has && jsonv.KindOf(args) == jsonv.Array {
		j.args = args
	}
	return j, nil
}

// newJob writes a job for a callable, as PATH.NAME; a method's path is
// MODULE:CLASS. args is a JSON array.
func newJob(callable string, args []byte) ([]byte, error) {
	i := strings.LastIndexByte(callable, '.')
	if i <= 0 || i == len(callable)-1 {
		return nil, fmt.Errorf("%q is no callable, such as module.function", callable)
	}
	dst := []byte(`["run", {"callable": `)
	dst = appendString(dst, callable[i+1:])
	dst = append(dst, `, "path": `...)
	dst = appendString(dst, callable[:i])
	dst = append(dst, `, "args": `...)
	dst, _ = jsonv.AppendPython(dst, args)
	return append(dst, `, "kwargs": {}, "class_args": [], "class_kwargs": {}}]`...), nil
}

// valueOf writes what a job has returned.
func valueOf(value []byte) []byte {
	dst, ok := jsonv.AppendPython([]byte(`{"value": `), value)
	if !ok {
		return failed("no JSON")
	}
	return append(dst, '}')
}

// failed writes how a job has failed: as a text that it returns.
func failed(why string) []byte {
	return append(appendString([]byte(`{"value": `), why), '}')
}

// quote writes a text as JSON.
func quote(s string) []byte { return jsonenc.AppendString(nil, s) }
