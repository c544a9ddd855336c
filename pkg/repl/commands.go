package repl

import (
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A command is a word that a line may begin with, when it is no frame.
type command struct {
	name  string
	args  string
	usage string
	topic string
	run   func(c *Console, args string) error
	words wordList // what may stand after it; "\x00files" for files; may be nil
}

// files stands for the names of files in what words returns.
const files = "\x00files"

// The topics of help, in order.
var topics = []struct{ name, title, text string }{
	{"frames", "what you type", `A line of the notation is what the peer says, and the machine gets it:

  1 1 stream-begin command-name eos heads
  > [#2 +1.5] getlname        on connection 2, at 1.5 s
  raw \x00\x01                bytes, as they are
  !flag …                     deviations before a frame make wrong ones

A frame that begins with the word of a command is written with its direction: "> load …". A line that ends in a backslash goes on in the next one. A question mark after a part of a line, with a blank before it, says what may come next; the tabulator completes. template shows frames of each type, explain what a word or a byte means.

request makes the frames of a whole request, with numbers that are free:

  request lookup key=tip            hg
  request loadBefore(oid'1', …)     zeo
  request Auth status               msgq: a group, and a command
  request default jobs.add [1, 2]   emqp: a queue, and what is to be run`},
	{"events", "what else happens to a machine", `Lines that begin with @ are other events:

  @eof            the peer says no more
  @sent N         the frames of send-frames N are out (with "sent by-hand")
  @timer NAME     a timer goes off; wait lets time go by
  @open [N]       a connection, of a machine with many; @close N
  @NAME …         what the machine's own side wants; "@ ?" lists them

Between two machines, "client @…" and "server @…" say whose event it is.`},
	{"seeing", "what there is to see", `Each step shows what the machine gets (←), with its bytes, what it wants to be done (→), and what has changed in what it knows. "hex on" shows all bytes with their fields, "hex off" none; long texts are cut without it.

  state active          one thing that the machine knows
  watch active          shows it whenever it changes
  requests              what was asked for, and in which step it was answered
  log 3                 step 3 again, whole`},
	{"time", "back, forth and elsewhere", `Each line that does something is a step. What a machine knew before each step is kept, so that going back is exact. A line typed after going back begins another past: what was ahead is kept as a branch.

diff compares moments: a step, a branch, or BRANCH@STEP.

  back 2                two steps back
  fork other            what follows is another branch
  diff main other       what came of it
  wait 30s              timers go off on the way`},
	{"breaks", "stopping when something happens", `A condition is an expression about a frame, as in decode --where, and about its step:

  break type == "error-response"
  break "close" in actions            the names of the actions
  break len(state.active) > 1         what the machine knows
  watch active                        shows it when it changes

step and continue, source and what follows a line by itself stop where one is met.`},
	{"way", "frames between two machines", `In mode both what one machine sends is given to the other at once, each frame a step. With hold on it stays on the way until you let it go; a frame that you type is put on the way too: "> …" to the server, "< …" to the client.

  hold on
  client @ping          it is on the way
  edit 7 ping {"n": 2}  something else in its place
  reorder 8 7           8 before 7
  deliver all           what is left, in this order`},
	{"live", "a live peer", `connect makes the machine a client that is live with a server, listen a server that is live with who connects. Then time is that of the clock, and the frames of the machine go out. What you type without a direction, or with that of the machine, goes out beside it; the machine does not know of it. A frame with the other direction is given to the machine as if the peer had said it.

What the peer says is shown as it comes. A script waits for it: await takes a condition as break does, and gives up after TIME, 10s without one.

Going back goes back in what the machine knows; the peer does not. While the session is in the past, or stands at a breakpoint, what comes waits: goto end and continue take it in. With hold on, what the machine says waits until you deliver, edit or drop it. A machine that does not know of a request that you typed may take the answer for a fault: with machine off it stands aside, after the handshake for one, or before connect.`},
	{"files", "captures, sessions and scripts", `load steps through a capture, or a .wire, inside the machine: what its peer said is given to it, and what its own side said is compared with what it says itself. save writes the session as a .wire, in which events that are no frames are comments ("#! @…") that load understands; save lines writes what was typed, for source.

  load capture.pcap 2   its second connection
  step                  one record
  break "differs" in actions
  continue              up to the first difference`},
	{"session", "the session itself", `mode server, client and both are machines in the process; connect and listen have a live peer: help live. Each begins anew, and so do reset and sent.

  mode both             a client and a server, connected
  answers on            hg: commands are answered from a small repository
  tour                  begin here`},
}

// commands returns the one list. It is no variable, because its functions look
// into it.
func commands() []*command {
	return []*command{
		{"request", "[#CONNECTION] …", "the frames of a whole request, or what has a client make them", "frames", (*Console).requestCommand, requestWords},
		{"command", "[#CONNECTION] …", "the same as request", "frames", (*Console).requestCommand, requestWords},

		{"hex", "[off | line | on]", "show the bytes of frames: not, on one line, or with their fields", "seeing", (*Console).hexCommand, words("off", "line", "on")},
		{"state", "[NAME | diff]", "what the machine knows, or what changed in the last step", "seeing", (*Console).stateCommand, firstOf(stateWords)},
		{"watch", "[NAME | EXPR | off [N]]", "show something whenever it changes", "seeing", (*Console).watchCommand, watchWords},
		{"pending", "", "what waits: frames, timers, commands, records", "seeing", (*Console).pendingCommand, nil},
		{"requests", "", "what was asked for, and what became of it", "seeing", (*Console).requestsCommand, nil},
		{"streams", "", "what went over each connection, direction and stream", "seeing", (*Console).streamsCommand, nil},
		{"log", "[N]", "the steps, or what one of them showed", "seeing", (*Console).logCommand, nil},
		{"explain", "[WORD…]", "what a type, a flag, a field or bytes mean", "seeing", (*Console).explainCommand, topicWords},
		{"template", "[TYPE]", "examples of frames, to be edited", "seeing", (*Console).templateCommand, exampleWords},

		{"step", "[N]", "make the next step: again, or the next frame or record", "time", (*Console).stepCommand, nil},
		{"back", "[N]", "go back by a step, or N", "time", (*Console).backCommand, nil},
		{"undo", "", "go back by a step", "time", func(c *Console, args string) error { return c.alone(args, c.backCommand) }, nil},
		{"redo", "[N]", "go forth by a step, or N, where you went back", "time", (*Console).redoCommand, nil},
		{"goto", "N | end", "go to where N steps had happened", "time", (*Console).gotoCommand, words("end")},
		{"fork", "NAME", "go on in a branch of that name", "time", (*Console).forkCommand, nil},
		{"branches", "", "list the branches", "time", (*Console).branchesCommand, nil},
		{"switch", "BRANCH", "go to a branch", "time", (*Console).switchCommand, firstOf((*Console).branchNames)},
		{"diff", "[A] B", "compare two moments: their steps and states", "time", (*Console).diffCommand, firstOf((*Console).branchNames)},
		{"wait", "[TIME]", "let time go by, to the next timer without one", "time", (*Console).waitCommand, nil},

		{"break", "[EXPR | off [N]]", "stop where a condition is met", "breaks", (*Console).breakCommand, exprWords},
		{"continue", "", "make steps to a breakpoint, or to the end", "breaks", (*Console).continueCommand, nil},

		{"hold", "[on | off]", "keep frames on the way", "way", (*Console).holdCommand, words("on", "off")},
		{"deliver", "[N | all]", "let a frame arrive", "way", (*Console).deliverCommand, words("all")},
		{"drop", "N", "lose a frame", "way", (*Console).dropCommand, nil},
		{"reorder", "N BEFORE", "put a frame before another", "way", (*Console).reorderCommand, nil},
		{"edit", "N FRAME", "put another frame in the place of one", "way", (*Console).editCommand, nil},

		{"connect", "ADDRESS", "a client, live with a server at an address; begins anew", "live", (*Console).connectCommand, words("tcp://", "unix:", "tls://")},
		{"listen", "ADDRESS", "a server, live with who connects to an address; begins anew", "live", (*Console).listenCommand, words("tcp://", "unix:", "tls://")},
		{"await", "[TIME] [EXPR]", "wait until a live peer has said something", "live", (*Console).awaitCommand, exprWords},
		{"machine", "[on | off]", "whether the machine gets what a live peer says, and says something itself", "live", (*Console).machineCommand, words("on", "off")},
		{"hangup", "[N]", "end a connection with a live peer", "live", (*Console).hangupCommand, nil},

		{"load", "FILE [CONN[/EXCHANGE]]", "step through a capture or a .wire", "files", (*Console).loadCommand, words(files)},
		{"save", "[lines] FILE", "write the session as a .wire, or what was typed", "files", (*Console).saveCommand, words("lines", files)},
		{"source", "FILE", "do the lines of a file", "files", (*Console).sourceCommand, words(files)},

		{"mode", "[server | client | both]", "which machines there are; begins anew", "session", (*Console).modeCommand, words(Modes()...)},
		{"answers", "[on | off]", "have commands answered by the built-in server, where there is one", "session", (*Console).answersCommand, words("on", "off")},
		{"sent", "[auto | by-hand]", "who tells a machine that its frames are out; begins anew", "session", (*Console).sentCommand, words("auto", "by-hand")},
		{"reset", "", "begin anew", "session", (*Console).resetCommand, nil},
		{"tour", "[all | again]", "a guided session, piece by piece", "session", (*Console).tourCommand, words("all", "again")},
		{"help", "[TOPIC | COMMAND]", "help", "session", (*Console).helpCommand, helpWords},
		{"quit", "", "end the session; so does Ctrl-D, but in a fork it leaves that", "session", (*Console).quitCommand, nil},
	}
}

// find returns the command of that name, or nil.
func (c *Console) find(name string) *command {
	for _, cmd := range commands() {
		if cmd.name == name && !(name == "command" && c.says("command")) {
			return cmd
		}
	}
	return nil
}

// says says whether a frame of the protocol begins with a word.
func (c *Console) says(word string) bool {
	return slices.ContainsFunc(c.examples(), func(e example) bool { return e.words[0] == word })
}

// alone is for commands without arguments.
func (c *Console) alone(args string, run func(string) error) error {
	if args != "" {
		return &codec.TextError{End: len(args), Message: "nothing follows it"}
	}
	return run("")
}

func (c *Console) explainCommand(args string) error {
	if c.o.Explain == nil {
		return &codec.TextError{Message: "nothing can be explained here"}
	}
	b, err := c.o.Explain(strings.Fields(args))
	c.out = append(c.out, b...)
	return err
}

func (c *Console) templateCommand(args string) error {
	if c.o.Template == nil {
		return &codec.TextError{Message: "there are no templates here"}
	}
	b, err := c.o.Template(strings.Fields(args))
	c.out = append(c.out, b...)
	return err
}
