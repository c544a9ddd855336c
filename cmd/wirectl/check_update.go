package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/diff"
)

// create makes a golden file of a capture that has none.
func (c *checkRun) create(ctx context.Context, k *checkCase) error {
	b, err := c.o.side(ctx, c.e, k.capture)
	if err != nil {
		return err
	}
	var lines []goldenLine
	p := c.o.printer()
	for r, err := range b.Read() {
		if err != nil {
			return err
		}
		lines = append(lines, goldenLine{record: head(r.Record), text: string(p.AppendBody(nil, r.Record))})
	}
	damage := b.damage(&c.o.decodeOptions)
	k.counts.Added = len(lines)
	k.frames = len(lines)
	k.why = "new, of " + countOf(len(lines), "frame")
	if c.o.update == updateAsk {
		yes, err := c.ask(fmt.Sprintf("make %s of %s?", k.path, countOf(len(lines), "frame")))
		if err != nil || !yes {
			k.status = checkFail
			return errors.Join(damage, err)
		}
	}
	k.status = checkUpdated
	return errors.Join(damage, writeGolden(k.path, []byte(c.o.header()), lines))
}

// A goldenLine is a line of a golden file in the making.
type goldenLine struct {
	record codec.Record // what stands before the text is made of it
	text   string
	at     int // of which record of the capture it is, or after which
}

// head returns what of a record stands before its text. Golden files have no
// times, so that a capture that was made again does not change every line.
func head(r *codec.Record) codec.Record {
	return codec.Record{Proto: r.Proto, Dialect: r.Dialect, Conn: r.Conn, Exchange: r.Exchange, Dir: r.Dir}
}

// change makes a golden file agree, or those parts of it that somebody who is
// asked agrees to.
func (c *checkRun) change(k *checkCase, o *checkOptions, file *goldenFile, res *diff.Result) error {
	var lines []goldenLine
	conns := map[int]bool{} // numbers that are taken
	for _, p := range res.Pairs {
		if p.B != nil {
			conns[p.B.ID] = true
		}
	}
	taken, left := 0, 0
	show := c.shower(c.e.Stdout)
	shown := false
	for _, p := range res.Pairs {
		conn := 0
		switch {
		case p.B != nil:
			conn = p.B.ID
		default:
			for conn = p.A.ID; conns[conn]; conn++ {
			}
			conns[conn] = true
		}
		last := -1
		for _, h := range p.Hunks {
			for i, f := range h {
				accept := true
				if f.Change != diff.Same && c.o.update == updateAsk {
					if !shown {
						fmt.Fprintf(c.e.Stdout, "%s\n", c.st.Heading.Text(k.path))
						shown = true
					}
					if c.answers == nil || !c.answers.all {
						show.around(p, h, i)
					}
					var err error
					if accept, err = c.ask(question(f.Change)); err != nil {
						return err
					}
				}
				if f.Change != diff.Same && accept {
					taken++
				} else if f.Change != diff.Same {
					left++
				}
				if f.B != nil {
					last = f.B.Index
				}
				if line, ok := choose(f, accept, conn, last); ok {
					lines = append(lines, line)
				}
			}
		}
	}
	k.why = countOf(taken, "change") + " taken"
	if k.differences = left; left > 0 {
		k.status, k.why = checkFail, k.why+fmt.Sprintf(", %d left", left)
	} else {
		k.status = checkUpdated
	}
	if taken == 0 {
		return nil
	}
	slices.SortStableFunc(lines, func(x, y goldenLine) int { return cmp.Compare(x.at, y.at) })
	return writeGolden(k.path, file.head, lines)
}

// question asks about a change.
func question(c diff.Change) string {
	switch c {
	case diff.Removed:
		return "take it out of the golden file?"
	case diff.Added:
		return "put it into the golden file?"
	}
	return "take the new one?"
}

// choose returns the line of the golden file for frames, if there is to be
// one: the old text where nothing that counts has changed, so that what is
// masked stays as it is.
func choose(f *diff.Frames, accept bool, conn, at int) (goldenLine, bool) {
	from, place := f.B, f.B
	switch {
	case f.Change == diff.Added && !accept, f.Change == diff.Removed && accept:
		return goldenLine{}, false
	case f.Change == diff.Same, f.Change == diff.Changed && !accept:
		from = f.A
	case f.Change == diff.Removed:
		from, place = f.A, f.A
	}
	if from == nil || place == nil {
		return goldenLine{}, false // it was not there at the second reading
	}
	l := goldenLine{text: from.Wire, at: at}
	if from.Gap {
		l.text = fmt.Sprintf("@gap %d", from.Span.Len())
	}
	l.record = codec.Record{Proto: place.Proto, Dialect: place.Dialect, Conn: conn, Exchange: place.Exchange, Dir: place.Dir}
	return l, true
}

// writeGolden writes a golden file.
func writeGolden(path string, head []byte, lines []goldenLine) error {
	p := (&decodeOptions{}).printer()
	p.Marks, p.Reasons = true, false
	text := slices.Clone(head)
	for i := range lines {
		text = p.AppendLead(text, &lines[i].record)
		text = append(append(text, lines[i].text...), '\n')
	}
	f, err := createAtomic(path)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := io.Copy(f, bytes.NewReader(text)); err != nil {
		return ui.IOf("%s: %w", path, pathCause(err))
	}
	return f.commit()
}

// answers are those of somebody who is asked about changes.
type answers struct {
	in  *bufio.Reader
	all bool // to all questions to come
	yes bool
}

// ask asks a question. Whoever ends the input answers no to all.
func (c *checkRun) ask(text string) (bool, error) {
	if c.answers == nil {
		c.answers = &answers{in: bufio.NewReader(c.e.Stdin)}
	}
	a := c.answers
	for !a.all {
		if err := c.e.Stdout.Flush(); err != nil {
			return false, err
		}
		fmt.Fprintf(c.e.Stderr, "%s [y]es, [n]o, [a]ll, [q]uit: ", text)
		if err := c.e.Stderr.Flush(); err != nil {
			return false, err
		}
		line, err := a.in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		case "a", "all":
			a.all, a.yes = true, true
		case "q", "quit":
			a.all = true
		}
		if errors.Is(err, io.EOF) {
			a.all = true
		}
	}
	return a.yes, nil
}
