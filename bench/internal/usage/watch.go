package usage

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Watch looks at the most memory that a process holds until stop is called,
// which returns it in MiB: what the process had when it was last looked at.
// Peak would tell more exactly, were it not for what it takes over from the
// process that started the other one. It is 0 where there is no /proc.
func Watch(pid int) (stop func() float64) {
	const often = 5 * time.Millisecond
	done, peak := make(chan struct{}), make(chan float64)
	go func() {
		var most float64
		for {
			most = max(most, held(pid))
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(often):
			}
		}
	}()
	return func() float64 {
		close(done)
		return <-peak
	}
}

// held returns VmHWM of a process.
func held(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil {
		return 0
	}
	return kib / 1024
}
