package capture

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

func TestIdentify(t *testing.T) {
	for _, tt := range []struct {
		dir          codec.Direction
		prefix, want string
	}{
		{'>', "GET / HTTP/1.1\r\n", "HTTP"},
		{'<', "HTTP/1.1 200 OK\r\n", "HTTP"},
		{'>', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"},
		{'>', "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"},
		{'<', "\x16\x03\x03\x00\x7a\x02", "TLS"},
		{'<', "SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"},
		{'>', "*2\r\n$4\r\nLLEN\r\n", "RESP"},
		{'<', "*3\r\n$7\r\nmessage\r\n", "RESP"},
		{'<', "+OK\r\n", "RESP"},
		{'<', "220 mx.example ESMTP Postfix\r\n", "SMTP"},
		{'>', "AMQP\x00\x00\x09\x01", "AMQP"},
		{'>', "\x10\x10\x00\x04MQTT\x04", "MQTT"},
		{'>', "\x00\x00\x00\x29\x00\x03\x00\x00user\x00", "PostgreSQL"},
		{'>', "\x00\x00\x00\x08\x04\xd2\x16\x2f", "PostgreSQL"},
		{'>', "\x00\x00\x00\x08\x04\xd2\x16\x31", ""},
		{'<', "\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "pcap"},
		{'<', "\xa1\xb2\x3c\x4d\x00\x02\x00\x04", "pcap"},
		{'<', "\x4a\x00\x00\x00\x0a8.0.36\x00", "MySQL"},
		{'>', `{"a": 1}`, "JSON"},
		// Ours, and nothing in particular.
		{'>', "SERVER example.com\n", ""},
		{'<', "\x00\x00\x00\x04Z309", ""},
		{'>', "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f", ""},
		{'>', "\x00\x00\x00\x1e\x00\x1a{\"type\": \"getlname\"}", ""},
		{'>', "\x05\x00\x00\x01\x00\x01\x01\x11heads", ""},
		{'>', "", ""},
	} {
		name, why := Identify(tt.dir, []byte(tt.prefix))
		if name != tt.want || (why == "") != (name == "") {
			t.Errorf("%v%q: %s, %s", tt.dir, tt.prefix, name, why)
		}
	}
}

func TestFilter(t *testing.T) {
	a, b := netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:8000")
	for text, want := range map[string]bool{
		"tcp port 8000":                       true,
		"port 8001":                           false,
		"host 10.0.0.1 and port 8000":         true,
		"host 10.0.0.3 or port 8000":          true,
		"not port 8000":                       false,
		"!(port 8000 || port 1)":              false,
		"net 10.0.0.0/24 && portrange 1-9000": true,
		"ip6":                                 false,
		"ip and not host 10.0.0.9":            true,
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if f(a, b) != want || f(b, a) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	for text, want := range map[string]string{
		"port":                              "wants a value",
		"port http":                         "0 to 65535",
		"src port 80":                       "whole conversations",
		"prot 80":                           "none of",
		"(port 80":                          "has no",
		"port 80)":                          "before it",
		"port 80 or":                        "it ends",
		"host x":                            "host",
		strings.Repeat("not ", 200) + "tcp": "nested",
	} {
		if _, err := ParseFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if f, err := ParseFilter(" "); f != nil || err != nil {
		t.Errorf("empty: %v", err)
	}
}
