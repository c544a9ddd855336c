package decode

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/wirectl/wirectl/pkg/capture"
)

// A worker may look for something to render just before the last chunks are handed
// on, and be the one that cuts just after it: it gets them all the same.
func TestCutGivesWhatIsLeft(t *testing.T) {
	line := []byte("POSITION events 1\n")
	for _, size := range []int{1, 3000, 10_000, 20_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			p, err := NewParallel(Options{Protocol: "synapse"}, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			src, err := capture.Open("in", bytes.NewReader(bytes.Repeat(line, size)), capture.Options{Format: capture.Raw})
			if err != nil {
				t.Fatal(err)
			}
			next, stop := iter.Pull2(src.Events())
			defer stop()
			p.next = next
			got := 0
			for c := p.cut(context.Background()); c != nil; c = p.cut(context.Background()) {
				got += len(c.records)
				p.free <- c
			}
			if got != size {
				t.Errorf("%d records, want %d", got, size)
			}
		})
	}
}
