package synth

import (
	"encoding/binary"
	"strconv"
)

// zmtpOpening is the greeting of libzmq 3.1 with no security, and READY.
func zmtpOpening() [][]byte {
	greeting := make([]byte, 64)
	copy(greeting, "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x01NULL")
	ready := []byte("\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00")
	ready[1] = byte(len(ready) - 2)
	return [][]byte{greeting, ready}
}

// zmtp appends a message of eMQP as an EventMQ client sends it.
func (s *Stream) zmtp(dst []byte) []byte {
	const digits = "0123456789abcdef"
	n := s.size()
	id := []byte("00000000-0000-4000-8000-000000000000")
	for i, b := range s.cut(s.binary, len(id)) {
		if id[i] == '0' {
			id[i] = digits[b&15]
		}
	}
	dst = appendZMTP(dst, true, nil)
	dst = appendZMTP(dst, true, []byte("eMQP/1.0"))
	if s.one(10) && n <= 64 {
		dst = appendZMTP(dst, true, []byte("HEARTBEAT"))
		dst = appendZMTP(dst, true, id)
		return appendZMTP(dst, false, strconv.AppendInt(nil, int64(1490197665+s.seq), 10))
	}
	dst = appendZMTP(dst, true, []byte("REQUEST"))
	dst = appendZMTP(dst, true, id)
	dst = appendZMTP(dst, true, []byte("default"))
	dst = appendZMTP(dst, true, []byte("guarantee,retry-count:3"))
	job := append([]byte(`["run", {"path": "app.jobs", "callable": "send", "args": ["`), s.jsonText(n)...)
	return appendZMTP(dst, false, append(job, `"], "kwargs": {}, "class_args": [], "class_kwargs": {}}]`...))
}

// appendZMTP appends a frame: flags, a length of one or eight octets, body.
func appendZMTP(dst []byte, more bool, body []byte) []byte {
	var flags byte
	if more {
		flags = 1
	}
	if len(body) > 255 {
		dst = binary.BigEndian.AppendUint64(append(dst, flags|2), uint64(len(body)))
	} else {
		dst = append(dst, flags, byte(len(body)))
	}
	return append(dst, body...)
}
