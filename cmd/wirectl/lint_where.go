package main

import (
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A chosenSet knows which records were chosen, by a bit for each.
type chosenSet map[int][]uint64

func (s chosenSet) add(r *codec.Record) {
	bits := s[r.Conn]
	for r.Seq/64 >= len(bits) {
		bits = append(bits, 0)
	}
	bits[r.Seq/64] |= 1 << (r.Seq % 64)
	s[r.Conn] = bits
}

// has says whether the record at a place was chosen; of what is about a
// direction as a whole, whether any record of its conversation was.
func (s chosenSet) has(at codec.Place) bool {
	bits, some := s[at.Conn]
	if at.Seq < 0 {
		return some
	}
	return at.Seq/64 < len(bits) && bits[at.Seq/64]>>(at.Seq%64)&1 == 1
}

// chooses returns what puts those records in o.chosen that the condition holds
// for, and takes the condition from the reading: rules look at what came before,
// so that all records are read.
func (o *lintOptions) chooses() (func(in *reading, r *codec.Record), error) {
	if !o.choosing.any() {
		return func(*reading, *codec.Record) {}, nil
	}
	if err := o.compileWants(); err != nil {
		return nil, err
	}
	var in *reading
	which := o.decodeOptions
	wants := which.wants(func(*codec.Record) time.Time { return in.start })
	o.choosing, o.chosen = choosing{}, chosenSet{}
	return func(from *reading, r *codec.Record) {
		if in = from; wants(r) {
			o.chosen.add(r)
		}
	}, nil
}
