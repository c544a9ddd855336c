// Package size reads sizes on the command lines of the benchmarks.
package size

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a number of bytes: digits, and K, M or G.
func Parse(s string) (int64, error) {
	unit := int64(1)
	for suffix, u := range map[string]int64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if t, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = t, u
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is no size, such as 256M", s)
	}
	return n * unit, nil
}

// Flag defines a flag that is a size.
func Flag(name, value, usage string) *int64 {
	n, err := Parse(value)
	if err != nil {
		panic(err)
	}
	flag.Func(name, usage+" (default "+value+")", func(s string) (err error) {
		n, err = Parse(s)
		return err
	})
	return &n
}
