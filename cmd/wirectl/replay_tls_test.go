package main

import (
	"bufio"
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplayTLS has a server ask for a certificate of the client, and look at
// the name that it asks for.
func TestReplayTLS(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.wire": "@proto synapse dialect=v1.66\n> NAME a\n< SERVER one\n"})
	cert := exec.Command("mkcert")
	cert.Dir = dir
	if out, err := cert.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	pair, err := tls.LoadX509KeyPair(file("cert.pem"), file("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names := make(chan string, 10) // that clients with the certificate ask for
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				secure := c.(*tls.Conn)
				if secure.Handshake() != nil {
					return
				}
				if state := secure.ConnectionState(); string(state.PeerCertificates[0].Raw) == string(pair.Certificate[0]) {
					names <- state.ServerName
				}
				if _, err := bufio.NewReader(c).ReadString('\n'); err == nil {
					_, _ = c.Write([]byte("SERVER one\n"))
				}
				_, _ = c.Read(make([]byte, 1))
			}()
		}
	}()
	for _, tt := range []struct {
		args string
		code int
		want string // of the output, or the name that the server is asked for
	}{
		{"--tls-ca CERT --tls-cert CERT --tls-key KEY --tls-key-log LOG", 0, ""},
		{"--tls-insecure --tls-cert CERT --tls-key KEY --tls-name example.org", 0, "example.org"},
		{"--tls-ca CERT", 3, "certificate required"},
		{"--tls-cert CERT --tls-key KEY", 3, "certificate"},
		{"--tls-ca CERT --tls-cert CERT --tls-key KEY --tls-name example.org", 3, "example.org"},
	} {
		args := strings.Fields(strings.NewReplacer("CERT", file("cert.pem"), "KEY", file("key.pem"), "LOG", file("log")).Replace(tt.args))
		out, errs, code := runWith(t, "", append([]string{"replay", file("a.wire"), "--to", "tls://" + l.Addr().String()}, args...)...)
		switch {
		case code != tt.code || code != 0 && !strings.Contains(out, tt.want):
			t.Errorf("%s: status %d, %s%s", tt.args, code, out, errs)
		case code == 0:
			if name := <-names; name != tt.want {
				t.Errorf("%s: the server was asked for %q", tt.args, name)
			}
		}
	}
	if keys, err := os.ReadFile(file("log")); err != nil || !strings.Contains(string(keys), "CLIENT_TRAFFIC_SECRET_0 ") {
		t.Errorf("%v: %s", err, keys)
	}
}
