package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wirectl/wirectl/internal/testdata"
)

var update = flag.Bool("update", false, "rewrite the expected output of scripts, transcripts and generated documents")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wirectl": main, "send": sendMain, "mkcert": mkcertMain})
}

// TestScript runs the scripts, one for each feature. In them $TESTDATA is the
// project's folder of recorded facts.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TESTDATA", testdata.Path(""))
			return os.MkdirAll(e.WorkDir, 0o777)
		},
	})
}
