package msgq

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// payloads are the words that make bodies in the short form.
//
//	command:NAME [ARG]         {"command": ["NAME", ARG]}
//	answer:RCODE [VALUE]       {"result": [RCODE, VALUE]}
//	notification:EVENT [ARG]   {"notification": ["EVENT", ARG]}
var payloads = []string{"command:", "answer:", "notification:"}

// payload takes a body that one of those words makes, as the Python library's
// create_command, create_answer and create_notification do: an argument that
// is false, empty or zero is left out of commands, and null out of answers.
func (r *shortReader) payload() (body []byte, ok bool, err error) {
	for _, word := range payloads {
		if !bytes.HasPrefix(r.src[r.i:], []byte(word)) {
			continue
		}
		r.i += len(word)
		start := r.i
		switch word {
		case "answer:":
			body, err = r.answer(start)
		case "command:":
			body, err = r.named(`{"command": [`, jsonv.Truthy)
		default:
			body, err = r.named(`{"notification": [`, func([]byte) bool { return true })
		}
		return body, true, err
	}
	return nil, false, nil
}

// named takes NAME [ARG]; keep says which arguments are written.
func (r *shortReader) named(open string, keep func(arg []byte) bool) ([]byte, error) {
	name, err := r.name("name", ' ')
	if err != nil {
		return nil, err
	}
	arg, err := r.argument("argument")
	if err != nil {
		return nil, err
	}
	dst := append([]byte(open), name...)
	if arg != nil && keep(arg) {
		dst = append(append(dst, ", "...), arg...)
	}
	return append(dst, "]}"...), nil
}

// argument takes the value that may follow.
func (r *shortReader) argument(what string) ([]byte, error) {
	if r.i = skipBlanks(r.src, r.i); r.i == len(r.src) {
		return nil, nil
	}
	return r.value(what)
}

// answer takes RCODE [VALUE].
func (r *shortReader) answer(start int) ([]byte, error) {
	rcode, err := r.value("rcode")
	if err != nil {
		return nil, err
	}
	end := r.i
	code, isInt := jsonv.IntValue(rcode)
	if !isInt {
		return nil, &codec.TextError{Start: start, End: end, Field: "rcode", Message: "an integer expected", Hint: "0 for success, 1 for an error"}
	}
	at := skipBlanks(r.src, r.i)
	value, err := r.argument("value")
	if err != nil {
		return nil, err
	}
	if code != Success && jsonv.KindOf(value) != jsonv.String {
		return nil, &codec.TextError{Start: min(at, len(r.src)), End: r.i, Field: "value", Message: "an error needs a text", Hint: `such as answer:1 "no such zone"`}
	}
	dst := append([]byte(`{"result": [`), rcode...)
	if value != nil && jsonv.KindOf(value) != jsonv.Null {
		dst = append(append(dst, ", "...), value...)
	}
	return append(dst, "]}"...), nil
}
