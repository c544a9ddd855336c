package main

import (
	"context"
	"fmt"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// maxReplRecords is how many records of a capture are kept to step through.
const maxReplRecords = 100_000

// replCapture reads the records of a capture, as decode finds them.
func replCapture(ctx context.Context, e *env, name, proto, dialect string) ([]*codec.Record, error) {
	in, _, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	src, err := capture.Open(name, in, capture.Options{})
	if err != nil {
		return nil, captureError(err)
	}
	opts := decode.Options{Protocol: proto, Codec: codec.Options{Dialect: dialect, MaxFrame: maxFrame(proto, codec.DefaultMaxFrame)}}
	s, err := decode.NewSession(opts)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	var list []*codec.Record
	for r, err := range s.Records(src) {
		if err != nil {
			return nil, captureError(err)
		}
		if len(list) == maxReplRecords {
			return nil, ui.Usagef("%s: over %d records; cut a piece out with decode -w", name, maxReplRecords)
		}
		kept := *r
		kept.Bytes = append([]byte(nil), r.Bytes...)
		if r.Frame != nil {
			kept.Frame = r.Frame.Clone()
		}
		list = append(list, &kept)
	}
	if len(list) == 0 {
		return nil, ui.Damagef("%s: %w", name, fmt.Errorf("there are no records in it"))
	}
	return list, nil
}
