package synapse_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
)

func seeds(f *testing.F) {
	f.Add([]byte(session), uint8(3), uint8(0))
	f.Add([]byte("RDATA a 5 6 7\n*3\r\n\xff\x00\nUSER_IP a [{{redacted}}]\nUSER_IP"), uint8(1), uint8(1))
	f.Add([]byte("*3\r\n$7\r\nPUBLISH\r\n$3\r\na/b\r\n$6\r\nPING 1\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$16\r\nUSER_IP @a [\"t\"]\r\n*1\r\n$"), uint8(5), uint8(0))
	f.Add([]byte("POSITION s i 9223372036854775808 -1_0\nRDATA s i \xd9\xa3 \xef\xbb\xbf[NaN]\n\n"), uint8(2), uint8(9))
}

// dialectOf makes a dialect of any number; 0 is none.
func dialectOf(n uint8) string {
	all := synapse.Protocol{}.Info().Dialects
	if i := int(n) % (len(all) + 1); i > 0 {
		return all[i-1].Name
	}
	return ""
}

func FuzzChunks(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, size, dialect uint8) {
		whole := show(cut(t, dialectOf(dialect), b, max(1, len(b))))
		if got := show(cut(t, dialectOf(dialect), b, 1+int(size))); !slices.Equal(got, whole) {
			t.Errorf("in pieces of %d: %q, not %q", 1+int(size), got, whole)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, _, dialect uint8) {
		c := open(t, dialectOf(dialect))
		d := c.Decoder(codec.ToServer)
		p, err := synapse.Protocol{}.Parser(codec.Options{Dialect: dialectOf(dialect)})
		if err != nil {
			t.Fatal(err)
		}
		for len(b) > 0 {
			frame, n, _ := d.Decode(b, true)
			if n <= 0 {
				return // over the limit
			}
			checkFrame(t, p, frame, b[:n])
			b = b[n:]
		}
	})
}

// textOf splits off deviations as the notation does.
func textOf(text []byte) (t codec.Text) {
	for bytes.HasPrefix(text, []byte("!")) {
		word, rest, _ := bytes.Cut(text[1:], []byte(" "))
		name, value, _ := bytes.Cut(word, []byte("="))
		t.Deviations = append(t.Deviations, codec.Deviation{Name: string(name), Value: string(value)})
		text = rest
	}
	t.Body = text
	return t
}

// checkFrame holds a frame against its bytes in every form.
func checkFrame(t *testing.T, p codec.Parser, f codec.Frame, b []byte) {
	t.Helper()
	if got, err := f.AppendBinary(nil); err != nil || !bytes.Equal(got, b) {
		t.Fatalf("%q became %q, %v", b, got, err)
	}
	for _, v := range []codec.View{{}, {Secrets: true, Depth: 9}} {
		tile(t, b, f.AppendFields(nil, 7, v), 0, 7, 7+int64(len(b)))
		f.AppendJSON(nil, v)
		f.AppendFindings(nil)
		text := f.AppendText(nil, v)
		if bytes.HasPrefix(text, []byte("raw ")) {
			continue // the notation's own
		}
		g, err := p.Parse(codec.ToServer, textOf(text))
		if bytes.Contains(text, []byte(codec.Redacted)) && !v.Secrets {
			continue
		}
		if err != nil {
			t.Fatalf("%q: text %q: %v", b, text, err)
		}
		if got, _ := g.AppendBinary(nil); !bytes.Equal(got, b) {
			t.Fatalf("%q: text %q encodes to %q", b, text, got)
		}
	}
}

func FuzzTranscript(f *testing.F) {
	for _, s := range []string{
		"> SERVER x", `3) "PING \x41\u00e9\"`, `1.5 [0 a:1] "PUBLISH" "c" "PING \\x"`,
		`2026-11-20 21:55:19,101 - [a-ABCDE] failed to parse line 'PING': b"\U0001f389\'"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		buf := []byte("kept")
		m, ok := synapse.Transcript(buf, line)
		if ok && len(m.Line) == 0 || string(buf) != "kept" {
			t.Errorf("%q: %+v, %q", line, m, buf)
		}
	})
}
