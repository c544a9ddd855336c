package msgq_test

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/reactor/msgq"
)

// The real Python library isc.cc and isc.config, on our daemon. libraryVar is
// the directory that holds isc, with what it imports; docs/interop.md says
// what that takes.

const libraryVar = "WIRECTL_PEER_MSGQ_LIBRARY"

func TestRealLibraryOnOurDaemon(t *testing.T) {
	dir := os.Getenv(libraryVar)
	if dir == "" {
		t.Skipf("SKIPPED: the daemon is not tested with the real Python library: %s names no directory of it", libraryVar)
	}
	for name, o := range map[string]msgq.DaemonOptions{
		"plain":  {},
		"compat": {Membership: msgq.MembershipConfigManager},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, "python3", testdata.Path("msgq/peer/library.py"), serve(t, o), t.TempDir(), name)
			cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}
}
