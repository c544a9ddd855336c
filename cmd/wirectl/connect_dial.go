package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/live"
)

// dialer returns what makes the connections, and what to call at the end.
func (o *connectOptions) dialer(address string) (dial func(context.Context) (io.ReadWriteCloser, error), done func(), err error) {
	at, err := live.ParseAddress(address)
	if err != nil {
		return nil, nil, ui.With(ui.ExitUsage, err)
	}
	switch at.Scheme {
	case "tcp", "unix", "tls":
	default:
		return nil, nil, &hinted{ui.Usagef("a client cannot connect to %s", at), "there are tcp://HOST:PORT, unix:PATH and tls://HOST:PORT"}
	}
	secure, done, err := o.tls(at)
	if err != nil {
		return nil, nil, err
	}
	network := "tcp"
	if at.Scheme == "unix" {
		network = "unix"
	}
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		var d net.Dialer
		if secure != nil {
			return (&tls.Dialer{NetDialer: &d, Config: secure}).DialContext(ctx, network, at.Place)
		}
		return d.DialContext(ctx, network, at.Place)
	}, done, nil
}

// tls returns the settings of an encrypted connection; nil for others.
func (o *connectOptions) tls(at live.Address) (t *tls.Config, done func(), err error) {
	done = func() {}
	if !at.TLS() {
		if o.ca != "" || o.name != "" || o.cert != "" || o.key != "" || o.keyLog != "" || o.insecure {
			return nil, nil, ui.Usagef("%s is not encrypted: the flags --tls-… are for tls", at)
		}
		return nil, done, nil
	}
	t = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.insecure, ServerName: o.name}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, nil, ui.With(ui.ExitIO, err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, nil, ui.Usagef("--tls-ca %s: no certificate in PEM", o.ca)
		}
	}
	if o.cert != "" || o.key != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return nil, nil, ui.IOf("certificate: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	if o.keyLog != "" {
		f, err := os.OpenFile(o.keyLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, ui.With(ui.ExitIO, err)
		}
		t.KeyLogWriter, done = f, func() { _ = f.Close() } // a lost key shows when it is used
	}
	return t, done, nil
}
