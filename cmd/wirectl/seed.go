package main

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// seedLen is the bytes of a seed: as many as the keys that are made of it.
const seedLen = 32

// freshSeed gives a machine that makes secrets or ids of its seed one that
// nobody knows, unless it has been told one.
func freshSeed(proto string, o *reactor.Options) {
	if _, told := o.Extra["seed"]; told || proto != "zmtp" && proto != "emqp" {
		return
	}
	var b [seedLen]byte
	_, _ = rand.Read(b[:]) // it does not fail
	o.Extra["seed"] = hex.EncodeToString(b[:])
}
