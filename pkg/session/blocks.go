package session

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// open begins a block.
func (p *parser) open(l *humanframe.Line, end func(*block) Step) error {
	p.noFrame("a block begins")
	if len(p.blocks) > maxBlocks {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: fmt.Sprintf("over %d blocks in each other", maxBlocks)})
	}
	if b := p.blocks[len(p.blocks)-1]; b.anyOrder() {
		return l.Fault(&codec.TextError{End: 1 + len(l.Directive), Message: "only what is expected can stand in @any-order", Hint: "write @end before it"})
	}
	p.blocks = append(p.blocks, &block{line: l, end: end, timeout: p.timeout, ignore: p.ignore})
	return nil
}

func (p *parser) anyOrder(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	return p.open(l, func(b *block) Step { return &AnyOrder{place(l), b.expects} })
}

func (p *parser) repeat(l *humanframe.Line, a args) error {
	if err := a.count(1, 2); err != nil {
		return err
	}
	n, err := a.times()
	if err != nil {
		return err
	}
	name := ""
	if len(a.words) == 2 {
		id, k := identifier(a.words[1].text)
		if k != len(a.words[1].text) {
			return a.fault(1, "%q is no name of a variable", a.words[1].text)
		}
		name, p.vars[id] = id, ""
	}
	return p.open(l, func(b *block) Step { return &Repeat{place(l), n, name, b.steps} })
}

func (p *parser) retry(l *humanframe.Line, a args) error {
	if err := a.count(1, 3); err != nil {
		return err
	}
	n, err := a.times()
	if err != nil {
		return err
	}
	every := 100 * time.Millisecond
	if len(a.words) > 1 {
		if len(a.words) < 3 || a.words[1].text != "every" {
			return a.fault(1, "%q is not how @retry goes on", a.words[1].text)
		}
		if every, err = a.duration(2); err != nil {
			return err
		}
	}
	return p.open(l, func(b *block) Step { return &Retry{place(l), n, every, b.steps} })
}

func (p *parser) end(l *humanframe.Line, a args) error {
	if err := a.count(0, 0); err != nil {
		return err
	}
	p.noFrame("the block ends")
	b := p.blocks[len(p.blocks)-1]
	if b.line == nil {
		return l.Fault(&codec.TextError{End: len(l.Text()), Message: "@end ends nothing", Hint: "@any-order, @repeat and @retry begin what it ends"})
	}
	p.blocks = p.blocks[:len(p.blocks)-1]
	p.timeout, p.ignore = b.timeout, b.ignore
	if b.end == nil {
		return nil
	}
	if len(b.steps)+len(b.expects) == 0 {
		return b.line.Fault(&codec.TextError{End: 1 + len(b.line.Directive), Message: "@" + b.line.Directive + " has nothing in it"})
	}
	return p.add(b.line, b.end(b))
}
