package tap_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/wirectl/wirectl/pkg/tap"
)

// A flow is a connection through a proxy, or straight to the server.
func flow(b *testing.B, straight bool, list ...string) (client, server net.Conn) {
	b.Helper()
	r := newRig(b, "tcp", func(p *tap.Proxy) {
		p.Decode.Protocol, p.Observer = "synapse", nil
		if len(list) > 0 {
			p.Rules = rules(b, "synapse", 1, list...)
		}
	})
	if !straight {
		return r.pair(b)
	}
	got := make(chan net.Conn, 1)
	go func() {
		s, _ := r.server.Accept()
		got <- s
	}()
	client, err := dial(context.Background(), r.server.Addr(), "tcp")
	if err != nil {
		b.Fatal(err)
	}
	server = <-got
	b.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

var kinds = []struct {
	name     string
	straight bool
	rules    []string
}{
	{"straight", true, nil},
	{"tap", false, nil},
	{"rules", false, []string{`type == "NAME" => drop`}},
}

// BenchmarkThroughput passes lines in one direction.
func BenchmarkThroughput(b *testing.B) {
	lines := bytes.Repeat([]byte("RDATA events master 1 [\"x\"]\n"), 4096)
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			client, server := flow(b, k.straight, k.rules...)
			done := make(chan struct{})
			go func() {
				_, _ = io.Copy(io.Discard, server)
				close(done)
			}()
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Write(lines); err != nil {
					b.Fatal(err)
				}
			}
			_ = client.(halfCloser).CloseWrite()
			<-done
		})
	}
}

// BenchmarkRoundTrip asks and waits for the answer.
func BenchmarkRoundTrip(b *testing.B) {
	line := []byte("PING 1\n")
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			client, server := flow(b, k.straight, k.rules...)
			go func() { _, _ = io.Copy(server, server) }()
			buf := make([]byte, len(line))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Write(line); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(client, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
