package decode_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/synth"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// renders are forms of which a record's text depends on that record alone.
var renders = map[string]func() decode.Render{
	"wire": func() decode.Render { return humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendBody },
	"json": func() decode.Render { return dump.NewJSON(dumpOptions()).AppendRecord },
	"dump": func() decode.Render { return dump.NewHex(dumpOptions()).AppendRecord },
}

func dumpOptions() dump.Options {
	p := humanframe.NewPrinter(registry.Lookup, codec.View{Depth: 1})
	return dump.Options{Wire: p.AppendText, View: codec.View{Depth: 1}}
}

// numbers returns what counts records: a lead that depends on those before.
func numbers(time.Time) decode.Render {
	n := 0
	return func(dst []byte, _ *codec.Record) []byte {
		n++
		return fmt.Appendf(dst, "%d: ", n)
	}
}

// sameInParallel wants several goroutines to make of a capture what one makes
// of it: the same texts and links, in the same order.
func sameInParallel(t *testing.T, o decode.Options, open func() capture.Source) {
	t.Helper()
	for name, form := range renders {
		s, err := decode.NewSession(o)
		if err != nil {
			t.Fatal(err)
		}
		var want []byte
		render, lead := form(), numbers(time.Time{})
		for r, err := range s.Records(open()) {
			if err != nil {
				want = fmt.Appendln(want, err)
				continue
			}
			want = fmt.Appendln(want, r.Conn, r.Seq, r.Span, r.Err, decode.LinkOf(r), string(r.Bytes))
			want = render(lead(want, r), r)
		}
		for _, n := range []int{2, 5} {
			p, err := decode.NewParallel(o, n, func(time.Time) decode.Render { return form() })
			if err != nil {
				t.Fatal(err)
			}
			p.Links, p.Lead = true, numbers
			var got []byte
			err = p.Run(context.Background(), open(), func(b *decode.Batch, err error) error {
				if err != nil {
					got = fmt.Appendln(got, err)
					return nil
				}
				for i := range b.Len() {
					r := b.Record(i)
					got = append(fmt.Appendln(got, r.Conn, r.Seq, r.Span, r.Err, b.Link(i), string(r.Bytes)), b.Text(i, i+1)...)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d workers make something else (%d bytes, want %d)", name, n, len(got), len(want))
			}
			if a, b := p.Summaries(), s.Summaries(); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: other conversations (%d, want %d)", name, len(a), len(b))
			}
		}
	}
}

func TestParallelCaptures(t *testing.T) {
	names := testdata.Glob(t, "*/captures/*.pcap")
	names = append(names, testdata.Glob(t, "*/captures/*/*.pcap")...)
	if len(names) < 50 {
		t.Fatalf("%d captures", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sameInParallel(t, decode.Options{}, func() capture.Source { return open(t, name) })
		})
	}
}

// One conversation of many frames, which are handed on.
func TestParallelOneConversation(t *testing.T) {
	for _, protocol := range append([]string{"emqp"}, synth.Protocols...) {
		for _, mix := range synth.Mixes {
			t.Run(fmt.Sprintf("%s/%s", protocol, mix), func(t *testing.T) {
				t.Parallel()
				made := protocol
				if protocol == "emqp" {
					made = "zmtp"
				}
				var in bytes.Buffer
				if _, err := synth.WriteStream(&in, made, mix, 1, 80_000); err != nil {
					t.Fatal(err)
				}
				in.WriteString("\xff\xffbroken at the end")
				sameInParallel(t, decode.Options{Protocol: protocol}, func() capture.Source {
					src, err := capture.Open("in", bytes.NewReader(in.Bytes()), capture.Options{Format: capture.Raw})
					if err != nil {
						t.Fatal(err)
					}
					return src
				})
			})
		}
	}
}

// Who has seen enough may stop.
func TestParallelStops(t *testing.T) {
	p, err := decode.NewParallel(decode.Options{}, 3, func(time.Time) decode.Render {
		return func(dst []byte, _ *codec.Record) []byte { return dst }
	})
	if err != nil {
		t.Fatal(err)
	}
	in := bytes.Repeat([]byte("POSITION events 1\n"), 100_000)
	src, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: capture.Raw})
	if err != nil {
		t.Fatal(err)
	}
	n, enough := 0, errors.New("enough")
	err = p.Run(context.Background(), src, func(*decode.Batch, error) error {
		if n++; n == 5 {
			return enough
		}
		return nil
	})
	if n != 5 || !errors.Is(err, enough) {
		t.Errorf("%d batches, %v", n, err)
	}
}
