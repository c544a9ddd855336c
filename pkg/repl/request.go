package repl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A builder makes the lines of a whole request of what is typed after the
// command: frames, or for a client's machine a directive.
type builder struct {
	usage  string
	frames func(c *Console, args string) ([]string, error)
	input  func(args string) (string, error)
}

// builders are those of the protocols in which a request is more than its
// words, or has a number that somebody has to count.
func builders() map[string]builder {
	return map[string]builder{
		"hg":   {"NAME [ARGUMENT=VALUE…] [data:BYTES]", hgRequest, hgInput},
		"zeo":  {"METHOD(ARGUMENTS)", zeoRequest, func(args string) (string, error) { return "@call " + called(args), nil }},
		"msgq": {"GROUP NAME [JSON]", msgqRequest, msgqInput},
		"emqp": {"QUEUE MODULE.FUNCTION [ARGUMENTS]", emqpRequest, emqpInput},
	}
}

// requestCommand is request [#CONNECTION] …: it does the frames of a whole
// request, as a client sends it.
func (c *Console) requestCommand(args string) error {
	b, ok := builders()[c.o.Protocol.Info().Name]
	if !ok {
		return &codec.TextError{End: len(args), Message: "a request of " + c.o.Protocol.Info().Name + " is a frame by itself", Hint: "template shows them"}
	}
	if args == "" {
		return &codec.TextError{Message: "what is asked for?", Hint: "request " + b.usage}
	}
	w := c.world()
	clientSide := c.o.Mode == ClientMode || w.two()
	if c.live() && !clientSide {
		return &codec.TextError{End: len(args), Message: "a server does not ask", Hint: "it is the peer who does"}
	}
	lead := ""
	if strings.HasPrefix(args, "#") {
		lead, args, _ = strings.Cut(args, " ")
		lead = "> [" + lead + "] "
	} else if !clientSide && w.ends[0].hub {
		lead = fmt.Sprintf("> [#%d] ", max(1, c.latest()))
	}
	var lines []string
	var err error
	switch {
	case clientSide:
		var line string
		line, err = b.input(args)
		if w.two() {
			line = "client " + line
		}
		lines, lead = []string{line}, ""
	default:
		lines, err = b.frames(c, args)
	}
	if err != nil {
		return err
	}
	for _, line := range lines {
		if c.stop || c.stopped() {
			return nil
		}
		c.say("  %s", c.styled(c.o.Styles.Dim, lead+line))
		if err := c.run("request", 1, lead+line); err != nil {
			return err
		}
	}
	return nil
}

// latest returns the connection of the last frame, 0 when there is none.
func (c *Console) latest() int {
	list := c.passedFrames()
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].conn
}

// askedWords returns the words of the texts of what clients said so far.
func (c *Console) askedWords() [][]string {
	var list [][]string
	for _, p := range c.passedFrames() {
		if p.dir == codec.ToServer {
			list = append(list, strings.Fields(textOf(p.frame)))
		}
	}
	return list
}

// hgRequest makes the frames of a command.
func hgRequest(c *Console, args string) ([]string, error) {
	id, begin := 1, "stream-begin"
	for _, words := range c.askedWords() {
		if n, err := strconv.Atoi(words[0]); err == nil && n >= id {
			id = n + 2 - (n+1)%2
		}
		if len(words) > 2 && words[1] == "1" {
			begin = "0"
		}
	}
	name, pairs, data, err := hgWords(args)
	if err != nil {
		return nil, err
	}
	if c.o.Dialect == "final" {
		return hgFinal(id, begin, name, pairs, data), nil
	}
	var flags []string
	if len(pairs) > 0 {
		flags = append(flags, "have-args")
	}
	if data != nil {
		flags = append(flags, "have-data")
	}
	if flags == nil {
		flags = []string{"eos"}
	}
	lines := []string{fmt.Sprintf("%d 1 %s command-name %s %s", id, begin, strings.Join(flags, "|"), name)}
	for i, p := range pairs {
		flag := "0"
		if i == len(pairs)-1 {
			flag = "eoa"
		}
		lines = append(lines, fmt.Sprintf("%d 1 0 command-argument %s arg:%s=%s", id, flag, p[0], p[1]))
	}
	if data != nil {
		lines = append(lines, fmt.Sprintf("%d 1 0 command-data eos %s", id, *data))
	}
	return lines, nil
}

func hgFinal(id int, begin, name string, pairs [][2]string, data *string) []string {
	flags := "new"
	if data != nil {
		flags = "new|have-data"
	}
	lines := []string{fmt.Sprintf("%d 1 %s command-request %s cbor:%s", id, begin, flags, hgDict(name, pairs, nil))}
	if data != nil {
		lines = append(lines, fmt.Sprintf("%d 1 0 command-data eos %s", id, *data))
	}
	return lines
}

// hgDict is a request as a literal.
func hgDict(name string, pairs [][2]string, data *string) string {
	text := "{b'name': " + literal(name)
	if len(pairs) > 0 {
		var list []string
		for _, p := range pairs {
			list = append(list, literal(p[0])+": "+literal(p[1]))
		}
		text += ", b'args': {" + strings.Join(list, ", ") + "}"
	}
	if data != nil {
		text += ", b'data': " + literal(*data)
	}
	return text + "}"
}

// literal makes a literal of bytes of escaped text.
func literal(text string) string {
	return "b'" + strings.ReplaceAll(strings.ReplaceAll(text, `\'`, `'`), "'", `\'`) + "'"
}

func hgInput(args string) (string, error) {
	name, pairs, data, err := hgWords(args)
	return "@request " + hgDict(name, pairs, data), err
}

// hgWords reads NAME [ARGUMENT=VALUE…] [data:BYTES].
func hgWords(args string) (name string, pairs [][2]string, data *string, err error) {
	words := strings.Fields(args)
	for _, w := range words[1:] {
		at := strings.Index(args, w)
		if d, ok := strings.CutPrefix(w, "data:"); ok && data == nil {
			data = &d
			continue
		}
		key, value, ok := strings.Cut(w, "=")
		if !ok || key == "" || data != nil {
			return "", nil, nil, &codec.TextError{Start: at, End: at + len(w), Message: "an argument is NAME=VALUE", Hint: `a blank in it is \x20; data:BYTES stands last`}
		}
		pairs = append(pairs, [2]string{key, value})
	}
	return words[0], pairs, data, nil
}

// called gives a method its brackets.
func called(args string) string {
	if strings.Contains(args, "(") {
		return args
	}
	return args + "()"
}

func zeoRequest(c *Console, args string) ([]string, error) {
	id := 1
	for _, words := range c.askedWords() {
		if len(words) > 1 && words[0] == "call" {
			if n, err := strconv.Atoi(words[1]); err == nil && n >= id {
				id = n + 1
			}
		}
	}
	return []string{fmt.Sprintf("call %d %s", id, called(args))}, nil
}

func msgqRequest(_ *Console, args string) ([]string, error) {
	group, rest, ok := strings.Cut(args, " ")
	if !ok {
		return nil, &codec.TextError{Start: len(args), End: len(args), Message: "which command?", Hint: "request GROUP NAME [JSON]"}
	}
	return []string{"send " + group + " want_answer command:" + strings.TrimSpace(rest)}, nil
}

func msgqInput(args string) (string, error) {
	_, err := msgqRequest(nil, args)
	group, rest, _ := strings.Cut(args, " ")
	return "@call 1 " + group + " command:" + strings.TrimSpace(rest), err
}

// emqpWords reads QUEUE MODULE.FUNCTION [ARGUMENTS].
func emqpWords(args string) (queue, callable, list string, err error) {
	words := strings.SplitN(args, " ", 3)
	if len(words) < 2 || !strings.Contains(words[1], ".") {
		return "", "", "", &codec.TextError{End: len(args), Message: "what is to be run?", Hint: "request QUEUE MODULE.FUNCTION [ARGUMENTS]"}
	}
	list = "[]"
	if len(words) == 3 {
		list = words[2]
	}
	return words[0], words[1], list, nil
}

func emqpRequest(c *Console, args string) ([]string, error) {
	queue, callable, list, err := emqpWords(args)
	if err != nil {
		return nil, err
	}
	i := strings.LastIndexByte(callable, '.')
	quoted := func(s string) string { return string(lex.AppendQuoted(nil, []byte(s))) }
	return []string{fmt.Sprintf(`REQUEST id=request-%d queue=%s headers=[reply-requested] ["run", {"callable": %s, "path": %s, "args": %s, "kwargs": {}, "class_args": [], "class_kwargs": {}}]`,
		len(c.askedWords())+1, queue, quoted(callable[i+1:]), quoted(callable[:i]), list)}, nil
}

func emqpInput(args string) (string, error) {
	queue, callable, list, err := emqpWords(args)
	return "@request " + queue + " reply-requested " + callable + " " + list, err
}

// requestWords are the commands, methods, groups and queues that are known.
func requestWords(c *Console, before, _ string) []Candidate {
	words := strings.Fields(before)
	if len(words) > 0 && strings.HasPrefix(words[0], "#") {
		words = words[1:]
	}
	switch proto := c.o.Protocol.Info().Name; {
	case len(words) > 0 && proto == "msgq" && len(words) == 1:
		return c.named("command", "")
	case len(words) > 0:
		return nil
	case proto == "zeo":
		return c.named("method", "(")
	case proto == "msgq":
		return append(c.known("group"), c.exampleGroups()...)
	case proto == "emqp":
		return c.known("queue")
	}
	return plainWords(c.o.Commands)
}
