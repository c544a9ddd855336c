package zmtp_test

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// The tests in this file talk to sockets of the real libzmq, through Debian's
// python3-zmq, with bytes that the codec makes and reads. They are skipped
// where that is not installed.

const python = "/usr/bin/python3"

// patience is how long a step may take before a test fails.
const patience = 20 * time.Second

// haveZMQ says whether Python has the module.
var haveZMQ = sync.OnceValue(func() error { return exec.Command(python, "-c", "import zmq").Run() })

// A peer is a pyzmq socket in a process of its own.
type peer struct {
	t        *testing.T
	endpoint string // host:port
	in       io.WriteCloser
	out      *bufio.Reader
}

func startPeer(t *testing.T, socket, how, endpoint string, options ...string) *peer {
	t.Helper()
	if err := haveZMQ(); err != nil {
		t.Skipf("SKIPPED: libzmq is not tested: %s has no module zmq (Debian: python3-zmq): %v", python, err)
	}
	cmd := exec.Command(python, append([]string{testdata.Path("emqp/peer.py"), socket, how, endpoint}, options...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	stop := time.AfterFunc(3*patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		stop.Stop()
		if t.Failed() && stderr.Len() > 0 {
			t.Log(stderr.String())
		}
	})
	p.endpoint = strings.TrimPrefix(p.line(), "tcp://")
	return p
}

func (p *peer) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the Python process: %v", err)
	}
	return strings.TrimSpace(line)
}

// do sends a line and returns the answer.
func (p *peer) do(words ...string) string {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, strings.Join(words, " ")); err != nil {
		p.t.Fatal(err)
	}
	return p.line()
}

// send sends a message of these frames.
func (p *peer) send(frames ...string) {
	p.t.Helper()
	words := []string{"send"}
	for _, f := range frames {
		words = append(words, hex.EncodeToString([]byte(f))+"-")
	}
	if got := p.do(words...); got != "ok" {
		p.t.Fatalf("send: %s", got)
	}
}

// expect receives a message and compares its frames.
func (p *peer) expect(frames ...string) {
	p.t.Helper()
	var words []string
	for _, f := range frames {
		if f == "" {
			f = "-"
		} else {
			f = hex.EncodeToString([]byte(f))
		}
		words = append(words, f)
	}
	if got, want := p.do("recv"), strings.Join(words, " "); got != want {
		p.t.Fatalf("libzmq received %.200s (%d), expected %.200s (%d)", got, len(got), want, len(want))
	}
}

// A side is our end of a connection to libzmq: everything it sends is made of
// texts, everything it gets becomes records.
type side struct {
	t     *testing.T
	conn  net.Conn
	proto codec.Protocol
	up    *codec.Stream // what we sent
	down  *codec.Stream // what libzmq sent
}

func newSide(t *testing.T, conn net.Conn, proto codec.Protocol) *side {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c, err := proto.Open(codec.Options{MaxFrame: 2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return &side{t, conn, proto, codec.NewStream(c.Decoder(codec.ToServer), codec.ToServer), codec.NewStream(c.Decoder(codec.ToClient), codec.ToClient)}
}

// dial connects to a socket that libzmq has bound.
func dial(t *testing.T, p *peer) *side {
	t.Helper()
	conn, err := net.Dial("tcp", p.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	return newSide(t, conn, zmtp.Protocol{})
}

// serve waits for a libzmq socket that connects.
func serve(t *testing.T, socket string, options ...string) (*side, *peer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := startPeer(t, socket, "connect", "tcp://"+l.Addr().String(), options...)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return newSide(t, conn, zmtp.Protocol{}), p
}

// send encodes texts and sends their bytes.
func (s *side) send(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		b, err := codectest.Encode(s.proto, text)
		if err != nil {
			s.t.Fatal(err)
		}
		s.up.Feed(b)
		for _, ok := s.up.Next(); ok; _, ok = s.up.Next() {
		}
		if _, err := s.conn.Write(b); err != nil {
			s.t.Fatal(err)
		}
	}
}

// next returns the text of the next record.
func (s *side) next() string {
	s.t.Helper()
	for {
		if r, ok := s.down.Next(); ok {
			if r.Err != nil {
				s.t.Fatalf("record at %d: %v", r.Span.Start, r.Err)
			}
			return string(r.Frame.AppendText(nil, codectest.All))
		}
		if err := s.down.Fill(s.conn); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *side) expect(texts ...string) {
	s.t.Helper()
	for _, want := range texts {
		if got := s.next(); got != want {
			s.t.Fatalf("libzmq sent %.300s, expected %.300s", got, want)
		}
	}
}

// shake makes the handshake of NULL.
func (s *side) shake(ours, theirs string) {
	s.t.Helper()
	s.send("greeting 3.1 NULL")
	s.expect("greeting 3.1 NULL")
	s.send("command READY " + ours)
	s.expect("command READY " + theirs)
}

const routerReady = `Socket-Type=ROUTER Identity=""`

func TestLibzmqMessages(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.shake("Socket-Type=DEALER Identity=go-1", routerReady)
	big := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for _, frames := range [][]string{
		{"hello"}, {""}, {"", "", ""}, {"a", "", "\x00\xff\"\\"},
		{strings.Repeat("x", 255)}, {strings.Repeat("y", 256), "end"}, {big, "after"},
	} {
		text := "message"
		for _, f := range frames {
			text += " " + string(zmtp.AppendQuoted(nil, []byte(f)))
		}
		s.send(text)
		p.expect(append([]string{"go-1"}, frames...)...)
		p.send(append([]string{"go-1"}, frames...)...)
		s.expect(text)
	}
}

// TestLibzmqDeviations sends what libzmq takes although no sender writes it.
func TestLibzmqDeviations(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.send("!filler=5555 greeting 4.9 NULL as-server padding=0")
	s.expect("greeting 3.1 NULL")
	s.send("!long command READY Socket-Type=DEALER Identity=go-1 X-Custom=1")
	s.expect("command READY " + routerReady)
	s.send(`message !long "a" !flags=0x09 "b" !flags=0x88 "c"`, `command FOOBAR "1"`, "pong context=nobody", `message "d"`)
	p.expect("go-1", "a", "b", "c")
	p.expect("go-1", "d")
}

func TestLibzmqHeartbeats(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*", "heartbeat=50:1000")
	s := dial(t, p)
	s.shake("Socket-Type=DEALER Identity=go-1", routerReady)
	for range 3 {
		s.expect("ping ttl=10")
		s.send("pong")
	}
	s.send("ping ttl=0 context=0123456789abcdefg")
	for {
		if got := s.next(); got == "pong context=0123456789abcdef" {
			break // cut to 16 bytes
		} else if got != "ping ttl=10" {
			t.Fatalf("libzmq sent %s", got)
		}
	}
}

func TestLibzmqPlainServer(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*", "plain-server=admin:s3cret")
	s := dial(t, p)
	s.send("greeting 3.1 PLAIN")
	s.expect("greeting 3.1 PLAIN")
	s.send("command HELLO username=admin password=s3cret")
	s.expect("command WELCOME")
	s.send("command INITIATE Socket-Type=DEALER Identity=go-1")
	s.expect("command READY " + routerReady)
	s.send(`message "in"`)
	p.expect("go-1", "in")

	refused := dial(t, p)
	refused.send("greeting 3.1 PLAIN", "command HELLO username=admin password=wrong")
	refused.expect("greeting 3.1 PLAIN", "!libzmq-plain-error command ERROR reason=400")
}

func TestLibzmqPlainClient(t *testing.T) {
	s, p := serve(t, "DEALER", "plain=admin:s3cret", "identity=py")
	s.send("greeting 3.1 PLAIN as-server")
	s.expect("greeting 3.1 PLAIN padding=3", "command HELLO username=admin password=s3cret")
	s.send("command WELCOME")
	s.expect("command INITIATE Socket-Type=DEALER Identity=py")
	s.send("command READY " + routerReady)
	p.send("a", "b")
	s.expect(`message "a" "b"`)
	s.send(`message "" "c"`)
	p.expect("", "c")
}

func TestLibzmqPublisher(t *testing.T) {
	p := startPeer(t, "XPUB", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.shake("Socket-Type=SUB", "Socket-Type=XPUB")
	s.send(`command SUBSCRIBE "news."`)
	p.expect("\x01news.")
	p.send("weather", "not asked for")
	p.send("news.uk", "body")
	s.expect(`message "news.uk" "body"`)
	s.send(`command CANCEL "news."`)
	p.expect("\x00news.")
}

func TestLibzmqSubscriber(t *testing.T) {
	s, p := serve(t, "SUB", "subscribe=abc")
	s.shake("Socket-Type=PUB", "Socket-Type=SUB")
	s.expect(`command SUBSCRIBE "abc"`)
	s.send(`message "abcd" "1"`, `message "abc"`)
	p.expect("abcd", "1")
	p.expect("abc")
}

func TestLibzmqReqRep(t *testing.T) {
	s, p := serve(t, "REQ")
	s.shake("Socket-Type=REP", `Socket-Type=REQ Identity=""`)
	p.send("question")
	s.expect(`message "" "question"`)
	s.send(`message "" "answer"`)
	p.expect("answer")
}

// TestLibzmqV2 makes libzmq speak 2.0.
func TestLibzmqV2(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.send("greeting 2.0 DEALER", `identity "v2"`)
	s.expect("greeting 2.0 ROUTER revision=3", `identity ""`)
	s.send(`message "" "hi"`)
	p.expect("v2", "", "hi")
	p.send("v2", "to 2.0", strings.Repeat("z", 300))
	s.expect(`message "to 2.0" "` + strings.Repeat("z", 300) + `"`)
}

// TestLibzmqV1 makes libzmq speak 1.0.
func TestLibzmqV1(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.send(`v1 identity "v1"`, `v1 message "hi" ""`)
	p.expect("v1", "hi", "")
	p.send("v1", "to 1.0", strings.Repeat("z", 300))
	s.expect(`v1 identity !long !flags=0x7f ""`, `v1 message "to 1.0" "`+strings.Repeat("z", 300)+`"`)
}

// TestLibzmqEventMQ sends a message of EventMQ as its router would get it.
func TestLibzmqEventMQ(t *testing.T) {
	p := startPeer(t, "ROUTER", "bind", "tcp://127.0.0.1:*")
	s := dial(t, p)
	s.shake("Socket-Type=DEALER Identity=jm-1", routerReady)
	s.proto = emqp.Protocol{}
	s.send(`INFORM id=1 type=worker [[10, "default"]]`)
	p.expect("jm-1", "", "eMQP/1.0", "INFORM", "1", `[[10, "default"]]`, "worker")
}
