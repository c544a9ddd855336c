package main

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A fresh makes the values that texts ask for by {{uuid}} and {{now}}: those
// of the moment, or with a seed the same ones each time.
type fresh struct {
	bits func() uint64
	now  func() time.Time
}

func newFresh(seed uint64, seeded bool) *fresh {
	if !seeded {
		return &fresh{bits: rand.Uint64, now: time.Now}
	}
	// The clock of a seed begins in 2001 and goes on by a second each time.
	clock := time.Unix(1_000_000_000, 0)
	return &fresh{
		bits: rand.New(rand.NewPCG(seed, 0)).Uint64,
		now: func() time.Time {
			clock = clock.Add(time.Second)
			return clock
		},
	}
}

// value is for codec.Options.Fresh.
func (f *fresh) value(name string) (string, bool) {
	switch name {
	case "uuid":
		return f.uuid(), true
	case "now":
		s := strconv.FormatFloat(float64(f.now().UnixNano())/1e9, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0" // as Python writes it
		}
		return s, true
	}
	return "", false
}

// uuid returns a UUID of version 4.
func (f *fresh) uuid() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], f.bits())
	binary.BigEndian.PutUint64(b[8:], f.bits())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
