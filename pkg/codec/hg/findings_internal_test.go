package hg

import "testing"

// Of usual flags seedFindings says nothing, and they are all those of which it
// says nothing, whatever the payload.
func TestUsualFlags(t *testing.T) {
	for octet := range 256 {
		f := NewFrame(1, 1, 0, uint8(octet>>4), uint8(octet&0xf), nil)
		info := f.info()
		found := info.name == "" || f.Flags&^info.mask != 0
		f.seedFindings(func(string, int, int, string, ...any) { found = true })
		usual := usualFlags[f.TypeID]>>f.Flags&1 != 0
		anyPayload := info.form == formBytes || info.form == formName || info.form == formMessage
		if usual != (anyPayload && !found) {
			t.Errorf("type %d, flags %d: usual is %v, found something: %v", f.TypeID, f.Flags, usual, found)
		}
	}
	for _, flags := range []uint8{0, StreamBegin, StreamEnd, StreamBegin | StreamEnd, StreamEncoded, 8, 0xff} {
		f := NewFrame(1, 1, flags, TypeCommandData, DataEOS, nil)
		if want := flags > StreamBegin|StreamEnd; (len(f.AppendFindings(nil)) > 0) != want {
			t.Errorf("stream flags %#x: finds %v", flags, f.AppendFindings(nil))
		}
	}
	f := NewFrame(1, 1, 0, TypeCommandData, DataEOS, make([]byte, unnegotiatedPayloadMaximum+1))
	if len(f.AppendFindings(nil)) != 1 {
		t.Errorf("a long payload: finds %v", f.AppendFindings(nil))
	}
}
