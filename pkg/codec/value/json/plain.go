package jsonv

// PlainText returns the characters of a raw string of printable ASCII without
// escapes. They are a part of raw. It says false of any other value.
func PlainText(raw []byte) (text []byte, ok bool) {
	if len(raw) < 2 || raw[0] != '"' || !typed(raw) {
		return nil, false
	}
	return raw[1 : len(raw)-1], true
}
