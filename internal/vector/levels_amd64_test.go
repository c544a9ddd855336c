package vector

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// atEachLevel runs f with each kind of instructions that this processor has.
func atEachLevel(t *testing.T, f func(t *testing.T)) {
	defer func() { level = found() }()
	for level = none; level <= found(); level++ {
		t.Run(strconv.Itoa(level), f)
	}
}

// TestFound looks at what is used when the environment forbids some of it.
func TestFound(t *testing.T) {
	if want := os.Getenv("VECTOR_LEVEL"); want != "" {
		if got := strconv.Itoa(level); got != want {
			t.Errorf("level %s, want %s", got, want)
		}
		return
	}
	for _, c := range []struct {
		off  string
		most int
	}{{"avx", none}, {"popcnt", none}, {"avx2", avx}, {"bmi2", avx}, {"avx512f", avx2}, {"avx512bw", avx2}, {"avx512vbmi2", avx2}} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFound$")
		cmd.Env = append(os.Environ(), "GODEBUG="+os.Getenv("GODEBUG")+",cpu."+c.off+"=off", "VECTOR_LEVEL="+strconv.Itoa(min(c.most, found())))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("without %s: %s", c.off, strings.TrimSpace(string(out)))
		}
	}
}
