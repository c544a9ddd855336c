package emqp

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A tally counts the messages of one command in one direction.
type tally struct {
	dir      codec.Direction
	name     string
	from, to Role // of the first
	messages int
	bytes    int64
}

// count takes a message into the account of its conversation.
func (c *conversation) count(f *Frame, dir codec.Direction) {
	if f.cmd == nil {
		return
	}
	for i := range c.tallies {
		if t := &c.tallies[i]; t.dir == dir && t.name == f.cmd.name {
			t.messages++
			t.bytes += int64(len(f.z.Bytes()))
			return
		}
	}
	c.tallies = append(c.tallies, tally{dir, f.cmd.name, f.from, f.to, 1, int64(len(f.z.Bytes()))})
}

// Summary implements [codec.Summarizer]: how many messages of each command
// went which way.
func (c *conversation) Summary() (columns []string, rows [][]string) {
	for _, t := range c.tallies {
		rows = append(rows, []string{t.dir.String(), t.name, string(t.from), string(t.to), strconv.Itoa(t.messages), strconv.FormatInt(t.bytes, 10)})
	}
	return []string{"dir", "command", "from", "to", "messages", "bytes"}, rows
}

// AppendEnd implements [codec.Ender]: why ZMTP came to an end, as far as the
// bytes tell.
func (c *conversation) AppendEnd(dst []codec.Finding, dir codec.Direction) []codec.Finding {
	return c.z.AppendEnd(dst, dir)
}
