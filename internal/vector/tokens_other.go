//go:build !amd64

package vector

func (t *Tokens) Next([]Marks, []byte) (n int, ok bool) { return 0, false }

func Unblank(dst, text []byte) (wrote int, ok bool) { return 0, false }
