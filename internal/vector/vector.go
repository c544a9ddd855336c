// Package vector has the loops over bytes that pay for vector instructions:
// those that every byte of a large payload goes through. Each does whole blocks
// of 16 bytes, Columns of eight, and says how far it came; its caller, who has the
// same loop in Go, does the rest, and all of it where there are no such
// instructions. With AVX2 most do two blocks at a time, and with AVX-512 those that
// make text four. [Array], [Tokens] and [Unblank] go over blocks of [Marked] bytes and
// do nothing without AVX2; of these the last two have loops of AVX-512 too.
//
// The assembly reads and writes nothing outside the slices that it is given and
// keeps none of them. It takes no branch on what a single byte is: half of what
// goes over a wire is as good as random, and a processor that foresees wrongly
// loses the time of some thirty bytes.
package vector

// Block is how many bytes are done at a time.
const Block = 16
