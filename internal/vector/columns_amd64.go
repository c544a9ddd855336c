package vector

import "unsafe"

// Columns writes b[:n] as a dump shows it: to hex two digits and a blank for each
// byte, to text the byte if it is from 20 to 7e, else a dot. It does eight bytes at
// a time, as many as there is room for.
func Columns(hex, text, b []byte) (n int) {
	k := min(len(b), len(text), len(hex)/3) / 8
	if k == 0 || level == none {
		return 0
	}
	columns(unsafe.SliceData(hex), unsafe.SliceData(text), unsafe.SliceData(b), k)
	return 8 * k
}

//go:noescape
func columns(hex, text, src *byte, eights int)
