package lint_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/lint"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func number(n int) string { return strconv.Itoa(n) }

// look lints bytes.
func look(t testing.TB, name string, in []byte, o decode.Options, format capture.Format) *lint.Result {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(in), capture.Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	o.Codec.Account = true
	s, err := decode.NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	l := lint.New(lint.Options{
		PerRule: 1 << 30,
		Wire:    humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendText,
		Open: func(id int) (string, bool) {
			for _, sum := range s.Summaries() {
				if sum.Conn.ID == id {
					return sum.Conn.Server.String(), !sum.Conn.JoinedMidstream
				}
			}
			return "", true
		},
	})
	for r, err := range s.Records(src) {
		if err == nil {
			l.Add(r)
		}
	}
	return l.Finish(s.Summaries())
}

// TestCaptures holds what is found in the recordings of the real programs to a
// list. Every line of it was looked at: each is there, and is what its rule
// says.
func TestCaptures(t *testing.T) {
	var out bytes.Buffer
	for _, pattern := range []string{"hg/captures/*/*.pcap", "zeo/captures/*.pcap", "synapse/captures/*.pcap", "msgq/captures/*.pcap", "emqp/captures/*.pcap"} {
		for _, name := range testdata.Glob(t, pattern) {
			r := look(t, name, testdata.Read(t, name), decode.Options{}, capture.Auto)
			counts := map[string]int{}
			for _, f := range r.Findings {
				if f.Rule.Text == "" {
					t.Errorf("%s: no rule tells of %s", name, f.Rule.ID)
				}
				if f.Message == "" || f.Conn == 0 {
					t.Errorf("%s: %+v", name, f)
				}
				counts[f.Rule.Severity.String()+" "+f.Rule.ID]++
			}
			var lines []string
			for what, n := range counts {
				lines = append(lines, fmt.Sprintf("%s: %s %d\n", strings.TrimSuffix(name, ".pcap"), what, n))
			}
			slices.Sort(lines)
			for _, line := range lines {
				out.WriteString(line)
			}
		}
	}
	file := filepath.Join("testdata", "captures.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(want, out.Bytes()) {
		t.Errorf("%s is not what is found now: %v\n%s", file, err, out.Bytes())
	}
}

// TestRules holds the tables of rules to their form, and to the codes of the
// findings in the protocols' sources.
func TestRules(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range lint.Rules("") {
		if ids[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		ids[r.ID] = true
		if !regexp.MustCompile(`^[a-z]+/[a-z0-9-]+$`).MatchString(r.ID) || r.Severity == 0 || r.Title == "" || strings.HasSuffix(r.Title, ".") || !strings.HasSuffix(r.Text, ".") {
			t.Errorf("%+v", r)
		}
	}
	codes := regexp.MustCompile(`(?:add|say|put|finding)\("([a-z0-9-]+)"|Code: +"([a-z0-9-]+)"|^\tfind[A-Z]\w+ += "([a-z-]+)"`)
	for _, p := range registry.Names() {
		files, err := filepath.Glob("../codec/" + p + "/*.go")
		if err != nil || files == nil {
			t.Fatal(p, err)
		}
		seen := 0
		for _, file := range files {
			if base := filepath.Base(file); !strings.Contains(base, "findings") && base != "end.go" && base != "summary.go" && base != "calls.go" && base != "final_fields.go" {
				continue
			}
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(src)) {
				for _, m := range codes.FindAllStringSubmatch(line, -1) {
					seen++
					if code := m[1] + m[2] + m[3]; !ids[p+"/"+code] && !ids["any/"+code] {
						t.Errorf("%s: no rule %s/%s", file, p, code)
					}
				}
			}
		}
		if seen < 5 {
			t.Errorf("%s: only %d codes were found in its sources", p, seen)
		}
	}
	if n := len(lint.Rules("zmtp")); n < 20 || n >= len(lint.Rules("emqp")) {
		t.Errorf("%d rules of zmtp", n)
	}
}

// TestOptions asks for less.
func TestOptions(t *testing.T) {
	in := []byte("NAME a\r\nNAME b\r\nNAME c\r\nERROR x\nPING 1\n")
	for _, tt := range []struct {
		o    lint.Options
		want string
	}{
		{lint.Options{PerRule: 2}, "map[synapse/after-error:1 synapse/carriage-return:3 synapse/error-line:1] 4 error"},
		{lint.Options{Least: codec.Error}, "map[synapse/after-error:1] 1 error"},
		{lint.Options{Skip: func(id string) bool { return id == "synapse/after-error" }}, "map[synapse/carriage-return:3 synapse/error-line:1] 4 warning"},
		{lint.Options{Undirected: true}, "map[synapse/carriage-return:3] 3 warning"},
	} {
		src, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: capture.Raw})
		if err != nil {
			t.Fatal(err)
		}
		s, err := decode.NewSession(decode.Options{Protocol: "synapse"})
		if err != nil {
			t.Fatal(err)
		}
		l := lint.New(tt.o)
		for r, err := range s.Records(src) {
			if err != nil {
				t.Fatal(err)
			}
			l.Add(r)
		}
		r := l.Finish(s.Summaries())
		if got := fmt.Sprint(r.Counts, len(r.Findings), " ", r.Worst()); strings.Join(strings.Fields(got), " ") != tt.want {
			t.Errorf("%+v: %s, not %s", tt.o, got, tt.want)
		}
	}
}

// TestForms holds what is written to the structure of SARIF 2.1.0, and JSON to
// what was found.
func TestForms(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif-2.1.0-part.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zeo/captures/zeo6-raw.pcap", "hg/captures/seed/multirequest-two.pcap", "emqp/captures/emq_admin.pcap", "hg/captures/seed/heads.pcap"} {
		r := look(t, name, testdata.Read(t, name), decode.Options{}, capture.Auto)
		for _, files := range [][]string{{"a b.pcap"}, {"a.pcap", "b.pcap", "a.pcap"}, nil} {
			out, err := r.AppendSARIF(nil, "1", files)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var log struct {
				Runs []struct {
					Tool struct {
						Driver struct{ Rules []struct{ ID string } }
					}
					Results []struct {
						RuleID    string
						RuleIndex int
					}
				}
			}
			if err := json.Unmarshal(out, &log); err != nil {
				t.Fatal(err)
			}
			run := log.Runs[0]
			if len(run.Results) != len(r.Findings) {
				t.Errorf("%s: %d results of %d findings", name, len(run.Results), len(r.Findings))
			}
			for _, res := range run.Results {
				if run.Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
					t.Errorf("%s: the index of %s is that of another rule", name, res.RuleID)
				}
			}
		}
		out, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(out, []byte("\n"))
		for line := range bytes.Lines(out) {
			if !json.Valid(line) {
				t.Errorf("%s: %s", name, line)
			}
		}
		if lines != len(r.Findings) {
			t.Errorf("%s: %d lines for %d findings", name, lines, len(r.Findings))
		}
	}
}

func FuzzLint(f *testing.F) {
	for i, name := range []string{"hg/captures/seed/multirequest-two.pcap", "synapse/captures/seed-errors.pcap", "emqp/captures/emq_admin.pcap"} {
		f.Add(byte(i), testdata.Read(f, name))
	}
	f.Add(byte(4), []byte("\x00\x00\x00\x02Z5\x00\x00\x00\x05(K\x01t."))
	names := registry.Names()
	f.Fuzz(func(t *testing.T, proto byte, in []byte) {
		format := capture.Raw
		if len(in) > 4 && (in[0] == 0xd4 || in[0] == 0xa1) {
			format = capture.Auto
		}
		if _, err := capture.Open("in", bytes.NewReader(in), capture.Options{Format: format}); err != nil {
			return
		}
		r := look(t, "in", in, decode.Options{Protocol: names[int(proto)%len(names)]}, format)
		for _, f := range r.Findings {
			if f.Rule.Text == "" {
				t.Errorf("no rule tells of %s", f.Rule.ID)
			}
		}
		if _, err := r.AppendSARIF(nil, "", nil); err != nil {
			t.Error(err)
		}
	})
}
