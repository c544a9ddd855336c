package synth

import (
	"encoding/binary"
	"strconv"
)

// msgq appends a message: 32 bits of length, 16 of the header's, header and
// body as JSON in Python's style.
func (s *Stream) msgq(dst []byte) []byte {
	n := s.size()
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0)
	dst = strconv.AppendInt(append(dst, `{"type": "send", "from": "6b00c659_`...), int64(s.seq%64), 10)
	dst = append(dst, `@vm", "to": "*", "group": "Boss", "instance": "*", "seq": `...)
	dst = strconv.AppendInt(dst, int64(s.seq), 10)
	dst = strconv.AppendBool(append(dst, `, "want_answer": `...), s.one(2))
	dst = append(dst, '}')
	binary.BigEndian.PutUint16(dst[at+4:], uint16(len(dst)-at-6))
	switch kind := s.rng.IntN(10); {
	case kind < 5:
		dst = strconv.AppendInt(append(dst, `{"command": ["set", {"pid": `...), int64(s.seq%32768), 10)
		dst = append(append(dst, `, "name": "`...), s.jsonText(n)...)
		dst = append(dst, `"}]}`...)
	case kind == 5 && n <= 64:
		dst = append(dst, `{"result": [0]}`...)
	default:
		dst = append(dst, `{"result": [0, {"items": [`...)
		for end := len(dst) + n; len(dst) < end; {
			dst = append(append(dst, `["`...), s.cut(s.word, 12)...)
			dst = strconv.AppendInt(append(dst, `", `...), int64(s.rng.IntN(1e6)), 10)
			dst = append(dst, "], "...)
		}
		dst = append(dst[:len(dst)-2], "]}]}"...)
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}
