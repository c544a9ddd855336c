package repl

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/live/hgserve"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

// answering gives a console the built-in server of hg.
func answering(t *testing.T, o *Options) {
	t.Helper()
	r, err := repo.Parse(hgserve.Sample)
	if err != nil {
		t.Fatal(err)
	}
	h := hgserve.New(r)
	o.Answer = func(conn int, a reactor.Action) ([]reactor.Event, bool) {
		return h.Handle(context.Background(), conn, a)
	}
}

// TestTours holds the tours to their transcripts.
func TestTours(t *testing.T) {
	for _, proto := range machines.Protocols() {
		t.Run(proto, func(t *testing.T) {
			c := console(t, proto, func(o *Options, r *reactor.Options) {
				for _, k := range machines.All() {
					if k.Proto == proto && k.Role == reactor.Server && o.Dialect == "" {
						o.Dialect, r.Dialect = k.Dialect, k.Dialect
					}
				}
				if proto == "hg" {
					answering(t, o)
				}
			})
			out, err := c.Do("tour", 1, "tour all")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", "tour-"+proto+".txt"), out)

			// Piece by piece it is the same, and afterwards it begins again.
			pieces := pieces(proto)
			whole := string(out)
			if _, err := c.Do("tour", 1, "tour again"); err != nil {
				t.Fatal(err)
			}
			for i := 1; i < len(pieces); i++ {
				out, err := c.Do("tour", 1, "tour")
				part, _, _ := strings.Cut(string(out), "\n\n")
				if err != nil || !strings.Contains(whole, strings.TrimSpace(part)) {
					t.Errorf("piece %d: %v\n%s", i+1, err, out)
				}
			}
		})
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("it goes\n%s\nand is to go as in %s; -update rewrites it", got, name)
	}
}

// Every command that takes something has an example in its help, and every
// topic says something; examples of help are lines that the console knows.
func TestHelp(t *testing.T) {
	c := console(t, "hg", nil)
	for _, cmd := range commands() {
		if cmd.args != "" && cmd.name != "command" && suchAs()[cmd.name] == "" {
			t.Errorf("%s has no example", cmd.name)
		}
		for line := range strings.Lines(suchAs()[cmd.name]) {
			if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name != cmd.name {
				t.Errorf("%s: %s", cmd.name, line)
			}
		}
		if out := does(t, c, "help "+cmd.name); !strings.Contains(out, cmd.usage) {
			t.Errorf("help %s: %s", cmd.name, out)
		}
	}
	for _, topic := range topics {
		out := does(t, c, "help "+topic.name)
		if topic.text == "" || !strings.Contains(out, "\n  ") {
			t.Errorf("help %s: %s", topic.name, out)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(line)); n > c.width()+20 {
				t.Errorf("help %s: %d cells: %s", topic.name, n, line)
			}
		}
	}
}
