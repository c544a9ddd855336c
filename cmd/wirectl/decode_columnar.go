package main

import (
	"context"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// columnarOutput is the form of records in typed columns.
const columnarOutput = "parquet"

// A columnar writes records as a file of columns.
type columnar interface {
	record(r *codec.Record, reply codec.Reply, paired bool) error
	close() error // ends the file
}

// decodeColumns shows records as a file of columns.
func decodeColumns(ctx context.Context, e *env, o *decodeOptions, opts decode.Options, src capture.Source, show *shower) error {
	if e.Stdout.TTY {
		return &hinted{ui.Usagef("a Parquet file is nothing for a terminal"), "> FILE writes it to a file"}
	}
	file, err := newColumnar(e.Stdout, o.view(), o.printer())
	if err != nil {
		return err
	}
	show.sink = file.record
	if _, err := decodeInTurn(ctx, e, o, opts, src, show); err != nil {
		return err
	}
	if err := show.settleAll(); err != nil {
		return err
	}
	return file.close()
}
