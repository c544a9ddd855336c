package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/adler32"
)

// A zlibDecoder undoes zlib:
//
//	CMF FLG         two octets: method, window, check
//	…               DEFLATE
//	ADLER32(4)      of the decoded bytes, big-endian; never sent by Mercurial,
//	                which does not end its streams
type zlibDecoder struct {
	budget *Budget
	head   []byte
	z      inflater
	sum    hash.Hash32
	tail   []byte // what follows the last block
	err    error
}

func (d *zlibDecoder) Decode(p []byte) (out []byte, err error) {
	if d.err != nil {
		return nil, d.err
	}
	granted := d.budget.grant(len(p))
	if need := 2 - len(d.head); need > 0 {
		n := min(need, len(p))
		d.head = append(d.head, p[:n]...)
		p = p[n:]
		if len(d.head) < 2 {
			return nil, nil
		}
		if d.err = checkZlibHead(d.head); d.err != nil {
			return nil, d.err
		}
		d.sum = adler32.New()
	}
	if !d.z.ended {
		out, p, err = d.z.feed(p, granted)
		d.budget.spend(len(out))
		_, _ = d.sum.Write(out)
		if err != nil {
			d.err = err
			d.z = inflater{}
			return out, err
		}
	}
	if d.z.ended {
		d.tail = append(d.tail, p[:min(len(p), 5)]...)
		d.err = d.end()
	}
	return out, d.err
}

// end checks what follows the last block, as far as it is there.
func (d *zlibDecoder) end() error {
	if len(d.tail) < 4 {
		return nil
	}
	if want, got := binary.BigEndian.Uint32(d.tail), d.sum.Sum32(); want != got {
		return fmt.Errorf("zlib: the checksum of the data is %#08x, not %#08x", got, want)
	}
	if len(d.tail) > 4 {
		return errors.New("zlib: bytes after the end of the stream")
	}
	return nil
}

func checkZlibHead(h []byte) error {
	switch {
	case h[0]&15 != 8 || h[0]>>4 > 7 || (uint(h[0])<<8|uint(h[1]))%31 != 0:
		return fmt.Errorf("zlib: no zlib stream begins with %x", h)
	case h[1]&0x20 != 0:
		return errors.New("zlib: a stream that needs a dictionary")
	}
	return nil
}
