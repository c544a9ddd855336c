package textin

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/dump"
)

// parseOwn returns the chunks of a dump in short: flow, direction, gap, data.
func parseOwn(text string) (string, []error) {
	var p Own
	var out strings.Builder
	var errs []error
	for line := range strings.Lines(text) {
		chunks, err := p.Parse(nil, []byte(strings.TrimSuffix(line, "\n")))
		if err != nil {
			errs = append(errs, err)
		}
		for _, c := range chunks {
			fmt.Fprintf(&out, "%s%s %d %x\n", c.Flow, c.Dir, c.Gap, c.Data)
		}
	}
	return out.String(), errs
}

func TestOwn(t *testing.T) {
	const text = `#1 +0.000000 > command-name                    13 bytes
  00000000  05 00 00                 ...       length        5
  00000003  01 00                    ..        request-id    1
! 00000005  01                       .         stream-id     1        client's
! 00000005  odd: dead beef
!           01 02  it goes on here
                                               a note
  00000006                                     payload
  00000006  68 65 61 64 73 61 62 63  headsabc  payload       "heads"
#1/2 23:04:05.000001 < text                    9 bytes
  00000010  01
  00000011  … 1 448 more bytes
#1/2 < gap
! 000005b9  … 1 byte missing
#1/2 < text
  000005ba  ** **                    **        password
  000005bc  ff                       .         end
  000005be  00                       .         far
#2 < raw
! 1000000000  02                     .         raw
`
	const want = `1> 0 050000
1> 0 0100
1> 0 01
1> 0 6865616473616263
1/2< 0 01
1/2< 1448 
1/2< 1 
1/2< 2 
1/2< 0 ff
1/2< 1 00
2< 0 02
`
	if got, errs := parseOwn(text); got != want || errs != nil {
		t.Errorf("got\n%swant\n%s%v", got, want, errs)
	}
}

func TestOwnErrors(t *testing.T) {
	for text, want := range map[string]string{
		"#1 > x\n  00000000  0g                  .":                    "expected",
		"#1 > x\n  00000000  00 1\n":                                   "expected",
		"#1 > x\n  00000000  00  .\n  00000000  00  .":                 "behind",
		"#1 > x\n  00000000  00 **  ..":                                "not masked",
		"#1 > x\n  ffffffffffffffff  00  .":                            "no offset",
		"#1 > x\n  00000000  … 999 999 999 999 999 999 999 more bytes": "no count",
	} {
		if _, errs := parseOwn(text); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%q: %v, want %s", text, errs, want)
		}
	}
}

// What is read of a dump is what was dumped: frames, damage and gaps.
func TestOwnReadsDump(t *testing.T) {
	conv, err := hg.Protocol{}.Open(codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := codec.NewStream(conv.Decoder(codec.ToServer), codec.ToServer)
	whole, cut := dump.NewHex(dump.Options{Rows: -1}), dump.NewHex(dump.Options{Rows: 1})
	var text, less []byte
	take := func() {
		for {
			r, ok := s.Next()
			if !ok {
				return
			}
			r.Conn = 1
			text = whole.AppendRecord(text, &r)
			less = cut.AppendRecord(less, &r)
		}
	}
	data := append([]byte("\xc8\x00\x00\x01\x00\x01\x01\x31"), bytes.Repeat([]byte("a payload "), 20)...)
	s.Feed(data)
	take()
	s.Gap(1448)
	take()
	s.Feed([]byte("garbage \x00"))
	take()
	s.End()
	take()

	want := fmt.Sprintf("%x(1448)%x", data, "garbage \x00")
	if got := joinOwn(t, text); got != want {
		t.Errorf("got %s, want %s in\n%s", got, want, text)
	}
	if got := joinOwn(t, less); !strings.Contains(got, "6c6f61(192)(1448)") { // 8 of 200 bytes are in the first row
		t.Errorf("rows that are left out are no gap: %s in\n%s", got, less)
	}
}

// joinOwn returns the bytes of a dump in hex, and its gaps.
func joinOwn(t *testing.T, text []byte) string {
	t.Helper()
	var p Own
	var out strings.Builder
	for line := range bytes.Lines(text) {
		chunks, err := p.Parse(nil, bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Errorf("%v: %q", err, line)
		}
		for _, c := range chunks {
			if c.Gap > 0 {
				fmt.Fprintf(&out, "(%d)", c.Gap)
			}
			fmt.Fprintf(&out, "%x", c.Data)
		}
	}
	return out.String()
}
