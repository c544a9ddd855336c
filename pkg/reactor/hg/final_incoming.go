package hg

import (
	"errors"
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/hg/stream"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// maxReplay is how many compressed bytes of a stream are kept so that a copy
// of the client can go on reading it.
const maxReplay = 16 << 20

// An incoming is a stream of the server's. Decoders cannot be copied: a copy
// reads again what came, when it has to.
type incoming struct {
	settings settings
	name     string // of the encoding, "" before settings
	dec      stream.Decoder
	past     [][]byte // what was decoded
	size     int      // bytes of it
	lost     bool     // past has not all of it
	fault    error
}

func (in *incoming) clone() *incoming {
	c := *in
	c.settings = in.settings.clone()
	c.past = slices.Clip(in.past)
	if in.compresses() {
		c.dec = nil
	}
	return &c
}

func (in *incoming) compresses() bool { return in.name == stream.Zlib || in.name == stream.Zstd8MB }

// decode undoes the encoding. A stream without settings is taken for
// identity. The bytes are good until the next call.
func (in *incoming) decode(p []byte) ([]byte, error) {
	if !in.compresses() {
		return p, nil
	}
	if in.fault == nil && in.dec == nil {
		in.fault = in.replay()
	}
	if in.fault != nil {
		return nil, in.fault
	}
	if !in.lost {
		if in.size += len(p); in.size > maxReplay {
			in.past, in.lost = nil, true
		} else {
			in.past = append(in.past, slices.Clone(p))
		}
	}
	out, err := in.dec.Decode(p)
	if err != nil {
		in.fault, in.past = err, nil
	}
	return out, err
}

// replay makes the decoder of a copy.
func (in *incoming) replay() error {
	if in.lost {
		return fmt.Errorf("a copy of the client cannot read a stream of more than %d bytes", maxReplay)
	}
	dec, err := stream.NewDecoder(in.name, nil)
	if err != nil {
		return err
	}
	for _, p := range in.past {
		if _, err := dec.Decode(p); err != nil {
			return err
		}
	}
	in.dec = dec
	return nil
}

// setDecoder gives a stream the encoding that settings name. More says that
// they have further items.
func (c *FinalClient) setDecoder(in *incoming, v cbor.Value, more bool) error {
	b, ok := v.Bytes()
	name := string(b)
	if kind := v.Type(); !ok {
		switch {
		case !c.o.Compat:
			return fmt.Errorf("a %s is no name", kind)
		case kind == "list" || kind == "dict" || kind == "set":
			return fmt.Errorf("unhashable type: '%s'", kind)
		}
		return fmt.Errorf("%%b requires a bytes-like object, or an object that implements __bytes__, not '%s'", kind)
	}
	known := map[string]string{stream.Identity: "identity", stream.Zlib: "zlib", stream.Zstd8MB: "zstd8mb"}[name]
	switch {
	case known == "":
		return errors.New("unknown stream decoder: " + name)
	case more:
		return fmt.Errorf("%s decoder received unexpected additional values", known)
	}
	*in = incoming{}
	packed := 0
	for _, other := range c.incoming {
		if other.compresses() {
			packed++
		}
	}
	if name != stream.Identity && packed >= stream.MaxDecoders {
		return fmt.Errorf("more than %d encoded streams", stream.MaxDecoders)
	}
	dec, err := stream.NewDecoder(name, nil)
	if err != nil {
		return err
	}
	in.name, in.dec = name, dec
	return nil
}

// maxStatus is the longest first item of an answer that is looked at.
const maxStatus = 1 << 20

// A status looks for the first item of an answer.
type status struct {
	buf  []byte
	scan cbor.Scanner
	done bool
}

func (s status) clone() status {
	s.buf = slices.Clone(s.buf)
	s.scan = cbor.Scanner{} // it has memory of its own: made again
	if !s.done {
		_, _, _ = s.scan.Next(s.buf)
	}
	return s
}

// take takes more of the answer and returns its first item when it ends
// there. It is a value of its own.
func (s *status) take(p []byte) (cbor.Value, bool) {
	if s.done || len(p) == 0 {
		return cbor.Value{}, false
	}
	n, whole, err := s.scan.Next(p)
	s.buf = append(s.buf, p[:n]...)
	if err == nil && !whole && len(s.buf) <= maxStatus {
		return cbor.Value{}, false
	}
	buf := s.buf
	*s = status{done: true}
	if !whole {
		return cbor.Value{}, true
	}
	v, _, err := parseItem(buf)
	if err != nil {
		return cbor.Value{}, true
	}
	return v, true
}

// lateStatus returns the map {status: error} that is all of a payload.
func lateStatus(p []byte) (cbor.Value, bool) {
	if len(p) == 0 || len(p) > maxStatus {
		return cbor.Value{}, false
	}
	m, n, err := parseItem(slices.Clone(p))
	if err != nil || n != len(p) {
		return m, false
	}
	v, _ := m.Get("status")
	name, _ := v.Bytes()
	_, ok := m.Get("error")
	return m, ok && string(name) == "error" && len(m.Items()) == 4
}
