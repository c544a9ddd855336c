package hg

import (
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
)

const sourceSeed = "mercurial/wireprotoframing.py and internals/wireprotocol.txt at r37304"

const headerLayout = `octet  0-2   payload length, the header not counted
       3-4   request ID: odd for a client's request; the answer has the same
       5     stream ID: odd for the client's streams, even for the server's
       6     stream flags
       7     type (high half) and flags (low half)
       8-    payload
All numbers are little-endian.`

// A topicText is what there is to say about a type.
type topicText struct{ title, text, example string }

// seedTypes tells about the types of the seed dialect, by number.
var seedTypes = [16]topicText{
	TypeCommandName: {
		"a client asks for a command", `The payload is the command's name.

Exactly one of these holds: eos is set and nothing follows; have-args is set
and command-argument frames follow; have-data is set and command-data frames
follow, after the arguments if there are some.`, "1 1 stream-begin command-name eos heads",
	},
	TypeCommandArgument: {
		"one argument of a command", `octet  0-1   length of the name
       2-3   length of the value
       4-    name, then value

Arguments come in the order of their names; the last has eoa. Header and name
stand in one frame. With continuation the value goes on in the next
command-argument frame of the request (described, but never implemented by
r37304, which answers with an exception).`, "1 1 0 command-argument eoa arg:key=tip",
	},
	TypeCommandData: {
		"data that goes with a command", `The payload is raw bytes. All frames but the last have continuation, the last
has eos, and may be empty.`, `1 1 0 command-data eos some\x20bytes\n`,
	},
	TypeBytesResponse: {
		"the answer to a command", `The payload is raw bytes. Exactly one of continuation and eos is set.
Mercurial cuts answers at 32768 bytes.`, "1 2 stream-begin bytes-response eos default 1234",
	},
	TypeErrorResponse: {
		"a command or the protocol failed", `The payload is a message for people. With protocol the rules were broken and
the connection should close; with application the command failed.`, "1 2 stream-begin error-response application no such thing",
	},
	TypeTextOutput: {
		"text for people, ready for translation", `The payload is one or more atoms:

octet  0-1   length of the format
       2     number of labels
       3     number of arguments
       4-    one octet for each label's length, two for each argument's
             format (UTF-8), labels (ASCII), arguments (UTF-8)

In the format %s stands for the next argument and %% for a percent sign.`, `1 2 0 text-output 0 text:"%s changes\n"("3")["ui.status"]`,
	},
	TypeStreamSettings: {
		"how a stream is encoded", `octet  0     length of the profile's name
       1-    name (ASCII), then data that the profile gives a meaning

It belongs on the frame that begins the stream. No profile was ever defined.`, `1 2 stream-begin stream-settings 0 settings:"zlib"`,
	},
}

// flagTitles tells about flags, by their names.
var flagTitles = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"eos":          "nothing follows: end of stream of this request or answer",
		"have-args":    "command-argument frames follow",
		"have-data":    "command-data frames follow",
		"continuation": "more of the same follows",
		"eoa":          "end of arguments",
		"protocol":     "the protocol was broken: the connection should close",
		"application":  "the command failed",
		"stream-begin": "the first frame of its stream",
		"stream-end":   "the last frame of its stream; no release sets it",
		"encoded":      "the payload went through the stream's encoding; r37304 refuses it",
		"request-id":   "ties the frames of a request to those of its answer",
		"stream-id":    "the stream that a frame is part of",
		"stream-flags": "flags about the stream, not the frame",
	}
})

// Topics implements [codec.Protocol].
func (Protocol) Topics(dialect string) []codec.Topic {
	d, _, err := choose(codec.Options{Dialect: dialect})
	if err != nil {
		return nil
	}
	w := topicWriter{types: &seedTypes, source: sourceSeed}
	if d == final {
		w = topicWriter{types: &finalTypes, titles: finalFlagTitles(), source: sourceFinal}
	}
	w.add(codec.Topic{
		Name: "frame", Kind: "frame", Number: -1, Title: "a header of 8 octets and a payload",
		Text: headerLayout, Example: w.types[1].example,
	})
	for n, t := range d.types {
		about := w.types[n]
		if t.name == "" {
			continue
		}
		w.add(codec.Topic{Name: t.name, Kind: "type", Number: n, Title: about.title, Text: about.text, Example: about.example})
	}
	for n, t := range d.types {
		w.flags("flag", d.types[n].name, t.flags)
	}
	w.flags("stream flag", "", streamFlagNames)
	for _, name := range []string{"request-id", "stream-id", "stream-flags"} {
		w.add(codec.Topic{Name: name, Kind: "field", Number: -1, Title: flagTitles()[name], Text: headerLayout})
	}
	return w.topics
}

// A topicWriter collects the topics of one dialect.
type topicWriter struct {
	types  *[16]topicText
	titles map[string]string // before those of flagTitles
	source string
	topics []codec.Topic
}

func (w *topicWriter) add(t codec.Topic) {
	t.Source = w.source
	w.topics = append(w.topics, t)
}

func (w *topicWriter) flags(kind, of string, names []string) {
	for i, name := range names {
		text := "A stream flag, in octet 6 of the header."
		if of != "" {
			text = "A flag of " + of + ", in the low half of octet 7 of the header."
		}
		title, ok := w.titles[name]
		if !ok {
			title = flagTitles()[name]
		}
		w.add(codec.Topic{Name: name, Kind: kind, Of: of, Number: 1 << i, Title: title, Text: text})
	}
}
