package repl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// deliver gives a packet to the machine that it is for.
func (c *Console) deliver(id int) error {
	w := c.world()
	i := w.find(id)
	if i < 0 {
		return c.notOnTheWay(id)
	}
	if _, err := c.reader(0); err != nil {
		return err
	}
	p := w.way[i]
	var events []reactor.Event
	if !c.live() {
		events = c.decode(p)
	}
	c.do(delivery{id, p, events}, fmt.Sprintf("deliver %d", id), c.now())
	return nil
}

// holdLive keeps what the machine says to a live peer, or lets it out.
func (c *Console) holdLive(on bool) error {
	c.do(holding{on}, map[bool]string{true: "hold on", false: "hold off"}[on], c.now())
	if on {
		return nil
	}
	return c.deliverAll()
}

// deliverAll delivers what is on the way now, and not what that leads to.
func (c *Console) deliverAll() error {
	for _, p := range slices.Clone(c.world().way) {
		if err := c.deliver(p.id); err != nil || c.broken() || c.stopped() {
			return err
		}
	}
	return nil
}

func (c *Console) notOnTheWay(id int) error {
	hint := "nothing is"
	if w := c.world(); len(w.way) > 0 {
		hint = fmt.Sprintf("the first is %d", w.way[0].id)
	}
	return &codec.TextError{End: 1, Message: fmt.Sprintf("packet %d is not on the way", id), Hint: hint}
}

// needsTwo says that a command is for two machines.
func (c *Console) needsTwo(args string) error {
	if c.world().two() || c.live() {
		return nil
	}
	return &codec.TextError{End: len(args), Message: "there is one machine only", Hint: "mode both has two, with the way between them; connect and listen have a live peer"}
}

func (c *Console) holdCommand(args string) error {
	if err := c.needsTwo(args); err != nil {
		return err
	}
	on, err := onOff(args, c.hold)
	if err != nil {
		return err
	}
	if c.live() {
		return c.holdLive(on)
	}
	c.hold = on
	c.say("  frames are %s", map[bool]string{true: "held: deliver, drop, reorder or edit them", false: "delivered at once"}[on])
	return c.settle()
}

// deliverCommand is deliver [N | all].
func (c *Console) deliverCommand(args string) error {
	if err := c.needsTwo(args); err != nil {
		return err
	}
	w := c.world()
	switch {
	case args == "all":
		return c.deliverAll()
	case args == "" && len(w.way) == 0 && w.wants:
		c.do(connecting{}, "connect", w.now)
		return nil
	case args == "" && len(w.way) == 0:
		return &codec.TextError{Message: "nothing is on the way"}
	case args == "":
		return c.deliver(w.way[0].id)
	}
	id, err := number(args)
	if err != nil {
		return err
	}
	return c.deliver(id)
}

func (c *Console) dropCommand(args string) error {
	if err := c.needsTwo(args); err != nil {
		return err
	}
	id, err := c.packet(args)
	if err != nil {
		return err
	}
	c.do(meddling{id: id, drop: true}, fmt.Sprintf("drop %d", id), c.now())
	return nil
}

// reorderCommand is reorder N BEFORE.
func (c *Console) reorderCommand(args string) error {
	if err := c.needsTwo(args); err != nil {
		return err
	}
	first, second, _ := strings.Cut(args, " ")
	id, err := c.packet(first)
	if err != nil {
		return err
	}
	to, err := c.packet(strings.TrimSpace(second))
	if err != nil {
		return lex.Shift(err, len(first)+1)
	}
	c.do(meddling{id: id, to: to}, "reorder "+args, c.now())
	return c.pendingCommand("")
}

// editCommand is edit N FRAME.
func (c *Console) editCommand(args string) error {
	if err := c.needsTwo(args); err != nil {
		return err
	}
	first, text, _ := strings.Cut(args, " ")
	id, err := c.packet(first)
	if err != nil {
		return err
	}
	p := c.world().way[c.world().find(id)]
	n := 0
	if c.world().two() {
		n = hears(p.dir)
	}
	r, err := c.reader(n)
	if err != nil {
		return err
	}
	l, err := humanframe.ParseLine("", 1, p.dir.String()+" "+text)
	if err != nil {
		return shifted(err, len(first)+1)
	}
	m := meddling{id: id, bytes: l.Raw}
	if l.Raw == nil {
		f, err := r.encoder.Parse(l)
		if err != nil {
			return shifted(err, len(first)+1)
		}
		m.frame = f.Clone()
		if m.bytes, err = m.frame.AppendBinary(nil); err != nil {
			return err
		}
	}
	c.do(m, "edit "+args, c.now())
	return nil
}

// shifted makes an error about the arguments of one about the frame that
// begins in them at an offset.
func shifted(err error, at int) error {
	e, ok := err.(*humanframe.Error)
	if !ok {
		return err
	}
	at -= len("> ")
	return &codec.TextError{Start: e.Start + at, End: e.End + at, Field: e.Field, Message: e.Message, Allowed: e.Allowed, Hint: e.HintText}
}

// packet reads the number of one that is on the way.
func (c *Console) packet(text string) (int, error) {
	id, err := number(text)
	if err == nil && c.world().find(id) < 0 {
		err = c.notOnTheWay(id)
	}
	return id, err
}
