package main

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
)

// A serveWatch prints and records what happens on the connections of serve.
// It is called by one goroutine at a time.
type serveWatch struct {
	e      *env
	out    *ui.Stream // of the log
	log    *recordPrinter
	file   *recording
	count  int // connections to serve, 0 for any number
	closed int
	end    func()
	err    error // the first of writing

	mu   sync.Mutex // of standard error, which the last words are for
	over bool
}

// watchOptions are what is to be printed and recorded.
type watchOptions struct {
	log, record string
	count       int // connections to serve, 0 for any number
	secrets     bool
}

// flags returns the flags of o.
func (o *watchOptions) flags() []cli.Flag {
	return []cli.Flag{
		choiceFlag(&o.log, "log", "", "wire", "format", []string{"wire", "json", "none"}, "print what is said in a `FORMAT`: wire, json or none"),
		&cli.StringFlag{Name: "record", Destination: &o.record, Usage: recordUsage},
		secretsFlag(&o.secrets),
	}
}

// newServeWatch returns a watch; end ends the server. With stdio standard
// output is the connection.
func newServeWatch(e *env, o watchOptions, stdio bool, end func()) (*serveWatch, error) {
	w := &serveWatch{e: e, out: e.Stdout, count: o.count, end: end}
	if stdio {
		w.out = e.Stderr
	}
	view := codec.View{Secrets: o.secrets}
	if o.log != "none" {
		w.log = newRecordPrinter(o.log, view)
	}
	var err error
	w.file, err = newRecording(o.record)
	return w, err
}

// A recordPrinter makes text of records.
type recordPrinter struct {
	printer *humanframe.Printer
	json    dump.Renderer // nil for the notation
	buf     []byte
}

func newRecordPrinter(format string, view codec.View) *recordPrinter {
	p := &recordPrinter{printer: humanframe.NewPrinter(registry.Lookup, view)}
	p.printer.Marks, p.printer.Reasons = true, true
	if format == "json" {
		p.json = dump.NewJSON(dump.Options{View: view, Wire: p.printer.AppendText, Times: true})
	}
	return p
}

func (p *recordPrinter) text(r *codec.Record) []byte {
	if p.json != nil {
		p.buf = p.json.AppendRecord(p.buf[:0], r)
	} else {
		p.buf = p.printer.AppendRecord(p.buf[:0], r)
	}
	return p.buf
}

// keep remembers the first error of writing, and ends the server for it.
func (w *serveWatch) keep(err error) {
	if err != nil && w.err == nil {
		w.err = err
		w.end()
	}
}

// Record implements live.Observer.
func (w *serveWatch) Record(r *codec.Record) {
	if w.log != nil {
		_, err := w.out.Write(w.log.text(r))
		w.keep(errors.Join(err, w.out.Flush()))
	}
	w.keep(w.file.record(r))
}

// Opened implements live.Observer.
func (w *serveWatch) Opened(conn int, at time.Time, client, server net.Addr) {
	w.keep(w.file.opened(conn, at, client, server))
}

// Passed implements live.Observer.
func (w *serveWatch) Passed(conn int, dir codec.Direction, at time.Time, p []byte) {
	w.keep(w.file.passed(conn, dir, at, p))
}

// Note implements live.Observer.
func (w *serveWatch) Note(conn int, text string) {
	if conn > 0 {
		text = fmt.Sprintf("conn %d: %s", conn, text)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		fmt.Fprintf(w.e.Stderr, "wirectl: %s\n", text)
		w.keep(w.e.Stderr.Flush())
	}
}

// Closed implements live.Observer.
func (w *serveWatch) Closed(conn int, at time.Time, cause error) {
	if cause != nil {
		w.Note(conn, "closed: "+cause.Error())
	}
	w.keep(w.file.closed(conn, at))
	if w.closed++; w.closed == w.count {
		w.end()
	}
}

// finish completes the recording and prints the summary, with the words for
// what became of the connections.
func (w *serveWatch) finish(s live.Summary, connections string) error {
	w.keep(w.file.finish())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	fmt.Fprintf(w.e.Stderr, "wirectl: connections: %s, %d failed; frames: %d in (%s), %d out (%s)\n",
		connections, s.Failed, s.FramesIn, ui.Size(s.BytesIn), s.FramesOut, ui.Size(s.BytesOut))
	return ui.With(ui.ExitIO, errors.Join(w.err, w.e.Stderr.Flush()))
}
