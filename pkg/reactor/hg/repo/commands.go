package repo

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg"
)

type (
	// A SeedCommand answers with bytes.
	SeedCommand func(r *Repo, args map[string][]byte, data []byte) ([]byte, error)

	// A FinalCommand answers with items.
	FinalCommand struct {
		// Args are the arguments that it takes; others are refused.
		Args map[string]Arg

		// Run answers. Items beside an error are sent before it.
		Run func(r *Repo, args map[string]cbor.Value, data []byte) ([]cbor.Value, error)
	}
)

// An Arg is an argument of a FinalCommand.
type Arg struct {
	Type     string // of the value: bytes, bool, dict, int, list, set
	Required bool
}

// A CommandError is a failure that the command itself tells. Other errors are
// the server's.
type CommandError struct {
	Message string // each %s stands for an argument
	Args    []string
}

func (e *CommandError) Error() string { return e.Message }

// Commands are what a server can run, by name.
type Commands struct {
	Seed  map[string]SeedCommand
	Final map[string]FinalCommand
}

// Default returns the commands of this package, to which others can be added.
func Default() Commands {
	c := Commands{seed(), final()}
	maps.Copy(c.Final, fileCommands())
	return c
}

// Answer runs the command of an action on r. It says false for actions that
// run none. The event is the answer, on an even stream.
func (c Commands) Answer(r *Repo, a reactor.Action, stream uint8) (reactor.Event, bool) {
	switch a := a.(type) {
	case reactor.Run:
		return reactor.Input{Value: c.seed(r, a, stream)}, true
	case hg.FinalRun:
		return reactor.Input{Value: c.final(r, a, stream)}, true
	}
	return nil, false
}

func (c Commands) seed(r *Repo, run reactor.Run, stream uint8) any {
	id := uint16(run.Request)
	args := map[string][]byte{}
	for _, a := range run.Args {
		args[a.Name] = a.Value
	}
	err := fmt.Errorf("unknown wire protocol command: %s", run.Command)
	if command, ok := c.Seed[run.Command]; ok {
		var b []byte
		if b, err = command(r, args, run.Data); err == nil {
			return hg.Response{Request: id, Stream: stream, Data: b}
		}
	}
	return hg.ApplicationError{Request: id, Stream: stream, Message: []byte(err.Error())}
}

func (c Commands) final(r *Repo, run hg.FinalRun, stream uint8) hg.FinalResponse {
	answer := hg.FinalResponse{Request: run.Request, Stream: stream}
	items, err := c.items(r, run)
	if err == nil || len(items) > 0 {
		var wrong error
		if answer.Chunks, wrong = hg.Encode(items...); wrong != nil {
			answer.Chunks, err = nil, wrong
		}
	}
	switch e := err.(type) {
	case nil:
	case *CommandError:
		answer.Failure = &hg.Failure{Message: e.Message, Args: e.Args}
	default:
		answer.Failure = &hg.Failure{Server: true, Message: err.Error()}
	}
	return answer
}

func (c Commands) items(r *Repo, run hg.FinalRun) ([]cbor.Value, error) {
	command, ok := c.Final[run.Command]
	if !ok {
		return nil, &CommandError{Message: "unknown wire protocol command: %s", Args: []string{run.Command}}
	}
	args := map[string]cbor.Value{}
	members := run.Args.Items()
	for i := 0; i+1 < len(members); i += 2 {
		key, _ := members[i].Bytes()
		args[string(key)] = members[i+1]
	}
	if err := command.check(args); err != nil {
		return nil, err
	}
	return command.Run(r, args, run.Data)
}

// check holds arguments to what the command takes, in Mercurial's words.
func (c *FinalCommand) check(args map[string]cbor.Value) error {
	var extra, missing []string
	for name := range args {
		if _, ok := c.Args[name]; !ok {
			extra = append(extra, name)
		}
	}
	for name, a := range c.Args {
		if _, ok := args[name]; a.Required && !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(extra)
	slices.Sort(missing)
	switch {
	case len(extra) > 0:
		return &CommandError{Message: "unsupported argument to command: " + strings.Join(extra, ", ")}
	case len(missing) > 0:
		return &CommandError{Message: "missing required arguments: " + strings.Join(missing, ", ")}
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if want, got := c.Args[name].Type, args[name].Type(); got != want {
			return &CommandError{Message: fmt.Sprintf("argument %s is a %s, not a %s", name, got, want)}
		}
	}
	return nil
}

func seed() map[string]SeedCommand {
	return map[string]SeedCommand{
		"capabilities": func(r *Repo, _ map[string][]byte, _ []byte) ([]byte, error) { return []byte(r.Capabilities), nil },
		"heads": func(r *Repo, _ map[string][]byte, _ []byte) ([]byte, error) {
			return []byte(digits(r.Heads(All)) + "\n"), nil
		},
		"branchmap": func(r *Repo, _ map[string][]byte, _ []byte) ([]byte, error) {
			branches := r.Branches()
			var lines []string
			for _, name := range slices.Sorted(maps.Keys(branches)) {
				lines = append(lines, strings.ReplaceAll(url.PathEscape(name), "%2F", "/")+" "+digits(branches[name]))
			}
			return []byte(strings.Join(lines, "\n")), nil
		},
		"lookup": func(r *Repo, args map[string][]byte, _ []byte) ([]byte, error) {
			n, err := r.Lookup(string(args["key"]))
			if err != nil {
				return fmt.Appendf(nil, "0 %v\n", err), nil
			}
			return fmt.Appendf(nil, "1 %v\n", n), nil
		},
		"known": func(r *Repo, args map[string][]byte, _ []byte) ([]byte, error) {
			var b []byte
			for _, text := range strings.Fields(string(args["nodes"])) {
				n, err := ParseNode(text)
				if err != nil {
					return nil, err
				}
				b = append(b, digit(r.Has(n)))
			}
			return b, nil
		},
		"listkeys": func(r *Repo, args map[string][]byte, _ []byte) ([]byte, error) {
			keys := r.Keys(string(args["namespace"]))
			var lines []string
			for _, k := range slices.Sorted(maps.Keys(keys)) {
				lines = append(lines, k+"\t"+keys[k])
			}
			return []byte(strings.Join(lines, "\n")), nil
		},
		"pushkey": func(r *Repo, args map[string][]byte, _ []byte) ([]byte, error) {
			done := r.PushKey(string(args["namespace"]), string(args["key"]), string(args["old"]), string(args["new"]))
			return []byte{digit(done), '\n'}, nil
		},
	}
}

func digit(yes bool) byte {
	if yes {
		return '1'
	}
	return '0'
}

func digits(nodes []Node) string {
	words := make([]string, len(nodes))
	for i, n := range nodes {
		words[i] = n.String()
	}
	return strings.Join(words, " ")
}
