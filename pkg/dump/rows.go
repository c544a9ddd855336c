package dump

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A layout says where the columns of a hex dump begin, in cells:
//
//	! 0000000d  03 00 00 00 00 00 00 00  ........  name  value  note
//	^ ^         ^                        ^         ^
//	0 2         hex                      ascii     field
type layout struct {
	width  int // of the terminal
	digits int // of an offset
	perRow int // bytes in a row
	hex    int
	ascii  int
	field  int
}

const (
	gutter  = 2 // for the mark at the start of a line
	between = 2 // blanks between columns
)

// rooms are the bytes a row, and the cells that this must leave to the fields.
var rooms = []struct{ perRow, field int }{{16, 48}, {8, 32}, {4, 0}}

// newLayout returns the columns for offsets up to end. It takes as many bytes
// a row as leave room for the fields.
func newLayout(width int, end int64) layout {
	l := layout{width: width, digits: 8}
	for end>>(4*l.digits) > 0 && l.digits < 16 {
		l.digits += 2
	}
	l.hex = gutter + l.digits + between
	for _, r := range rooms {
		l.perRow = r.perRow
		l.ascii = l.hex + 3*l.perRow - 1 + between
		l.field = l.ascii + l.perRow + between
		if width-l.field >= r.field {
			break
		}
	}
	return l
}

// rows writes the rows of a hex dump. It is the one place that knows their
// form, for what was captured as for what was decoded from it.
type rows struct {
	layout
	columns // of the fields, beside the bytes
	names   names
	st      *Styles
	limit   int  // rows that a stretch may take; negative means all
	painted bool // offsets or bytes have styles
	inner   bool // the rows are of what was decoded, which is not in the capture
}

// A stretch is a run of bytes under one name. Its first row has the name, the
// value and the note of its field; where that is in the stream does not count.
type stretch struct {
	field  *codec.Field
	plain  bool // its name is known to be printable ASCII
	offset int64
	bytes  []byte // none for a field whose parts follow, or that is empty
	secret bool   // the bytes are not to be shown
	marked bool   // with an exclamation mark: damage, or a finding
	style  *Style // of the bytes
	label  *Style // of the name
}

// append appends the rows of s.
func (w *rows) append(dst []byte, s *stretch) []byte {
	shown := s.bytes
	// A count takes a row, so it must stand for more than one.
	if w.limit >= 0 && len(shown) > (w.limit+1)*w.perRow {
		shown = shown[:w.limit*w.perRow]
	}
	dst = w.row(dst, s, 0, min(w.perRow, len(shown)), true)
	dst, note := appendField(dst, w.st, s.field, s.plain, s.label, &w.columns)
	dst = append(dst, '\n')
	for at := w.perRow; at < len(shown); at += w.perRow {
		dst = w.row(dst, s, at, min(w.perRow, len(shown)-at), note != "")
		if note != "" {
			dst, note = appendNoteLine(dst, w.st, s.field, note, &w.columns, false)
		}
		dst = append(dst, '\n')
	}
	if note != "" {
		dst = appendNoteRest(dst, w.st, s.field, note, w.field, &w.columns)
	}
	if rest := len(s.bytes) - len(shown); rest > 0 {
		dst = w.offset(dst, s.marked, s.offset+int64(len(shown)))
		dst = w.count(dst, int64(rest), " more", "")
	}
	return dst
}

// row appends a row of n bytes of s from at on: the offset, and the columns of hex
// and of text if there are any bytes; then, if something follows in the column of
// fields, blanks up to there.
func (w *rows) row(dst []byte, s *stretch, at, n int, follows bool) []byte {
	end := w.hex
	switch {
	case follows:
		end = w.field
	case n > 0:
		end = w.ascii + n
	}
	start := len(dst)
	if cap(dst)-start < len(line{}) {
		dst = slices.Grow(dst, len(line{}))
	}
	l := (*line)(dst[start : start+len(line{})])
	l.write(&w.layout, s.offset+int64(at), s.bytes[at:at+n])
	if s.secret {
		l.hide(&w.layout, n)
	}
	if s.marked || w.inner || w.painted {
		return w.paint(dst[:start], s, l, n, end)
	}
	return dst[:start+end]
}

// paint appends a row of n bytes that ends at cell end, with its mark and its
// styles.
func (w *rows) paint(dst []byte, s *stretch, plain *line, n, end int) []byte {
	l := *plain // which is where the row goes
	dst = w.mark(dst, s.marked)
	dst = w.st.Offset.append(dst, l[gutter:gutter+w.digits])
	if n == 0 {
		return append(dst, l[gutter+w.digits:end]...)
	}
	dst = append(dst, l[gutter+w.digits:w.hex]...)
	dst = s.style.append(dst, l[w.hex:w.hex+3*n-1])
	dst = append(dst, l[w.hex+3*n-1:w.ascii]...)
	dst = s.style.append(dst, l[w.ascii:w.ascii+n])
	return append(dst, l[w.ascii+n:end]...)
}

// offset appends the start of a row up to the column of bytes.
func (w *rows) offset(dst []byte, marked bool, offset int64) []byte {
	return w.row(dst, &stretch{offset: offset, marked: marked, style: &none}, 0, 0, false)
}

func (w *rows) mark(dst []byte, marked bool) []byte {
	if w.inner {
		dst = w.st.Dim.on(dst)
		dst = append(dst, '~')
		dst = w.st.Dim.off(dst)
		return append(dst, blanks[:gutter-1]...)
	}
	if !marked {
		return append(dst, ' ', ' ')
	}
	dst = w.st.Error.on(dst)
	dst = append(dst, '!')
	dst = w.st.Error.off(dst)
	return append(dst, blanks[:gutter-1]...)
}

// count appends, in the column of bytes, that n bytes stand there unseen:
// "… n BEFORE bytes AFTER".
func (w *rows) count(dst []byte, n int64, before, after string) []byte {
	dst = w.st.Dim.on(dst)
	dst = append(dst, ellipsis...)
	dst = append(dst, ' ')
	dst = AppendGrouped(dst, n)
	dst = append(dst, before...)
	dst = append(dst, " byte"...)
	if n != 1 {
		dst = append(dst, 's')
	}
	dst = append(dst, after...)
	dst = w.st.Dim.off(dst)
	return append(dst, '\n')
}

// message appends what is wrong at an offset, in lines that fit. Without an
// offset it is below 0.
func (w *rows) message(dst []byte, offset int64, code, path, text string) []byte {
	if offset >= 0 {
		dst = w.offset(dst, true, offset)
	} else {
		dst = w.mark(dst, true)
		dst = appendBlanks(dst, w.hex-gutter)
	}
	return appendMessage(dst, w.st, w.hex, w.width, code, path, text)
}

// fit sets the columns of names and values so that they fit fields.
func (w *rows) fit(fields []codec.Field) {
	w.columns = w.names.fit(fields, w.width-w.field)
}
