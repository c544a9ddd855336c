package hg

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A FinalRun runs a command of the final dialect, whose arguments are values.
// The answer comes back as a [FinalResponse].
type FinalRun struct {
	Request  uint16
	Command  string
	Args     cbor.Value // a dict
	Redirect cbor.Value // a dict targets, hashes; None when the client follows no redirects
	Data     []byte     // nil when the command has none
}

// Name implements [reactor.Action].
func (FinalRun) Name() string { return "runcommand" }

// AppendJSON implements [reactor.Action].
func (r FinalRun) AppendJSON(dst []byte) []byte {
	dst = appendRequest(dst, r.Request)
	dst = append(dst, `,"command":`...)
	dst = jsonenc.AppendString(dst, r.Command)
	dst = appendJSON(append(dst, `,"args":`...), r.Args)
	if r.Redirect.Type() != "NoneType" {
		dst = appendJSON(append(dst, `,"redirect":`...), r.Redirect)
	}
	if r.Data != nil {
		dst = jsonenc.AppendBytes(append(dst, `,"data":`...), r.Data)
	}
	return dst
}

func (r FinalRun) String() string {
	s := fmt.Sprintf("run-command %d %s %s", r.Request, lex.AppendEscaped(nil, []byte(r.Command)), literal(r.Args))
	if r.Redirect.Type() != "NoneType" {
		s += " redirect " + literal(r.Redirect)
	}
	if r.Data != nil {
		s += fmt.Sprintf(" (%d bytes of data)", len(r.Data))
	}
	return s
}

// ResponseData is a piece of the answer to a request, cut anywhere, without
// the stream's encoding: it may be empty where the encoding holds bytes back.
type ResponseData struct {
	Request uint16
	Data    []byte
	More    bool // the frame says that more follows
	EOS     bool // the frame says that it is the last: the request is over
}

// Name implements [reactor.Action].
func (ResponseData) Name() string { return "responsedata" }

// AppendJSON implements [reactor.Action].
func (r ResponseData) AppendJSON(dst []byte) []byte {
	dst = appendRequest(dst, r.Request)
	dst = jsonenc.AppendBytes(append(dst, `,"data":`...), r.Data)
	dst = strconv.AppendBool(append(dst, `,"expectmore":`...), r.More)
	return strconv.AppendBool(append(dst, `,"eos":`...), r.EOS)
}

func (r ResponseData) String() string {
	s := fmt.Sprintf("response-data %d %s", r.Request, lex.AppendQuoted(nil, r.Data))
	if r.More {
		s += " expect-more"
	}
	if r.EOS {
		s += " eos"
	}
	return s
}

// A ResponseStatus is what the first item of an answer says, as soon as that
// is whole; or a second one in the middle, with which Mercurial's server ends
// the answer of a command that fails late.
type ResponseStatus struct {
	Request  uint16
	Status   string     // "ok", "error" or "redirect"
	Message  string     // of an error, with its arguments put in
	Location cbor.Value // of a redirect, else None
}

// Name implements [reactor.Action].
func (ResponseStatus) Name() string { return "responsestatus" }

// AppendJSON implements [reactor.Action].
func (r ResponseStatus) AppendJSON(dst []byte) []byte {
	dst = appendRequest(dst, r.Request)
	dst = jsonenc.AppendString(append(dst, `,"status":`...), r.Status)
	if r.Status == "error" {
		dst = jsonenc.AppendString(append(dst, `,"message":`...), r.Message)
	}
	if r.Location.Type() == "dict" {
		dst = appendJSON(append(dst, `,"location":`...), r.Location)
	}
	return dst
}

func (r ResponseStatus) String() string {
	s := fmt.Sprintf("response-status %d %s", r.Request, lex.AppendEscaped(nil, []byte(r.Status)))
	switch {
	case r.Status == "error":
		s += ": " + string(lex.AppendEscaped(nil, []byte(r.Message)))
	case r.Location.Type() == "dict":
		s += " " + literal(r.Location)
	}
	return s
}

// A RequestError is the error-response with which a server ends a request.
// The connection goes on.
type RequestError struct {
	Request uint16
	Type    string // "protocol", "server" or "command"
	Message string // with its arguments put in
}

// Name implements [reactor.Action].
func (RequestError) Name() string { return "error" }

// AppendJSON implements [reactor.Action].
func (r RequestError) AppendJSON(dst []byte) []byte {
	dst = appendRequest(dst, r.Request)
	dst = jsonenc.AppendString(append(dst, `,"type":`...), r.Type)
	return jsonenc.AppendString(append(dst, `,"message":`...), r.Message)
}

func (r RequestError) String() string {
	return fmt.Sprintf("error of request %d, %s: %s", r.Request, lex.AppendEscaped(nil, []byte(r.Type)), lex.AppendEscaped(nil, []byte(r.Message)))
}

func appendRequest(dst []byte, id uint16) []byte {
	return strconv.AppendUint(append(dst, `,"request":`...), uint64(id), 10)
}
