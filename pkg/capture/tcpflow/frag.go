package tcpflow

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds on the fragments that wait for others.
const (
	maxDatagrams = 64
	maxDatagram  = 64 << 10
	maxFragments = 256 // of one datagram
)

// errFragment says that a fragment was kept; the datagram is not complete.
var errFragment = errors.New("IP fragment kept")

// A fragKey tells datagrams apart.
type fragKey struct {
	src, dst host
	id       uint32
	proto    uint8
}

// A span is the half-open range of offsets that a fragment filled.
type span struct{ from, to int }

// A datagram is put together from fragments; of bytes sent twice the first
// win.
type datagram struct {
	key  fragKey
	buf  []byte
	have []span // sorted, apart from each other
	end  int    // its length; -1 while the last fragment is missing
}

// fragments holds the datagrams that are not complete, oldest first.
type fragments struct {
	open []*datagram
	lost int // datagrams given up
}

// add files a fragment. It returns the datagram that it completed, or
// errFragment, or what is wrong with the fragment.
func (f *fragments) add(key fragKey, at int, more bool, b []byte, cut int) ([]byte, error) {
	if cut > 0 {
		return nil, fmt.Errorf("IP fragment cut: %d bytes are missing", cut)
	}
	if at+len(b) > maxDatagram {
		return nil, fmt.Errorf("IP fragment ends at %d, over 65536", at+len(b))
	}
	i := slices.IndexFunc(f.open, func(d *datagram) bool { return d.key == key })
	if i < 0 {
		if len(f.open) == maxDatagrams {
			f.open = slices.Delete(f.open, 0, 1)
			f.lost++
		}
		i = len(f.open)
		f.open = append(f.open, &datagram{key: key, end: -1})
	}
	d := f.open[i]
	if !more {
		d.end = at + len(b)
	}
	d.fill(at, b)
	switch {
	case len(d.have) == 1 && d.end >= 0 && d.have[0].from == 0 && d.have[0].to >= d.end:
		f.open = slices.Delete(f.open, i, i+1)
		return d.buf[:d.end], nil
	case len(d.have) > maxFragments:
		f.open = slices.Delete(f.open, i, i+1)
		f.lost++
		return nil, fmt.Errorf("IP datagram in more than %d pieces", maxFragments)
	}
	return nil, errFragment
}

// fill copies what of b is new, and notes it.
func (d *datagram) fill(at int, b []byte) {
	if len(b) == 0 {
		return
	}
	end := at + len(b)
	if len(d.buf) < end {
		d.buf = append(d.buf, make([]byte, end-len(d.buf))...)
	}
	from := at
	for _, h := range d.have {
		if h.from > from && from < end {
			copy(d.buf[from:min(end, h.from)], b[from-at:])
		}
		from = max(from, h.to)
	}
	if from < end {
		copy(d.buf[from:end], b[from-at:])
	}
	d.have = append(d.have, span{at, end})
	slices.SortFunc(d.have, func(a, b span) int { return a.from - b.from })
	merged := d.have[:1]
	for _, h := range d.have[1:] {
		if last := &merged[len(merged)-1]; h.from <= last.to {
			last.to = max(last.to, h.to)
		} else {
			merged = append(merged, h)
		}
	}
	d.have = merged
}
