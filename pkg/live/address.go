package live

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Schemes are those of an [Address].
var Schemes = []string{"tcp", "unix", "tls", "http", "https", "stdio"}

// An Address is where to listen:
//
//	tcp://HOST:PORT    unix:PATH    tls://HOST:PORT
//	http://HOST:PORT   https://HOST:PORT   stdio:
type Address struct {
	Scheme string
	Place  string // HOST:PORT or PATH
}

// loopback is the host that an address without one means.
const loopback = "127.0.0.1"

// ParseAddress reads an address. Without a host it is the loopback interface:
// others have to be named. Port 0 is any that is free.
func ParseAddress(text string) (Address, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok {
		return Address{}, fmt.Errorf("address %q: it begins with none of %s", text, strings.Join(Schemes, ":, ")+":")
	}
	a := Address{scheme, rest}
	switch scheme {
	case "stdio":
		if rest != "" {
			return a, fmt.Errorf("address %q: stdio: stands alone", text)
		}
		return a, nil
	case "unix":
		if rest == "" {
			return a, fmt.Errorf("address %q: it names no path", text)
		}
		return a, nil
	case "tcp", "tls", "http", "https":
		place, ok := strings.CutPrefix(rest, "//")
		if !ok {
			return a, fmt.Errorf("address %q: %s: is to be followed by //", text, scheme)
		}
		host, port, err := net.SplitHostPort(strings.TrimSuffix(place, "/"))
		if err != nil {
			return a, fmt.Errorf("address %q: it is no HOST:PORT", text)
		}
		if host == "" {
			host = loopback
		}
		a.Place = net.JoinHostPort(host, port)
		return a, nil
	}
	return a, &codec.UnknownNameError{What: "kind of address", Name: scheme, Allowed: Schemes}
}

// Web says whether HTTP is spoken there.
func (a Address) Web() bool { return a.Scheme == "http" || a.Scheme == "https" }

// TLS says whether the connections are encrypted.
func (a Address) TLS() bool { return a.Scheme == "tls" || a.Scheme == "https" }

func (a Address) String() string {
	switch a.Scheme {
	case "unix", "stdio":
		return a.Scheme + ":" + a.Place
	}
	return a.Scheme + "://" + a.Place
}

// Listen listens there, with TLS as t says. It returns the address with the
// port that it got. There is nothing to listen on for stdio.
func (a Address) Listen(t *tls.Config) (net.Listener, Address, error) {
	network := "tcp"
	if a.Scheme == "unix" {
		network = "unix"
		if err := removeStale(a.Place); err != nil {
			return nil, a, err
		}
	}
	l, err := net.Listen(network, a.Place)
	if err != nil {
		return nil, a, err
	}
	a.Place = l.Addr().String()
	if a.TLS() {
		l = tls.NewListener(l, t)
	}
	return l, a, nil
}

// removeStale removes a socket on which nobody listens any more.
func removeStale(path string) error {
	fi, err := os.Lstat(path)
	if err != nil || fi.Mode()&os.ModeSocket == 0 {
		return nil // listening tells what is wrong, if anything is
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("%s: somebody listens there", path), c.Close())
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return os.Remove(path)
	}
	return nil
}
