// Command emqp sends requests through EventMQ brokers to a worker, in turns,
// and says how many a second each of them hands over.
//
//	wirectl serve emqp --frontend tcp://127.0.0.1:9200 --backend tcp://127.0.0.1:9201 --log none &
//	go run ./bench/emqp ours=127.0.0.1:9200,127.0.0.1:9201 other=127.0.0.1:9210,127.0.0.1:9211
//
// The worker does nothing with a request but to be ready for another. The last
// line has the ratios.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	requests := flag.Int("requests", 2000, "in a round")
	window := flag.Int("window", 50, "requests on their way at a time, and jobs the worker takes")
	rounds := flag.Int("rounds", 5, "of all brokers")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "emqp: give brokers as NAME=FRONTEND,BACKEND")
		os.Exit(2)
	}
	rates := make([][]float64, flag.NArg())
	for n := range *rounds {
		for i, arg := range flag.Args() {
			name, addresses, _ := strings.Cut(arg, "=")
			rate, err := round(addresses, n, *requests, *window)
			if err != nil {
				fmt.Fprintf(os.Stderr, "emqp: %s: %v\n", name, err)
				os.Exit(1)
			}
			rates[i] = append(rates[i], rate)
			fmt.Printf("%s %.0f/s\n", name, rate)
		}
	}
	var first float64
	for i, arg := range flag.Args() {
		name, _, _ := strings.Cut(arg, "=")
		slices.Sort(rates[i])
		median := rates[i][len(rates[i])/2]
		if i == 0 {
			first = median
		}
		fmt.Printf("%s %.2f ", name, median/first)
	}
	fmt.Println()
}

// round sends requests and returns how many a second reached the worker. Peers
// are new in each round n: a broker may not have seen the end of the last ones.
func round(addresses string, n, requests, window int) (float64, error) {
	frontend, backend, _ := strings.Cut(addresses, ",")
	worker, err := dial(backend, fmt.Sprintf("bench-%d-worker-%d", os.Getpid(), n))
	if err != nil {
		return 0, err
	}
	defer worker.conn.Close()
	client, err := dial(frontend, fmt.Sprintf("bench-%d-client-%d", os.Getpid(), n))
	if err != nil {
		return 0, err
	}
	defer client.conn.Close()
	if err := worker.send("INFORM", `[[10, "default"]]`, "worker"); err != nil {
		return 0, err
	}
	if _, err := worker.next("ACK"); err != nil {
		return 0, err
	}
	for range window {
		if err := worker.send("READY"); err != nil {
			return 0, err
		}
	}
	go func() { // what the client is told is not of interest
		_, _ = io.Copy(io.Discard, client.in)
	}()
	begin := time.Now()
	done := 0
	for sent := 0; done < requests; done++ {
		for sent < requests && sent-done < window {
			if err := client.send("REQUEST", "default", "", `["run", {"callable": "bench"}]`); err != nil {
				return 0, err
			}
			sent++
		}
		if _, err := worker.next("REQUEST"); err != nil {
			return 0, err
		}
		if err := worker.send("READY"); err != nil {
			return 0, err
		}
	}
	rate := float64(requests) / time.Since(begin).Seconds()
	return rate, worker.send("KBYE")
}

// A peer is a DEALER on a connection of ZMTP 3.0 with NULL.
type peer struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// Flags of a frame.
const (
	more    = 1
	long    = 2
	command = 4
)

const (
	maxFrame = 1 << 20 // of a broker
	patience = 20 * time.Second
)

func dial(address, identity string) (*peer, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	greeting := make([]byte, 64)
	greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
	copy(greeting[12:], "NULL")
	if _, err := conn.Write(greeting); err != nil {
		return nil, err
	}
	p := &peer{conn: conn, in: bufio.NewReader(conn)}
	if _, err := io.ReadFull(p.in, greeting); err != nil {
		return nil, err
	}
	ready := append(property([]byte("\x05READY"), "Socket-Type", "DEALER"), property(nil, "Identity", identity)...)
	if err := p.frames(append([]byte{command, byte(len(ready))}, ready...)); err != nil {
		return nil, err
	}
	_, flags, err := p.frame()
	if err == nil && flags&command == 0 {
		err = errors.New("the broker does not begin with READY")
	}
	return p, err
}

func property(b []byte, name, value string) []byte {
	b = append(append(b, byte(len(name))), name...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

// send sends a message of eMQP. None of its parts is over 255 bytes long.
func (p *peer) send(name string, body ...string) error {
	p.id++
	parts := append([]string{"", "eMQP/1.0", name, strconv.Itoa(p.id)}, body...)
	var b []byte
	for i, part := range parts {
		flags := byte(more)
		if i == len(parts)-1 {
			flags = 0
		}
		b = append(append(b, flags, byte(len(part))), part...)
	}
	return p.frames(b)
}

func (p *peer) frames(b []byte) error {
	_, err := p.conn.Write(b)
	return err
}

// next returns the next message with a name; heartbeats and others are left
// out.
func (p *peer) next(name string) ([]string, error) {
	for {
		var parts []string
		for {
			b, flags, err := p.frame()
			if err != nil {
				return nil, err
			}
			if flags&command != 0 {
				continue
			}
			parts = append(parts, string(b))
			if flags&more == 0 {
				break
			}
		}
		if len(parts) > 2 && parts[2] == name {
			return parts, nil
		}
	}
}

// frame reads a frame.
func (p *peer) frame() (body []byte, flags byte, err error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, 0, err
	}
	if flags, err = p.in.ReadByte(); err != nil {
		return nil, 0, err
	}
	head := make([]byte, 1, 8)
	if flags&long != 0 {
		head = head[:8]
	}
	if _, err = io.ReadFull(p.in, head); err != nil {
		return nil, 0, err
	}
	n := uint64(head[0])
	if flags&long != 0 {
		n = binary.BigEndian.Uint64(head)
	}
	if n > maxFrame {
		return nil, 0, fmt.Errorf("a frame of %d bytes", n)
	}
	body = make([]byte, n)
	_, err = io.ReadFull(p.in, body)
	return body, flags, err
}
