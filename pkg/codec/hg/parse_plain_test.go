package hg

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A plain header is read as header reads it, which reads any.
func TestPlainHeader(t *testing.T) {
	p := &parser{dialect: seed} // one for all, as it remembers words
	for _, tt := range []struct {
		text  string
		plain bool
	}{
		{"1 1 stream-begin command-name eos heads", true},
		{"65535 255 7 command-data 2 x", true},
		{"001 1 0 command-argument eoa arg:key=tip", true},
		{"1 1 0 bytes-response 0 ", true},
		{"1234567 1 0 bytes-response 0 ", false},
		{"12345 23 0 bytes-response eos x", true},
		{"12345 23 0 bytes-response eos y", true},
		{"12345 23 0 bytes-response eo", false},
		{"3 1 0 command-argument eoa arg:key=tip", true},
		{"3 1 stream-begin command-argument continuation x", true},
		{"3 1 0 bytes-response eos ", true},
		{"4 2 0 bytes-response eos z", true},
		{"65536 1 0 bytes-response 0 ", false},
		{"1 256 0 bytes-response 0 ", false},
		{"1 1 256 bytes-response 0 ", false},
		{"1 1 0 bytes-response 16 ", false},
		{"1 1 0 4 0 ", false},
		{"+1 1 0 bytes-response 0 ", false},
		{"1 1 stream-begin|encoded bytes-response 0 ", false},
		{"1 1 0 bytes-response continuation|eos ", false},
		{"1  0 bytes-response 0 ", false},
		{"1 1 0 bytes-response eos", false},
		{"1 1 0 bytes-response eos|", false},
		{"1 1 0 bytes-response  x", false},
		{"", false},
		{"1 1 0 ", false},
		{"1 1 0  0 x", false},
		{"00000000001 1 0 bytes-response 0 ", false},
	} {
		at := p.plainHeader([]byte(tt.text))
		if (at > 0) != tt.plain {
			t.Errorf("%q: the payload begins at %d", tt.text, at)
		}
		if at == 0 {
			continue
		}
		q := &parser{dialect: seed}
		if err := split(&q.parts, []byte(tt.text)); err != nil {
			t.Fatal(err)
		}
		err := q.header(&q.parts, false)
		a, b := p.f, q.f
		same := a.RequestID == b.RequestID && a.StreamID == b.StreamID && a.StreamFlags == b.StreamFlags && a.TypeID == b.TypeID && a.Flags == b.Flags
		if err != nil || !same || at != q.parts[5].at {
			t.Errorf("%q: got %+v at %d, want %+v at %d, %v", tt.text, a, at, b, q.parts[5].at, err)
		}
	}
}

func TestParseAllocs(t *testing.T) {
	p, err := Protocol{}.Parser(codec.Options{Dialect: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1 1 stream-begin command-name have-args lookup", "1 1 0 command-argument eoa arg:key=tip", `1 1 0 command-data eos \x00\n`} {
		body := codec.Text{Body: []byte(text)}
		if n := testing.AllocsPerRun(100, func() {
			if _, err := p.Parse(codec.ToServer, body); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}
