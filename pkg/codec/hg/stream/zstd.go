package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is the 8mb of zstd-8mb.
const maxWindow = 8 << 20

// maxBlock is the most that a block holds and the most that comes out of it
// (RFC 8878 section 3.1.1.2.4).
const maxBlock = 128 << 10

// firstWindow is the window that a decompressor begins with. It is at least
// what one block may hold.
const firstWindow = maxBlock

// A zstdDecoder cuts the stream into blocks itself and hands the decompressor
// one whole block at a time. So that never has to wait for bytes, and its
// Read returns what the block holds:
//
//	magic(4) descriptor(1) …   frame header
//	last:1 type:2 size:21      block header, little-endian
//	size octets                block; 1 octet when the type is RLE
//	checksum(4)                after the last block, if the descriptor says so
//
// The decompressor makes room for the whole window when it begins, which a
// frame of a few bytes may claim to be 8 MiB. So it is told of a small one at
// first, and begins anew with a larger one when that much has come out.
type zstdDecoder struct {
	budget *Budget
	z      *zstd.Decoder
	in     feed
	rest   []byte // bytes of a unit that is not whole yet
	out    []byte
	begun  bool // the frame header is through
	check  bool // the frame ends with a checksum
	ended  bool
	err    error

	window uint64 // that the frame asks for
	ring   uint64 // that the decompressor has
	past   []byte // the blocks so far, while ring is the smaller
	ends   []int  // where they end in past
	total  uint64 // bytes that came out
	size   uint64 // of all of them, if sized
	sized  bool
}

// feed is what the decompressor reads from: never more than a block.
type feed struct{ b []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.b)
	f.b = f.b[n:]
	return n, nil
}

func (d *zstdDecoder) Decode(p []byte) ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.out = d.out[:0]
	granted := d.budget.grant(len(p))
	src := p
	if len(d.rest) > 0 {
		d.rest = append(d.rest, p...)
		src = d.rest
	}
	for len(src) > 0 && d.err == nil {
		var n int
		if n, d.err = d.unit(src); n > 0 && d.err == nil {
			d.err = d.block(src[:n], granted)
		}
		if n == 0 {
			break
		}
		src = src[n:]
	}
	d.rest = append(d.rest[:0], src...)
	if d.err != nil {
		d.rest, d.z = nil, nil
	}
	d.budget.spend(len(d.out))
	return d.out, d.err
}

var errAfterZstd = errors.New("bytes after the end of the zstd frame")

// unit returns the length of the unit at the front of src: the frame header,
// or a block with its header, and with the checksum if it is the last. It
// returns 0 when src holds only part of it.
func (d *zstdDecoder) unit(src []byte) (int, error) {
	switch {
	case d.ended:
		return 0, errAfterZstd
	case !d.begun:
		return d.frameHeader(src)
	case len(src) < 3:
		return 0, nil
	}
	h := int(src[0]) | int(src[1])<<8 | int(src[2])<<16
	size, n := h>>3, 3
	if size > maxBlock {
		return 0, fmt.Errorf("a zstd block of %d bytes is over the %d that the format allows", size, maxBlock)
	}
	switch h >> 1 & 3 {
	case 1:
		n++
	case 3:
		return 0, errors.New("a zstd block of the reserved type 3")
	default:
		n += size
	}
	if d.ended = h&1 == 1; d.ended && d.check {
		n += 4
	}
	if len(src) < n {
		d.ended = false
		return 0, nil
	}
	return n, nil
}

// frameHeader looks at the frame header: only what a released program sends
// goes on.
func (d *zstdDecoder) frameHeader(src []byte) (int, error) {
	magic := binary.LittleEndian.AppendUint32(nil, 0xfd2fb528)
	for i, b := range magic[:min(4, len(src))] {
		if src[i] != b {
			return 0, fmt.Errorf("no zstd frame: it begins with %x, not %x", src[:min(4, len(src))], magic)
		}
	}
	if len(src) < 6 {
		return 0, nil
	}
	desc := src[4]
	single, fcs := desc&0x20 != 0, [4]int{0, 2, 4, 8}[desc>>6]
	n := 5 + [4]int{0, 1, 2, 4}[desc&3] + fcs
	var window uint64
	if single {
		if fcs == 0 {
			n, fcs = n+1, 1
		}
	} else {
		n++
		base := uint64(1) << (10 + src[5]>>3)
		window = base + base/8*uint64(src[5]&7)
	}
	switch {
	case desc&0x08 != 0:
		return 0, errors.New("a zstd frame with the reserved bit")
	case desc&3 != 0:
		return 0, errors.New("a zstd frame that needs a dictionary")
	case single && len(src) < n:
		return 0, nil
	case single:
		window = contentSize(desc, src[n-fcs:n])
	}
	switch {
	case window > maxWindow:
		return 0, fmt.Errorf("%w: the zstd window of %d bytes is over the %d of zstd-8mb", ErrLimit, window, maxWindow)
	case len(src) < n:
		return 0, nil
	}
	if d.sized = fcs > 0; d.sized {
		d.size = contentSize(desc, src[n-fcs:n])
	}
	d.window, d.check = window, desc&0x04 != 0
	return n, nil
}

// contentSize reads the frame content size.
func contentSize(desc byte, b []byte) uint64 {
	switch desc >> 6 {
	case 0:
		return uint64(b[0])
	case 1:
		return uint64(binary.LittleEndian.Uint16(b)) + 256
	case 2:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// block puts a unit through the decompressor.
func (d *zstdDecoder) block(unit []byte, granted int) error {
	if !d.begun {
		d.begun = true
		return d.restart(firstWindow)
	}
	if unit[0]>>3 == 0 && unit[1] == 0 && unit[2] == 0 && !d.ended {
		return nil // an empty block; the decompressor would go on to the next
	}
	if d.ring < d.window {
		if d.total+maxBlock > d.ring { // the block may copy from the first byte on
			if err := d.restart(8 * d.ring); err != nil {
				return err
			}
		}
		d.past = append(d.past, unit...)
		d.ends = append(d.ends, len(d.past))
	}
	at := len(d.out)
	if cap(d.out)-at < maxBlock {
		d.out = append(make([]byte, 0, 2*at+maxBlock), d.out...)
	}
	n, err := d.read(d.out[at:at+maxBlock], unit, d.ended)
	if err != nil {
		return err
	}
	d.total += uint64(n)
	if at+n > granted {
		d.out = d.out[:min(at+n, granted)]
		return over(granted)
	}
	d.out = d.out[:at+n]
	if d.sized && (d.total > d.size || d.ended && d.total != d.size) {
		return fmt.Errorf("zstd: the frame holds %d bytes or more, not %d as its header says", d.total, d.size)
	}
	return nil
}

// read has one block decompressed.
func (d *zstdDecoder) read(dst, unit []byte, last bool) (int, error) {
	d.in.b = append(d.in.b, unit...) // behind the frame header, the first time
	n, err := d.z.Read(dst)
	if last && errors.Is(err, io.EOF) {
		err = nil
	}
	switch {
	case err != nil:
		return n, fmt.Errorf("zstd: %w", err)
	case len(d.in.b) > 0:
		return n, errors.New("zstd: a block is shorter than its header says")
	}
	return n, nil
}

// restart begins anew with a window, or all of the frame's if that is
// smaller, and brings the decompressor to where it was.
func (d *zstdDecoder) restart(window uint64) error {
	if d.z == nil {
		z, err := zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1), // no goroutines
			zstd.WithDecoderMaxWindow(maxWindow),
			zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		d.z = z
	}
	d.ring = 1 << 10
	for d.ring < min(window, d.window) {
		d.ring *= 2
	}
	header := binary.LittleEndian.AppendUint32(nil, 0xfd2fb528)
	header = append(header, 0, byte(bits.TrailingZeros64(d.ring)-10)<<3)
	if d.check {
		header[4] = 0x04
	}
	d.in.b = append(d.in.b[:0], header...)
	if err := d.z.Reset(&d.in); err != nil {
		return err
	}
	var scratch []byte
	start := 0
	for _, end := range d.ends {
		if scratch == nil {
			scratch = make([]byte, maxBlock)
		}
		if _, err := d.read(scratch, d.past[start:end], false); err != nil {
			return err
		}
		start = end
	}
	if d.ring >= d.window {
		d.past, d.ends = nil, nil
	}
	return nil
}
