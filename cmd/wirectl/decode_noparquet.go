//go:build !parquet

package main

import (
	"io"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// newColumnar says how to get a wirectl that writes Parquet files: their
// library is larger than all the rest.
func newColumnar(io.Writer, codec.View, *humanframe.Printer) (columnar, error) {
	return nil, &hinted{ui.Usagef("this wirectl was built without Parquet"), "go install -tags parquet ./cmd/wirectl"}
}
