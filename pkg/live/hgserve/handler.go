// Package hgserve is what a server of Mercurial's frames needs beside its
// machine: commands that answer from a repository in memory, and the rules by
// which HTTP carries the frames.
package hgserve

import (
	"context"
	_ "embed" // the sample
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg/repo"
)

// Sample is the text of the repository that is served when none is given.
//
//go:embed sample.repo
var Sample []byte

// A Handler runs commands on a repository, one after the other.
type Handler struct {
	Commands repo.Commands

	mu   sync.Mutex
	repo *repo.Repo
}

// New returns a Handler with the default commands. The repository is its own
// from then on.
func New(r *repo.Repo) *Handler { return &Handler{Commands: repo.Default(), repo: r} }

// answers is the stream of all answers, as in Mercurial's own server;
// refusals is that of what the machine does not know of.
const (
	answers  = 2
	refusals = 4
)

// Handle implements live.Handler.
func (h *Handler) Handle(_ context.Context, _ int, a reactor.Action) ([]reactor.Event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev, ok := h.Commands.Answer(h.repo, a, answers)
	if !ok {
		return nil, false
	}
	return []reactor.Event{ev}, true
}

// capabilities returns what the repository says of itself.
func (h *Handler) capabilities(dialect string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if dialect == "final" {
		return h.repo.FinalCapabilities.Append(nil)
	}
	return []byte(h.repo.Capabilities), nil
}

// longest is the longest message in a refusal.
const longest = 1 << 10

// Refuse implements live.Refuser: an error-response that says that the
// protocol was broken. Without a frame before it, it is for request 0.
// Mercurial speaks frames over HTTP alone, and has text in its place there.
func (h *Handler) Refuse(last codec.Frame, message string) []codec.Frame {
	var request uint16
	dialect := "seed"
	if f, ok := last.(*hg.Frame); ok {
		request, dialect = f.RequestID, f.Dialect().Name
	}
	message = message[:min(len(message), longest)]
	if dialect == "final" {
		w := hg.FinalWriter{StreamID: refusals}
		return []codec.Frame{w.Error(request, hg.ErrorProtocol, message)}
	}
	w := hg.Writer{StreamID: refusals}
	f, err := w.Error(request, hg.ErrorResponseProtocol, []byte(message))
	if err != nil {
		return nil
	}
	return []codec.Frame{f}
}
