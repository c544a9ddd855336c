package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/live"
)

// Schemes are those of the addresses that a [Dialer] knows, with what follows
// them.
var Schemes = []string{"tcp://HOST:PORT", "tls://HOST:PORT", "unix:PATH", "exec:COMMAND", "http://HOST:PORT/PATH", "https://HOST:PORT/PATH"}

// execGrace is how long a program may take to end when its input has ended.
const execGrace = time.Second

// A Dialer makes connections.
type Dialer struct {
	TLS    *tls.Config // of tls and https; nil for the defaults
	Stderr io.Writer   // where programs write their errors; nil for nowhere
}

// Dial makes a connection to an address that is none of HTTP.
func (d *Dialer) Dial(ctx context.Context, address string) (io.ReadWriteCloser, error) {
	if command, ok := strings.CutPrefix(address, "exec:"); ok {
		return d.exec(command)
	}
	at, err := live.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	var nd net.Dialer
	switch at.Scheme {
	case "tcp", "unix":
		return nd.DialContext(ctx, at.Scheme, at.Place)
	case "tls":
		return (&tls.Dialer{NetDialer: &nd, Config: d.TLS}).DialContext(ctx, "tcp", at.Place)
	}
	return nil, fmt.Errorf("no session can go to %s", at)
}

// CheckAddress says whether there can be a connection to an address.
func CheckAddress(address string) error {
	if command, ok := strings.CutPrefix(address, "exec:"); ok {
		if strings.TrimSpace(command) == "" {
			return fmt.Errorf("address %q: it names no command", address)
		}
		return nil
	}
	if isWeb(address) {
		return nil
	}
	at, err := live.ParseAddress(address)
	if err == nil && at.Scheme == "stdio" {
		return fmt.Errorf("no session can go to %s", at)
	}
	return err
}

func isWeb(address string) bool {
	return strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
}

// exec starts a program in a shell; its standard input and output are the
// connection.
func (d *Dialer) exec(command string) (io.ReadWriteCloser, error) {
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Stderr = d.Stderr
	cmd.WaitDelay = execGrace
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{WriteCloser: in, out: out, cmd: cmd, gone: make(chan struct{})}, nil
}

// A process is a connection to a program.
type process struct {
	io.WriteCloser
	out  io.Reader
	cmd  *exec.Cmd
	once sync.Once
	gone chan struct{} // closed when the program has ended
}

func (p *process) Read(b []byte) (int, error) { return p.out.Read(b) }

// CloseWrite ends the program's input.
func (p *process) CloseWrite() error { return p.WriteCloser.Close() }

// Close ends the program: it gets the end of its input, and is killed when it
// is still there after a while. Its status does not matter: what counts is
// what it said.
func (p *process) Close() error {
	_ = p.WriteCloser.Close() // it may have been closed by CloseWrite
	kill := time.AfterFunc(execGrace, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	p.wait()
	return nil
}

func (p *process) wait() {
	p.once.Do(func() {
		_ = p.cmd.Wait() // its ProcessState has the status
		close(p.gone)
	})
	<-p.gone
}

// Ended returns how the program ended, once its output has; "" when it still
// runs after a while.
func (p *process) Ended() string {
	go p.wait()
	t := time.NewTimer(execGrace)
	defer t.Stop()
	select {
	case <-p.gone:
		return p.cmd.ProcessState.String()
	case <-t.C:
		return ""
	}
}
