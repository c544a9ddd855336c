// Package stream has the encodings of Mercurial's streams: identity, zlib and
// zstd-8mb, as of hg 5.8.1.
//
// An encoding is a state that all frames of one stream share: a frame's
// payload is a piece of the encoded stream, cut anywhere. So a [Decoder] takes
// pieces and gives what they complete, which may be nothing, and an [Encoder]
// gives what is ready, and all that is held back on Flush.
//
//	identity   the bytes themselves
//	zlib       RFC 1950, ended by an empty stored block (Z_SYNC_FLUSH) where
//	           a response ends
//	zstd-8mb   RFC 8878, one frame for the whole stream, a block ended where
//	           a response ends; a window of 8 MiB at the most
//
// There is no I/O and there are no goroutines.
package stream

import (
	"errors"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// The names of the encodings, as stream-settings frames have them.
const (
	Identity = "identity"
	Zlib     = "zlib"
	Zstd8MB  = "zstd-8mb"
)

// Names lists the encodings, the server's first choice first.
func Names() []string { return []string{Zstd8MB, Zlib, Identity} }

// A Decoder undoes an encoding.
type Decoder interface {
	// Decode takes the next bytes of the encoded stream and returns those
	// that they complete. They are good until the next call and may share
	// memory with p.
	//
	// With an error it returns what came before the fault; every further
	// call returns the same error. Errors that wrap ErrLimit say that the
	// input may be good but is refused.
	Decode(p []byte) ([]byte, error)
}

// ErrLimit is wrapped by errors that name a limit.
var ErrLimit = errors.New("limit")

// Limits of a [Budget] unless others are set.
const (
	DefaultOutput = 16 << 20 // bytes from one call of Decode
	DefaultBase   = 64 << 20 // bytes from all calls before Ratio counts
	DefaultRatio  = 1000     // decoded bytes for each encoded one
	MaxDecoders   = 8        // decoders of one Budget, which have 8 MiB each
)

// A Budget bounds what the Decoders that share it make of their input. The
// zero value has the defaults. It is not for use by several goroutines.
type Budget struct {
	Output int   // most bytes from one call of Decode
	Base   int64 // decoded bytes that need no reason
	Ratio  int64 // decoded bytes allowed for each encoded byte, on top

	in, out  int64
	decoders int
}

// grant says how many bytes n encoded ones may become.
func (b *Budget) grant(n int) int {
	most, base, ratio := int64(DefaultOutput), int64(DefaultBase), int64(DefaultRatio)
	if b.Output > 0 {
		most = int64(b.Output)
	}
	if b.Base > 0 {
		base = b.Base
	}
	if b.Ratio > 0 {
		ratio = b.Ratio
	}
	b.in += int64(n)
	return int(max(0, min(most, base+ratio*b.in-b.out)))
}

func (b *Budget) spend(n int) { b.out += int64(n) }

// over is the error for output that was not granted.
func over(granted int) error {
	return fmt.Errorf("%w: the payload grows to more than %d bytes", ErrLimit, granted)
}

// NewDecoder returns a Decoder for an encoding's name, which is as untrusted
// as the rest. A nil Budget means one with the defaults for this Decoder. An
// unknown name gives a [*codec.UnknownNameError].
func NewDecoder(name string, b *Budget) (Decoder, error) {
	if b == nil {
		b = &Budget{}
	}
	if name == Identity {
		return identity{}, nil
	}
	if name != Zlib && name != Zstd8MB {
		return nil, &codec.UnknownNameError{What: "stream encoding", Name: name, Allowed: Names()}
	}
	if b.decoders >= MaxDecoders {
		return nil, fmt.Errorf("%w: more than %d encoded streams", ErrLimit, MaxDecoders)
	}
	b.decoders++
	if name == Zlib {
		return &zlibDecoder{budget: b}, nil
	}
	return &zstdDecoder{budget: b}, nil
}

// Release says that a Decoder of the Budget is not used any more.
func (b *Budget) Release(d Decoder) {
	if d == nil {
		return
	}
	if _, ok := d.(identity); !ok && b.decoders > 0 {
		b.decoders--
	}
}

// An Encoder applies an encoding. What it returns is appended to dst.
type Encoder interface {
	// Encode takes the next bytes and appends what is ready, which may be
	// nothing.
	Encode(dst, p []byte) []byte

	// Flush appends all that was held back, so that a Decoder that gets it
	// can give every byte.
	Flush(dst []byte) []byte
}

// NewEncoder returns an Encoder for an encoding's name. An unknown name gives
// a [*codec.UnknownNameError].
func NewEncoder(name string) (Encoder, error) {
	switch name {
	case Identity:
		return identity{}, nil
	case Zlib:
		return newZlibEncoder(), nil
	case Zstd8MB:
		return newZstdEncoder()
	}
	return nil, &codec.UnknownNameError{What: "stream encoding", Name: name, Allowed: Names()}
}

// identity changes nothing.
type identity struct{}

func (identity) Decode(p []byte) ([]byte, error) { return p, nil }
func (identity) Encode(dst, p []byte) []byte     { return append(dst, p...) }
func (identity) Flush(dst []byte) []byte         { return dst }
