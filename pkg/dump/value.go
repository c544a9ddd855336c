package dump

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

const (
	minName  = 12 // so that the columns of most frames are the same
	minValue = 6
)

// fitFields returns the widths of the columns of names and of values, of
// those that have a note, in a room of so many cells.
func fitFields(fields []codec.Field, room int) (name, value int) {
	most := max(minName, room*2/5)
	name, value = minName, minValue
	for i := range fields {
		f := &fields[i]
		name = max(name, min(most, between*f.Depth+Cells(f.Name)))
		if f.Note == "" {
			continue
		}
		if n := cellsUpTo(f.Value, room); n <= (room-name)/2 {
			value = max(value, n)
		}
	}
	return name, value
}

// cellsUpTo is Cells of a text of which only the first cells matter.
func cellsUpTo(s string, limit int) int {
	if len(s) > 16*limit {
		return limit + 1
	}
	return Cells(s)
}

// appendValueNote appends a value, in a column of the given width when a note
// follows, and the note, in room cells. What does not fit is cut.
func appendValueNote(dst []byte, st *Styles, value, note string, column, room int) []byte {
	if note == "" {
		dst, _ = appendStyled(dst, st.value(value), value, room)
		return dst
	}
	const least = between + 1 // a gap and an ellipsis
	dst, at := appendStyled(dst, st.value(value), value, room-least)
	// A note that does not fit beside the column moves to the left.
	gap := min(column+between-at, room-at-cellsUpTo(note, room))
	gap = max(between, gap)
	if value == "" {
		gap = 0
	}
	dst = appendBlanks(dst, gap)
	dst, _ = appendStyled(dst, st.Note, note, room-at-gap)
	return dst
}

// appendStyled is appendCells with a style.
func appendStyled[T ~string | ~[]byte](dst []byte, st Style, s T, limit int) ([]byte, int) {
	dst = append(dst, st.On...)
	dst, n := appendCells(dst, s, limit)
	return append(dst, st.Off...), n
}

// appendMessage appends "code: path: text" at cell at of a line, broken
// between words so that it fits, with a mark before each further line. The
// path may be empty.
func appendMessage(dst []byte, st *Styles, at, width int, code, path, text string) []byte {
	room := max(width-at, 20)
	dst = append(dst, st.Error.On...)
	dst, used := appendCells(dst, code, room-2)
	dst, used = append(dst, ':'), used+1
	if path != "" {
		dst, used = appendWord(dst, st, at, room, used, path)
		dst, used = append(dst, ':'), used+1
	}
	for word := range strings.SplitSeq(text, " ") {
		dst, used = appendWord(dst, st, at, room, used, word)
	}
	dst = append(dst, st.Error.Off...)
	return append(dst, '\n')
}

// appendWord appends a blank and a word, or the word on the next line. It
// returns how many cells of room are then used.
func appendWord(dst []byte, st *Styles, at, room, used int, word string) ([]byte, int) {
	const punctuation = 1 // that may follow
	if n := cellsUpTo(word, room); used > 0 && used+1+n+punctuation > room {
		dst = append(dst, st.Error.Off...)
		dst = append(dst, '\n')
		dst = append(dst, st.Error.On...)
		dst = append(dst, '!')
		dst = appendBlanks(dst, at-1)
		used = 0
	} else {
		dst, used = append(dst, ' '), used+1
	}
	dst, n := appendCells(dst, word, room-punctuation)
	return dst, used + n
}
