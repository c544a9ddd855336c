package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
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
	file   *recordPrinter // of a .wire file
	disk   *bufio.Writer
	under  *os.File
	tcp    *pcapfile.Recorder // of a .pcapng file
	flush  func() error       // of what tcp writes
	conns  map[int]*capture.Conn
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
		&cli.StringFlag{Name: "record", Destination: &o.record, Usage: "record to `FILE`: .wire is a document of the notation, .pcapng a capture"},
		secretsFlag(&o.secrets),
	}
}

// newServeWatch returns a watch; end ends the server. With stdio standard
// output is the connection.
func newServeWatch(e *env, o watchOptions, stdio bool, end func()) (*serveWatch, error) {
	w := &serveWatch{e: e, out: e.Stdout, conns: map[int]*capture.Conn{}, count: o.count, end: end}
	if stdio {
		w.out = e.Stderr
	}
	view := codec.View{Secrets: o.secrets}
	if o.log != "none" {
		w.log = newRecordPrinter(o.log, view)
	}
	if o.record == "" {
		return w, nil
	}
	ext := filepath.Ext(o.record)
	if ext != ".wire" && ext != ".pcapng" {
		return nil, ui.Usagef("--record %s: its name is to end in .wire or .pcapng", o.record)
	}
	f, err := os.Create(o.record)
	if err != nil {
		return nil, ui.With(ui.ExitIO, err)
	}
	w.under, w.disk = f, bufio.NewWriter(f)
	if ext == ".wire" {
		w.file = newRecordPrinter("wire", codec.View{Secrets: true})
		return w, nil
	}
	packets, err := pcapfile.NewNGWriter(w.disk, tcpflow.LinkRaw, "wirectl")
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w.tcp, w.flush = pcapfile.NewRecorder(packets), packets.Flush
	return w, nil
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
	if w.file != nil {
		_, err := w.disk.Write(w.file.text(r))
		w.keep(errors.Join(err, w.disk.Flush()))
	}
}

// Opened implements live.Observer.
func (w *serveWatch) Opened(conn int, at time.Time, client, server net.Addr) {
	if w.tcp == nil {
		return
	}
	c := &capture.Conn{ID: conn, Client: endpoint(client), Server: endpoint(server)}
	w.conns[conn] = c
	w.keep(w.tcp.Open(c, at))
}

// endpoint returns a TCP address; none for others, as those of unix sockets.
func endpoint(a net.Addr) (end capture.Endpoint) {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		end.Addr = netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return end
}

// Passed implements live.Observer.
func (w *serveWatch) Passed(conn int, dir codec.Direction, at time.Time, p []byte) {
	if w.tcp != nil {
		w.keep(errors.Join(w.tcp.Data(w.conns[conn], dir, at, p, ""), w.flush(), w.disk.Flush()))
	}
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
	if w.tcp != nil {
		w.keep(errors.Join(w.tcp.Close(w.conns[conn], at), w.flush(), w.disk.Flush()))
		delete(w.conns, conn)
	}
	if w.closed++; w.closed == w.count {
		w.end()
	}
}

// finish completes the recording and prints the summary, with the words for
// what became of the connections.
func (w *serveWatch) finish(s live.Summary, connections string) error {
	if w.tcp != nil {
		w.keep(errors.Join(w.tcp.Finish(), w.flush()))
	}
	if w.under != nil {
		w.keep(errors.Join(w.disk.Flush(), w.under.Close()))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	fmt.Fprintf(w.e.Stderr, "wirectl: connections: %s, %d failed; frames: %d in (%s), %d out (%s)\n",
		connections, s.Failed, s.FramesIn, ui.Size(s.BytesIn), s.FramesOut, ui.Size(s.BytesOut))
	return ui.With(ui.ExitIO, errors.Join(w.err, w.e.Stderr.Flush()))
}
