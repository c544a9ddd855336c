package zmtp_test

import (
	"bufio"
	"context"
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

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	machines "github.com/wirectl/wirectl/pkg/reactor/zmtp"
)

// The tests in this file have the machine talk to sockets of the real libzmq,
// through Debian's python3-zmq. They are skipped where that is not installed.

const python = "/usr/bin/python3"

// patience is how long a step may take before a test fails.
const patience = 20 * time.Second

var haveZMQ = sync.OnceValue(func() error { return exec.Command(python, "-c", "import zmq").Run() })

// A libzmq is a pyzmq socket in a process of its own.
type libzmq struct {
	t        *testing.T
	endpoint string // host:port
	topic    string // that it tells a PUB
	in       io.WriteCloser
	out      *bufio.Reader
}

func start(t *testing.T, socket, how, endpoint string, options ...string) *libzmq {
	t.Helper()
	if err := haveZMQ(); err != nil {
		t.Skipf("SKIPPED: libzmq is not tested: %s has no module zmq (Debian: python3-zmq): %v", python, err)
	}
	return startProgram(t, append([]string{testdata.Path("emqp/peer.py"), socket, how, endpoint}, options...))
}

// startProgram starts Python.
func startProgram(t *testing.T, args []string) *libzmq {
	t.Helper()
	cmd := exec.Command(python, args...)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(3*patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // how it ends does not matter
		stop.Stop()
	})
	p := &libzmq{t: t, topic: "news", in: in, out: bufio.NewReader(out)}
	p.endpoint = strings.TrimPrefix(p.line(), "tcp://")
	return p
}

func (p *libzmq) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the Python process: %v", err)
	}
	return strings.TrimSpace(line)
}

func (p *libzmq) ask(words ...string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, strings.Join(words, " ")); err != nil {
		p.t.Fatal(err)
	}
}

func (p *libzmq) do(words ...string) string {
	p.t.Helper()
	p.ask(words...)
	return p.line()
}

func (p *libzmq) send(frames ...string) {
	p.t.Helper()
	words := []string{"send"}
	for _, f := range frames {
		words = append(words, hex.EncodeToString([]byte(f))+"-")
	}
	if got := p.do(words...); got != "ok" {
		p.t.Fatalf("send: %s", got)
	}
}

func (p *libzmq) expect(frames ...string) {
	p.t.Helper()
	var words []string
	for _, f := range frames {
		if f == "" {
			words = append(words, "-")
		} else {
			words = append(words, hex.EncodeToString([]byte(f)))
		}
	}
	if got, want := p.do("recv"), strings.Join(words, " "); got != want {
		p.t.Fatalf("libzmq received %.200s, expected %.200s", got, want)
	}
}

// ours is our socket: what it hands over, and how to tell it what to do.
type ours struct {
	t     *testing.T
	notes chan string
	input func(reactor.Event) bool
	in    reactor.Inputs

	mu           sync.Mutex
	passed, told []byte // what the server sent, and what was told of it
}

func (o *ours) Opened(int, time.Time, net.Addr, net.Addr) {}
func (o *ours) Closed(_ int, _ time.Time, cause error)    { o.Note(0, fmt.Sprint("closed ", cause)) }

func (o *ours) Passed(_ int, dir codec.Direction, _ time.Time, p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if dir == codec.ToClient {
		o.passed = append(o.passed, p...)
	}
}

func (o *ours) Record(r *codec.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Dir == codec.ToClient {
		o.told = append(o.told, r.Bytes...)
	}
}

func (o *ours) Note(_ int, text string) {
	select {
	case o.notes <- text:
	default:
	}
}

// want waits for something that is handed over, and passes over the rest.
func (o *ours) want(text string) {
	o.t.Helper()
	guard := time.After(patience)
	var seen []string
	for {
		select {
		case got := <-o.notes:
			if strings.Contains(got, text) {
				return
			}
			seen = append(seen, got)
		case <-guard:
			o.t.Fatalf("no %q among %q", text, seen)
		}
	}
}

// wantWhile is want, and has do done again and again until it is there: libzmq
// takes up a new peer when its program does something, and drops what is sent
// before.
func (o *ours) wantWhile(text string, do func()) {
	o.t.Helper()
	for range patience / (10 * time.Millisecond) {
		do()
		guard := time.After(10 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case got := <-o.notes:
				if strings.Contains(got, text) {
					return
				}
			case <-guard:
				waiting = false
			}
		}
	}
	o.t.Fatalf("no %q", text)
}

// say gives it a directive.
func (o *ours) say(name, args string) {
	o.t.Helper()
	ev, err := o.in.Input(name, args)
	if err != nil {
		o.t.Fatal(err)
	}
	for range 1000 { // it may not run yet
		if o.input(ev) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	o.t.Fatal("the machine takes no input")
}

func options(role reactor.Role, settings []string) reactor.Options {
	o := reactor.Options{Role: role, Extra: map[string]string{}}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		o.Extra[name] = value
	}
	return o
}

// bind has our socket listen, and returns where.
func bind(t *testing.T, settings ...string) (*ours, string) {
	t.Helper()
	m := machines.SocketOf(options(reactor.Server, settings))
	o := &ours{t: t, notes: make(chan string, 1000), in: m}
	s := &live.Server{Protocol: zmtp.Protocol{}, Hub: m, Observer: o}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	o.input = func(ev reactor.Event) bool { return s.Input(ctx, 0, ev) }
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return o, l.Addr().String()
}

// connect has our socket connect.
func connect(t *testing.T, address string, settings ...string) *ours {
	t.Helper()
	hub := machines.SocketOf(options(reactor.Client, settings))
	m := reactor.Single(hub)
	o := &ours{t: t, notes: make(chan string, 1000), in: hub}
	c := &live.Client{
		Protocol: zmtp.Protocol{}, Observer: o, Machine: func() reactor.Machine { return m },
		Dial: func(context.Context) (io.ReadWriteCloser, error) { return net.Dial("tcp", address) },
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	o.input = c.Input
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return o
}

// A talk is what two sockets say to each other.
type talk func(t *testing.T, o *ours, p *libzmq)

var talks = []struct {
	name, ours, theirs string
	settings, options  []string
	talk               talk
}{
	{"router", "ROUTER", "DEALER", []string{"mandatory=yes"}, []string{"identity=who"}, func(t *testing.T, o *ours, p *libzmq) {
		p.send("", "one")
		o.want(`deliver message from "who" "" "one"`)
		o.say("send", `who "" answer`)
		p.expect("", "answer")
		o.say("send", `nobody x`)
		o.want("rejected: there is no peer")
	}},
	{"dealer", "DEALER", "ROUTER", []string{"identity=us"}, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		o.say("send", `"" hello`)
		p.expect("us", "", "hello")
		p.send("us", "back")
		o.want(`deliver message "back"`)
	}},
	{"rep", "REP", "REQ", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		for range 3 {
			p.send("question")
			o.want(`deliver message "question"`)
			o.say("send", "answer")
			p.expect("answer")
		}
		o.say("send", "more")
		o.want("rejected: there is no request")
	}},
	{"req", "REQ", "REP", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		for range 3 {
			o.say("send", "question")
			o.say("send", "again")
			o.want("rejected: the last request")
			p.expect("question")
			p.send("answer")
			o.want(`deliver message "answer"`)
		}
	}},
	{"pub", "PUB", "SUB", nil, []string{"subscribe=news"}, func(t *testing.T, o *ours, p *libzmq) {
		// A SUB that listens says what it wants only when it is asked for news.
		p.ask("recv")
		o.want(fmt.Sprintf("deliver subscribed 0 %q", p.topic))
		o.say("send", "other x")
		o.say("send", "news y")
		if got, want := p.line(), "6e657773 79"; got != want {
			t.Errorf("libzmq received %s, expected %s", got, want)
		}
	}},
	{"sub", "SUB", "PUB", []string{"subscribe=news"}, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		o.wantWhile(`deliver message "news" "x"`, func() {
			p.send("other", "x")
			p.send("news", "x")
		})
	}},
	{"xpub", "XPUB", "SUB", nil, []string{"subscribe=news"}, func(t *testing.T, o *ours, p *libzmq) {
		p.ask("recv")
		o.want(`deliver message "\x01news"`)
		o.say("send", "other x")
		o.say("send", "news y")
		if got, want := p.line(), "6e657773 79"; got != want {
			t.Errorf("libzmq received %s, expected %s", got, want)
		}
	}},
	{"xpub and xsub", "XPUB", "XSUB", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		p.send("\x01a")
		o.wantWhile(`deliver message "\x01a"`, func() { p.send("down", "stream") })
		p.send("up", "stream")
		o.want(`deliver message "up" "stream"`)
		o.say("send", "b x")
		o.say("send", "a x")
		p.expect("a", "x")
		p.send("\x00a")
		o.want(`deliver message "\x00a"`)
	}},
	{"xsub", "XSUB", "XPUB", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		o.say("send", `"\x01a"`)
		p.expect("\x01a")
		o.say("subscribe", "b")
		p.expect("\x01b")
		o.say("send", "up stream")
		p.expect("up", "stream")
		p.send("a", "x")
		o.want(`deliver message "a" "x"`)
		o.say("send", `"\x00a"`)
		p.expect("\x00a")
	}},
	{"probe", "DEALER", "ROUTER", []string{"identity=us", "probe-router=yes"}, nil, func(t *testing.T, o *ours, p *libzmq) {
		p.expect("us", "")
		p.send("us", "seen")
		o.want(`deliver message "seen"`)
	}},
	{"probed", "ROUTER", "DEALER", nil, []string{"identity=who", "probe=yes"}, func(t *testing.T, o *ours, p *libzmq) {
		p.send("hello") // it does not know of us before it does something
		o.want(`deliver message from "who" ""`)
		o.want(`deliver message from "who" "hello"`)
	}},
	{"push", "PUSH", "PULL", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		o.say("send", "waits for a peer")
		p.expect("waits", "for", "a", "peer")
	}},
	{"pull", "PULL", "PUSH", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		p.send("job", strings.Repeat("x", 300))
		o.want(`deliver message "job" "xxx`)
		o.say("send", "x")
		o.want("rejected: a PULL does not send")
	}},
	{"pair", "PAIR", "PAIR", nil, nil, func(t *testing.T, o *ours, p *libzmq) {
		p.send("a", "b")
		o.want(`deliver message "a" "b"`)
		o.say("send", "c")
		p.expect("c")
	}},
	{"heartbeat", "DEALER", "DEALER", []string{"heartbeat=0.05", "timeout=5", "ttl=5"}, []string{"heartbeat=50:5000"}, func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		for range 5 {
			time.Sleep(50 * time.Millisecond)
			p.send("still")
			o.want(`deliver message "still"`)
			o.say("send", "here")
			p.expect("here")
		}
	}},
}

// TestPatterns has each type of socket talk to libzmq's, whichever of the two
// listens.
func TestPatterns(t *testing.T) {
	for _, tt := range talks {
		settings := append([]string{"socket=" + tt.ours}, tt.settings...)
		t.Run(tt.name+"/bind", func(t *testing.T) {
			o, address := bind(t, settings...)
			tt.talk(t, o, start(t, tt.theirs, "connect", "tcp://"+address, tt.options...))
		})
		t.Run(tt.name+"/connect", func(t *testing.T) {
			p := start(t, tt.theirs, "bind", "tcp://127.0.0.1:*", tt.options...)
			tt.talk(t, connect(t, p.endpoint, settings...), p)
		})
	}
}

// TestPlain has both sides ask for a password.
func TestPlain(t *testing.T) {
	settings := []string{"socket=DEALER", "mechanism=plain", "user=admin:secret"}
	ping := func(t *testing.T, o *ours, p *libzmq) {
		o.want("deliver peer")
		p.send("ping")
		o.want(`deliver message "ping"`)
		o.say("send", "pong")
		p.expect("pong")
	}
	t.Run("server", func(t *testing.T) {
		o, address := bind(t, settings...)
		ping(t, o, start(t, "DEALER", "connect", "tcp://"+address, "plain=admin:secret"))
	})
	t.Run("client", func(t *testing.T) {
		p := start(t, "DEALER", "bind", "tcp://127.0.0.1:*", "plain-server=admin:secret")
		ping(t, connect(t, p.endpoint, settings...), p)
	})
	t.Run("refusing", func(t *testing.T) {
		o, address := bind(t, settings...)
		start(t, "DEALER", "connect", "tcp://"+address, "plain=admin:wrong")
		o.want("closed a wrong user or password")
	})
	t.Run("refused", func(t *testing.T) {
		p := start(t, "DEALER", "bind", "tcp://127.0.0.1:*", "plain-server=admin:other")
		connect(t, p.endpoint, settings...).want(`closed the peer refuses: "400"`)
	})
	t.Run("mismatch", func(t *testing.T) {
		o, address := bind(t, settings...)
		start(t, "DEALER", "connect", "tcp://"+address)
		o.want("closed") // by whom is a matter of time
	})
}

// Keys that are made for these tests.
var (
	serverKey = machines.Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32}
	clientKey = machines.Key{33, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 64}
	otherKey  = machines.Key{65, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 96}
)

// curveServer and curveClient are the settings of ours, theirServer and
// theirClient the options of libzmq's.
func curveServer(more ...string) []string {
	return append([]string{"mechanism=curve", "seed=a test", "secret-key=" + serverKey.String()}, more...)
}

func curveClient(more ...string) []string {
	return append([]string{"mechanism=curve", "seed=a test", "server-key=" + serverKey.Public().String()}, more...)
}

var (
	theirServer = "curve-server=" + serverKey.String()
	theirClient = fmt.Sprintf("curve=%s,%s", serverKey.Public(), clientKey)
)

// TestCurvePatterns has all sockets talk as in TestPatterns, sealed.
func TestCurvePatterns(t *testing.T) {
	for _, tt := range talks {
		settings := append([]string{"socket=" + tt.ours}, tt.settings...)
		t.Run(tt.name+"/bind", func(t *testing.T) {
			o, address := bind(t, append(curveServer("client-keys="+clientKey.Public().String()), settings...)...)
			tt.talk(t, o, start(t, tt.theirs, "connect", "tcp://"+address, append(tt.options, theirClient)...))
		})
		t.Run(tt.name+"/connect", func(t *testing.T) {
			p := start(t, tt.theirs, "bind", "tcp://127.0.0.1:*", append(tt.options, theirServer)...)
			tt.talk(t, connect(t, p.endpoint, append(curveClient("secret-key="+clientKey.String()), settings...)...), p)
		})
	}
}

// TestCurve has peers that may not come in, and a large message.
func TestCurve(t *testing.T) {
	dealer := "socket=DEALER"
	t.Run("large", func(t *testing.T) {
		o, address := bind(t, curveServer(dealer)...)
		p := start(t, "DEALER", "connect", "tcp://"+address, theirClient)
		large := strings.Repeat("x", 300_000)
		p.send(large, "", "end")
		o.want(large + `" "" "end"`)
		o.say("send", large+` "" end`)
		p.expect(large, "", "end")
	})
	t.Run("anyone", func(t *testing.T) { // a key that is made up
		p := start(t, "DEALER", "bind", "tcp://127.0.0.1:*", theirServer)
		o := connect(t, p.endpoint, curveClient(dealer)...)
		o.want("deliver peer")
		o.say("send", "hello")
		p.expect("hello")
	})
	t.Run("refusing", func(t *testing.T) {
		o, address := bind(t, curveServer(dealer, "client-keys="+otherKey.Public().String())...)
		start(t, "DEALER", "connect", "tcp://"+address, theirClient)
		o.want("closed no client of the key " + clientKey.Public().String())
	})
	t.Run("refused", func(t *testing.T) {
		p := start(t, "DEALER", "bind", "tcp://127.0.0.1:*", theirServer, "curve-refuse=yes")
		connect(t, p.endpoint, curveClient(dealer)...).want(`closed the peer refuses: "400"`)
	})
	t.Run("wrong server key, theirs", func(t *testing.T) {
		o, address := bind(t, curveServer(dealer)...)
		start(t, "DEALER", "connect", "tcp://"+address, fmt.Sprintf("curve=%s,%s", otherKey.Public(), clientKey))
		o.want("closed a HELLO that is not sealed for this server's key")
	})
	t.Run("wrong server key, ours", func(t *testing.T) {
		p := start(t, "DEALER", "bind", "tcp://127.0.0.1:*", "curve-server="+otherKey.String())
		connect(t, p.endpoint, curveClient(dealer)...).want("closed") // without a word
	})
	t.Run("NULL", func(t *testing.T) {
		o, address := bind(t, curveServer(dealer)...)
		start(t, "DEALER", "connect", "tcp://"+address)
		o.want("closed") // by whom is a matter of time
	})
}
