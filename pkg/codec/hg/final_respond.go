package hg

import (
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// A Responder makes the frames of one response, as hg 5.8.1's server does:
//
//	stream-settings     once for the stream, by AppendStreamSettings
//	command-response    {status: "ok"}
//	command-response    the command's items, collected until a frame is full
//	command-response    eos, with what the encoder held back
//
// Other than hg's, it loses nothing when a command fails in the middle, and
// a response without items is still a response.
type Responder struct {
	w       *FinalWriter
	request uint16
	begun   bool
	ended   bool
	buf     []byte // encoded, not in a frame yet
}

// Respond returns the Responder for a request.
func (w *FinalWriter) Respond(request uint16) *Responder {
	return &Responder{w: w, request: request}
}

func (r *Responder) response(encoded bool, flags uint8, payload []byte) *Frame {
	return r.w.frame(r.request, encoded, FinalCommandResponse, flags, payload)
}

// encode puts bytes through the stream's encoding, if it has one.
func (r *Responder) encode(b []byte) []byte {
	if !r.w.settled {
		return append([]byte(nil), b...)
	}
	return r.w.encoder.Encode(nil, b)
}

// AppendOK appends the frame that says that the command goes well. An encoder
// may hold it back; then there is no frame yet.
func (r *Responder) AppendOK(dst []*Frame) []*Frame {
	r.begun = true
	b, _ := dict(map[string]cbor.Value{"status": cbor.String("ok")}).Append(nil)
	if b = r.encode(b); len(b) == 0 {
		return dst
	}
	return append(dst, r.response(r.w.settled, DataContinuation, b))
}

// A Location is where a client gets the answer instead.
type Location struct {
	URL, MediaType                   string
	Size                             int64             // left out when it is 0
	FullHashes                       map[string]string // by the hash's name
	HashSeed                         string            // left out when it is empty
	ServerDERCerts, ServerCADERCerts []string
}

// AppendRedirect appends the frame that sends the client elsewhere.
func (r *Responder) AppendRedirect(dst []*Frame, l Location) []*Frame {
	r.begun = true
	b := append([]byte{0xa2}, appendString(nil, "location")...)
	b = l.appendTo(b)
	b = appendString(appendString(b, "status"), "redirect")
	if b = r.encode(b); len(b) == 0 {
		return dst
	}
	return append(dst, r.response(r.w.settled, DataContinuation, b))
}

// appendTo appends the location as a map. Its keys are in hg's order, in
// which two are byte strings for Python, and the others, text strings until
// they are written, come after them.
func (l *Location) appendTo(dst []byte) []byte {
	at, pairs := len(dst), 2
	dst = append(dst, 0)
	dst = appendString(appendString(dst, "mediatype"), l.MediaType)
	dst = appendString(appendString(dst, "url"), l.URL)
	put := func(key string, v cbor.Value) {
		pairs++
		dst, _ = v.Append(appendString(dst, key)) // no value here can fail
	}
	if len(l.FullHashes) > 0 {
		var hashes []cbor.Value
		for name, value := range l.FullHashes {
			hashes = append(hashes, cbor.String(name), cbor.String(value))
		}
		d, _ := cbor.Dict(hashes...)
		put("fullhashes", d)
	}
	if l.HashSeed != "" {
		put("fullhashseed", cbor.String(l.HashSeed))
	}
	if len(l.ServerCADERCerts) > 0 {
		put("servercadercerts", list(l.ServerCADERCerts))
	}
	if len(l.ServerDERCerts) > 0 {
		put("serverdercerts", list(l.ServerDERCerts))
	}
	if l.Size > 0 {
		put("size", cbor.Int(l.Size))
	}
	dst[at] = 0xa0 | byte(pairs)
	return dst
}

// appendString appends a byte string in CBOR.
func appendString(dst []byte, s string) []byte {
	dst, _ = cbor.String(s).Append(dst)
	return dst
}

// AppendItem appends what is ready once v is part of the response.
func (r *Responder) AppendItem(dst []*Frame, v cbor.Value) ([]*Frame, error) {
	b, err := v.Append(nil)
	if err != nil {
		return dst, err
	}
	return r.AppendChunk(dst, b)
}

// AppendChunk appends what is ready once b is part of the response: the bytes
// of items, cut anywhere.
func (r *Responder) AppendChunk(dst []*Frame, b []byte) ([]*Frame, error) {
	if r.ended {
		return dst, errEnded
	}
	r.begun = true
	b = r.encode(b)
	limit := r.w.maxFrame()
	switch {
	case len(b) > limit:
		dst = r.AppendBuffered(dst)
		for _, p := range pieces(b, limit) {
			dst = append(dst, r.response(r.w.settled, DataContinuation, p))
		}
	case len(b)+len(r.buf) < limit:
		r.buf = append(r.buf, b...)
	default:
		dst = r.AppendBuffered(dst)
		r.buf = append(r.buf, b...)
	}
	return dst, nil
}

// AppendBuffered appends the frame of what was collected, if there is any.
func (r *Responder) AppendBuffered(dst []*Frame) []*Frame {
	if len(r.buf) == 0 {
		return dst
	}
	dst = append(dst, r.response(r.w.settled, DataContinuation, r.buf))
	r.buf = nil
	return dst
}

// AppendEnd appends the frames that end the response. A response that has
// nothing yet is begun first.
func (r *Responder) AppendEnd(dst []*Frame) ([]*Frame, error) {
	if r.ended {
		return dst, errEnded
	}
	if !r.begun {
		dst = r.AppendOK(dst)
	}
	dst = r.AppendBuffered(dst)
	r.ended = true
	var rest []byte
	if r.w.settled {
		rest = r.w.encoder.Flush(nil)
	}
	all := pieces(rest, r.w.maxFrame())
	for i, p := range all {
		flags := uint8(DataContinuation)
		if i == len(all)-1 {
			flags = DataEOS
		}
		dst = append(dst, r.response(len(rest) > 0, flags, p))
	}
	return dst, nil
}

// AppendFailure appends the frames that end the response because the command
// failed. Before anything else was sent that is a response with the status
// error. After that it would be a second status in the middle of the items,
// as hg sends it: what was collected is sent, and an error-response.
func (r *Responder) AppendFailure(dst []*Frame, message string, args ...string) ([]*Frame, error) {
	if r.ended {
		return dst, errEnded
	}
	if r.begun {
		text := string(appendFormatted(nil, message, args))
		return r.AppendError(dst, ErrorCommand, text)
	}
	m := map[string]cbor.Value{"message": cbor.String(message)}
	if len(args) > 0 {
		m["args"] = list(args)
	}
	b, err := dict(map[string]cbor.Value{"status": cbor.String("error"), "error": dict(m)}).Append(nil)
	if err != nil {
		return dst, err
	}
	if len(b) > r.w.maxFrame() {
		return dst, fmt.Errorf("%w: the message has %d bytes", ErrPayloadTooLong, len(b))
	}
	r.begun, r.ended = true, true
	return append(dst, r.response(false, DataEOS, b)), nil
}

// AppendError appends the frames that end the response with an error that is
// not the command's. All that was part of the response is sent before.
func (r *Responder) AppendError(dst []*Frame, kind ErrorType, message string) ([]*Frame, error) {
	if r.ended {
		return dst, errEnded
	}
	r.ended = true
	dst = r.AppendBuffered(dst)
	if r.w.settled {
		if rest := r.w.encoder.Flush(nil); len(rest) > 0 {
			for _, p := range pieces(rest, r.w.maxFrame()) {
				dst = append(dst, r.response(true, DataContinuation, p))
			}
		}
	}
	return append(dst, r.w.Error(r.request, kind, message)), nil
}

// appendFormatted replaces each %s of a format by the next argument.
func appendFormatted(dst []byte, format string, args []string) []byte {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			dst = append(dst, format[i])
			continue
		}
		i++
		switch {
		case format[i] == '%':
			dst = append(dst, '%')
		case format[i] == 's' && len(args) > 0:
			dst, args = append(dst, args[0]...), args[1:]
		default:
			dst = append(dst, '%', format[i])
		}
	}
	return dst
}
