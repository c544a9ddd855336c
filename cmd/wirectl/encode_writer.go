package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// An encodeWriter writes the bytes of items in one of the forms of encode.
type encodeWriter struct {
	form   string
	each   bool
	out    io.Writer
	buf    []byte
	bytes  []byte // of the item, unless they stand at the end of buf
	rest   []byte // base64: the bytes that are not yet a group of three
	total  int    // bytes written, for the C array
	failed int    // documents of --each that were wrong
	gaps   int64
	pcap   *pcapWriter // of the form pcap, once there is something
}

// flushAt is how much waits for one write.
const flushAt = 64 << 10

// encode makes the item of a line. If it is to be written, that is for
// [encodeWriter.item] to do, which is called next if all is well.
func (w *encodeWriter) encode(enc *humanframe.Encoder, l *humanframe.Line, i *humanframe.Item, write bool) (ok bool, err error) {
	if w.form == "raw" && write { // the bytes themselves are written
		w.buf, ok, err = enc.AppendItem(w.buf, l, i)
		return ok, err
	}
	w.bytes, ok, err = enc.AppendItem(w.bytes[:0], l, i)
	return ok, err
}

// item writes the bytes of an item. start is when its document begins.
func (w *encodeWriter) item(i *humanframe.Item, start time.Time) error {
	if w.form == "pcap" {
		return w.packets(i, start)
	}
	w.gaps += i.Gap
	if i.Gap > 0 {
		return nil
	}
	switch w.form {
	case "hex":
		w.buf = append(hex.AppendEncode(w.buf, i.Bytes), '\n')
	case "base64":
		w.base64(i.Bytes)
	case "c":
		w.array(i.Bytes)
	}
	w.total += len(i.Bytes)
	if len(w.buf) >= flushAt {
		return w.flush()
	}
	return nil
}

// packets writes the bytes of an item as packets.
func (w *encodeWriter) packets(i *humanframe.Item, start time.Time) (err error) {
	if w.pcap == nil {
		if w.pcap, err = newPcapWriter(w.out); err != nil {
			return err
		}
	}
	return w.pcap.item(i, start)
}

// base64 appends bytes as one text without line breaks, or with --each as a
// line.
func (w *encodeWriter) base64(b []byte) {
	if w.each {
		w.buf = append(base64.StdEncoding.AppendEncode(w.buf, b), '\n')
		return
	}
	w.rest = append(w.rest, b...)
	n := len(w.rest) / 3 * 3
	w.buf = base64.StdEncoding.AppendEncode(w.buf, w.rest[:n])
	w.rest = append(w.rest[:0], w.rest[n:]...)
}

// array appends the elements of a C array, twelve on a line.
func (w *encodeWriter) array(b []byte) {
	if w.total == 0 && len(w.buf) == 0 {
		w.buf = append(w.buf, "static const unsigned char frames[] = {"...)
	}
	for i, c := range b {
		if (w.total+i)%12 == 0 {
			w.buf = append(w.buf, "\n\t"...)
		} else {
			w.buf = append(w.buf, ' ')
		}
		w.buf = append(w.buf, '0', 'x')
		w.buf = hex.AppendEncode(w.buf, []byte{c})
		w.buf = append(w.buf, ',')
	}
}

// fault writes the line of a document that is wrong.
func (w *encodeWriter) fault(e *humanframe.Error) error {
	w.failed++
	w.buf = append(w.buf, "! "...)
	w.buf = append(w.buf, oneLine(e.Reason())...)
	if e.HintText != "" {
		w.buf = append(w.buf, " ("...)
		w.buf = append(w.buf, oneLine(e.HintText)...)
		w.buf = append(w.buf, ')')
	}
	w.buf = append(w.buf, '\n')
	if len(w.buf) >= flushAt {
		return w.flush()
	}
	return nil
}

func (w *encodeWriter) flush() error {
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// finish writes what is left.
func (w *encodeWriter) finish() error {
	if w.form == "pcap" && w.pcap == nil {
		var err error
		if w.pcap, err = newPcapWriter(w.out); err != nil {
			return err
		}
	}
	switch {
	case w.pcap != nil:
		if err := w.pcap.finish(); err != nil {
			return err
		}
	case w.form == "base64" && !w.each:
		w.buf = append(base64.StdEncoding.AppendEncode(w.buf, w.rest), '\n')
	case w.form == "c" && w.total == 0:
		w.buf = append(w.buf, "static const unsigned char frames[1]; /* no bytes */\nstatic const unsigned long frames_len = 0;\n"...)
	case w.form == "c":
		w.buf = append(w.buf, "\n};\nstatic const unsigned long frames_len = "...)
		w.buf = strconv.AppendInt(w.buf, int64(w.total), 10)
		w.buf = append(w.buf, ";\n"...)
	}
	if err := w.flush(); err != nil {
		return err
	}
	if w.failed > 0 {
		return ui.Usagef("%d of the documents could not be encoded", w.failed)
	}
	if w.gaps > 0 {
		return ui.With(ui.ExitDamage, &hinted{fmt.Errorf("%d bytes are missing in the gaps of the document", w.gaps), "the bytes around them were written"})
	}
	return nil
}
