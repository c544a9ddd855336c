package decode_test

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/decode"
)

// single is a source whose events are of one packet each.
type single struct{ capture.Source }

func (s single) Events() iter.Seq2[capture.Event, error] { return capture.Singly(s.Source.Events()) }

// What several packets bring at once gives the records, and their times, that
// each packet would give.
func TestRuns(t *testing.T) {
	for _, protocol := range synth.Protocols {
		for _, net := range []synth.Network{{}, {Segment: 100, Disorder: 0.02}, {Flows: 3}} {
			var file bytes.Buffer
			if _, err := synth.WriteCapture(&file, protocol, synth.Mixed, 1, 400_000, net); err != nil {
				t.Fatal(err)
			}
			read := func(one bool) (records []string) {
				s, err := decode.NewSession(decode.Options{Protocol: protocol})
				if err != nil {
					t.Fatal(err)
				}
				src, err := capture.Open("x", bytes.NewReader(file.Bytes()), capture.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if one {
					src = single{src}
				}
				for r, err := range s.Records(src) {
					records = append(records, fmt.Sprint(r.Conn, r.Dir, r.Time, r.Span, r.Err, err, bytes.Clone(r.Bytes)))
				}
				return records
			}
			got, want := read(false), read(true)
			if len(want) < 50 || !slices.Equal(got, want) {
				t.Errorf("%s %+v: %d records, want %d", protocol, net, len(got), len(want))
			}
		}
	}
}
