//go:build !amd64

package vector

// ArrayMarks are none.
type ArrayMarks struct{}

func (m *ArrayMarks) At() []uint32 { return nil }

func Array(b []byte, m *ArrayMarks) (end int) { return 0 }
