package replay

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/humanframe"
)

// An Entry is a report as the machine-readable forms have it.
type Entry struct {
	Document string   `json:"document"`
	Began    string   `json:"began"`
	Seconds  float64  `json:"seconds"`
	Status   Status   `json:"status"`
	Sent     int      `json:"sent"`
	Received int      `json:"received"`
	Passed   int      `json:"passed"`
	Failed   int      `json:"failed"`
	Skipped  int      `json:"skipped"`
	Steps    []Step   `json:"steps"`
	Notes    []string `json:"notes,omitempty"`
	Stopped  string   `json:"stopped,omitempty"`

	Load  any    `json:"load,omitempty"` // what a load measured, as package load has it
	Table *Table `json:"-"`              // the same for people
}

// A Table is numbers in columns.
type Table struct {
	Head []string
	Rows [][]string
}

// A Step is a verdict of an [Entry].
type Step struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Text    string   `json:"text"`
	Start   int      `json:"start"` // what of the text it is about, in bytes
	End     int      `json:"end"`
	Conn    int      `json:"conn"`
	Status  Status   `json:"status"`
	Cause   Cause    `json:"cause,omitempty"`
	Why     string   `json:"why,omitempty"`
	Got     string   `json:"got,omitempty"` // the record, in the notation
	Seconds float64  `json:"seconds"`
	Diffs   []Diff   `json:"diffs,omitempty"`
	Asserts []Assert `json:"asserts,omitempty"`
}

// A Diff is a field that is not as expected, with its bytes.
type Diff struct {
	Path   string `json:"path"` // "" for the whole frame
	Kind   string `json:"kind"`
	Want   string `json:"want,omitempty"`
	Got    string `json:"got,omitempty"`
	Offset int64  `json:"offset"`          // of the bytes, in the peer's stream
	Bytes  string `json:"bytes,omitempty"` // in hex; "" when it is not known which they are
	Mark   *Span  `json:"mark,omitempty"`  // those of Bytes that are other ones, when it is known
}

// A Span is a range of bytes.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// An Assert is an assertion that does not hold.
type Assert struct {
	Line  int    `json:"line"`
	Expr  string `json:"expr"`
	Left  string `json:"left,omitempty"`
	Right string `json:"right,omitempty"`
	Error string `json:"error,omitempty"`
}

// Entry returns r as the machine-readable forms have it.
func (r *Report) Entry() Entry {
	e := Entry{
		Document: r.Name, Began: r.Began.UTC().Format("2006-01-02T15:04:05Z"), Seconds: seconds(r.Took.Seconds()), Status: Passed,
		Sent: r.Sent, Received: r.Received, Passed: r.Count(Passed), Failed: r.Count(Failed), Skipped: r.Count(Skipped), Notes: r.Notes, Steps: []Step{},
	}
	if r.Stopped != nil {
		e.Stopped, e.Status = r.Stopped.Error(), Failed
	}
	if e.Failed > 0 {
		e.Status = Failed
	}
	for i := range r.Verdicts {
		e.Steps = append(e.Steps, r.Verdicts[i].step())
	}
	return e
}

// seconds rounds to microseconds.
func seconds(s float64) float64 { return float64(int64(s*1e6+0.5)) / 1e6 }

func (v *Verdict) step() Step {
	s := Step{
		File: v.File, Line: v.Line, Text: v.Text, Conn: v.Conn, Status: v.Status, Cause: v.Cause, Why: v.Why,
		Seconds: seconds(v.Elapsed.Seconds()),
	}
	s.Start, s.End = v.place()
	if v.Got != nil {
		s.Got = textOf(v.Got)
	}
	if v.Status != Failed || v.Result == nil {
		return s
	}
	for _, d := range v.Result.Diffs {
		one := Diff{Path: d.Path.String(), Kind: d.Kind.String(), Want: d.Want, Got: d.Got}
		one.bytesOf(v.Got, &d)
		s.Diffs = append(s.Diffs, one)
	}
	for _, f := range v.Result.Failed {
		one := Assert{Line: f.Assert.Line, Expr: f.Assert.Expr, Left: f.Left, Right: f.Right}
		if f.Err != nil {
			one.Error = f.Err.Error()
		}
		s.Asserts = append(s.Asserts, one)
	}
	return s
}

// place returns what of the line a verdict is about.
func (v *Verdict) place() (start, end int) {
	if e, ok := v.Err.(*humanframe.Error); ok && e.Text == v.Text {
		return e.Start, e.End
	}
	l, err := humanframe.ParseLine(v.File, v.Line, v.Text)
	if err != nil {
		return 0, len(v.Text)
	}
	start, end = l.Lead(), len(v.Text)
	if v.Result == nil || len(v.Result.Diffs) == 0 {
		return start, end
	}
	d := v.Result.Diffs[0]
	if len(d.Path) == 0 {
		return start, end
	}
	for _, want := range []string{d.Want, strings.Trim(d.Want, `"`)} {
		if want == "" {
			continue
		}
		if i := wordIn(v.Text[start:], want); i >= 0 {
			return start + i, start + i + len(want)
		}
	}
	for name, value := range v.vars {
		if i := wordIn(v.Text[start:], "$"+name); i >= 0 && value != "" && (value == d.Want || value == strings.Trim(d.Want, `"`)) {
			return start + i, start + i + 1 + len(name)
		}
	}
	return start, end
}

// wordIn returns where a text stands in a line: alone between others where it
// does so, else anywhere; -1 when nowhere.
func wordIn(line, word string) int {
	isWord := func(i int) bool {
		return i < 0 || i >= len(line) || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", rune(line[i]))
	}
	for from := 0; from <= len(line)-len(word); {
		i := strings.Index(line[from:], word)
		if i < 0 {
			break
		}
		if i += from; isWord(i-1) && isWord(i+len(word)) {
			return i
		}
		from = i + 1
	}
	return strings.Index(line, word)
}
