package zmtp

// Identity returns who is at the other end of a connection, as a ROUTER knows
// it; "" before the handshake is through.
func (s *Socket) Identity(conn int) string {
	if p := s.peers[conn]; p != nil && p.s.Ready() {
		return p.id
	}
	return ""
}

// Reaches says whether a ROUTER can send a message to the peer of an identity
// now: it is there, and reads.
func (s *Socket) Reaches(id string) bool {
	p := s.byID(id, nil)
	return p != nil && p.out < s.o.HighWater
}
