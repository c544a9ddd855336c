package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// address returns where a connection goes.
func (r *runner) address(conn int) string {
	for _, m := range []map[int]string{r.o.To, r.to} {
		if to, ok := m[conn]; ok {
			return to
		}
		if to, ok := m[0]; ok {
			return to
		}
	}
	return ""
}

// mayConnect refuses what a document may not ask for.
func (r *runner) mayConnect(s *session.Connect, url string) error {
	_, one := r.o.To[s.Conn]
	_, all := r.o.To[0]
	if one || all {
		return nil // it does not matter what it says
	}
	if strings.HasPrefix(url, "exec:") && !r.o.Exec {
		return errors.New("a document may not run programs: --allow-exec lets it, and --to takes another address")
	}
	return CheckAddress(url)
}

// peer returns the connection of a step, and makes it when there is none. A
// verdict says why it cannot be made.
func (r *runner) peer(h session.Head) (*peer, error) {
	where := r.address(h.Conn)
	key := [2]int{h.Conn, 0}
	if isWeb(where) {
		key[1] = h.Exchange
	}
	if p := r.peers[key]; p != nil {
		return p, nil
	}
	p := &peer{conn: h.Conn, exchange: key[1], where: where, now: r.o.Now, wake: r.wake, limit: r.o.Buffered, client: r.doc.Sends()}
	lost := func(cause Cause, err error) error {
		v := Verdict{Place: h.Place, Conn: h.Conn, Cause: cause, Err: err, Why: err.Error()}
		p.conv, p.rw = nil, nil
		_ = r.fail(v)
		return errStop // there is nothing to go on with
	}
	if where == "" {
		return nil, lost(Refused, errors.New("it is not known where to connect: --to URL or @connect says it"))
	}
	proto, dialect := r.protocol(h)
	pr, err := r.o.Lookup(proto)
	if err != nil {
		return nil, lost(Refused, fmt.Errorf("what is spoken here is not known: @proto says it (%w)", err))
	}
	o := r.o.Codec
	o.Dialect = dialect
	if err := p.attach(pr, o); err != nil {
		return nil, lost(Refused, err)
	}
	asked := r.o.Now()
	if isWeb(where) {
		p.web = newRequest(r, p, pr, dialect)
	} else if p.duty, err = r.duty(h.Conn, proto); err != nil {
		return nil, lost(Refused, err) // a setting is wrong
	} else if err := r.dial(p); err != nil {
		if cause := r.ctx.Err(); cause != nil {
			return nil, context.Cause(r.ctx)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, lost(TimedOut, fmt.Errorf("there is no connection to %s after %s", where, r.o.Timeout))
		}
		return nil, lost(Lost, fmt.Errorf("there is no connection to %s: %w, %s after it was asked for", where, bare(err), short(r.o.Now().Sub(asked))))
	}
	r.peers[key] = p
	r.order = append(r.order, p)
	if p.duty == nil {
		return p, nil
	}
	return p, r.handshake(p, h)
}

// bare returns an error without the address, which is told anyway.
func bare(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}

// protocol returns what is spoken on a connection: raw bytes may stand before
// the document says it.
func (r *runner) protocol(h session.Head) (proto, dialect string) {
	if h.Proto != "" {
		proto, dialect = h.Proto, h.Dialect
	} else {
		for _, s := range r.of(h.Conn) {
			if o := headOf(s); o != nil && o.Proto != "" {
				proto, dialect = o.Proto, o.Dialect
				break
			}
		}
	}
	if proto == "zeo" {
		dialect = "" // a handshake comes, and says it
	}
	return proto, dialect
}

// of returns the frames of a connection that are to be done.
func (r *runner) of(conn int) []session.Step {
	var list []session.Step
	r.doc.All(func(s session.Step) bool {
		if h := headOf(s); h != nil && h.Conn == conn && r.asked(h.Place) {
			list = append(list, s)
		}
		return true
	})
	return list
}

func headOf(s session.Step) *session.Head {
	switch s := s.(type) {
	case *session.Send:
		return &s.Head
	case *session.Expect:
		return &s.Head
	}
	return nil
}

// duty returns what the client does by itself on a connection; nil for
// nothing.
func (r *runner) duty(conn int, proto string) (*duty, error) {
	if r.o.Literal {
		return nil, nil
	}
	return newDuty(r.rn, r.of(conn), proto, &r.o)
}

// reach makes a connection; with a Retry to a peer that may not listen yet,
// until ctx ends.
func (r *runner) reach(ctx context.Context, where string) (io.ReadWriteCloser, error) {
	for {
		rw, err := r.o.Dial(ctx, where)
		switch {
		case err == nil:
			return rw, nil
		case r.o.Retry > 0 && ctx.Err() == nil:
			if r.o.Sleep(ctx, r.o.Retry) != nil {
				return nil, err
			}
		case ctx.Err() != nil && r.ctx.Err() == nil:
			return nil, context.DeadlineExceeded
		default:
			return nil, err
		}
	}
}

// dial makes a connection and begins to read.
func (r *runner) dial(p *peer) (err error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.o.Timeout)
	defer cancel()
	if p.rw, err = r.reach(ctx, p.where); err != nil {
		return err
	}
	p.opened, p.out = p.now(), newOutbox()
	if p.duty != nil {
		p.duty.p = p
		p.mu.Lock()
		p.duty.open(p.opened)
		p.mu.Unlock()
	}
	go p.out.run(p.rw)
	go p.read(p.rw)
	return nil
}

// handshake waits for the duty to be through with it.
func (r *runner) handshake(p *peer, h session.Head) error {
	late := p.opened.Add(r.o.Timeout)
	for {
		p.mu.Lock()
		ready, err, end, heard := p.duty.ready, p.duty.failure(), p.end, len(p.duty.heard)
		last := ""
		if heard > 0 {
			last = ", the last of them " + textOf(p.duty.heard[heard-1])
		}
		p.mu.Unlock()
		v := Verdict{Place: h.Place, Conn: p.conn, Elapsed: r.o.Now().Sub(p.opened)}
		since := fmt.Sprintf("%s after the connection was made; %d frames had come%s", short(v.Elapsed), heard, last)
		switch {
		case ready:
			for name, value := range p.duty.m.values() {
				r.rn.SetVar(name, value)
			}
			return nil
		case err != nil:
			v.Cause, v.Err, v.Why = Mismatch, err, fmt.Sprintf("%v, %s", err, since)
		case end != nil:
			v.Cause, v.Why = Ended, "the peer ended the connection in the handshake, "+since
		case !r.o.Now().Before(late):
			v.Cause, v.Why = TimedOut, "the handshake was not through "+since
		default:
			if err := r.wait(late); err != nil {
				return err
			}
			continue
		}
		_ = r.fail(v)
		return errStop
	}
}

// wait waits until something has come or it is late. The error is the cause
// of the context's end.
func (r *runner) wait(late time.Time) error {
	t := time.NewTimer(max(late.Sub(r.o.Now()), 0))
	defer t.Stop()
	select {
	case <-r.wake:
	case <-t.C:
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	return nil
}

// short writes a duration as people read it.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// spoken returns the type of HTTP bodies that hold frames of a dialect.
func spoken(p codec.Protocol, dialect string) string {
	for _, m := range p.Info().MediaTypes {
		if dialect == "" || m.Dialect == dialect {
			return m.Type
		}
	}
	return "application/octet-stream"
}
