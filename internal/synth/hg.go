package synth

import "encoding/binary"

// Types and flags of Mercurial's frames, in the first dialect.
const (
	hgName, hgArgument, hgData      = 1, 2, 3
	hgHaveArgs, hgEndOfArgs         = 2, 2
	hgGoesOn, hgEnds                = 1, 2
	hgStreamBegin              byte = 1
)

// hg appends a frame of a client that calls commands and sends them data,
// half of it text, half anything.
func (s *Stream) hg(dst []byte) []byte {
	n := s.size()
	request := uint16(s.seq) | 1
	switch kind := s.rng.IntN(20); {
	case s.seq == 1:
		return appendHG(dst, request, hgStreamBegin, hgName, hgHaveArgs, []byte("lookup"))
	case kind == 0:
		return appendHG(dst, request, 0, hgName, hgHaveArgs, []byte("lookup"))
	case kind == 1 && n <= 64:
		p := binary.LittleEndian.AppendUint16(nil, 3)
		p = binary.LittleEndian.AppendUint16(p, uint16(n))
		p = append(p, "key"...)
		return appendHG(dst, request, 0, hgArgument, hgEndOfArgs, append(p, s.cut(s.word, n)...))
	}
	flags := byte(hgGoesOn)
	if s.one(4) {
		flags = hgEnds
	}
	pool := s.binary
	if s.one(2) {
		pool = s.text
	}
	return appendHG(dst, request, 0, hgData, flags, s.cut(pool, n))
}

// appendHG appends a frame: 24 bits of length, 16 of request, all little
// endian, stream, stream flags, type and flags.
func appendHG(dst []byte, request uint16, streamFlags, kind, flags byte, payload []byte) []byte {
	n := len(payload)
	dst = append(dst, byte(n), byte(n>>8), byte(n>>16), byte(request), byte(request>>8), 1, streamFlags, kind<<4|flags)
	return append(dst, payload...)
}
