package vector

import (
	"os"
	"syscall"
)

// fence is memory with some before it and behind it that cannot be read.
var fence = func() []byte {
	page := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	for _, at := range []int{0, 2 * page} {
		if err := syscall.Mprotect(all[at:at+page], syscall.PROT_NONE); err != nil {
			panic(err)
		}
	}
	return all[page : 2*page : 2*page]
}()

// atEnd returns b where reading behind it fails, until the next call.
func atEnd(b []byte) []byte {
	at := fence[len(fence)-len(b):]
	copy(at, b)
	return at
}

// atStart returns b where reading before it fails, until the next call.
func atStart(b []byte) []byte {
	copy(fence, b)
	return fence[:len(b):len(b)]
}
