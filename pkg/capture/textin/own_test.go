package textin

import (
	"fmt"
	"strings"
	"testing"
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
