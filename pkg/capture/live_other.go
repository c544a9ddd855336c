//go:build !linux

package capture

import (
	"context"
	"errors"
)

// Live returns a Source of the conversations on a network interface. It is
// there on Linux only.
func Live(context.Context, string, Options) (Source, error) {
	return nil, errors.New("capturing from an interface works on Linux only: record with tcpdump -w FILE and read the file, or pipe tcpdump -U -w - into this")
}
