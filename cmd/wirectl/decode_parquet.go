//go:build parquet

package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/filter"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/parquet"
)

// newColumnar returns what writes records as a Parquet file to w.
func newColumnar(w io.Writer, view codec.View, p *humanframe.Printer) (columnar, error) {
	return &parquetFile{w: w, view: view, printer: p}, nil
}

// A parquetFile writes the records of one protocol: that of the first record
// that has one.
type parquetFile struct {
	w       io.Writer
	view    codec.View
	printer *humanframe.Printer
	file    *parquet.Writer
	early   []*codec.Record // of no protocol, before the first that has one
	text    []byte
}

// maxEarly is how many records of no protocol may come first.
const maxEarly = 10_000

func (f *parquetFile) record(r *codec.Record, reply codec.Reply, paired bool) error {
	if f.file == nil && r.Proto == "" && len(f.early) < maxEarly {
		early := *r
		early.Bytes = bytes.Clone(r.Bytes)
		f.early = append(f.early, &early)
		return nil
	}
	if f.file == nil {
		if err := f.begin(r.Proto); err != nil {
			return err
		}
	}
	return f.write(r, reply, paired)
}

// begin begins the file of a protocol, or with "" of none.
func (f *parquetFile) begin(proto string) error {
	var columns []parquet.Column
	if proto != "" {
		fields, err := filter.Fields(proto)
		if err != nil {
			return err
		}
		for _, field := range fields {
			if !field.Record {
				columns = append(columns, parquet.Column{Name: strings.TrimPrefix(field.Name, "fields."), Kind: parquetKinds[field.Type]})
			}
		}
	}
	f.file = parquet.New(f.w, proto, columns)
	for _, r := range f.early {
		if err := f.write(r, codec.Reply{}, false); err != nil {
			return err
		}
	}
	f.early = nil
	return nil
}

// parquetKinds are the kinds of columns; what is missing is JSON.
var parquetKinds = map[string]parquet.Kind{"integer": parquet.Int, "boolean": parquet.Bool, "text": parquet.Text, "bytes": parquet.Bytes}

func (f *parquetFile) write(r *codec.Record, reply codec.Reply, paired bool) error {
	if f.text = f.text[:0]; !r.IsGap() {
		f.text = f.printer.AppendText(f.text, r)
	}
	err := f.file.Write(r, f.text, f.view, reply, paired)
	if err != nil && r.Proto != "" {
		err = &hinted{ui.With(ui.ExitUsage, err), "--where 'proto == \"" + r.Proto + "\"' chooses the records of one"}
	}
	return err
}

func (f *parquetFile) close() error {
	if f.file == nil {
		if err := f.begin(""); err != nil {
			return err
		}
	}
	return ui.With(ui.ExitIO, f.file.Close())
}
