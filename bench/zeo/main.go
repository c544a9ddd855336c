// Command zeo commits into ZEO servers of protocol 5, in turns, and says how
// many commits a second each of them takes.
//
//	wirectl serve zeo --listen tcp://127.0.0.1:9100 --log none &
//	go run ./bench/zeo -rounds 5 ours=127.0.0.1:9100 other=127.0.0.1:9101
//
// Each client stores an object of its own again and again, so that nothing
// conflicts: what is measured are the messages, the lock and the
// invalidations to the other clients. The last line has the ratios.
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
	"strings"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pickle"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
)

// maxBody bounds what a server may say in one message.
const maxBody = 16 << 20

func main() {
	clients := flag.Int("clients", 8, "that commit at a time")
	commits := flag.Int("commits", 250, "of each client in a round")
	size := flag.Int("size", 500, "bytes of an object")
	rounds := flag.Int("rounds", 5, "of all servers")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "zeo: give servers as NAME=HOST:PORT")
		os.Exit(2)
	}
	rates := make([][]float64, flag.NArg())
	for range *rounds {
		for i, arg := range flag.Args() {
			name, address, _ := strings.Cut(arg, "=")
			rate, err := round(address, *clients, *commits, *size)
			if err != nil {
				fmt.Fprintf(os.Stderr, "zeo: %s: %v\n", name, err)
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

// round has all clients commit, and returns how many commits a second there
// were.
func round(address string, clients, commits, size int) (float64, error) {
	all := make([]*client, clients)
	for i := range all {
		c, err := dial(address)
		if err != nil {
			return 0, err
		}
		defer c.conn.Close()
		all[i] = c
	}
	errs := make([]error, clients)
	begin := time.Now()
	var wait sync.WaitGroup
	for i, c := range all {
		wait.Go(func() {
			for range commits {
				if errs[i] = c.commit(make([]byte, size)); errs[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return float64(clients*commits) / time.Since(begin).Seconds(), errors.Join(errs...)
}

// A client is a connection with one object of its own.
type client struct {
	conn   net.Conn
	in     *bufio.Reader
	next   int64
	oid    []byte
	serial []byte
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, in: bufio.NewReader(conn), serial: make([]byte, 8)}
	hello, err := c.read()
	if err != nil {
		return nil, err
	}
	if string(hello) != "Z5" {
		return nil, fmt.Errorf("the server speaks %q, not Z5", hello)
	}
	if err := c.write(zeo.NewHello("Z5")); err != nil {
		return nil, err
	}
	if _, err := c.call("register", "1", false); err != nil {
		return nil, err
	}
	reply, err := c.call("new_oids")
	if err != nil {
		return nil, err
	}
	t := reply.tree
	c.oid = slices.Clone(t.Bytes(t.Deref(t.First(reply.id))))
	return c, nil
}

// commit stores the object in a transaction of its own.
func (c *client) commit(data []byte) error {
	txn := c.next
	if err := errors.Join(
		c.send(0, true, "tpc_begin", txn, []byte("bench"), []byte(""), map[string]bool{}, nil, " "),
		c.send(0, true, "storea", c.oid, c.serial, data, txn),
	); err != nil {
		return err
	}
	if _, err := c.call("vote", txn); err != nil {
		return err
	}
	reply, err := c.call("tpc_finish", txn)
	if err == nil {
		c.serial = slices.Clone(reply.tree.Bytes(reply.id))
	}
	return err
}

// An answer is a value of a message.
type answer struct {
	tree *value.Tree
	id   value.ID
}

// call calls a method and waits for its answer.
func (c *client) call(name string, args ...any) (answer, error) {
	c.next++
	if err := c.send(c.next, false, name, args...); err != nil {
		return answer{}, err
	}
	for {
		body, err := c.read()
		if err != nil {
			return answer{}, err
		}
		tree := new(value.Tree)
		kids, err := message(tree, body)
		if err != nil {
			return answer{}, err
		}
		if id, _ := tree.Small(kids[0]); id != c.next || string(tree.Bytes(kids[2])) != ".reply" {
			continue // the server says what changed
		}
		if flag, _ := tree.Small(kids[1]); flag != 0 {
			return answer{}, fmt.Errorf("%s: %s", name, value.AppendInert(nil, tree, kids[3]))
		}
		return answer{tree, kids[3]}, nil
	}
}

func (c *client) send(id int64, oneway bool, name string, args ...any) error {
	var t value.Tree
	t.Reset(nil)
	tuple := t.Add(value.Tuple, 0, 0)
	nodes := []value.ID{add(&t, id), add(&t, oneway), add(&t, name), tuple}
	for _, a := range args {
		t.Append(tuple, add(&t, a))
	}
	f, err := zeo.Create("Z5", zeo.P3, nil, &t, nodes[0], nodes[1], nodes[2], nodes[3])
	if err != nil {
		return err
	}
	return c.write(f)
}

func (c *client) write(f codec.Frame) error {
	b, err := f.AppendBinary(nil)
	if err == nil {
		_, err = c.conn.Write(b)
	}
	return err
}

func (c *client) read() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxBody {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(c.in, body)
	return body, err
}

// add adds a value without a parent.
func add(t *value.Tree, v any) value.ID {
	switch v := v.(type) {
	case int64:
		return t.AddNum(value.Int, v, 0, 0)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return t.AddNum(value.Bool, n, 0, 0)
	case string:
		return t.AddOwn(value.Text, []byte(v), 0, 0)
	case []byte:
		return t.AddOwn(value.Bytes, v, 0, 0)
	case map[string]bool:
		return t.Add(value.Dict, 0, 0)
	}
	return t.Add(value.None, 0, 0)
}

// message returns the id, flag, name and arguments of a pickled message.
func message(t *value.Tree, body []byte) (kids [4]value.ID, err error) {
	var d pickle.Decoder
	root, _, err := d.Decode(t, body)
	if err != nil {
		return kids, err
	}
	if t.Kind(root) != value.Tuple || t.Count(root) != len(kids) {
		return kids, errors.New("the server sent no message")
	}
	kid := t.First(root)
	for i := range kids {
		kids[i] = t.Deref(kid)
		kid = t.Next(kid)
	}
	return kids, nil
}
