package dump

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// columns are the widths, in cells, of the columns of a frame's fields.
type columns struct {
	name  int
	value int // the least width of a value that has a note
	rest  int // for the value and the note together
}

const (
	minName   = 12 // so that the columns of most frames are the same
	nameStep  = 2
	noteLines = 3 // that a note may take of its own
)

// names are the names of the latest frame's fields, with the cells they take:
// mostly the next frame has the same.
type names []struct {
	text  string
	cells int
	plain bool // printable ASCII
}

// fit returns the columns for fields in a room of so many cells.
func (n *names) fit(fields []codec.Field, room int) columns {
	if more := len(fields) - len(*n); more > 0 {
		*n = append(*n, make(names, more)...)
	}
	name, value := minName, 0
	for i, known := range (*n)[:len(fields)] {
		f := &fields[i]
		if known.text != f.Name {
			known.text, known.cells, known.plain = f.Name, cellsUpTo(f.Name, room), plain(f.Name)
			(*n)[i] = known
		}
		name = max(name, between*f.Depth+known.cells)
	}
	name = (name + nameStep - 1) / nameStep * nameStep
	name = min(name, max(minName, room/2/nameStep*nameStep))
	c := columns{name: name, rest: room - name - between}
	for i := range fields {
		if f := &fields[i]; f.Note != "" {
			if n := cellsUpTo(f.Value, room); n <= c.rest/2 {
				value = max(value, n)
			}
		}
	}
	c.value = value
	return c
}

// cellsUpTo is Cells of a text if these are not more than limit, else it is limit
// and at least one more.
func cellsUpTo(s string, limit int) int {
	switch {
	case len(s) > 16*limit, len(s) > limit && plain(s[:limit+1]):
		return limit + 1
	}
	return Cells(s)
}

// appendField appends the name, the value and the note of f. It returns what
// there is no room for of the note. The name is plain if that is known.
func appendField(dst []byte, st *Styles, f *codec.Field, plain bool, label *Style, c *columns) ([]byte, string) {
	indent := min(between*f.Depth, c.name/2)
	dst = appendBlanks(dst, indent)
	at := len(f.Name)
	if plain && at <= c.name-indent {
		dst = label.off(append(label.on(dst), f.Name...))
	} else {
		dst, at = appendStyled(dst, label, f.Name, c.name-indent)
	}
	if f.Value == "" && f.Note == "" {
		return dst, ""
	}
	dst = appendBlanks(dst, c.name-indent-at+between)
	if f.Value == "" {
		return appendNotePart(dst, st, f.Note, c.rest, false)
	}
	dst, at = appendStyled(dst, st.value(f.Value), f.Value, c.rest)
	if f.Note == "" {
		return dst, ""
	}
	n := cellsUpTo(f.Note, c.rest)
	if at+between+n > c.rest {
		return dst, f.Note
	}
	// A note that does not fit beside the column moves to the left.
	gap := max(between, min(c.value+between-at, c.rest-at-n))
	dst = appendBlanks(dst, gap)
	dst, _ = appendStyled(dst, &st.Note, f.Note, n)
	return dst, ""
}

// noteAt returns the cell of the lines below f in which its note goes on:
// below the value; or below the name, where there is more room, when it is
// too long for one line.
func (c *columns) noteAt(f *codec.Field) int {
	if f.Value != "" && cellsUpTo(f.Note, c.rest) > c.rest {
		return between
	}
	return c.name + between
}

// appendNoteRest appends what is left of the note of f in lines of its own,
// the fields being at cell field.
func appendNoteRest(dst []byte, st *Styles, f *codec.Field, note string, field int, c *columns) []byte {
	for i := 1; note != ""; i++ {
		dst = appendBlanks(dst, field)
		dst, note = appendNoteLine(dst, st, f, note, c, i == noteLines)
		dst = append(dst, '\n')
	}
	return dst
}

// appendNoteLine appends one such line, and returns what then is left.
func appendNoteLine(dst []byte, st *Styles, f *codec.Field, note string, c *columns, last bool) ([]byte, string) {
	at := c.noteAt(f)
	dst = appendBlanks(dst, at)
	return appendNotePart(dst, st, note, c.name+between+c.rest-at, last)
}

// appendNotePart appends as much of note as fits in room cells, up to the end
// of a word if it can be, and returns the rest. The last part is cut.
func appendNotePart(dst []byte, st *Styles, note string, room int, last bool) ([]byte, string) {
	part, rest := note, ""
	if !last {
		part, rest = splitCells(note, room)
	}
	dst, _ = appendStyled(dst, &st.Note, part, room)
	return dst, rest
}

// splitCells splits s so that the first part takes at most limit cells, which
// are two at least: at a blank, which goes, or else between characters.
func splitCells(s string, limit int) (part, rest string) {
	if len(s) <= limit && plain(s) {
		return s, ""
	}
	var (
		scratch [12]byte
		sum     = 0
		blank   = 0
	)
	for i := 0; i < len(s); {
		w, n := 1, 1
		switch c := s[i]; {
		case c == ' ':
			blank = i
		case c < ' ' || c > '~':
			_, w, n = printable(scratch[:0], s[i:])
		}
		if sum+w > limit {
			switch {
			case blank > 0:
				return s[:blank], s[blank+1:]
			case i == 0:
				return s[:n], s[n:]
			}
			return s[:i], s[i:]
		}
		sum += w
		i += n
	}
	return s, ""
}

// appendStyled is appendCells with a style.
func appendStyled[T ~string | ~[]byte](dst []byte, st *Style, s T, limit int) ([]byte, int) {
	dst = st.on(dst)
	if len(s) <= limit {
		if longer, ok := appendPlain(dst, s); ok {
			return st.off(longer), len(s)
		}
	}
	dst, n := appendCells(dst, s, limit)
	return st.off(dst), n
}

// appendMessage appends "code: path: text" at cell at of a line, broken
// between words so that it fits, with a mark before each further line. The
// path may be empty.
func appendMessage(dst []byte, st *Styles, at, width int, code, path, text string) []byte {
	room := max(width-at, 20)
	dst = st.Error.on(dst)
	dst, used := appendCells(dst, code, room-2)
	dst, used = append(dst, ':'), used+1
	if path != "" {
		dst, used = appendWord(dst, st, at, room, used, path)
		dst, used = append(dst, ':'), used+1
	}
	for word := range strings.SplitSeq(text, " ") {
		dst, used = appendWord(dst, st, at, room, used, word)
	}
	dst = st.Error.off(dst)
	return append(dst, '\n')
}

// appendWord appends a blank and a word, or the word on the next line. It
// returns how many cells of room are then used.
func appendWord(dst []byte, st *Styles, at, room, used int, word string) ([]byte, int) {
	const punctuation = 1 // that may follow
	if n := cellsUpTo(word, room); used > 0 && used+1+n+punctuation > room {
		dst = st.Error.off(dst)
		dst = append(dst, '\n')
		dst = st.Error.on(dst)
		dst = append(dst, '!')
		dst = appendBlanks(dst, at-1)
		used = 0
	} else {
		dst, used = append(dst, ' '), used+1
	}
	dst, n := appendCells(dst, word, room-punctuation)
	return dst, used + n
}
