package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/replay"
)

// replayReports are the files that reports are added to.
type replayReports struct{ junit, tap, json, html string }

func (o *replayReports) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "report-junit", Destination: &o.junit, Usage: "add the report to `FILE`, in JUnit's XML"},
		&cli.StringFlag{Name: "report-tap", Destination: &o.tap, Usage: "add the report to `FILE`, as the Test Anything Protocol has it"},
		&cli.StringFlag{Name: "report-json", Destination: &o.json, Usage: "add the report to `FILE`, in JSON"},
		&cli.StringFlag{Name: "report-html", Destination: &o.html, Usage: "add the report to `FILE`, a page"},
	}
}

// A reportForm adds entries to what a file holds.
type reportForm struct {
	flag, file string
	add        func(old []byte, list []replay.Entry) ([]byte, error)
}

func (o *replayReports) forms() []reportForm {
	return []reportForm{
		{"report-junit", o.junit, replay.AddJUnit},
		{"report-tap", o.tap, replay.AddTAP},
		{"report-json", o.json, replay.AddJSON},
		{"report-html", o.html, replay.AddHTML},
	}
}

// check sees, before anything is sent, whether the reports can be added.
func (o *replayReports) check() error {
	for _, f := range o.forms() {
		if f.file == "" {
			continue
		}
		if _, err := f.content(nil); err != nil {
			return err
		}
	}
	return nil
}

// content returns what the file is to hold.
func (f *reportForm) content(list []replay.Entry) ([]byte, error) {
	old, err := os.ReadFile(f.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, ui.IOf("--%s %s: %w", f.flag, f.file, pathCause(err))
	}
	b, err := f.add(old, list)
	if err != nil {
		return nil, &hinted{ui.Usagef("--%s %s: %w", f.flag, f.file, err), "reports are added to what is there: name another file"}
	}
	return b, nil
}

// write adds the entries to all reports.
func (o *replayReports) write(list []replay.Entry) error {
	var faults []error
	for _, f := range o.forms() {
		if f.file == "" {
			continue
		}
		b, err := f.content(list)
		if err == nil {
			err = writeWhole(f.file, b)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// writeWhole writes a file at once or not at all.
func writeWhole(name string, content []byte) error {
	f, err := createAtomic(name)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := f.Write(content); err != nil {
		return ui.IOf("%s: %w", name, pathCause(err))
	}
	return f.commit()
}

// inWorkspace returns an entry with the names of files as GitHub knows them:
// from the folder that it has checked out.
func inWorkspace(e replay.Entry, workspace string) *replay.Entry {
	if workspace == "" {
		return &e
	}
	from := func(name string) string {
		whole, err := filepath.Abs(name)
		if err != nil {
			return name
		}
		if rel, err := filepath.Rel(workspace, whole); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
		return name
	}
	e.Document, e.Steps = from(e.Document), slices.Clone(e.Steps)
	for i := range e.Steps {
		e.Steps[i].File = from(e.Steps[i].File)
	}
	return &e
}
