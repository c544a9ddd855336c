package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/replay"
)

// entry returns what became of a file as reports have it: the steps of a
// session, a step for each difference of a golden file, or one for the whole.
func (k *checkCase) entry() replay.Entry {
	if k.report != nil && k.err == nil {
		e := k.report.Entry()
		e.Document = k.path
		return e
	}
	e := replay.Entry{
		Document: k.path, Began: k.began.UTC().Format(time.RFC3339), Seconds: k.took.Seconds(), Status: replay.Passed,
		Received: k.counts.Same + k.counts.Changed + k.counts.Added, Steps: []replay.Step{},
	}
	step := replay.Step{File: k.path, Line: 1, Text: filepath.Base(k.capture), Status: replay.Passed}
	switch k.status {
	case checkFail:
		step.Status, step.Cause = replay.Failed, replay.Mismatch
	case checkSkip:
		step.Status, step.Why, step.Text = replay.Skipped, k.why, ""
		e.Steps, e.Skipped = append(e.Steps, step), 1
		return e
	case checkError:
		e.Stopped, e.Status = k.why, replay.Failed
		return e
	}
	for _, p := range k.places {
		one := step
		one.Line, one.Text, one.End, one.Why, one.Got, one.Diffs = p.line, p.frame, len(p.frame), p.why, p.got, p.diffs
		e.Steps = append(e.Steps, one)
	}
	if len(e.Steps) == 0 || k.left > 0 {
		step.Why = k.why
		e.Steps = append(e.Steps, step)
	}
	if step.Status == replay.Failed {
		e.Failed, e.Status = len(e.Steps), replay.Failed
	} else {
		e.Passed = len(e.Steps)
	}
	return e
}

// A checkPlace is a difference and the line of the golden file that it is at.
type checkPlace struct {
	line  int
	frame string // the line's
	why   string
	got   string
	diffs []replay.Diff
}

// placesOf returns the differences with their lines in the golden file. What
// is new stands at the line before it.
func placesOf(res *diff.Result) []checkPlace {
	var list []checkPlace
	for _, p := range res.Pairs {
		switch {
		case p.B == nil:
			list = append(list, checkPlace{line: 1, why: "is missing: " + talkText(p.A)})
		case p.A == nil:
			list = append(list, checkPlace{line: 1, why: "is new: " + talkText(p.B)})
		}
		for _, h := range p.Hunks {
			line := 1
			for _, f := range h {
				if f.A != nil && f.A.Line > 0 {
					line = f.A.Line
				}
				if place, ok := placeOf(f); ok {
					place.line = line
					list = append(list, place)
				}
			}
		}
	}
	return list
}

func placeOf(f *diff.Frames) (checkPlace, bool) {
	switch {
	case f.Change == diff.Removed && f.A != nil:
		return checkPlace{frame: f.A.Wire, why: "the frame is missing"}, true
	case f.Change == diff.Added && f.B != nil:
		return checkPlace{why: "a frame is new: " + ui.Fit(f.B.Wire, 200), got: f.B.Wire}, true
	case f.Change == diff.Changed && f.A != nil && f.B != nil:
		place := checkPlace{frame: f.A.Wire, why: "the frame differs", got: f.B.Wire}
		for _, part := range f.Parts {
			d := replay.Diff{Path: diff.ShortPath(part.Path), Kind: "differs", Want: valueText(part.A), Got: valueText(part.B)}
			if part.A == nil && part.B == nil {
				d.Want, d.Got = "these bytes", "others that say the same"
			}
			place.diffs = append(place.diffs, d)
		}
		return place, true
	}
	return checkPlace{}, false
}

// maxAnnotations is how many differences of one golden file GitHub is told of;
// it shows no more.
const maxAnnotations = 10

// annotations returns the differences as lines that GitHub shows beside the
// golden file.
func (k *checkCase) annotations() []string {
	if k.status != checkFail && k.status != checkError {
		return nil
	}
	esc := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	line := func(n int, text string) string {
		return fmt.Sprintf("::error file=%s,line=%d,title=wirectl check::%s", prop.Replace(filepath.ToSlash(k.path)), n, esc.Replace(text))
	}
	if k.report != nil && k.err == nil {
		e := k.entry()
		list := replay.Annotations(&e)
		if n := len(list); n > maxAnnotations {
			list = append(list[:maxAnnotations], line(1, fmt.Sprintf("%s more", countOf(n-maxAnnotations, "difference"))))
		}
		return list
	}
	var list []string
	for _, p := range k.places[:min(len(k.places), maxAnnotations)] {
		text := p.why
		for _, d := range p.diffs {
			text += fmt.Sprintf("\n%s: %s → %s", d.Path, ui.Fit(d.Want, 100), ui.Fit(d.Got, 100))
		}
		list = append(list, line(p.line, text))
	}
	if len(list) == 0 || len(k.places) > maxAnnotations || k.left > 0 {
		list = append(list, line(1, k.why))
	}
	return list
}
