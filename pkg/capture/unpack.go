package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd file may ask for.
const maxWindow = 128 << 20

// packing names the compression that prefix begins with, or "".
func packing(prefix []byte) string {
	switch {
	case bytes.HasPrefix(prefix, []byte{0x1f, 0x8b, 8}):
		return "gzip"
	case bytes.HasPrefix(prefix, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	}
	return ""
}

// An unpacker reads a packed input. A fault of the packing ends the input; it
// is kept and told when everything before it was read.
type unpacker struct {
	kind string
	in   counter
	r    io.Reader
	stop func()
	err  error
}

// counter counts the bytes read of the packed input.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

func unpack(kind string, r io.Reader) (*unpacker, error) {
	u := &unpacker{kind: kind, in: counter{r: r}, stop: func() {}}
	if kind == "gzip" {
		z, err := gzip.NewReader(&u.in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		u.r = z
		return u, nil
	}
	// One at a time: no goroutines.
	z, err := zstd.NewReader(&u.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	u.r, u.stop = z, z.Close
	return u, nil
}

func (u *unpacker) Read(b []byte) (int, error) {
	if u.err != nil {
		return 0, io.EOF
	}
	n, err := u.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		u.err, err = err, io.EOF
	}
	return n, err
}

// damage returns the fault of the packing as a [*Damage], or nil.
func (u *unpacker) damage(file string) error {
	if u == nil || u.err == nil {
		return nil
	}
	return &Damage{File: file, Offset: u.in.n, Err: fmt.Errorf("%s: the rest cannot be unpacked (offset of the packed file): %w", u.kind, u.err)}
}

func (u *unpacker) close() {
	if u != nil {
		u.stop()
	}
}
