package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// lineCommand has a flag of each sort.
func lineCommand() *cli.Command {
	var out string
	var limit int64
	return &cli.Command{Name: "do", Flags: []cli.Flag{
		choiceFlag(&out, "output", "o", "wire", "format", []string{"wire", "json", "-"}, ""),
		&cli.BoolFlag{Name: "each", Aliases: []string{"e"}},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}},
		&cli.StringSliceFlag{Name: "decode-as", Aliases: []string{"d"}},
		sizeFlag(&limit, "limit", 0, ""),
	}}
}

func TestParseLine(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"do", "do --"},
		{"do a b", "do -- a b"},
		{"do a -o json b --each c", "do -o=json -each -- a b c"},
		{"do a --output json", "do -output=json -- a"},
		{"do --output=json a", "do -output=json -- a"},
		{"do -ojson", "do -o=json --"},
		{"do -o=json", "do -o=json --"},
		{"do -qe a", "do -q -e -- a"},
		{"do -qojson a", "do -q -o=json -- a"},
		{"do -qo json a", "do -q -o=json -- a"},
		{"do -o - -", "do -o=- -- -"},
		{"do -5 -0x41 -1.5", "do -- -5 -0x41 -1.5"},
		{"do a -- -o --each --", "do -- a -o --each --"},
		{"do -d --each", "do -d=--each --"},
		{"do -d a,b --decode-as=c=d", "do -d=a,b -decode-as=c=d --"},
		{"do --each=false", "do -each=false --"},
		{"do --limit 64KiB", "do -limit=64KiB --"},
	} {
		l, err := parseLine([]*cli.Command{lineCommand()}, strings.Fields(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if got := strings.Join(l.args, " "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestParseLineRefuses(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"dp", `unknown command "dp"`},
		{"-x do", `unknown flag "-x"`},
		{"do --eech", `do: unknown flag "--eech"`},
		{"do -each", `do: unknown flag "-each"`}, // -e -a: no -a
		{"do --e", `do: unknown flag "--e"`},
		{"do -x", `do: unknown flag "-x"`},
		{"do -o", `flag -o needs a value`},
		{"do -o tree", `flag -o: no format "tree"`},
		{"do --output=", `flag --output: no format ""`},
		{"do --limit 5XB", `flag --limit: "5XB" is no size, such as 4096, 64KiB or 10MB`},
	} {
		_, err := parseLine([]*cli.Command{lineCommand()}, strings.Fields(tt.in))
		if err == nil || err.Error() != tt.want || ui.Code(err) != ui.ExitUsage {
			t.Errorf("%s: error %v, status %d; want %s, %d", tt.in, err, ui.Code(err), tt.want, ui.ExitUsage)
		}
	}
}

// TestFlagTables holds the rules for all flags: no -h but for help, a letter
// means the same in all commands, and no command has a flag twice.
func TestFlagTables(t *testing.T) {
	letters := map[string]string{"h": "help"}
	app := testApp(t)
	for _, c := range app.Commands {
		if c.Usage == "" && !c.Hidden {
			t.Errorf("%s: no usage", c.Name)
		}
		if !c.Hidden && !strings.Contains(c.Description, "Exit status:") {
			t.Errorf("%s: the help does not tell the exit statuses", c.Name)
		}
		var seen []string
		for _, f := range c.Flags {
			long := f.Names()[0]
			for _, n := range f.Names() {
				if slices.Contains(seen, n) {
					t.Errorf("%s: flag %s twice", c.Name, n)
				}
				seen = append(seen, n)
				if len(n) > 1 {
					continue
				}
				if other, ok := letters[n]; ok && other != long {
					t.Errorf("%s: -%s is --%s here, --%s elsewhere", c.Name, n, long, other)
				}
				letters[n] = long
			}
		}
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "4096": 4096, "64KiB": 65536, "10MB": 1e7, "2GiB": 2 << 30, "7B": 7} {
		if got, err := parseSize(in); err != nil || got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "-1", "1.5MB", "9999999999GiB", "KiB"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("parseSize(%q) = %d; want an error", in, got)
		}
	}
}

// TestMakers makes each command alone.
func TestMakers(t *testing.T) {
	e := newEnv(t.Context(), strings.NewReader(""), &strings.Builder{}, &strings.Builder{})
	all := len(makers())
	for _, m := range makers() {
		want := 1
		if m.others {
			want = all
		}
		got := commands(e, []string{m.name})
		if len(got) != want || findCommand(got, m.name) == nil {
			t.Errorf("%s: %d commands; want %d, and it among them", m.name, len(got), want)
		}
	}
	for _, args := range [][]string{nil, {"--help"}, {"nonsense"}} {
		if got := commands(e, args); len(got) != all {
			t.Errorf("%q: %d commands; want %d", args, len(got), all)
		}
	}
}
