package cbor

import "math"

// float returns the value of a float's bits; size is that of its head.
func float(arg uint64, size uint8) float64 {
	switch size {
	case 3:
		return half(uint16(arg))
	case 5:
		return float64(math.Float32frombits(uint32(arg)))
	}
	return math.Float64frombits(arg)
}

// half returns the value of the 16 bits of an IEEE 754 binary16.
func half(b uint16) float64 {
	exp, frac := int(b>>10&0x1f), float64(b&0x3ff)
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(frac, -24)
	case 31:
		f = math.Inf(1)
		if frac != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(frac+1024, exp-25)
	}
	if b&0x8000 != 0 {
		return -f
	}
	return f
}

// floatSize returns the length of the shortest head that holds the same
// float. A NaN counts as shortest as it stands: its bits may mean something.
func floatSize(arg uint64, size uint8) uint8 {
	f := float(arg, size)
	switch {
	case math.IsNaN(f):
		return size
	case isHalf(f):
		return 3
	case float64(float32(f)) == f:
		return min(size, 5)
	}
	return size
}

// isHalf says whether 16 bits hold f exactly.
func isHalf(f float64) bool {
	if f == 0 || math.IsInf(f, 0) {
		return true
	}
	_, exp := math.Frexp(f) // 0.5 <= frac < 1
	if exp > 16 {
		return false
	}
	// The last of 11 bits, or of what is left of them below 2^-14.
	m := math.Ldexp(f, min(11-exp, 24))
	return m == math.Trunc(m)
}
