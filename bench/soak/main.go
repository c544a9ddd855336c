// Command soak puts a server of wirectl under load for a while, with clients
// that behave and clients that do not, and checks that those that do are
// always answered.
//
//	wirectl serve hg --listen tcp://127.0.0.1:9000 --log none &
//	go run ./bench/soak -address 127.0.0.1:9000 -for 10m
//
// Beside it, watch the server's memory: it must not grow with time.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/hg"
)

func main() {
	address := flag.String("address", "127.0.0.1:9000", "of the server: HOST:PORT of the loopback interface")
	conns := flag.Int("conns", 100, "clients that behave")
	rude := flag.Int("rude", 20, "clients that do not")
	length := flag.Duration("for", 10*time.Minute, "how long")
	seed := flag.Uint64("seed", 1, "of what rude clients send")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *length)
	defer cancel()
	s := &soak{address: *address}
	var all sync.WaitGroup
	for range *conns {
		all.Go(func() { s.behave(ctx) })
	}
	for i := range *rude {
		all.Go(func() { s.misbehave(ctx, rand.New(rand.NewPCG(*seed, uint64(i)))) })
	}
	all.Go(func() { s.report(ctx, os.Stdout) })
	all.Wait()
	if n := s.wrong.Load(); n > 0 || s.answers.Load() == 0 {
		fmt.Fprintf(os.Stderr, "soak: %d answers, %d requests went wrong\n", s.answers.Load(), n)
		os.Exit(1)
	}
}

type soak struct {
	address        string
	answers, wrong atomic.Int64
	mu             sync.Mutex
	times          []time.Duration // since the last report
}

// behave asks one request after the other on one connection.
func (s *soak) behave(ctx context.Context) {
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		s.fail(err)
		return
	}
	defer c.Close()
	var first []byte
	for id := uint16(1); ctx.Err() == nil; id += 2 {
		begin := time.Now()
		answer, err := ask(c, id, first == nil)
		if err == nil && first != nil && !bytes.Equal(answer, first) {
			err = fmt.Errorf("request %d was answered %q, the first %q", id, answer, first)
		}
		if err != nil {
			s.fail(err)
			return
		}
		first = answer
		s.answers.Add(1)
		s.mu.Lock()
		s.times = append(s.times, time.Since(begin))
		s.mu.Unlock()
	}
}

// ask asks for the heads and returns what the answer holds.
func ask(c net.Conn, id uint16, begin bool) ([]byte, error) {
	var flags uint8
	if begin {
		flags = hg.StreamBegin
	}
	wire, err := hg.NewFrame(id, 1, flags, hg.TypeCommandName, hg.CommandNameEOS, []byte("heads")).AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := c.Write(wire); err != nil {
		return nil, err
	}
	var head [hg.HeaderLen]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, int(head[0])|int(head[1])<<8)
	_, err = io.ReadFull(c, payload)
	return payload, err
}

// misbehave connects, sends part of a frame, garbage or nothing, and leaves or
// lingers without reading.
func (s *soak) misbehave(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		junk := make([]byte, r.IntN(4096))
		for i := range junk {
			junk[i] = byte(r.Uint32())
		}
		if r.IntN(2) == 0 {
			copy(junk, []byte{0xff, 0xff, 0, 1, 0, 1, 1, 0x11}) // a frame that never ends
		}
		_, _ = c.Write(junk) // the server may have gone away: it may
		time.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
		_ = c.Close()
	}
}

func (s *soak) fail(err error) {
	s.wrong.Add(1)
	fmt.Fprintln(os.Stderr, "soak:", err)
}

// report prints a line every ten seconds.
func (s *soak) report(ctx context.Context, w io.Writer) {
	const every = 10 * time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		s.mu.Lock()
		times := s.times
		s.times = nil
		s.mu.Unlock()
		if len(times) == 0 {
			fmt.Fprintln(w, "no answers")
			continue
		}
		slices.Sort(times)
		fmt.Fprintf(w, "%.0f requests/s, p50 %v, p99 %v, %d in all, %d wrong\n",
			float64(len(times))/every.Seconds(), times[len(times)/2], times[len(times)*99/100], s.answers.Load(), s.wrong.Load())
	}
}
