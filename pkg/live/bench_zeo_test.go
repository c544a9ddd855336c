package live_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/live"
	zeomachines "github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

func newZEO(testing.TB) *live.Server {
	store := storage.New(storage.Options{MaxBytes: 1 << 40})
	return &live.Server{Protocol: zeo.Protocol{}, Hub: zeomachines.NewServer(zeomachines.ServerOptions{Storage: store})}
}

// zeoBytes returns the bytes of what a client says.
func zeoBytes(lines ...string) (out []byte) {
	p, err := zeo.Protocol{}.Parser(codec.Options{Dialect: "Z5"})
	if err != nil {
		panic(err)
	}
	for _, line := range lines {
		f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
		if err != nil {
			panic(fmt.Sprintf("%s: %v", line, err))
		}
		out, _ = f.AppendBinary(out)
	}
	return out
}

// zeoReply reads one answer. The server's id and what it tells by itself
// stand between; an error is none.
func zeoReply(r *bufio.Reader) ([]byte, error) {
	for {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, err
		}
		body := make([]byte, min(binary.BigEndian.Uint32(head[:]), 1<<20))
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, err
		}
		switch {
		case bytes.Contains(body, []byte("Error")):
			return nil, fmt.Errorf("the server says %q", body)
		case bytes.Contains(body, []byte(".reply")):
			return body, nil
		}
	}
}

// A zeoClient has an object of its own.
type zeoClient struct {
	c             *net.TCPConn
	r             *bufio.Reader
	begin, finish []byte
	serial        []byte // where it stands in begin
}

func newZEOClient(b *testing.B, address string, oid int) *zeoClient {
	c := &zeoClient{c: dial(b, address)}
	c.r = bufio.NewReader(c.c)
	const serial = "--here--"
	c.begin = zeoBytes(`oneway 0 tpc_begin(7, b"", b"", {}, None, " ")`,
		fmt.Sprintf(`oneway 0 storea(x"%016x", b"%s", b"%s", 7)`, oid, serial, bytes.Repeat([]byte("x"), 500)),
		"call 2 vote(7)")
	at := bytes.Index(c.begin, []byte(serial))
	c.serial = c.begin[at : at+len(serial)]
	copy(c.serial, make([]byte, len(serial)))
	c.finish = zeoBytes("call 3 tpc_finish(7)")
	if _, err := c.say(zeoBytes("hello Z5", `call 1 register("1", False)`)); err != nil {
		b.Fatal(err)
	}
	return c
}

func (c *zeoClient) say(wire []byte) ([]byte, error) {
	if _, err := c.c.Write(wire); err != nil {
		return nil, err
	}
	return zeoReply(c.r)
}

// commit stores the object; the answer ends in its new serial.
func (c *zeoClient) commit() error {
	if _, err := c.say(c.begin); err != nil {
		return err
	}
	body, err := c.say(c.finish)
	if err != nil {
		return err
	}
	tid, ok := bytes.CutSuffix(body, []byte("t."))
	if !ok || len(tid) < len(c.serial) {
		return fmt.Errorf("no serial: %q", body)
	}
	copy(c.serial, tid[len(tid)-len(c.serial):])
	return nil
}

// BenchmarkLoads has connections load an object, each again as soon as it has
// it.
func BenchmarkLoads(b *testing.B) {
	load := talk{
		"zeo", newZEO, zeoBytes("hello Z5", `call 1 register("1", False)`), zeoBytes(`call 2 loadBefore(x"0000000000000001", x"7fffffffffffffff")`),
		func(r *bufio.Reader) error { _, err := zeoReply(r); return err },
	}
	for _, conns := range []int{1, 100} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			address := listen(b, load.server(b))
			if err := newZEOClient(b, address, 1).commit(); err != nil {
				b.Fatal(err)
			}
			benchmarkAt(b, load, address, conns)
		})
	}
}

// BenchmarkCommits has connections commit an object of their own, and all
// others told of it.
func BenchmarkCommits(b *testing.B) {
	for _, conns := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			address := listen(b, newZEO(b))
			clients := make([]*zeoClient, conns)
			for i := range clients {
				clients[i] = newZEOClient(b, address, i+1)
			}
			each := b.N/conns + 1
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for _, c := range clients {
				wg.Go(func() {
					for range each {
						if err := c.commit(); err != nil {
							b.Error(err)
							return
						}
					}
					_ = c.c.CloseWrite() // it is told no more
				})
			}
			wg.Wait()
			b.ReportMetric(float64(conns*each)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
