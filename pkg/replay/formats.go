package replay

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// The forms of reports. Each function adds entries to what a file holds, nil
// for nothing. An error says that the file is not of that form.

const junitEnd = "</testsuites>\n"

// AddJUnit adds entries to JUnit's XML: a suite for each document, a case for
// each step.
func AddJUnit(old []byte, list []Entry) ([]byte, error) {
	out := append([]byte(nil), old...)
	switch {
	case len(old) == 0:
		out = []byte(xml.Header + "<testsuites>\n")
	case !bytes.HasSuffix(old, []byte(junitEnd)):
		return nil, fmt.Errorf("it is no report in JUnit's XML")
	default:
		out = bytes.TrimSuffix(out, []byte(junitEnd))
	}
	for i := range list {
		e := &list[i]
		suite := junitSuite{
			Name: e.Document, Tests: len(e.Steps), Failures: e.Failed, Skipped: e.Skipped,
			Time: decimal(e.Seconds), Timestamp: strings.TrimSuffix(e.Began, "Z"),
		}
		if e.Stopped != "" {
			suite.Tests, suite.Errors = suite.Tests+1, 1
		}
		for j := range e.Steps {
			suite.Cases = append(suite.Cases, e.Steps[j].junit(e.Document))
		}
		if e.Stopped != "" {
			suite.Cases = append(suite.Cases, junitCase{Name: "the whole", Class: e.Document, Time: decimal(0), Error: &junitFault{Message: clean(e.Stopped), Type: "stopped"}})
		}
		b, err := xml.MarshalIndent(suite, "  ", "  ")
		if err != nil {
			return nil, err
		}
		out = append(append(out, b...), '\n')
	}
	return append(out, junitEnd...), nil
}

type junitSuite struct {
	XMLName   xml.Name    `xml:"testsuite"`
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Failure *junitFault `xml:"failure"`
	Error   *junitFault `xml:"error"`
	Skipped *junitFault `xml:"skipped"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (s *Step) junit(document string) junitCase {
	c := junitCase{Name: clean(s.name()), Class: document, Time: decimal(s.Seconds)}
	switch s.Status {
	case Failed:
		c.Failure = &junitFault{clean(s.Why), string(s.Cause), clean("\n" + strings.Join(s.Details(), "\n") + "\n")}
	case Skipped:
		c.Skipped = &junitFault{Message: clean(s.Why)}
	}
	return c
}

// decimal writes seconds without an exponent, which schemas do not know.
func decimal(s float64) string { return strconv.FormatFloat(s, 'f', 6, 64) }

// name tells a step from others.
func (s *Step) name() string { return s.place() + " " + cut(s.Text) }

// clean takes out what XML cannot hold.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' || c == 0xfffe || c == 0xffff || c == 0x7f {
			return 0xfffd
		}
		return c
	}, s)
}

// AddTAP adds entries to a text of the Test Anything Protocol, version 13: a
// point for each step, the plan last.
func AddTAP(old []byte, list []Entry) ([]byte, error) {
	const head = "TAP version 13\n"
	out := []byte(head)
	n := 0
	if len(old) > 0 {
		body := bytes.TrimSuffix(old, []byte("\n"))
		i := bytes.LastIndexByte(body, '\n') + 1
		count, ok := bytes.CutPrefix(body[i:], []byte("1.."))
		var err error
		if n, err = strconv.Atoi(string(count)); err != nil || !ok || !bytes.HasPrefix(old, []byte(head)) {
			return nil, fmt.Errorf("it is no report in TAP")
		}
		out = append([]byte(nil), old[:i]...)
	}
	for i := range list {
		e := &list[i]
		out = fmt.Appendf(out, "# %s\n", e.Document)
		for j := range e.Steps {
			n++
			out = e.Steps[j].tap(out, n)
		}
		if e.Stopped != "" {
			n++
			out = fmt.Appendf(out, "not ok %d - %s: %s\n", n, e.Document, tapText(e.Stopped))
		}
	}
	return fmt.Appendf(out, "1..%d\n", n), nil
}

func (s *Step) tap(dst []byte, n int) []byte {
	name := tapText(s.name())
	switch s.Status {
	case Passed:
		return fmt.Appendf(dst, "ok %d - %s\n", n, name)
	case Skipped:
		return fmt.Appendf(dst, "ok %d - %s # SKIP %s\n", n, name, tapText(s.Why))
	}
	dst = fmt.Appendf(dst, "not ok %d - %s\n  ---\n  message: %s\n  severity: fail\n  diff:\n", n, name, quoted(s.Why))
	for _, line := range s.Details() {
		dst = fmt.Appendf(dst, "    - %s\n", quoted(line))
	}
	return append(dst, "  ...\n"...)
}

// quoted is s as a string that every reader of YAML takes.
func quoted(s string) string {
	return `"` + strings.NewReplacer("\\", "\\\\", `"`, `\"`, "\n", " ", "\t", " ").Replace(clean(s)) + `"`
}

// tapText is s without what TAP takes for something else.
func tapText(s string) string {
	return strings.NewReplacer("\n", " ", "\\", "\\\\", "#", "\\#").Replace(clean(s))
}

type jsonReport struct {
	V         int               `json:"v"`
	Documents []json.RawMessage `json:"documents"`
}

// AddJSON adds entries to a JSON object, {"v":1,"documents":[…]}.
func AddJSON(old []byte, list []Entry) ([]byte, error) {
	r := jsonReport{V: 1}
	if len(old) > 0 {
		if err := json.Unmarshal(old, &r); err != nil || r.V != 1 {
			return nil, fmt.Errorf("it is no report in JSON")
		}
	}
	for _, e := range list {
		b, err := marshal(e, "")
		if err != nil {
			return nil, err
		}
		r.Documents = append(r.Documents, b)
	}
	return marshal(r, " ")
}

// AppendJSON appends e as a line of JSON.
func (e *Entry) AppendJSON(dst []byte) ([]byte, error) {
	b, err := marshal(struct {
		V int `json:"v"`
		*Entry
	}{1, e}, "")
	return append(dst, b...), err
}

// marshal returns v in JSON, and < as it is: lines begin with it.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// Annotations returns the failures as lines that GitHub shows beside the
// source.
func Annotations(e *Entry) []string {
	var lines []string
	esc := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for i := range e.Steps {
		if s := &e.Steps[i]; s.Status == Failed {
			text := s.Why + "\n" + strings.Join(s.Details(), "\n")
			lines = append(lines, fmt.Sprintf("::error file=%s,line=%d,title=%s::%s", prop.Replace(s.File), max(s.Line, 1), prop.Replace("replay: "+string(s.Cause)), esc.Replace(text)))
		}
	}
	if e.Stopped != "" {
		lines = append(lines, fmt.Sprintf("::error file=%s::%s", prop.Replace(e.Document), esc.Replace(e.Stopped)))
	}
	return lines
}
