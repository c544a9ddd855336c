package repl

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// maxProse is how wide text to be read is at most: longer lines are hard to read.
const maxProse = 100

// helpIndent is where what a command does begins.
const helpIndent = 33

// suchAs are examples of commands, by their name.
func suchAs() map[string]string {
	return map[string]string{
		"request":  "request lookup key=tip\nrequest #2 loadBefore(oid'1', tid'7fffffffffffffff')",
		"hex":      "hex on",
		"state":    "state active\nstate diff",
		"watch":    "watch active\nwatch type == \"error-response\"\nwatch off 1",
		"log":      "log\nlog 3",
		"explain":  "explain command-name\nexplain 0x22\nexplain 05 00 00 01 00 01 01 11 68 65 61 64 73",
		"template": "template command-argument",
		"step":     "step\nstep 5",
		"back":     "back\nback 3",
		"redo":     "redo 2",
		"goto":     "goto 4\ngoto end",
		"fork":     "fork other-answer",
		"switch":   "switch main~1",
		"diff":     "diff main~1\ndiff 3 5\ndiff main@2 other@4",
		"wait":     "wait\nwait 1.5s",
		"break":    "break type == \"error-response\"\nbreak \"close\" in actions\nbreak len(state.active) > 1\nbreak off 2",
		"await":    "await\nawait type == \"pong\"\nawait 30s fields.id == 7",
		"hold":     "hold on",
		"deliver":  "deliver\ndeliver 7\ndeliver all",
		"drop":     "drop 7",
		"reorder":  "reorder 8 7",
		"edit":     "edit 7 message \"another\"",
		"machine":  "machine off",
		"hangup":   "hangup\nhangup 2",
		"load":     "load capture.pcap\nload capture.pcap 2\nload http.pcap 1/3\nload session.wire",
		"save":     "save session.wire\nsave lines session.txt",
		"source":   "source session.txt",
		"mode":     "mode both",
		"connect":  "connect tcp://127.0.0.1:9912\nconnect unix:/run/bind10/msgq_socket",
		"listen":   "listen tcp://127.0.0.1:0",
		"answers":  "answers on",
		"sent":     "sent by-hand",
		"tour":     "tour\ntour all",
		"help":     "help time\nhelp break",
	}
}

func (c *Console) helpCommand(args string) error {
	if args == "" {
		c.say("%s\n", wrapped("Type a frame, an event or a command. Frames: help frames. Events: help events. A tour: tour.", c.width()))
		for _, t := range topics {
			c.commandsOf(t.name, t.title)
		}
		c.say("%s", wrapped("help TOPIC says more: "+strings.Join(topicNames(), ", "), c.width()))
		return nil
	}
	if cmd := c.find(args); cmd != nil {
		c.say("%s", c.styled(c.o.Styles.Name, strings.TrimSpace(cmd.name+" "+cmd.args)))
		c.say("  %s", c.hanging(cmd.usage, 2))
		for line := range strings.Lines(suchAs()[cmd.name]) {
			c.say("  such as  %s", strings.TrimSpace(line))
		}
		return nil
	}
	for _, t := range topics {
		if t.name == args {
			c.say("%s", c.styled(c.o.Styles.Prompt, t.title))
			if t.text != "" {
				c.say("%s\n", wrapped(t.text, min(c.width(), maxProse)))
			}
			c.commandsOf(t.name, "")
			return nil
		}
	}
	return lex.UnknownName("topic", args, 0, len(args), helpNames(c))
}

// commandsOf lists the commands of a topic.
func (c *Console) commandsOf(topic, title string) {
	any := false
	for _, cmd := range commands() {
		if cmd.topic != topic || c.find(cmd.name) == nil {
			continue
		}
		if !any && title != "" {
			c.say("%s", c.styled(c.o.Styles.Prompt, title))
		}
		any = true
		lead := strings.TrimSpace(cmd.name + " " + cmd.args)
		pad := strings.Repeat(" ", max(0, helpIndent-2-dump.Cells(lead)))
		if len(pad) < 2 { // what it does goes below
			pad = "\n" + strings.Repeat(" ", helpIndent)
		}
		c.say("  %s%s%s", c.styled(c.o.Styles.Name, lead), pad, c.hanging(cmd.usage, helpIndent))
	}
	if any && title != "" {
		c.say("")
	}
}

// hanging breaks a text into lines; all but the first are indented.
func (c *Console) hanging(text string, indent int) string {
	return strings.ReplaceAll(wrapped(text, max(20, c.width()-indent)), "\n", "\n"+strings.Repeat(" ", indent))
}

func topicNames() []string {
	var names []string
	for _, t := range topics {
		names = append(names, t.name)
	}
	return names
}

// wrapped breaks paragraphs into lines; those that are indented stay.
func wrapped(text string, width int) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(line, " ") {
			b.WriteString(line)
			continue
		}
		cells := 0
		for k, word := range strings.Fields(line) {
			n := dump.Cells(word)
			switch {
			case k == 0:
			case cells+1+n > width:
				b.WriteByte('\n')
				cells = 0
			default:
				b.WriteByte(' ')
				cells++
			}
			b.WriteString(word)
			cells += n
		}
	}
	return b.String()
}
