package synapse

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A Conversation is what both directions of one connection share: the dialect
// and what was seen that tells it.
type Conversation struct {
	fixed   set // the dialect that was asked for; none to find out
	limit   int // longest line, LF included
	nesting int
	headers bool // lines are not read beyond their names
	guess   guess
	finder  jsonv.Finder
	halves  [2]half
}

// open makes a conversation.
func open(o codec.Options) (*Conversation, error) {
	fixed, err := lookup(o.Dialect)
	if err != nil {
		return nil, err
	}
	c := &Conversation{fixed: fixed, limit: o.FrameLimit(), nesting: o.NestingLimit(), headers: o.Headers}
	c.guess.start()
	c.halves[0] = half{c: c, dir: codec.ToServer}
	c.halves[1] = half{c: c, dir: codec.ToClient}
	return c, nil
}

// Decoder implements [codec.Conversation].
func (c *Conversation) Decoder(dir codec.Direction) codec.Decoder {
	if dir == codec.ToClient {
		return &c.halves[1]
	}
	return &c.halves[0]
}

// Dialect implements [codec.Conversation].
func (c *Conversation) Dialect() (name, why string) {
	if c.fixed != none {
		return releases[c.fixed.index()].name, "asked for"
	}
	return c.guess.name()
}

// force is the set of the dialects whose rules hold now.
func (c *Conversation) force() set {
	if c.fixed != none {
		return c.fixed
	}
	return c.guess.hard
}

// as is the one dialect to read lines as, none when nothing is known.
func (c *Conversation) as() set {
	if c.fixed != none {
		return c.fixed
	}
	return c.guess.best
}

// settled says whether a line that the dialects in take tells nothing new about the
// dialect.
func (c *Conversation) settled(in set) bool {
	return c.fixed != none || c.guess.lines >= enough && c.guess.hard&^in == none
}

// read makes f the frame of a whole line with its LF, and learns from it. It
// returns why the line is no valid one, nil when it is.
func (c *Conversation) read(f *Frame, line []byte, dir codec.Direction) *codec.SyntaxError {
	f.begin(line, dir)
	return c.readBody(f)
}

// readBody reads the line that f has.
func (c *Conversation) readBody(f *Frame) *codec.SyntaxError {
	f.lay = -1
	spaced := f.cutName()
	body := f.body()
	var valid bool
	if valid, f.oneLine = lex.Text(body); !valid {
		return utf8Fault(body, badUTF8(body))
	}
	if blankLine(body) {
		f.cmd = cmdBlank
		if f.in = blankOK & c.force(); f.in == none {
			return blankFault(c.force())
		}
		return nil
	}
	if f.cmd < 0 {
		return unknownFault(f)
	}
	var t trouble
	in := c.choose(f, spaced, &t)
	if c.fixed == none {
		before := c.guess.hard
		if c.guess.learn(f, in); c.guess.hard != before {
			t = trouble{}
			in = c.choose(f, spaced, &t) // with what the line itself has told
		}
	}
	if f.lay < 0 {
		return troubleFault(f, t, c.force(), in)
	}
	f.as = c.as()
	return nil
}

// choose finds the layout that fits f, and the dialects that take the line
// one way or another. When there is no layout, worst is the trouble of the one that
// was to fit, or of the one that came furthest.
func (c *Conversation) choose(f *Frame, spaced bool, worst *trouble) (in set) {
	f.lay = -1
	as := c.as()
	layouts := commands[f.cmd].layouts
	if as != none { // the usual case: the line is as the last one was
		for i := range layouts {
			if layouts[i].in&as == none {
				continue
			}
			got := f.fit(&layouts[i], spaced, c.nesting, &f.pieces, worst)
			if got&as != none {
				f.lay, f.in = i, got
				return got
			}
			if got != none { // others take it: why not this one?
				narrow := layouts[i]
				narrow.in &= as
				f.fit(&narrow, spaced, c.nesting, &f.pieces, worst)
			}
		}
	}
	return c.weigh(f, spaced, worst)
}

// weigh is choose for a line that is not as the dialect has it, or of which none is
// known.
func (c *Conversation) weigh(f *Frame, spaced bool, worst *trouble) (in set) {
	layouts := commands[f.cmd].layouts
	for i := range layouts {
		var p pieces
		var t trouble
		got := f.fit(&layouts[i], spaced, c.nesting, &p, &t)
		in |= got
		if got&c.force() != none && f.lay < 0 {
			f.lay, f.in, f.pieces = i, got, p
		}
		if t.what != fine && (worst.what == fine || c.as() == none && t.at > worst.at) {
			*worst = t
		}
	}
	return in
}
