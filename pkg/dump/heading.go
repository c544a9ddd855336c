package dump

import (
	"math"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// typeName returns what kind of record r is, for people.
func typeName(r *codec.Record) string {
	switch {
	case r.IsGap():
		return "gap"
	case r.Frame == nil:
		return "raw"
	}
	return r.Frame.Type()
}

// appendHeading appends the start of a record's heading in at most room
// cells, and returns how many it took:
//
//	#1 +0.012345 > command-name
func appendHeading(dst []byte, o *Options, r *codec.Record, room int) ([]byte, int) {
	var scratch [64]byte
	b := append(scratch[:0], '#')
	b = strconv.AppendInt(b, int64(r.Conn), 10)
	if r.Exchange > 0 {
		b = append(b, '/')
		b = strconv.AppendInt(b, int64(r.Exchange), 10)
	}
	b = append(b, ' ')
	if !r.Time.IsZero() {
		b = appendMoment(b, o.Start, r.Time)
		b = append(b, ' ')
	}
	dst, at := appendStyled(dst, &o.Styles.Offset, b, room)
	dst, _ = appendStyled(dst, directionStyle(&o.Styles, r), r.Dir.String(), 1)
	dst = append(dst, ' ')
	dst, n := appendStyled(dst, typeStyle(&o.Styles, r), typeName(r), room-at-2)
	return dst, at + 2 + n
}

// directionStyle returns the style of the mark of r's direction.
func directionStyle(s *Styles, r *codec.Record) *Style {
	if r.Dir == codec.ToClient {
		return &s.ToClient
	}
	return &s.ToServer
}

// typeStyle returns the style of r's type: that of its direction, or of
// damage.
func typeStyle(s *Styles, r *codec.Record) *Style {
	if r.Frame == nil || r.Err != nil {
		return &s.Error
	}
	return directionStyle(s, r)
}

// appendMoment appends when something was, for people: seconds since start,
// or without a start the time of day.
func appendMoment(dst []byte, start, t time.Time) []byte {
	if start.IsZero() {
		return t.UTC().AppendFormat(dst, "15:04:05.000000")
	}
	d := t.Sub(start)
	sign := byte('+')
	if d < 0 {
		sign, d = '-', -max(d, -math.MaxInt64)
	}
	dst = append(dst, sign)
	dst = strconv.AppendInt(dst, int64(d/time.Second), 10)
	dst = append(dst, '.')
	return appendPadded(dst, int(d%time.Second/time.Microsecond), 6)
}
