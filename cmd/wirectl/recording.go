package main

import (
	"bufio"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A recording is the file of --record, which grows while something is said. A
// nil recording records nothing.
type recording struct {
	print *recordPrinter     // of a document
	tcp   *pcapfile.Recorder // of a capture
	flush func() error       // of what tcp writes
	disk  *bufio.Writer
	file  *os.File
	conns map[int]*capture.Conn
}

// recordKinds are what the name of a recording may end in.
var recordKinds = []string{".wire", ".pcapng", ".pcap"}

// recordUsage is what --record does.
const recordUsage = "record to `FILE`: .wire is a document of the notation, .pcapng and .pcap are captures"

// newRecording returns the recording of that name, or nil for "".
func newRecording(name string) (*recording, error) {
	if name == "" {
		return nil, nil
	}
	kind := filepath.Ext(name)
	var newWriter func(*bufio.Writer) (pcapfile.PacketWriter, error)
	switch kind {
	case ".wire":
	case ".pcapng":
		newWriter = func(w *bufio.Writer) (pcapfile.PacketWriter, error) {
			return pcapfile.NewNGWriter(w, tcpflow.LinkRaw, "wirectl")
		}
	case ".pcap":
		newWriter = func(w *bufio.Writer) (pcapfile.PacketWriter, error) {
			return pcapfile.NewClassicWriter(w, tcpflow.LinkRaw)
		}
	default:
		return nil, ui.Usagef("--record %s: its name is to end in %s", name, strings.Join(recordKinds, ", "))
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, ui.With(ui.ExitIO, err)
	}
	r := &recording{file: f, disk: bufio.NewWriter(f), conns: map[int]*capture.Conn{}}
	if newWriter == nil {
		r.print = newRecordPrinter("wire", codec.View{Secrets: true})
		return r, nil
	}
	packets, err := newWriter(r.disk)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.tcp, r.flush = pcapfile.NewRecorder(packets), packets.Flush
	return r, nil
}

// record takes a record into a document.
func (r *recording) record(rec *codec.Record) error {
	if r == nil || r.print == nil {
		return nil
	}
	_, err := r.disk.Write(r.print.text(rec))
	return errors.Join(err, r.disk.Flush())
}

// opened begins a conversation of a capture.
func (r *recording) opened(conn int, at time.Time, client, server net.Addr) error {
	if r == nil || r.tcp == nil {
		return nil
	}
	c := &capture.Conn{ID: conn, Client: capture.EndpointOf(client), Server: capture.EndpointOf(server)}
	r.conns[conn] = c
	return r.tcp.Open(c, at)
}

// passed takes bytes into a capture.
func (r *recording) passed(conn int, dir codec.Direction, at time.Time, p []byte) error {
	if r == nil || r.tcp == nil {
		return nil
	}
	return errors.Join(r.tcp.Data(r.conns[conn], dir, at, p, ""), r.flush(), r.disk.Flush())
}

// closed ends a conversation of a capture.
func (r *recording) closed(conn int, at time.Time) error {
	if r == nil || r.conns[conn] == nil {
		return nil
	}
	c := r.conns[conn]
	delete(r.conns, conn)
	return errors.Join(r.tcp.Forget(c, at), r.flush(), r.disk.Flush())
}

// finish completes the file.
func (r *recording) finish() error {
	if r == nil {
		return nil
	}
	var err error
	if r.tcp != nil {
		err = errors.Join(r.tcp.Finish(), r.flush())
	}
	return errors.Join(err, r.disk.Flush(), r.file.Close())
}
