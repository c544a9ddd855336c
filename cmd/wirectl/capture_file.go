package main

import (
	"bufio"
	"bytes"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A captureFile is the file of decode --write: the conversations that have
// frames, with what was decoded as comments. A nil captureFile writes nothing.
type captureFile struct {
	file    *atomicFile
	buf     *bufio.Writer
	packets pcapfile.PacketWriter
	tcp     *pcapfile.Recorder
	print   *humanframe.Printer
	conns   map[*capture.Conn]*keptConn
	notes   []byte // of the event at hand
	frames  bool   // it completed a frame
}

// A keptConn is a conversation of which it is not known yet whether it is
// wanted: its events wait.
type keptConn struct {
	wanted bool
	given  bool // too much waited
	events []capture.Event
	bytes  int
}

// maxKept is how much of a conversation without a frame may wait.
const maxKept = 1 << 20

// newCaptureFile returns the file of that name, or nil for "".
func newCaptureFile(name string, print *humanframe.Printer) (*captureFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := createAtomic(name)
	if err != nil {
		return nil, err
	}
	c := &captureFile{file: f, buf: bufio.NewWriterSize(f, flushAt), print: print, conns: map[*capture.Conn]*keptConn{}}
	if c.packets, err = pcapfile.NewNGWriter(c.buf, tcpflow.LinkRaw, "wirectl"); err != nil {
		f.abort()
		return nil, err
	}
	c.tcp = pcapfile.NewRecorder(c.packets)
	return c, nil
}

// note takes a record that the event to come completed.
func (c *captureFile) note(r *codec.Record) {
	if c == nil || r.Frame == nil || r.Err != nil {
		return
	}
	c.frames = true
	if len(c.notes) > 0 {
		c.notes = append(c.notes, '\n')
	}
	c.notes = append(c.notes, byte(r.Dir), ' ')
	c.notes = c.print.AppendText(c.notes, r)
}

// maxComment is the longest comment that a packet gets: the frames themselves
// are in the packets.
const maxComment = 4 << 10

// event writes an event, or lets it wait.
func (c *captureFile) event(ev *capture.Event) error {
	if c == nil || ev.Conn == nil {
		return nil
	}
	k := c.conns[ev.Conn]
	if k == nil {
		k = &keptConn{}
		c.conns[ev.Conn] = k
	}
	if ev.Kind == capture.KindClose {
		delete(c.conns, ev.Conn)
	}
	comment := string(c.notes[:min(len(c.notes), maxComment)])
	frames := c.frames
	c.notes, c.frames = c.notes[:0], false
	switch {
	case k.given:
		return nil
	case k.wanted:
		return c.write(ev, comment)
	case frames:
		k.wanted = true
		for i := range k.events {
			if err := c.write(&k.events[i], ""); err != nil {
				return err
			}
		}
		k.events = nil
		return c.write(ev, comment)
	}
	waits := *ev
	waits.Data = bytes.Clone(ev.Data)
	k.events = append(k.events, waits)
	if k.bytes += len(waits.Data); k.bytes > maxKept {
		k.given, k.events = true, nil
	}
	return nil
}

func (c *captureFile) write(ev *capture.Event, comment string) error {
	switch ev.Kind {
	case capture.KindOpen:
		return c.tcp.Open(ev.Conn, ev.Time)
	case capture.KindData:
		return c.tcp.Data(ev.Conn, ev.Dir, ev.Time, ev.Data, comment)
	case capture.KindGap:
		return c.tcp.Gap(ev.Conn, ev.Dir, ev.Time, ev.Gap)
	case capture.KindClose:
		return c.tcp.Close(ev.Conn, ev.Time)
	}
	return nil
}

// commit completes the file.
func (c *captureFile) commit() error {
	if c == nil {
		return nil
	}
	for _, step := range []func() error{c.tcp.Finish, c.packets.Flush, c.buf.Flush, c.file.commit} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// abort removes the file unless it is complete.
func (c *captureFile) abort() {
	if c != nil {
		c.file.abort()
	}
}
