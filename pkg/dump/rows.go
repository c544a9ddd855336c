package dump

import "github.com/wirectl/wirectl/pkg/codec"

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
	st      *Styles
	limit   int  // rows that a stretch may take; negative means all
	inner   bool // the rows are of what was decoded, which is not in the capture
}

// A stretch is a run of bytes under one name. Its first row has the name, the
// value and the note.
type stretch struct {
	offset int64
	bytes  []byte // none for a field whose parts follow, or that is empty
	secret bool   // the bytes are not to be shown
	marked bool   // with an exclamation mark: damage, or a finding
	depth  int    // nesting
	name   string
	val    string
	note   string
	style  *Style // of the bytes
	label  *Style // of the name
}

// append appends the rows of s.
func (w *rows) append(dst []byte, s *stretch) []byte {
	n := (len(s.bytes) + w.perRow - 1) / w.perRow
	shown := s.bytes
	// A count takes a row, so it must stand for more than one.
	if w.limit >= 0 && n > w.limit+1 {
		shown = s.bytes[:w.limit*w.perRow]
	}
	note := s.note
	for at := 0; at == 0 || at < len(shown); at += w.perRow {
		cell := 0
		dst = w.offset(dst, s.marked, s.offset+int64(at))
		dst, cell = w.bytes(dst, s, shown[at:min(at+w.perRow, len(shown))])
		switch {
		case at == 0:
			dst = appendBlanks(dst, w.field-cell)
			dst, note = appendField(dst, w.st, s, w.columns)
		case note != "":
			dst = appendBlanks(dst, w.field-cell)
			dst, note = appendNoteLine(dst, w.st, s, note, w.columns, false)
		}
		dst = append(dst, '\n')
	}
	dst = appendNoteRest(dst, w.st, s, note, w.field, w.columns)
	if rest := len(s.bytes) - len(shown); rest > 0 {
		dst = w.offset(dst, s.marked, s.offset+int64(len(shown)))
		dst = w.count(dst, int64(rest), " more", "")
	}
	return dst
}

// offset appends the start of a row up to the column of bytes.
func (w *rows) offset(dst []byte, marked bool, offset int64) []byte {
	dst = w.mark(dst, marked)
	dst = w.st.Offset.on(dst)
	dst = appendHexInt(dst, uint64(offset), w.digits)
	dst = w.st.Offset.off(dst)
	return append(dst, blanks[:between]...)
}

func (w *rows) mark(dst []byte, marked bool) []byte {
	if w.inner {
		dst = w.st.Dim.on(dst)
		dst = append(dst, '~')
		dst = w.st.Dim.off(dst)
		return append(dst, blanks[:gutter-1]...)
	}
	if !marked {
		return append(dst, blanks[:gutter]...)
	}
	dst = w.st.Error.on(dst)
	dst = append(dst, '!')
	dst = w.st.Error.off(dst)
	return append(dst, blanks[:gutter-1]...)
}

// bytes appends the columns of hex and of text, and returns the cell at which
// the line then is.
func (w *rows) bytes(dst []byte, s *stretch, b []byte) ([]byte, int) {
	if len(b) == 0 {
		return dst, w.hex
	}
	dst = s.style.on(dst)
	if s.secret {
		for i := range b {
			dst = append(dst, "** "[:3-(i+1)/len(b)]...)
		}
	} else {
		dst = appendHex(dst, b)
	}
	dst = s.style.off(dst)
	dst = appendBlanks(dst, w.ascii-w.hex-(3*len(b)-1))
	dst = s.style.on(dst)
	if s.secret {
		for range b {
			dst = append(dst, '*')
		}
	} else {
		dst = appendASCII(dst, b)
	}
	dst = s.style.off(dst)
	return dst, w.ascii + len(b)
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
	w.columns = fitFields(fields, w.width-w.field)
}
