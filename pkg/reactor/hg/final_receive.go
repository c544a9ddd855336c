package hg

import (
	"errors"
	"fmt"
	"slices"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
)

func failf(dst []reactor.Action, format string, args ...any) []reactor.Action {
	return append(dst, reactor.Fail{Message: fmt.Sprintf(format, args...)})
}

// receive checks the frame's stream, undoes its encoding, and hands it on.
func (c *FinalClient) receive(f *hg.Frame, dst []reactor.Action) []reactor.Action {
	if f.StreamID%2 != 0 {
		return failf(dst, "received frame with odd numbered stream ID: %d", f.StreamID)
	}
	in := c.incoming[f.StreamID]
	begins := f.StreamFlags&hg.StreamBegin != 0
	switch {
	case in == nil && !begins:
		return failf(dst, "received frame on unknown stream without beginning of stream flag set")
	case in != nil && begins && !c.o.Compat:
		return failf(dst, "received frame with beginning of stream flag set on open stream: %d", f.StreamID)
	case in == nil:
		in = &incoming{}
		c.incoming[f.StreamID] = in
	}
	ends := f.StreamFlags&hg.StreamEnd != 0
	if ends {
		delete(c.incoming, f.StreamID)
	}
	payload := f.Payload
	if f.StreamFlags&hg.StreamEncoded != 0 {
		var err error
		if payload, err = in.decode(payload); err != nil {
			return failf(dst, "error decoding the payload of a frame on stream %d: %v", f.StreamID, err)
		}
	}
	if f.TypeID == hg.FinalStreamSettings {
		return c.streamSettings(f, in, payload, ends, dst)
	}
	r := c.requests[f.RequestID]
	if r == nil || !r.active(c.o.Compat) {
		return failf(dst, "received frame for inactive request ID: %d", f.RequestID)
	}
	r.state = requestReceiving
	switch {
	case f.TypeID == hg.FinalCommandResponse:
		return c.response(f, r, payload, dst)
	case f.TypeID == hg.FinalErrorResponse:
		return c.errorResponse(f.RequestID, payload, dst)
	case f.TypeID == hg.FinalTextOutput && !c.o.Compat:
		return textOutput(f.RequestID, payload, dst)
	case f.TypeID == hg.FinalProgress && !c.o.Compat:
		return append(dst, reactor.Deliver{Kind: "progress", ID: uint64(f.RequestID), Body: slices.Clone(payload)})
	}
	return failf(dst, "unhandled frame type: %d", f.TypeID)
}

// streamSettings takes the name of a stream's encoding.
func (c *FinalClient) streamSettings(f *hg.Frame, in *incoming, payload []byte, ends bool, dst []reactor.Action) []reactor.Action {
	const name = "stream encoding settings frame"
	if fault := settingsFlags(name, f.Flags); fault != "" {
		return failf(dst, "%s", fault)
	}
	if err := in.settings.add(payload); err != nil {
		in.settings = settings{}
		return failf(dst, "error decoding CBOR from %s: b'%v'", name, err)
	}
	if f.Flags&hg.DataContinuation != 0 {
		return append(dst, reactor.Noop{})
	}
	first, n, err := in.settings.items()
	in.settings = settings{}
	switch {
	case err != nil:
		return failf(dst, "error decoding CBOR from %s: b'%v'", name, err)
	case n == 0:
		return failf(dst, "%s did not contain CBOR data", name)
	case ends && c.o.Compat:
		return failf(dst, "error setting stream decoder: %d", f.StreamID)
	}
	if err := c.setDecoder(in, first, n > 1); err != nil {
		return failf(dst, "error setting stream decoder: %v", err)
	}
	return append(dst, reactor.Noop{})
}

// response takes a piece of an answer.
func (c *FinalClient) response(f *hg.Frame, r *clientRequest, payload []byte, dst []reactor.Action) []reactor.Action {
	d := ResponseData{
		Request: f.RequestID, Data: append([]byte{}, payload...),
		More: f.Flags&hg.DataContinuation != 0, EOS: f.Flags&hg.DataEOS != 0,
	}
	if d.EOS {
		delete(c.requests, f.RequestID)
	}
	dst = append(dst, d)
	if c.o.Compat {
		return dst
	}
	if m, ok := r.status.take(payload); ok {
		return appendStatus(dst, f.RequestID, m)
	}
	if d.EOS && f.StreamFlags&hg.StreamEncoded == 0 {
		if m, ok := lateStatus(payload); ok {
			return appendStatus(dst, f.RequestID, m)
		}
	}
	if d.EOS && !r.status.done {
		return failf(dst, "response ended before its status: %d", f.RequestID)
	}
	return dst
}

// errorResponse ends a request.
func (c *FinalClient) errorResponse(id uint16, payload []byte, dst []reactor.Action) []reactor.Action {
	delete(c.requests, id)
	m, _, err := parseItem(payload)
	if errors.Is(err, codec.ErrShort) {
		err = errors.New("input data not complete")
	}
	if err != nil {
		return failf(dst, "error decoding CBOR from error response frame: %v", err)
	}
	v, _ := m.Get("type")
	kind, ok := v.Bytes()
	message, ok2 := messageOf(m)
	if !ok || !ok2 {
		return failf(dst, "error response frame without type and message: %s", literal(m))
	}
	return append(dst, RequestError{Request: id, Type: string(kind), Message: message})
}

func textOutput(id uint16, payload []byte, dst []reactor.Action) []reactor.Action {
	v, _, err := parseItem(payload)
	if err != nil {
		return failf(dst, "error decoding CBOR from text output frame: %v", err)
	}
	text, ok := atomsText(v)
	if !ok {
		return failf(dst, "text output frame without an array of atoms: %s", literal(v))
	}
	return append(dst, reactor.Deliver{Kind: "text-output", ID: uint64(id), Body: []byte(text)})
}

func appendStatus(dst []reactor.Action, id uint16, m cbor.Value) []reactor.Action {
	v, _ := m.Get("status")
	name, _ := v.Bytes()
	s := ResponseStatus{Request: id, Status: string(name)}
	switch s.Status {
	case "error":
		v, _ := m.Get("error")
		s.Message, _ = messageOf(v)
	case "redirect":
		s.Location, _ = m.Get("location")
	case "ok":
	default:
		return failf(dst, "response does not begin with a status: %d", id)
	}
	return append(dst, s)
}
