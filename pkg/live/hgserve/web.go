package hgserve

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	machines "github.com/wirectl/wirectl/pkg/reactor/hg"
)

// An API is a service of Mercurial's HTTP server that speaks frames.
type api struct {
	name, dialect, mediaType string
	machine                  func(reactor.Options) reactor.Machine
}

var apis = []api{
	{"exp-http-v2-0001", "seed", "application/mercurial-exp-framing-0002", func(o reactor.Options) reactor.Machine { return machines.NewSeedServer(o) }},
	{"exp-http-v2-0003", "final", "application/mercurial-exp-framing-0006", func(o reactor.Options) reactor.Machine { return machines.NewFinalServer(o) }},
}

// A Web answers HTTP as Mercurial's own server does, in the order of its
// checks and in its words (mercurial/wireprotov2server.py of 5.8.1, and its
// forerunner wireprotoserver.py of r37304):
//
//	GET  /?cmd=capabilities               what there is, with the upgrade to frames
//	POST /api/NAME/ro|rw/COMMAND          frames with that one command
//	POST /api/NAME/ro|rw/multirequest     frames with any commands
//
// An error of the protocol is an answer 200 with text in its body.
type Web struct {
	Handler *Handler
	Options reactor.Options // of the machines; a dialect serves that one alone
}

// anyCommand is the name in a URL for several commands.
const anyCommand = "multirequest"

// A refusal is an answer that holds text.
type refusal struct {
	status int
	text   string
	plain  bool // with a media type
}

func (r *refusal) Error() string { return strings.TrimSuffix(r.text, "\n") }

func refusef(status int, format string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(format, args...), true}
}

func (r *refusal) write(w http.ResponseWriter) {
	w.Header()["Content-Type"] = nil // else it would be guessed
	if r.plain {
		w.Header().Set("Content-Type", "text/plain")
	}
	if r.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.text)) // if it fails nobody is there to be told
}

// ServeExchange implements live.Web.
func (h *Web) ServeExchange(x *live.Exchange, w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("cmd") == "capabilities" {
		h.handshake(w, r)
		return
	}
	if err := h.exchange(x, w, r); err != nil {
		var text *refusal
		var syntax *codec.SyntaxError
		switch {
		case errors.As(err, &text):
		case errors.As(err, &syntax):
			text = refusef(http.StatusBadRequest, "%v\n", err)
		default: // what a machine refuses
			text = refusef(http.StatusOK, "%v\n", err)
		}
		text.write(w)
	}
}

// exchange runs the commands of a request.
func (h *Web) exchange(x *live.Exchange, w http.ResponseWriter, r *http.Request) error {
	api, words, err := h.find(r.URL.Path)
	if err != nil {
		return err
	}
	command, err := h.check(api, words, r)
	if err != nil {
		return err
	}
	o := h.Options
	o.Role, o.Dialect, o.DeferOutput = reactor.Server, api.dialect, true
	body := codec.HTTP{Method: r.Method, Target: r.RequestURI, MediaType: api.mediaType}
	frames, err := x.Run(api.machine(o), r.Body, body, allow(command, words[0] == "rw"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", api.mediaType)
	return x.Answer(w, frames)
}

// find returns the API that a path names, and what follows its name.
func (h *Web) find(path string) (*api, []string, error) {
	words := strings.Split(strings.Trim(path, "/"), "/")
	for len(words) > 0 && words[0] != "api" {
		words = words[1:] // the repository's own path
	}
	if len(words) < 2 {
		return nil, nil, refusef(http.StatusNotFound, "frames are at /api/NAME/ro/COMMAND\n")
	}
	for i := range apis {
		a := &apis[i]
		switch {
		case a.name != words[1]:
		case h.Options.Dialect != "" && h.Options.Dialect != a.dialect:
			return nil, nil, refusef(http.StatusNotFound, "API %s not enabled\n", a.name)
		default:
			return a, words[2:], nil
		}
	}
	return nil, nil, refusef(http.StatusNotFound, "Unknown API: %s\nKnown APIs: %s", words[1], strings.Join(h.names(), ", "))
}

// names lists the APIs that are served.
func (h *Web) names() (list []string) {
	for _, a := range apis {
		if h.Options.Dialect == "" || h.Options.Dialect == a.dialect {
			list = append(list, a.name)
		}
	}
	return list
}

// check judges the head of a request, and returns the command of the URL.
func (h *Web) check(a *api, words []string, r *http.Request) (string, error) {
	switch {
	case len(words) == 0:
		return "", refusef(http.StatusOK, "HTTP version 2 API handler")
	case len(words) == 1:
		return "", refusef(http.StatusNotFound, "do not know how to process %s\n", r.URL.Path)
	case words[0] != "ro" && words[0] != "rw":
		return "", refusef(http.StatusNotFound, "unknown permission: %s", words[0])
	case r.Method != http.MethodPost:
		return "", &refusal{http.StatusMethodNotAllowed, "commands require POST requests", false}
	case words[1] != anyCommand && !h.knows(a.dialect, words[1]):
		return "", refusef(http.StatusNotFound, "unknown wire protocol command: %s\n", words[1])
	case r.Header.Get("Accept") != a.mediaType:
		return "", refusef(http.StatusNotAcceptable, "client MUST specify Accept header with value: %s\n", a.mediaType)
	case r.Header.Get("Content-Type") != a.mediaType:
		return "", refusef(http.StatusUnsupportedMediaType, "client MUST send Content-Type header with value: %s\n", a.mediaType)
	}
	return words[1], nil
}

func (h *Web) knows(dialect, command string) bool {
	_, ok := h.Handler.Commands.Seed[command]
	if dialect == "final" {
		_, ok = h.Handler.Commands.Final[command]
	}
	return ok
}

// allow returns the judge of the commands in the frames.
func allow(url string, writes bool) func(reactor.Action) error {
	seen := false
	return func(a reactor.Action) error {
		name := ""
		switch a := a.(type) {
		case reactor.Run:
			name = a.Command
		case machines.FinalRun:
			name = a.Command
		default:
			return nil
		}
		again := seen
		seen = true
		switch {
		case url != anyCommand && again:
			return refusef(http.StatusOK, "multiple commands cannot be issued to this URL")
		case url != anyCommand && url != name:
			return refusef(http.StatusOK, "command in frame must match command in URL")
		case name == "pushkey" && !writes:
			return refusef(http.StatusForbidden, "insufficient permissions to execute command: %s", name)
		}
		return nil
	}
}

// handshake tells what there is: to those who ask for the upgrade that frames
// are spoken, to others what version 1 could do.
func (h *Web) handshake(w http.ResponseWriter, r *http.Request) {
	v1, err := h.Handler.capabilities("seed")
	answer, mediaType := v1, "application/mercurial-0.1"
	if err == nil && strings.Contains(r.Header.Get("X-HgUpgrade-1"), apis[1].name) && h.Options.Dialect != "seed" {
		mediaType = "application/mercurial-cbor"
		answer, err = h.upgrade(v1)
	}
	if err != nil {
		refusef(http.StatusInternalServerError, "%v\n", err).write(w)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(answer) // if it fails nobody is there to be told
}

// upgrade is the handshake's answer of the final dialect.
func (h *Web) upgrade(v1 []byte) ([]byte, error) {
	h.Handler.mu.Lock()
	own := h.Handler.repo.FinalCapabilities
	h.Handler.mu.Unlock()
	served, err := cbor.Dict(cbor.String(apis[1].name), own)
	if err != nil {
		return nil, err
	}
	all, err := cbor.Dict(
		cbor.String("apibase"), cbor.String("api/"),
		cbor.String("apis"), served,
		cbor.String("v1capabilities"), cbor.ByteString(v1),
	)
	if err != nil {
		return nil, err
	}
	return all.Append(nil)
}
