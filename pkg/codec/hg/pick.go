package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// headerMembers is how many members of AppendJSON's object all frames have:
// those of the header, and the payload.
const headerMembers = 6

// Pick implements [codec.Picker], for the header's numbers and the texts of
// payloads.
func (f *Frame) Pick(names []string) (v codec.Picked, ok bool) {
	switch len(names) {
	case 0:
		return f.pickCount()
	case 1:
		switch names[0] {
		case "request_id":
			return codec.PickInt(int64(f.RequestID))
		case "stream_id":
			return codec.PickInt(int64(f.StreamID))
		case "payload":
			return codec.Picked{Kind: codec.PickedObject}, true
		}
		return f.pickAbsent(names[0])
	case 2:
		if names[1] != "text" {
			break
		}
		if names[0] == "payload" || names[0] == "command" && f.is(formName) || names[0] == "message" && f.is(formMessage) {
			return f.pickPayload()
		}
	}
	return v, false
}

// pickPayload picks the payload as a text, which it is not when it is in
// hexadecimal digits.
func (f *Frame) pickPayload() (v codec.Picked, ok bool) {
	if !jsonenc.Readable(f.Payload) {
		return v, true
	}
	return codec.Picked{Kind: codec.PickedText, Text: f.Payload}, true
}

// pickCount counts the members, where they do not depend on the payload.
func (f *Frame) pickCount() (v codec.Picked, ok bool) {
	switch {
	case f.is(formBytes):
		return codec.PickInt(headerMembers)
	case f.is(formName) || f.is(formMessage):
		return codec.PickInt(headerMembers + 1)
	}
	return v, false
}

// is says whether the payload is of a form of the seed dialect, in which it tells
// no more than that.
func (f *Frame) is(form form) bool { return f.Dialect() != final && f.info().form == form }

// pickAbsent says whether a member is not there, as a payload of opaque bytes
// tells nothing.
func (f *Frame) pickAbsent(name string) (v codec.Picked, ok bool) {
	return v, f.is(formBytes) && slices.Contains(contentNames, name)
}
