// Package textin reads bytes that were printed as text: dumps, literals of
// programming languages, traces and logs.
//
// Each format has a [Parser], which takes lines and gives [Chunk]s.
package textin

import (
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

// MaxRepeat is how many bytes one mark for repeated lines may stand for.
const MaxRepeat = 16 << 20

// A Chunk is a stretch of bytes of one direction, or a captured packet.
type Chunk struct {
	Flow           string          // tells conversations apart; "" when there is one only
	Client, Server string          // names of the ends; may be empty
	Dir            codec.Direction // 0 when the text does not say
	Time           time.Time       // zero when the text does not say
	Data           []byte          // shared with the line or the parser: good until its next call
	Gap            int64           // bytes that are missing before Data
	Why            string          // of Gap

	IsPacket bool // Data is a packet, and Link what it begins with
	Link     tcpflow.LinkType
}

// A Parser turns lines of text into chunks.
type Parser interface {
	// Parse takes a line, without its line break, and appends the chunks
	// that it completes. An error says what is wrong with the line; the
	// chunks before it count, and the next line may be good.
	Parse(dst []Chunk, line []byte) ([]Chunk, error)

	// End appends what is left when no more lines come.
	End(dst []Chunk) ([]Chunk, error)
}

// An Error says what is wrong with a line.
type Error struct {
	Column  int // of the first bad byte, from 1
	Message string
}

// Error returns "column N: what".
func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

func errorf(column int, format string, args ...any) *Error {
	return &Error{Column: column + 1, Message: fmt.Sprintf(format, args...)}
}

// hexValue returns the value of a hex digit, or -1.
func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
