package synapse

import (
	"bytes"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A redisHead is what carries a line over Redis: an array of three strings,
// sent by a process to publish the line,
//
//	*3 CRLF  $7 CRLF PUBLISH CRLF  $11 CRLF example.com CRLF  $n CRLF line CRLF
//
// and the same with the word message on its way to those that subscribed. The
// line has no LF there. Source: RESP, version 2, of the Redis documentation.
type redisHead struct {
	verb, channel span // in the unit
}

// maxValues is how many values of one Redis unit are looked at.
const maxValues = 1 << 16

// A redisValue walks over one unit of the Redis protocol.
type redisValue struct {
	src     []byte
	limit   int // longest unit
	values  int
	strings [4]span // the first strings that are met, n in all
	n       int
}

// Results of redisValue.walk beside the end of the value.
const (
	redisShort = -1 // src ends before the value
	redisBad   = -2 // no value
	redisLong  = -3 // over the limit
)

// header reads the line at i: a type and a number, or a text when the type
// has one. It returns where the next one begins.
func (r *redisValue) header(i int) (n int64, next int) {
	end := bytes.IndexByte(r.src[i:min(len(r.src), r.limit)], '\n')
	if end < 0 {
		if len(r.src) >= r.limit {
			return 0, redisLong
		}
		return 0, redisShort
	}
	line := r.src[i : i+end]
	if len(line) < 2 || line[len(line)-1] != '\r' {
		return 0, redisBad
	}
	text := line[1 : len(line)-1]
	switch line[0] {
	case '+', '-':
		return 0, i + end + 1
	case ':':
		if v, _, ok := parseInt(text); !ok || !v.plain {
			return 0, redisBad
		}
		return 0, i + end + 1
	case '*', '$', '>':
		v, _, ok := parseInt(text)
		if !ok || !v.plain || !v.fits || v.small < -1 {
			return 0, redisBad
		}
		return v.small, i + end + 1
	}
	return 0, redisBad
}

// walk returns the end of the value at i, or one of the results above.
func (r *redisValue) walk(i, depth int) int {
	if r.values++; r.values > maxValues || depth > 4 {
		return redisBad
	}
	if i >= len(r.src) {
		return redisShort
	}
	n, next := r.header(i)
	switch {
	case next < 0 || n < 0:
		return next
	case r.src[i] == '$':
		if n > int64(r.limit-next-2) {
			return redisLong
		}
		end := next + int(n)
		if end+2 > len(r.src) {
			return redisShort
		}
		if r.src[end] != '\r' || r.src[end+1] != '\n' {
			return redisBad
		}
		if r.n < len(r.strings) {
			r.strings[r.n] = span{next, end}
		}
		r.n++
		return end + 2
	case r.src[i] == '*' || r.src[i] == '>':
		for ; n > 0; n-- {
			if next = r.walk(next, depth+1); next < 0 {
				return next
			}
		}
	}
	return next
}

// looksRedis says whether a direction begins as the Redis protocol does, and
// whether src is too short to tell.
func looksRedis(src []byte) (is, short bool) {
	if len(src) == 0 {
		return false, true
	}
	if bytes.IndexByte([]byte("*$+-:>"), src[0]) < 0 {
		return false, false
	}
	const longest = 64
	r := redisValue{src: src, limit: longest}
	_, next := r.header(0)
	if next < 0 {
		return false, next == redisShort
	}
	return src[0] != '+' && src[0] != '-' || string(src[:next]) == "+OK\r\n" || string(src[:next]) == "+PONG\r\n", false
}

// decodeRedis cuts a unit of the Redis protocol.
func (d *half) decodeRedis(src []byte, atEOF bool) (codec.Frame, int, error) {
	r := redisValue{src: src, limit: d.c.limit}
	f := &d.frame
	end := r.walk(0, 0)
	switch end {
	case redisLong:
		return nil, 0, codec.Faultf(codec.CodeLimit, 0, "", "the Redis value is over the limit of %d bytes", d.c.limit)
	case redisShort:
		if !atEOF {
			return nil, 0, codec.ErrShort
		}
		*f = Frame{reading: reading{unit: src, line: src, cmd: cmdRedis, lay: -1, dir: d.dir}}
		d.seen.lines++
		return f, len(src), codec.Faultf(codec.CodeTruncated, len(src), "", "the Redis value is cut: the input ends after %d bytes of it", len(src))
	case redisBad:
		return nil, 0, codec.Faultf(codec.CodeSyntax, 0, "", "no value of the Redis protocol begins here")
	}
	fault := d.c.readRedis(f, src[:end], &r, d.dir)
	d.seen.lines++
	if fault != nil {
		return f, end, fault
	}
	d.seen.see(f)
	return f, end, nil
}

// readRedis makes f the frame of a Redis unit: of the line in it, when it
// carries one.
func (c *Conversation) readRedis(f *Frame, unit []byte, r *redisValue, dir codec.Direction) *codec.SyntaxError {
	*f = Frame{reading: reading{cmd: cmdRedis, lay: -1, dir: dir}}
	f.hold(unit, 0, 2)
	verb := unit[r.strings[0].start:r.strings[0].end]
	if r.n != 3 || unit[0] == '$' || !bytes.EqualFold(verb, []byte("publish")) && string(verb) != "message" {
		return nil
	}
	line := unit[r.strings[2].start:r.strings[2].end]
	if name, _, _ := bytes.Cut(line, []byte(" ")); find(name) < 0 {
		return nil // other programs publish too
	}
	f.hold(unit, r.strings[2].start, 2)
	f.redis = redisHead{r.strings[0], r.strings[1]}
	fault := c.readBody(f)
	if fault != nil {
		fault.Offset += int64(f.head)
	}
	return fault
}

// appendRedis appends the unit that carries a line.
func appendRedis(dst, verb, channel, line []byte) []byte {
	dst = append(dst, "*3\r\n"...)
	for _, s := range [...][]byte{verb, channel, line} {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(s)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(append(dst, s...), "\r\n"...)
	}
	return dst
}

// appendRedisMark appends "!redis=VERB/CHANNEL " when that and the line make
// the unit again.
func (f *Frame) appendRedisMark(dst []byte) ([]byte, bool) {
	verb := f.unit[f.redis.verb.start:f.redis.verb.end]
	channel := f.unit[f.redis.channel.start:f.redis.channel.end]
	for _, c := range channel {
		if c <= ' ' || c >= 0x7f {
			return dst, false
		}
	}
	start := len(dst)
	dst = appendRedis(dst, verb, channel, f.body()) // to compare, and out again
	if !bytes.Equal(dst[start:], f.unit) {
		return dst[:start], false
	}
	dst = append(dst[:start], "!redis="...)
	dst = append(append(append(dst, verb...), '/'), channel...)
	return append(dst, ' '), true
}

// syncRedis looks for the start of an array of strings.
func syncRedis(src []byte, atEOF bool) (int, bool) {
	at := 0
	for {
		if is, short := arrayAt(src[at:]); is || short && !atEOF {
			return at, is
		}
		rest := src[at:]
		i := bytes.IndexByte(rest[:min(len(rest), syncStep)], '\n')
		switch {
		case i >= 0:
			at += i + 1
		case len(rest) >= syncStep:
			return at + syncStep, false
		case atEOF:
			return len(src), false
		default:
			return at, false
		}
	}
}

// arrayAt says whether an array of a few strings begins at the front of src.
func arrayAt(src []byte) (is, short bool) {
	const form = "*3\r\n$"
	n := min(len(src), len(form))
	for i := range n {
		if c := src[i]; c != form[i] && (i != 1 || c-'1' > 8) {
			return false, false
		}
	}
	return n == len(form), n < len(form)
}
