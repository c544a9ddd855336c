package zeo_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
)

// From ZEO 5 on both ends show a certificate that the other knows. What is
// said inside is the same.
func TestClientOnOurServerByTLS(t *testing.T) {
	pair, known := certificate(t)
	_, others := certificate(t)
	server := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	place := serveZEOAt(t, zeo.ServerOptions{}, live.Address{Scheme: "tls", Place: "127.0.0.1:0"}, server)
	clientTalk(t, "Z5", dialingTLS(place, &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: known}))

	for what, client := range map[string]*tls.Config{
		"a client without a certificate":  {RootCAs: known},
		"a client that knows another one": {Certificates: []tls.Certificate{pair}, RootCAs: others},
	} {
		c, err := dialingTLS(place, client)(context.Background())
		if err == nil { // from TLS 1.3 on the server's refusal comes later
			_, err = c.Read(make([]byte, 1))
			_ = c.Close()
		}
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func dialingTLS(place string, o *tls.Config) dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		return (&tls.Dialer{Config: o}).DialContext(ctx, "tcp", place)
	}
}

// certificate returns a certificate that has signed itself, and a pool of it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}
