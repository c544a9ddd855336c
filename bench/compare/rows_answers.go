package main

import (
	"fmt"

	"github.com/wirectl/wirectl/internal/synth"
)

// conditions are about fields, and hold for every frame of the inputs: the
// dearest kind, as all is printed that is looked at.
var conditions = map[string]string{
	"hg":      `payload.text != "none"`,
	"zeo":     `name == nil or name != "none" and args != nil`,
	"synapse": `stream_name != "none"`,
	"msgq":    `header.type != "none"`,
	"zmtp":    `type != "message" or len(frames) > 0`,
}

// answerRows set what is asked of a capture against its decoding to JSON.
func answerRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
			in := input{protocol: p, mix: mix}
			row := func(name, what string, a func(*config, string, synth.Tally) side) *row {
				return &row{
					name: fmt.Sprintf("answers/%s/%s/%s", name, p, mix), what: fmt.Sprintf("%s %s: %s", p, mix, what), base: "`decode -o json`",
					sides: against(in, inOneThread(a), inOneThread(decoder(p, "json"))),
				}
			}
			holds, all := conditions[p], "len(fields) > 0"
			rows = append(rows,
				row("where", "`decode -o json --where '"+holds+"'`, which holds for all", decoder(p, "json", "--where", holds)).atMost(1.5),
				row("fields", "`decode -o json --where '"+all+"'`, which holds for all", decoder(p, "json", "--where", all)).atMost(1.5),
				row("none", "`decode -o json --where 'length < 0'`, which holds for none", quiet("decode", p, "-o", "json", "--where", "length < 0")),
				row("stats", "`stats`", quiet("stats", p)).atMost(1),
			)
		}
	}
	for _, p := range synth.Protocols {
		rows = append(rows,
			answerMemory(p, "where", decoder(p, "json", "--where", conditions[p])),
			answerMemory(p, "stats", quiet("stats", p)),
		)
	}
	return rows
}

// quiet is a command of wirectl that does not print what it reads.
func quiet(command, protocol string, more ...string) func(*config, string, synth.Tally) side {
	return func(c *config, path string, _ synth.Tally) side {
		args := append([]string{c.wirectl, command, "-p", protocol, "-i", "raw"}, more...)
		return side{args: append(args, path), bytes: fileSize(path)}
	}
}

// answerMemory sets the memory for a large input against that for a small one.
func answerMemory(p, name string, a func(*config, string, synth.Tally) side) *row {
	in := input{protocol: p, mix: synth.Mixed, size: 64 << 20}
	return (&row{
		name: fmt.Sprintf("answers/memory/%s/%s", name, p), what: fmt.Sprintf("peak memory: %s mixed, `%s` of 16 times as much", p, name), base: "of a sixteenth of it", kind: peakRatio,
		sides: func(c *config) (side, side, error) {
			more := in
			more.times = 16
			return c.pair(more, in, inOneThread(a))
		},
	}).atMost(1.2)
}
