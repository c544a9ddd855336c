package hg

import "github.com/wirectl/wirectl/pkg/codec/hg/stream"

// Types of the final dialect.
const (
	FinalCommandRequest   = 1
	FinalCommandData      = 2
	FinalCommandResponse  = 3
	FinalErrorResponse    = 5
	FinalTextOutput       = 6
	FinalProgress         = 7
	FinalProtocolSettings = 8
	FinalStreamSettings   = 9
)

// Flags of the final dialect's command-request. Its command-data,
// command-response and the two settings have DataContinuation and DataEOS.
const (
	RequestNew          = 0x01 // the first frame of a request
	RequestContinuation = 0x02 // goes on with a request
	RequestMore         = 0x04 // more command-request frames follow
	RequestHaveData     = 0x08 // command-data frames follow
)

var final = &Dialect{Name: "final", types: [16]typeInfo{
	FinalCommandRequest:   {name: "command-request", form: formCBOR, flags: []string{"new", "continuation", "more", "have-data"}, mask: 15},
	FinalCommandData:      {name: "command-data", flags: []string{"continuation", "eos"}, mask: 3},
	FinalCommandResponse:  {name: "command-response", form: formCBOR, flags: []string{"continuation", "eos"}, mask: 3},
	FinalErrorResponse:    {name: "error-response", form: formCBOR},
	FinalTextOutput:       {name: "text-output", form: formCBOR},
	FinalProgress:         {name: "progress", form: formCBOR},
	FinalProtocolSettings: {name: "sender-protocol-settings", form: formCBOR, flags: []string{"continuation", "eos"}, mask: 3},
	FinalStreamSettings:   {name: "stream-settings", form: formCBOR, flags: []string{"continuation", "eos"}, mask: 3},
}}

// NewFinalFrame returns a frame of the final dialect.
func NewFinalFrame(request uint16, streamID, streamFlags, typeID, flags uint8, payload []byte) *Frame {
	return &Frame{
		RequestID: request, StreamID: streamID, StreamFlags: streamFlags,
		TypeID: typeID, Flags: flags, Payload: payload, dialect: final,
	}
}

// begins says whether the frame begins a message whatever came before it.
func (f *Frame) begins() bool {
	return f.TypeID == FinalCommandRequest && f.Flags&RequestNew != 0 || f.single()
}

// single says whether frames of this type are a message each.
func (f *Frame) single() bool {
	return f.TypeID == FinalErrorResponse || f.TypeID == FinalTextOutput || f.TypeID == FinalProgress
}

// ends says whether the frame is the last of its message.
func (f *Frame) ends() bool {
	switch {
	case f.single():
		return true
	case f.TypeID == FinalCommandRequest:
		return f.Flags&RequestMore == 0
	}
	return f.Flags&DataEOS != 0
}

// encodings lists the names that a stream-settings frame may have.
var encodings = stream.Names()
