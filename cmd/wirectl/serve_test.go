package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// sendMain is the program send of the scripts: "send FILE" sends its input to
// the address that serve wrote to FILE, and prints the answer;
// "send FILE PATH" does so by HTTP.
func sendMain() {
	if err := send(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "send:", err)
		os.Exit(1)
	}
}

func send(args []string) error {
	at, err := waitForFile(args[0])
	if err != nil {
		return err
	}
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if len(args) > 1 {
		return sendWeb(at+args[1], data)
	}
	network, place := "tcp", strings.TrimPrefix(strings.TrimPrefix(at, "tcp://"), "tls://")
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		network, place = "unix", path
	}
	c, err := net.Dial(network, place)
	if err != nil {
		return err
	}
	if strings.HasPrefix(at, "tls:") {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // a certificate of the test's own
	}
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		return err
	}
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, c)
	return err
}

func sendWeb(url string, data []byte) error {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return err
	}
	const mediaType = "application/mercurial-exp-framing-0002"
	req.Header.Set("Accept", mediaType)
	req.Header.Set("Content-Type", mediaType)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}

// waitForFile waits until serve takes connections.
func waitForFile(name string) (string, error) {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(name)
		if err == nil || time.Now().After(end) {
			return strings.TrimSpace(string(b)), err
		}
	}
}

// mkcertMain is the program mkcert of the scripts: it writes a certificate to
// cert.pem and its key to key.pem.
func mkcertMain() {
	if err := mkcert(); err != nil {
		fmt.Fprintln(os.Stderr, "mkcert:", err)
		os.Exit(1)
	}
}

func mkcert() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o666); err != nil {
		return err
	}
	return os.WriteFile("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}
