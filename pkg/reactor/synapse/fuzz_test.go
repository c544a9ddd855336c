package synapse_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// fuzzed feeds bytes of the peer to a machine in pieces, and returns what it
// did.
func fuzzed(t *testing.T, m reactor.Machine, dialect string, dir codec.Direction, b []byte, size int) string {
	conv, err := synapse.Protocol{}.Open(codec.Options{Dialect: dialect, MaxFrame: machine.MaxFrame})
	if err != nil {
		t.Fatal(err)
	}
	d := conv.Decoder(dir)
	var out strings.Builder
	step := func(ev reactor.Event) {
		if _, hub := m.(reactor.Hub); hub {
			ev = reactor.From{Conn: 1, Event: ev}
		}
		for _, a := range m.Step(time.Time{}, ev, nil) {
			out.Write(reactor.AppendJSON(nil, a))
			fmt.Fprintln(&out, a)
		}
	}
	step(reactor.Opened{})
	var buf []byte
	for chunk := range slices.Chunk(b, size) {
		for buf = append(buf, chunk...); ; {
			f, n, err := d.Decode(buf, false)
			if errors.Is(err, codec.ErrShort) {
				break
			}
			if f == nil {
				step(reactor.Broken{Err: err})
				return out.String() + m.State().String()
			}
			step(reactor.Received{Frame: f})
			buf = buf[n:]
		}
	}
	step(reactor.EOF{})
	return out.String() + m.State().String()
}

// However bytes are cut, the machines do the same, and nothing makes them
// panic.
func FuzzMachines(f *testing.F) {
	for i := range machine.Dialects() {
		f.Add(i, "SERVER a\nPING 1\nRDATA caches batch [1]\nRDATA caches 5 [2]\nPOSITION caches 7\nRDATA x\nREPLICATE ALL 1\nFEDERATION_ACK x\n")
		f.Add(i, "NAME x\nREPLICATE\nREPLICATE caches 0\nPOSITION caches master 5 6\nRDATA caches master 7 [\nUSER_IP @a [\"t\",1]\nBO%GUS\n")
		f.Add(i, "\n \nUSER_SYNC a start 1\nRDATA caches master 99999999999999999999 [NaN]\nPING\xff\n"+strings.Repeat("x", 40))
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		all := machine.Dialects()
		dialect := all[uint(i)%uint(len(all))]
		for _, compat := range []bool{false, true} {
			o := reactor.Options{Dialect: dialect, Compat: compat}
			newFed := func() *machine.Main {
				m := machine.NewMain(o)
				m.Step(time.Time{}, input(t, m, "row caches [1] [2]"), nil)
				return m
			}
			b := []byte(text)
			if whole, cut := fuzzed(t, newFed(), dialect, codec.ToServer, b, len(b)+1), fuzzed(t, newFed(), dialect, codec.ToServer, b, 1); whole != cut {
				t.Errorf("main: %s\nbyte by byte %s", whole, cut)
			}
			if whole, cut := fuzzed(t, machine.NewWorker(o), dialect, codec.ToClient, b, len(b)+1), fuzzed(t, machine.NewWorker(o), dialect, codec.ToClient, b, 1); whole != cut {
				t.Errorf("worker: %s\nbyte by byte %s", whole, cut)
			}
		}
	})
}
