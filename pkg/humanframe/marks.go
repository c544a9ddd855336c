package humanframe

import "strconv"

// AppendMarks appends what stands before l, as decode prints it: nothing when
// l has no direction.
func AppendMarks(dst []byte, l *Line) []byte {
	if !l.Marked {
		return dst
	}
	dst = append(dst, byte(l.Dir), ' ')
	if l.Conn == 0 && !l.Timed {
		return dst
	}
	dst = append(dst, '[')
	if l.Conn > 0 {
		dst = append(dst, '#')
		dst = strconv.AppendInt(dst, int64(l.Conn), 10)
		if l.Exchange > 0 {
			dst = append(dst, '/')
			dst = strconv.AppendInt(dst, int64(l.Exchange), 10)
		}
		if l.Timed {
			dst = append(dst, ' ')
		}
	}
	if l.Timed {
		dst = append(dst, '+')
		dst = appendSeconds(dst, l.At)
	}
	return append(dst, ']', ' ')
}
