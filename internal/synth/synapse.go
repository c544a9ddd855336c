package synth

import "strconv"

var synapseOpening = [][]byte{
	[]byte("SERVER example.com\n"),
	[]byte("PING 1490197665618\n"),
	[]byte("POSITION events master 1000 1000\n"),
}

// synapse appends a line of a server that tells a worker of rows.
func (s *Stream) synapse(dst []byte) []byte {
	n := s.size()
	token := uint64(1000 + s.seq)
	switch kind := s.rng.IntN(20); {
	case kind == 0 && n <= 64:
		dst = strconv.AppendUint(append(dst, "PING "...), 1490197665618+token, 10)
	case kind == 1 && n <= 64:
		dst = strconv.AppendUint(append(dst, "POSITION events master "...), s.events, 10)
		dst = strconv.AppendUint(append(dst, ' '), token, 10)
		s.events = token
	case kind < 8:
		dst = strconv.AppendUint(append(dst, "RDATA caches master "...), token, 10)
		dst = append(append(dst, ` ["get_user_by_id",["`...), s.jsonText(n)...)
		dst = strconv.AppendUint(append(dst, `"],`...), 1490197670513+token, 10)
		dst = append(dst, ']')
	case kind < 10:
		dst = strconv.AppendUint(append(dst, `RDATA typing master batch ["!room`...), token%977, 10)
		dst = append(append(dst, `:example.com",["@`...), s.jsonText(n)...)
		dst = append(dst, `"]]`...)
	default:
		s.events = token
		dst = strconv.AppendUint(append(dst, "RDATA events master "...), token, 10)
		dst = append(append(dst, ` ["ev",["$`...), s.jsonText(n)...)
		dst = append(dst, `","!r:example.com","m.room.message",null,null,null,false,false]]`...)
	}
	return append(dst, '\n')
}
