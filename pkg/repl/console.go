package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A Console is an interactive session with machines. It is for one goroutine.
type Console struct {
	o    Options
	step *reactor.Stepper // of a world

	branch   string // the name of the current branch
	branches []*branch

	forkedFrom map[string]string // branches, by those that were made of them
	learnt     *learning

	hexMode string // off, line or all
	whole   bool   // long texts are shown whole
	hold    bool
	answers bool
	watches []*condition
	breaks  []*condition
	count   int // of breakpoints ever made
	tape    []taped
	tapeOf  string // the file
	depth   int    // of source within source
	toured  int    // pieces of the tour
	stop    bool   // a breakpoint has been met by this line

	peer    Peer // nil when nothing is live
	coming  Peer // of the session that begins
	links   []*link
	arrived []Arrival
	paused  bool // by a breakpoint: what comes waits
	aside   bool // the machine does not get what a live peer says
	dialled bool // another connection has been asked for

	about struct { // the protocol
		dialect string
		topics  []codec.Topic
	}

	out    []byte
	secret bool
	quit   bool
}

// A branch is a past that is not the current one.
type branch struct {
	name string
	step *reactor.Stepper
}

// New returns a Console. In BothMode its first step is the connection.
func New(o Options) (*Console, error) {
	if o.Mode == "" {
		o.Mode = ServerMode
	}
	c := &Console{o: o, hexMode: "line", branch: "main"}
	return c, c.begin()
}

// begin makes new machines, and a past that is empty.
func (c *Console) begin() error {
	w := &world{auto: !c.o.ByHand, now: time.Unix(0, 0).UTC(), live: c.coming != nil}
	roles := []reactor.Role{reactor.Role(c.o.Mode)}
	if c.o.Mode == BothMode {
		roles = []reactor.Role{reactor.Client, reactor.Server}
	}
	for _, r := range roles {
		m, err := c.o.Machine(r)
		if err != nil {
			return err
		}
		_, hub := m.(reactor.Hub)
		w.ends = append(w.ends, end{r, m, hub})
	}
	w.fresh = func() (reactor.Machine, error) { return c.o.Machine(w.ends[len(w.ends)-1].role) }
	c.step = reactor.NewStepper(w)
	c.branch, c.branches, c.learnt, c.forkedFrom = "main", nil, nil, map[string]string{}
	c.tape, c.tapeOf = nil, ""
	_ = c.Close() // the last words of a peer who is left do not matter
	c.peer, c.coming, c.links, c.arrived, c.paused, c.dialled = c.coming, nil, nil, nil, false, false
	if err := c.learn(); err != nil {
		return err
	}
	if w.two() {
		c.do(connecting{}, "connect", w.now)
		return c.settle()
	}
	return nil
}

// world returns what the steps have led to. It is not to be changed.
func (c *Console) world() *world { return c.step.Machine().(*world) }

// SetWidth says how many columns there are.
func (c *Console) SetWidth(columns int) { c.o.Width = columns }

// Secret says whether what was done last held a password or the like, so that
// the line is better not kept.
func (c *Console) Secret() bool { return c.secret }

// Quit says whether the session is over.
func (c *Console) Quit() bool { return c.quit }

// Mode returns which machines there are.
func (c *Console) Mode() Mode { return c.o.Mode }

// Prompt returns what to show before a line is read, without style.
func (c *Console) Prompt() string {
	w := c.world()
	p := c.o.Protocol.Info().Name + " " + string(c.o.Mode)
	if c.o.Dialect != "" {
		p += " " + c.o.Dialect
	}
	var more []string
	if c.live() {
		more = append(more, shortAddress(c.peer.Address()))
		if c.lastConn() == 0 {
			more = append(more, "no connection")
		}
		if c.aside {
			more = append(more, "machine off")
		}
	}
	if s := w.stateName(); s != "" {
		more = append(more, s)
	}
	if c.branch != "main" {
		more = append(more, "on "+c.branch)
	}
	if len(w.way) > 0 {
		more = append(more, fmt.Sprintf("%d on the way", len(w.way)))
	}
	if n := len(c.step.Steps()); c.step.At() < n {
		more = append(more, fmt.Sprintf("step %d of %d", c.step.At(), n))
	}
	if c.paused {
		more = append(more, "paused")
	}
	for _, m := range more {
		p += " · " + m
	}
	return p + "> "
}

// Banner returns what to show first.
func (c *Console) Banner() []byte {
	c.out = c.out[:0]
	for i := range c.step.At() {
		c.show(i)
	}
	return c.out
}

// Do does what a line says, and returns what there is to see, which is good
// until the next call. File and number are the line's place, for errors. After
// an error the session can go on; nothing has happened, unless the error is of
// a file of lines, of which those before have been done.
func (c *Console) Do(file string, number int, text string) ([]byte, error) {
	c.out, c.secret = c.out[:0], false
	err := c.run(file, number, text)
	return c.out, err
}

// Output returns what was shown by the last Do.
func (c *Console) Output() []byte { return c.out }

// run is Do without a new output.
func (c *Console) run(file string, number int, text string) error {
	c.stop = false
	if strings.TrimSpace(text) == "" || text[0] == '#' {
		return nil
	}
	if rest, asks := question(text); asks {
		return c.ask(rest)
	}
	if name, args, _ := strings.Cut(strings.TrimSpace(text), " "); c.find(name) != nil {
		text = strings.TrimSpace(text)
		args = strings.TrimLeft(args, " ")
		err := c.find(name).run(c, args)
		return place(err, file, number, text, len(text)-len(args))
	}
	end := 0
	if role, rest, ok := strings.Cut(text, " "); ok && c.world().two() && (role == "client" || role == "server") {
		if role == "server" {
			end = serverEnd
		}
		return c.frame(file, number, rest, text, end, true)
	}
	return c.frame(file, number, text, text, end, false)
}

// place gives an error of a command its place in the line.
func place(err error, file string, number int, text string, at int) error {
	switch e := err.(type) {
	case *codec.TextError:
		return &humanframe.Error{
			File: file, Line: number, Text: text, Start: min(at+e.Start, len(text)), End: min(at+e.End, len(text)),
			Field: e.Field, Message: e.Message, Allowed: e.Allowed, HintText: e.Hint,
		}
	case *codec.UnknownNameError:
		t := lex.UnknownName(e.What, e.Name, 0, len(text)-at, e.Allowed)
		return place(t, file, number, text, at)
	}
	return err
}

// frame does a line of the notation: text is what stands in whole.
func (c *Console) frame(file string, number int, line, whole string, n int, named bool) error {
	l, err := humanframe.ParseLine(file, number, line)
	if err != nil {
		return err
	}
	w := c.world()
	if c.live() && l.Directive == "" && (!l.Marked || l.Dir == c.ours()) {
		if !l.Marked {
			l.Marked, l.Dir = true, c.ours()
		}
		return c.inject(l, whole)
	}
	if !w.two() {
		return c.read(l, 0, whole)
	}
	if l.Directive == "" && !named {
		return c.inject(l, whole)
	}
	if !named {
		n = c.takes(l.Directive)
	}
	if l.Directive == "" && l.Marked && l.Dir != says(1-n) {
		return l.Fault(&codec.TextError{End: 1, Message: fmt.Sprintf("the %s does not hear what goes this way", w.ends[n].role)})
	}
	return c.read(l, n, whole)
}

// takes returns the end that a directive without a name is for: the one that
// knows it, and else the client.
func (c *Console) takes(directive string) int {
	for i, e := range c.world().ends {
		if in, ok := e.m.(reactor.Inputs); ok && slices.ContainsFunc(in.InputNames(), func(usage string) bool {
			name, _, _ := strings.Cut(usage, " ")
			return name == directive
		}) {
			return i
		}
	}
	return clientEnd
}

// read gives an end what a line says.
func (c *Console) read(l *humanframe.Line, n int, whole string) error {
	w := c.world()
	r, err := c.reader(n)
	if err != nil {
		return err
	}
	if l.Marked && l.Directive == "" && l.Dir != r.peer {
		return c.own(l)
	}
	events, err := r.Read(w.ends[n].m, l)
	if err != nil || events == nil {
		return err
	}
	now := c.now()
	if l.Timed && !c.live() {
		now = r.Now()
	}
	c.do(feed{end: n, events: events, line: l.Text(), tape: w.tape}, whole, now)
	return c.settle()
}

// inject puts a frame on the way between two machines, as if the end that
// speaks in its direction had sent it.
func (c *Console) inject(l *humanframe.Line, whole string) error {
	n := 0
	if c.world().two() {
		n = hears(l.Dir)
	}
	r, err := c.reader(n)
	if err != nil {
		return err
	}
	p := packet{dir: l.Dir, bytes: slices.Clone(l.Raw)}
	if l.Raw == nil {
		f, err := r.encoder.Parse(l)
		if err != nil {
			return err
		}
		p.frame = f.Clone()
		if p.bytes, err = p.frame.AppendBinary(nil); err != nil {
			return l.Fault(err)
		}
	}
	if c.live() {
		p.conn = l.Conn
		if p.conn == 0 {
			p.conn = c.lastConn()
		}
		if lk := c.link(p.conn); lk == nil || lk.broken {
			return l.Fault(&codec.TextError{End: 1, Message: "there is no connection", Hint: "connect ADDRESS makes one"})
		}
	}
	c.do(injection{p}, whole, c.now())
	return c.settle()
}

// do makes a step, and shows it. What was ahead is kept as a branch.
func (c *Console) do(o op, text string, now time.Time) *reactor.Step {
	c.keepAhead()
	c.secret = c.secret || c.hides(o)
	s := c.step.Do(now, reactor.Input{Value: o}, text)
	c.heed(&s)
	c.send()
	c.show(c.step.At() - 1)
	return &s
}

// settle delivers what is on the way between two machines, unless it is held,
// and does what the machines ask for, when that is wanted.
func (c *Console) settle() error {
	for range maxFollowing {
		w := c.world()
		switch {
		case c.broken() || c.stopped():
			return nil
		case c.answers && c.answer():
		case !w.two() || c.hold:
			return nil
		case len(w.way) > 0:
			if err := c.deliver(w.way[0].id); err != nil {
				return err
			}
		case w.wants:
			c.do(connecting{}, "connect", w.now)
		default:
			return nil
		}
	}
	return nil
}

func (c *Console) stopped() bool { return c.o.Stopped != nil && c.o.Stopped() }
