package hgserve_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRealClone has a real Mercurial clone from the server and look at what it
// got. WIRECTL_PEER_HG is the command of one that speaks the final dialect,
// such as "python3.9 /path/to/hg"; docs/interop.md says which were tried.
func TestRealClone(t *testing.T) {
	command := strings.Fields(os.Getenv("WIRECTL_PEER_HG"))
	if len(command) == 0 {
		t.Skip("SKIPPED: no Mercurial: WIRECTL_PEER_HG names none")
	}
	url := serve(t, captured(t))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a guard
	defer cancel()
	home := t.TempDir()
	hg := func(args ...string) string {
		t.Helper()
		args = append(append(command[1:len(command):len(command)], "--config", "experimental.httppeer.advertise-v2=true"), args...)
		cmd := exec.CommandContext(ctx, command[0], args...)
		cmd.Env = append(os.Environ(), "HGPLAIN=1", "HGRCPATH=", "HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("hg %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	for _, encoding := range []string{"identity", "zlib", "zstd-8mb"} {
		dir := filepath.Join(home, encoding)
		hg("--config", "experimental.httppeer.v2-encoder-order="+encoding, "clone", "--pull", "-U", url, dir)
		hg("-R", dir, "verify")
		if n := strings.Count(hg("-R", dir, "log", "-T", "x\n"), "x"); n != 11 {
			t.Errorf("%s: %d changesets, want 11", encoding, n)
		}
	}
}
