package synapse

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A directive makes an input of a machine M of its arguments.
type directive[M any] struct {
	usage string
	make  func(m M, args string) (any, error) // nil: a connection is there
}

func usages[M any](list []directive[M]) []string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.usage
	}
	return names
}

// direct makes the event of a directive.
func direct[M any](list []directive[M], m M, name, args string) (reactor.Event, error) {
	var names []string
	for _, d := range list {
		word, _, _ := strings.Cut(d.usage, " ")
		names = append(names, word)
		switch {
		case word != name:
			continue
		case d.make == nil:
			return reactor.Opened{}, nil
		}
		v, err := d.make(m, args)
		if err != nil {
			return nil, err
		}
		return reactor.Input{Value: v}, nil
	}
	return nil, &codec.UnknownNameError{What: "directive", Name: name, Allowed: names}
}

// command makes a line of a command that the dialect has.
func command(r *rules, dir codec.Direction, name, payload string) (any, error) {
	if !synapse.Sends(r.dialect, dir, name) {
		return nil, &codec.TextError{End: len(payload), Message: r.dialect + " has no " + name}
	}
	if _, err := synapse.ReadLine(r.dialect, dir, []byte(name+" "+payload)); err != nil {
		wrong := &codec.TextError{End: len(payload), Message: err.Error()}
		var e *codec.SyntaxError
		if errors.As(err, &e) {
			wrong.Field, wrong.Message = e.Path, e.Err.Error()
		}
		return nil, wrong
	}
	return Line{name + " " + payload}, nil
}

// readToken reads the word of args that is a token.
func readToken(args, word string) (int64, error) {
	n, ok := synapse.ParseInt([]byte(word))
	if !ok {
		at := strings.LastIndex(args, word)
		return 0, &codec.TextError{Start: at, End: at + len(word), Field: "token", Message: fmt.Sprintf("an integer expected, not %q", word)}
	}
	return n, nil
}
