package replay

import (
	"context"

	"github.com/wirectl/wirectl/pkg/session"
)

// A Kept is a document that is run over and over on the same connections. It is
// for one goroutine.
type Kept struct {
	doc *session.Document
	o   Options
	r   *runner
}

// Keep returns doc, to be run over and over. Close ends its connections.
func Keep(doc *session.Document, o Options) *Kept { return &Kept{doc: doc, o: o} }

// Open makes the connections, with their handshakes. What fails shows when the
// document is run.
func (k *Kept) Open(ctx context.Context) {
	r := newRunner(k.doc, k.o)
	k.r, r.ctx, r.rep, r.to = r, ctx, &Report{}, map[int]string{}
	k.doc.All(func(s session.Step) bool {
		var err error
		switch s := s.(type) {
		case *session.Set:
			err = r.rn.Set(s)
		case *session.Connect:
			err = r.step(s)
		default:
			if h := headOf(s); h != nil && r.asked(h.Place) && !isWeb(r.address(h.Conn)) {
				_, err = r.peer(*h)
			}
		}
		return err == nil
	})
	k.settle()
}

// Run runs the document as [Run] does, with the variables of a new run. When
// it does not pass, or ends a connection, the next run has new connections.
func (k *Kept) Run(ctx context.Context) *Report {
	if k.r == nil {
		k.r = newRunner(k.doc, k.o)
	}
	r := k.r
	r.rn.Again()
	for _, p := range r.order {
		p.clear() // of the run before
		if p.duty != nil {
			p.mu.Lock()
			for name, value := range p.duty.m.values() {
				r.rn.SetVar(name, value)
			}
			p.mu.Unlock()
		}
	}
	report := r.run(ctx)
	k.settle()
	return report
}

// settle ends what no other run can go on with.
func (k *Kept) settle() {
	r := k.r
	kept := r.order[:0]
	for _, p := range r.order {
		if p.web != nil { // an exchange has one request
			p.close()
			delete(r.peers, [2]int{p.conn, p.exchange})
			continue
		}
		kept = append(kept, p)
	}
	r.order = kept
	ok := r.rep.OK() && len(r.served) == 0
	for _, p := range r.order {
		_, _, end := p.first()
		ok = ok && end == nil && !p.finished
		p.optional, p.gap, p.left = nil, false, nil
	}
	if !ok {
		k.Close()
	}
}

// Close ends the connections.
func (k *Kept) Close() {
	if k.r != nil {
		k.r.closeAll()
		k.r = nil
	}
}
