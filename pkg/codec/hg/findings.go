package hg

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// AppendFindings implements [codec.Frame]: what the documents forbid and what
// no released program sends, though every reader takes it.
func (f *Frame) AppendFindings(dst []codec.Finding) []codec.Finding {
	if f.Dialect() == seed && f.StreamFlags < StreamEncoded && len(f.Payload) <= unnegotiatedPayloadMaximum && usualFlags[f.TypeID]>>f.Flags&1 != 0 {
		return dst
	}
	info := f.info()
	put := func(code string, at, n int, format string, args ...any) {
		dst = append(dst, codec.Finding{Code: code, Message: fmt.Sprintf(format, args...), Span: codec.Span{Start: int64(at), End: int64(at + n)}})
	}
	if len(f.Payload) > unnegotiatedPayloadMaximum {
		put("long-payload", 0, 3, "%d bytes of payload: without negotiation 65535 is the most", len(f.Payload))
	}
	if odd := f.StreamFlags &^ streamFlagsMask; odd != 0 {
		put("reserved-stream-flags", 6, 1, "the stream flags %#x have no meaning", odd)
	}
	if info.name == "" {
		put("unknown-type", 7, 1, "the %s dialect has no type %d", f.Dialect().Name, f.TypeID)
	} else if odd := f.Flags &^ info.mask; odd != 0 {
		put("reserved-flags", 7, 1, "the flags %#x have no meaning on %s", odd, info.name)
	}
	if f.Dialect() == seed {
		f.seedFindings(put)
	} else {
		f.finalFindings(put)
	}
	return dst
}

// usualFlags has a bit for each value of the flags with which there is nothing to
// find in a type of the seed dialect that may have any payload.
var usualFlags = [16]uint16{
	TypeCommandName:   1<<CommandNameEOS | 1<<CommandNameHaveArgs | 1<<CommandNameHaveData | 1<<(CommandNameHaveArgs|CommandNameHaveData),
	TypeCommandData:   1<<DataContinuation | 1<<DataEOS,
	TypeBytesResponse: 1<<DataContinuation | 1<<DataEOS,
	TypeErrorResponse: 1<<0 | 1<<ErrorResponseProtocol | 1<<ErrorResponseApplication | 1<<(ErrorResponseProtocol|ErrorResponseApplication),
}

type putFinding func(code string, at, n int, format string, args ...any)

func (f *Frame) seedFindings(put putFinding) {
	if f.StreamFlags&StreamEncoded != 0 {
		put("encoded", 6, 1, "the payload is encoded, which this dialect declares but does not define")
	}
	both := func(a, b uint8) bool { return f.Flags&a != 0 && f.Flags&b != 0 }
	switch f.TypeID {
	case TypeCommandName:
		switch {
		case f.Flags&7 == 0:
			put("flags", 7, 1, "one of eos, have-args and have-data must be set")
		case both(CommandNameEOS, CommandNameHaveArgs|CommandNameHaveData):
			put("flags", 7, 1, "eos says that nothing follows, have-args and have-data that something does")
		}
	case TypeCommandData, TypeBytesResponse:
		if f.Flags&3 == 0 || both(DataContinuation, DataEOS) {
			put("flags", 7, 1, "exactly one of continuation and eos must be set")
		}
	}
	if err := f.payloadError(); err != nil {
		put("payload", HeaderLen, len(f.Payload), "%v", err)
	}
}

// payloadError says what is wrong with a structured payload.
func (f *Frame) payloadError() error {
	switch f.info().form {
	case formArgument:
		if f.Rest {
			return nil
		}
		a, err := ParseArgument(f.Payload)
		if err == nil && len(a.Value) < a.Length && f.Flags&CommandArgumentContinue == 0 {
			err = fmt.Errorf("the argument's value has %d of %d octets, and continuation is not set", len(a.Value), a.Length)
		}
		return err
	case formAtoms:
		return checkAtoms(f.Payload)
	case formSettings:
		_, err := ParseSettings(f.Payload)
		if err == nil && f.StreamFlags&StreamBegin == 0 {
			err = fmt.Errorf("stream-settings belong on the frame that begins the stream")
		}
		return err
	}
	return nil
}
