package main

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The server of the sessions: a REP socket of the real libzmq that says what
// it is told, a ROUTER that tells who asked, and a PUB. REP wants a sign of life
// every 40 ms.
const pyzmqServer = `
import threading, zmq
ctx = zmq.Context()
def serve(kind, answer, **options):
    s = ctx.socket(kind)
    for name, value in options.items():
        s.setsockopt(getattr(zmq, name), value)
    print("tcp://127.0.0.1:%d" % s.bind_to_random_port("tcp://127.0.0.1"), flush=True)
    def loop():
        while True:
            answer(s)
    threading.Thread(target=loop, daemon=True).start()
def echo(s):
    s.send_multipart([f.upper() for f in s.recv_multipart()])
def router(s):
    who, *rest = s.recv_multipart()
    s.send_multipart([who, b"from " + who] + rest)
def publish(s):
    s.send(b"news 1")
    ctx.socket(zmq.PAIR).poll(10)
serve(zmq.REP, echo, HEARTBEAT_IVL=40, HEARTBEAT_TIMEOUT=20000)
serve(zmq.ROUTER, router)
serve(zmq.PUB, publish)
input()
`

// TestReplayPyzmq replays sessions against sockets of pyzmq.
func TestReplayPyzmq(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import zmq").Run(); err != nil {
		t.Skipf("NOT run: %s has no module zmq (Debian: python3-zmq): %v", python, err)
	}
	cmd := exec.Command(python, "-c", pyzmqServer)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // reached by failure alone
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill() // its sockets need no good end
		_ = cmd.Wait()
		stop.Stop()
	})
	lines := bufio.NewScanner(stdout)
	var at []string
	for range 3 {
		if !lines.Scan() {
			t.Fatal("the server says nothing")
		}
		at = append(at, lines.Text())
	}
	const req = "@proto zmtp\n> command READY Socket-Type=REQ\n< command READY Socket-Type=REP\n> message \"\" \"hello\"\n"
	for _, tt := range []struct {
		name, doc, to, flags string
		code                 int
		want                 string
	}{
		{"the client does the handshake", req + "< message \"\" \"HELLO\"\n", at[0], "", 0, "2 passed"},
		{"another answer", req + "< message \"\" \"hallo\"\n", at[0], "", 1, "+ frames[1]: \"HELLO\""},
		{"no answer", req + "< message \"\" \"HELLO\"\n< message \"\" \"AGAIN\"\n", at[0], "--timeout 300ms", 5, ":6: nothing came in 300ms, "},
		{"signs of life", req + "< message \"\" \"HELLO\"\n@sleep 300ms\n> message \"\" \"again\"\n< message \"\" \"AGAIN\"\n", at[0], "", 0, "3 passed"},
		{"to the letter", "@proto zmtp\n> greeting 3.0 NULL\n< greeting 3.1 NULL\n> command READY Socket-Type=REQ Identity=\n< command READY Socket-Type=REP\n" +
			"> message \"\" \"a\"\n< message \"\" \"A\"\n", at[0], "--literal", 0, "3 passed"},
		{"an identity", "@proto zmtp\n> command READY Socket-Type=DEALER Identity=anna\n> message \"x\"\n< message \"from anna\" \"x\"\n", at[1], "", 0, "1 passed"},
		{"settings", "@proto zmtp\n> message \"x\"\n< message \"from bert\" \"x\"\n", at[1], "--set socket=DEALER --set identity=bert", 0, "1 passed"},
		{"any order", "@proto zmtp\n> command READY Socket-Type=DEALER Identity=carl\n> message \"1\"\n> message \"2\"\n@any-order\n< message * \"2\"\n< message * \"1\"\n@end\n", at[1], "--speed max", 0, "2 passed"},
		{"what is published", "@proto zmtp\n> command READY Socket-Type=SUB\n> message \"\\x01news\"\n< message \"news 1\"\n< message \"news 1\"\n", at[2], "", 0, "2 passed"},
		{"sockets that do not go together", "@proto zmtp\n> command READY Socket-Type=PULL\n> message \"x\"\n< message \"y\"\n", at[0], "", -1, "FAIL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"doc.wire": tt.doc})
			args := append([]string{"replay", filepath.Join(dir, "doc.wire"), "--to", tt.to, "--timeout", "20s"}, strings.Fields(tt.flags)...)
			out, errs, code := runWith(t, "", args...)
			if code != tt.code && (tt.code >= 0 || code == 0) || !strings.Contains(out, tt.want) {
				t.Errorf("status %d, %s%s", code, out, errs)
			}
		})
	}
}
