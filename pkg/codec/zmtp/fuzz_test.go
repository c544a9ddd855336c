package zmtp_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// FuzzStream holds any bytes, cut in any way, against what codecs promise.
func FuzzStream(f *testing.F) {
	seeds(f)
	dialects := []string{"", "", "3.1", "2.0", "1.0"}
	f.Fuzz(func(t *testing.T, stream []byte, step byte) {
		if len(stream) > 4096 {
			return
		}
		o := codec.Options{Dialect: dialects[int(step)%len(dialects)], MaxFrame: 1 << 12}
		recs := codectest.Check(t, zmtp.Protocol{}, o, codec.ToServer, stream)
		again := codectest.Cut(t, zmtp.Protocol{}, o, codec.ToServer, stream, int(step))
		if !slices.EqualFunc(recs, again, func(a, b codectest.Record) bool { return a.String() == b.String() }) {
			t.Fatalf("in pieces of %d:\n got %v\nwant %v", step, again, recs)
		}
	})
}

// FuzzText parses any text: what is taken prints to a text of the same bytes.
func FuzzText(f *testing.F) {
	for _, tt := range texts {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n") {
			return // no text of one line
		}
		b, err := codectest.Encode(zmtp.Protocol{}, text)
		if err != nil || len(b) == 0 {
			return
		}
		p := new(zmtp.Parser)
		fr, err := p.Frame(codec.Text{Body: []byte(text)})
		if err != nil {
			return // deviations stand before it
		}
		printed := string(fr.AppendText(nil, codectest.All))
		if again, err := codectest.Encode(zmtp.Protocol{}, printed); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q makes %x, its text %q makes %x (%v)", text, b, printed, again, err)
		}
	})
}
