//go:build !amd64

package vector

func Unescape(dst, src []byte, quoted bool) (took, made int) { return 0, 0 }

func Unhex(dst, src []byte) (took int) { return 0 }
