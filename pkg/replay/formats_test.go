package replay_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/replay"
)

var update = flag.Bool("update", false, "rewrite the expected reports")

// A report has all that reports can have: several documents, all statuses and
// causes, and text that XML, TAP, YAML, HTML and GitHub take for something else.
func reports() [][]replay.Entry {
	nasty := "< ERROR \\x00 # <b>&amp;</b> ]]> \"q\" 'q' %0A::error:: \ufffe\x01\x7f ü 线"
	return [][]replay.Entry{
		{{
			Document: "tests/heads.wire", Began: "2026-11-21T09:00:00Z", Seconds: 0.012345, Status: replay.Passed, Sent: 2, Received: 2, Passed: 2,
			Steps: []replay.Step{
				{File: "tests/heads.wire", Line: 3, Text: "< 1 2 stream-begin bytes-response eos {{heads}}", Conn: 1, Status: replay.Passed, Seconds: 0.0015},
				{File: "tests/heads.wire", Line: 5, Text: "< 3 2 0 bytes-response eos $heads", Conn: 1, Status: replay.Passed},
			},
		}, {
			Document: "tests/a, b: 100%.wire", Began: "2026-11-21T09:00:01Z", Seconds: 65.5, Status: replay.Failed, Sent: 3, Received: 2, Passed: 1, Failed: 3, Skipped: 1,
			Notes: []string{"connection 1: 2 frames came that nobody awaited <i>"},
			Steps: []replay.Step{
				{File: "tests/a, b: 100%.wire", Line: 3, Text: "< {\"type\": \"pong\"} {\"n\": 2}", Start: 25, End: 26, Conn: 1, Status: replay.Failed, Cause: replay.Mismatch,
					Why: "what came differs in 2 fields, 78µs after the last frame was sent", Got: `{"type": "pong"} {"n": 1, "x": 2}`, Seconds: 0.000078,
					Diffs: []replay.Diff{
						{Path: "body.n", Kind: "differs", Want: "2", Got: "1", Offset: 103, Bytes: "7b226e223a20317d", Mark: &replay.Span{Start: 6, End: 7}},
						{Path: "body.x", Kind: "unexpected", Got: "2", Offset: 110, Bytes: "2c202278223a20327d"},
						{Path: "body.y", Kind: "missing", Want: `"z"`},
					}},
				{File: "tests/common.wire", Line: 12, Text: nasty, Start: 2, End: len(nasty), Conn: 2, Status: replay.Failed, Cause: replay.TimedOut,
					Why: "nothing came in 5s, 5s after the last frame was sent; nothing has ever come", Seconds: 5},
				{File: "tests/common.wire", Line: 14, Text: "< SERVER *", Start: 2, End: 10, Conn: 2, Status: replay.Failed, Cause: replay.Mismatch, Why: "what came is not as asserted, at once", Got: "SERVER a",
					Asserts: []replay.Assert{{Line: 15, Expr: `fields.name == "b"`, Left: `"a"`, Right: `"b"`}, {Line: 16, Expr: "length < 0"}}},
				{File: "tests/common.wire", Line: 17, Text: "< SERVER a", Conn: 2, Status: replay.Skipped, Why: "it may come, and did not # really"},
				{File: "tests/common.wire", Line: 18, Text: "< SERVER b", Conn: 2, Status: replay.Passed},
			},
		}},
		{{
			Document: "-", Began: "2026-11-21T10:00:00Z", Seconds: 1, Status: replay.Failed, Stopped: "interrupted", Skipped: 1,
			Steps: []replay.Step{{File: "-", Line: 2, Text: "< @eof", Conn: 1, Status: replay.Skipped, Why: "not reached"}},
		}},
	}
}

// A form is a form of reports, and how its text is read by others.
var forms = []struct {
	name string
	add  func([]byte, []replay.Entry) ([]byte, error)
}{
	{"report.xml", replay.AddJUnit}, {"report.tap", replay.AddTAP}, {"report.json", replay.AddJSON}, {"report.html", replay.AddHTML},
}

// build makes a report in several runs.
func build(t *testing.T, add func([]byte, []replay.Entry) ([]byte, error)) []byte {
	t.Helper()
	var b []byte
	var err error
	for _, run := range reports() {
		if b, err = add(b, run); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// TestForms has the reports of two runs be those of one, and as they were.
func TestForms(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			got := build(t, f.add)
			var all []replay.Entry
			for _, run := range reports() {
				all = append(all, run...)
			}
			if once, err := f.add(nil, all); err != nil || !bytes.Equal(once, got) {
				t.Errorf("two runs make another report than one: %v\n%s", err, once)
			}
			golden := filepath.Join("testdata", f.name)
			if *update {
				if err := os.WriteFile(golden, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %s\nwant %s (%v)", got, want, err)
			}
			if _, err := f.add(got[:len(got)-3], nil); err == nil {
				t.Error("half a report is taken")
			}
			if _, err := f.add([]byte("something else\n"), nil); err == nil {
				t.Error("something else is taken")
			}
			if again, err := f.add(got, nil); err != nil || !bytes.Equal(again, got) {
				t.Errorf("adding nothing changes it: %v", err)
			}
		})
	}
}

// needs returns where a program is. Without it the test is not run.
func needs(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("NOT run: there is no %s here", names[0])
	return ""
}

// file writes a report for another program.
func file(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestJUnitSchema holds reports against the schema, which is to refuse others.
func TestJUnitSchema(t *testing.T) {
	xmllint := needs(t, "xmllint")
	check := func(b []byte) (string, error) {
		out, err := exec.Command(xmllint, "--noout", "--schema", "testdata/junit.xsd", file(t, "r.xml", b)).CombinedOutput()
		return string(out), err
	}
	good := build(t, replay.AddJUnit)
	if out, err := check(good); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	for _, bad := range []string{
		strings.Replace(string(good), `tests="`, `test="`, 1), strings.Replace(string(good), "<failure", "<failed", 1),
		strings.Replace(string(good), `time="0.`, `time="-0.`, 1), string(good) + "<more/>",
	} {
		if out, err := check([]byte(bad)); err == nil {
			t.Errorf("the schema takes %s: %s", bad, out)
		}
	}
}

// TestProve has the programs that are made for TAP read a report: the counts,
// and what is said of the failures.
func TestProve(t *testing.T) {
	name := file(t, "r.tap", build(t, replay.AddTAP))
	out, err := exec.Command(needs(t, "prove"), name).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Tests: 9 Failed: 4") || strings.Contains(string(out), "Parse errors") {
		t.Errorf("%v: %s", err, out)
	}
	passed, err := replay.AddTAP(nil, reports()[0][:1])
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(needs(t, "prove"), file(t, "good.tap", passed)).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	const script = `
use TAP::Parser;
my $p = TAP::Parser->new({source => $ARGV[0]});
while (my $r = $p->next) {
	print "$r->{data}{message}\n", map { "$_\n" } @{$r->{data}{diff}} if $r->is_yaml;
	print "unknown: ", $r->as_string, "\n" if $r->is_unknown;
}
print "error: $_\n" for $p->parse_errors;
`
	out, err = exec.Command(needs(t, "perl"), "-e", script, name).CombinedOutput()
	for _, want := range []string{"what came differs in 2 fields, ", "  - body.n: 2\n  + body.n: 1\n", "                                ^^\n", `< ERROR \x00 # <b>`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if err != nil || strings.Contains(string(out), "unknown: ") || strings.Contains(string(out), "error: ") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestJSONReport reads a report back.
func TestJSONReport(t *testing.T) {
	var r struct {
		V         int
		Documents []replay.Entry
	}
	d := json.NewDecoder(bytes.NewReader(build(t, replay.AddJSON)))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || r.V != 1 || len(r.Documents) != 3 || r.Documents[1].Steps[0].Diffs[0].Mark.Start != 6 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestAnnotations has each failure be one line of what GitHub reads.
func TestAnnotations(t *testing.T) {
	var got []string
	for _, run := range reports() {
		for i := range run {
			got = append(got, replay.Annotations(&run[i])...)
		}
	}
	want := []string{
		"::error file=tests/a%2C b%3A 100%25.wire,line=3,title=replay%3A mismatch::what came differs in 2 fields, 78µs after the last frame was sent%0A    < {",
		"::error file=tests/common.wire,line=12,title=replay%3A timeout::nothing came in 5s, ",
		"::error file=tests/common.wire,line=14,title=replay%3A mismatch::what came is not as asserted",
		"::error file=-::interrupted",
	}
	for i, line := range got {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) || strings.Contains(line, "\n") {
			t.Errorf("%q", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines", len(got))
	}
}
