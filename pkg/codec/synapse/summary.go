package synapse

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Mention implements [codec.Mentioner] by [Transcript].
func (Protocol) Mention(buf, line []byte) (codec.Mention, bool) {
	m, ok := Transcript(nil, line)
	if !ok {
		return codec.Mention{}, false
	}
	start := len(buf)
	buf = append(append(buf, m.Line...), '\n')
	return codec.Mention{Dir: m.Dir, Time: m.Time, Flow: m.Flow, Data: buf[start:]}, true
}

// AppendEnd implements [codec.Ender]: a batch whose last row never came is
// the finding batch-open.
func (c *Conversation) AppendEnd(dst []codec.Finding, dir codec.Direction) []codec.Finding {
	d := c.Decoder(dir).(*half)
	for _, p := range d.seen.order {
		if p.open > 0 {
			dst = append(dst, codec.Finding{
				Code:    "batch-open",
				Message: fmt.Sprintf("a batch of the stream %s was never closed: %s without a token, the first %s before the end", p.name, count(p.open, "row"), count(d.seen.lines-p.began+1, "line")),
			})
		}
	}
	return dst
}

// Summary implements [codec.Summarizer]: the streams of both directions, how
// many rows and batches of each there were, its first and last token, how
// often it went back and how often rows were missing.
func (c *Conversation) Summary() (columns []string, rows [][]string) {
	columns = []string{"dir", "stream", "instance", "rows", "batches", "first", "last", "open", "back", "gaps"}
	for i := range c.halves {
		d := &c.halves[i]
		for _, p := range d.seen.order {
			first, last := "", ""
			if p.begun {
				first, last = strconv.FormatInt(p.first, 10), strconv.FormatInt(p.last, 10)
			}
			rows = append(rows, []string{
				d.dir.String(), p.name, p.instance, strconv.Itoa(p.rows), strconv.Itoa(p.batches), first, last,
				strconv.Itoa(p.open), strconv.Itoa(p.back), strconv.Itoa(p.gaps),
			})
		}
	}
	return columns, rows
}
