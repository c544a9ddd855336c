package repl

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

// console returns a console of a protocol whose files are in a map.
func console(t testing.TB, proto string, change func(*Options, *reactor.Options)) *Console {
	t.Helper()
	p, err := registry.Lookup(proto)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string][]byte{}
	o := Options{Protocol: p, Lookup: registry.Lookup, Width: 100}
	var r reactor.Options
	o.ReadFile = func(name string) ([]byte, error) {
		if b, ok := held[name]; ok {
			return b, nil
		}
		return nil, fmt.Errorf("%s: no such file", name)
	}
	o.WriteFile = func(name string, b []byte) error { held[name] = b; return nil }
	if change != nil {
		change(&o, &r)
	}
	o.Machine = func(role reactor.Role) (reactor.Machine, error) {
		r := r
		r.Role = role
		return machines.New(proto, r)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// report returns an error as it stands in a transcript.
func report(err error) string {
	text := "! " + err.Error() + "\n"
	if e, ok := errors.AsType[*humanframe.Error](err); ok {
		if e.HintText != "" {
			text += "  " + e.HintText + "\n"
		}
		for _, n := range e.Notes() {
			text += "  " + n + "\n"
		}
	}
	return text
}

// TestTranscripts runs the sessions in testdata: the lines with a prompt are
// typed, all must come out as it stands there. The first line names the
// protocol and the mode. With -update the files are written.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.session")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".session"), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			first, rest, _ := strings.Cut(string(src), "\n")
			words := strings.Fields(first)
			c := console(t, words[0], func(o *Options, r *reactor.Options) {
				o.Mode = Mode(words[1])
				if len(words) > 2 {
					o.Dialect, r.Dialect = words[2], words[2]
				}
			})
			var b strings.Builder
			b.WriteString(first + "\n")
			b.Write(c.Banner())
			n := 0
			for line := range strings.Lines(rest) {
				_, typed, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "> ")
				if !ok || !strings.HasPrefix(line, words[0]+" ") {
					continue
				}
				n++
				b.WriteString(c.Prompt() + typed + "\n")
				out, err := c.Do("session", n, typed)
				b.Write(out)
				if err != nil {
					b.WriteString(report(err))
				}
			}
			if *update {
				if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			} else if b.String() != string(src) {
				t.Errorf("the session goes\n%s", b.String())
			}
		})
	}
}

// picture is all of a console that going back must bring back.
func picture(t *testing.T, c *Console) string {
	t.Helper()
	saved := c.out
	c.out = nil
	if err := c.pendingCommand(""); err != nil {
		t.Fatal(err)
	}
	text := c.world().State().String() + "\n" + string(c.out)
	c.out = saved
	return text
}

var walks = map[string][]string{
	"hg server": {
		"1 1 stream-begin command-name have-args lookup", "1 1 0 command-argument eoa arg:key=tip", "3 1 0 command-name eos heads",
		"@response 1 2 hello", "@response 3 2 there", "@eof", "raw \\x00\\x00", "wait 1s",
	},
	"msgq server": {"> [#1] getlname", "> [#2] getlname", "> [#1] subscribe G", "> [#2] send G {\"a\": 1}", "@eof 1", "@close 2", "@open 3"},
	"zeo both":    {"client @load oid'0'", "hold on", "hold off", "deliver", "drop 8", "client @call tpc_begin()", "wait", "> call 9 nothing()", "reorder 9 8"},
	"zmtp both":   {"client @send hello", "hold on", "hold off", "deliver", "> message \"x\"", "< message \"y\"", "drop 12"},
	"synapse both": {
		"client @send PING 5", "hold on", "deliver", "deliver all", "wait 5s", "server @eof", "hold off",
	},
}

// Going back restores all, wherever one goes; what happens afterwards is what
// happened before.
func TestTimeTravel(t *testing.T) {
	for name, lines := range walks {
		t.Run(name, func(t *testing.T) {
			proto, mode, _ := strings.Cut(name, " ")
			for seed := range uint64(4) {
				rng := rand.New(rand.NewPCG(seed, 1))
				c := console(t, proto, func(o *Options, _ *reactor.Options) { o.Mode = Mode(mode); o.ByHand = seed%2 == 1 && mode != "both" })
				seen := map[string][]string{"main": nil} // pictures after each step of a branch
				for range 60 {
					switch rng.IntN(8) {
					case 0:
						_, _ = c.Do("walk", 1, fmt.Sprintf("goto %d", rng.IntN(len(c.step.Steps())+1)))
					case 1:
						_, _ = c.Do("walk", 1, fmt.Sprintf("fork b%d", len(c.branches)))
						seen[c.branch] = nil
					case 2:
						names := c.branchNames()
						_, _ = c.Do("walk", 1, "switch "+names[rng.IntN(len(names))])
					default:
						// Errors are as good as steps: nothing has happened then.
						_, _ = c.Do("walk", 1, lines[rng.IntN(len(lines))])
					}
					at, branch := c.step.At(), c.branch
					for len(seen[branch]) <= len(c.step.Steps()) {
						seen[branch] = append(seen[branch], "")
					}
					seen[branch][at] = picture(t, c)
					// Back to the beginning and forth again.
					now := seen[branch][at]
					if err := c.moveTo(0); err != nil {
						t.Fatal(err)
					}
					if err := c.moveTo(at); err != nil {
						t.Fatal(err)
					}
					if got := picture(t, c); got != now {
						t.Fatalf("seed %d: after going back and forth\n%s\nwant\n%s", seed, got, now)
					}
				}
			}
		})
	}
}

// Ten steps, back, and the same again: the states are those of before, and the
// frames that are typed afterwards are understood as before.
func TestBackIsExact(t *testing.T) {
	c := console(t, "zeo", func(o *Options, _ *reactor.Options) { o.Mode = BothMode })
	pictures := []string{picture(t, c)}
	from := c.step.At()
	for i := range 10 {
		if _, err := c.Do("x", 1, fmt.Sprintf("client @load oid'%d'", i)); err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, picture(t, c))
	}
	if c.step.At() < from+10 {
		t.Fatalf("%d steps", c.step.At()-from)
	}
	for n := c.step.At(); n > from; n-- {
		if _, err := c.Do("x", 1, "back"); err != nil {
			t.Fatal(err)
		}
	}
	if got := picture(t, c); got != pictures[0] {
		t.Errorf("at the beginning\n%s\nwant\n%s", got, pictures[0])
	}
	for i := range 10 {
		if _, err := c.Do("x", 1, fmt.Sprintf("client @load oid'%d'", i)); err != nil {
			t.Fatal(err)
		}
		if got := picture(t, c); got != pictures[i+1] {
			t.Errorf("load %d\n%s\nwant\n%s", i, got, pictures[i+1])
		}
	}
}

// FuzzConsole wants no line to do harm, and going back to be exact.
func FuzzConsole(f *testing.F) {
	for _, lines := range walks {
		f.Add(uint8(0), strings.Join(lines, "\n"))
	}
	for _, cmd := range commands() {
		f.Add(uint8(1), cmd.name+"\n"+cmd.name+" 1\n"+cmd.name+" on\n"+cmd.name+" ?")
	}
	f.Add(uint8(2), "load x.wire\nsave x.wire\nload x.wire\ncontinue\nsave lines y\nsource y")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		proto := machines.Protocols()[int(which>>2)%len(machines.Protocols())]
		mode := Mode(Modes()[int(which)%3])
		if proto == "hg" && mode != ServerMode {
			mode = ServerMode // its default dialect has no client
		}
		c := console(t, proto, func(o *Options, _ *reactor.Options) { o.Mode = mode })
		for i, line := range strings.SplitN(text, "\n", 30) {
			if len(line) > 1000 {
				return
			}
			_, _ = c.Do("fuzz", i+1, line)
			c.Complete(line)
		}
		at, now := c.step.At(), picture(t, c)
		if c.moveTo(0) != nil || c.moveTo(at) != nil || picture(t, c) != now {
			t.Errorf("after going back and forth\n%s\nwant\n%s", picture(t, c), now)
		}
	})
}

func TestPop(t *testing.T) {
	c := console(t, "hg", nil)
	if _, ok := c.Pop(); ok {
		t.Error("there was nothing to leave")
	}
	for _, line := range []string{"fork a", "fork b", "@eof"} {
		does(t, c, line)
	}
	if out, ok := c.Pop(); !ok || c.branch != "a" || !strings.Contains(string(out), "at step 0 of 0 on a") {
		t.Errorf("%s, on %s", out, c.branch)
	}
	if _, ok := c.Pop(); !ok || c.branch != "main" {
		t.Errorf("on %s", c.branch)
	}
	if _, ok := c.Pop(); ok {
		t.Error("main was left")
	}
}
