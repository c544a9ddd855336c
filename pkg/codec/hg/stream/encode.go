package stream

import (
	"bytes"
	"compress/zlib"

	"github.com/klauspost/compress/zstd"
)

// A sink is where the compressors put their output.
type sink struct{ bytes.Buffer }

// take appends what has come out and empties the sink.
func (s *sink) take(dst []byte) []byte {
	dst = append(dst, s.Bytes()...)
	s.Reset()
	return dst
}

// Errors of the compressors' Write and Flush come from what is under them,
// which is memory here: there are none.

type zlibEncoder struct {
	sink sink
	w    *zlib.Writer
}

func newZlibEncoder() *zlibEncoder {
	e := &zlibEncoder{}
	e.w = zlib.NewWriter(&e.sink) // level 6, as Mercurial's default
	return e
}

func (e *zlibEncoder) Encode(dst, p []byte) []byte {
	_, _ = e.w.Write(p)
	return e.sink.take(dst)
}

func (e *zlibEncoder) Flush(dst []byte) []byte {
	_ = e.w.Flush()
	return e.sink.take(dst)
}

type zstdEncoder struct {
	sink sink
	w    *zstd.Encoder
	held bool // bytes wait for Flush
}

// newZstdEncoder makes an encoder with the settings that Mercurial's level 3
// has: a window of 2 MiB, no checksum, no content size.
func newZstdEncoder() (*zstdEncoder, error) {
	e := &zstdEncoder{}
	w, err := zstd.NewWriter(&e.sink,
		zstd.WithEncoderConcurrency(1), // no goroutines
		zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(2<<20),
		zstd.WithLowerEncoderMem(true))
	e.w = w
	return e, err
}

func (e *zstdEncoder) Encode(dst, p []byte) []byte {
	if len(p) > 0 {
		_, _ = e.w.Write(p)
		e.held = true
	}
	return e.sink.take(dst)
}

func (e *zstdEncoder) Flush(dst []byte) []byte {
	if e.held {
		_ = e.w.Flush()
		e.held = false
	}
	return e.sink.take(dst)
}
