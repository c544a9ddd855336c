package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// ourGrace is how long a server of a session waits for clients at its end: the
// session has ended then.
const ourGrace = 200 * time.Millisecond

// ourSeed is the seed of the servers of sessions that none is set for, so that
// each run is like the one before.
var ourSeed = strings.Repeat("00", seedLen)

// ownSettings are the settings of @serve that are not the machine's.
var ownSettings = []string{"dialect", "compat", "listen", "repository", "storage", "fault", "from", "any-order", "events"}

// serveSettings turns the settings of @serve into those of serve. Names of
// files count from the folder of the document.
func serveSettings(s *session.Serve) (*serveOptions, error) {
	o := &serveOptions{maxFrame: codec.DefaultMaxFrame, idle: live.DefaultIdle, grace: ourGrace, listen: []string{defaultListen}}
	file := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(s.File), name)
	}
	var err error
	flag := func(set session.Setting) bool {
		if set.Value != "true" && set.Value != "false" {
			err = fmt.Errorf("%s is true or false, not %q", set.Name, set.Value)
		}
		return set.Value == "true"
	}
	for _, set := range s.Settings {
		switch set.Name {
		case "dialect":
			o.dialect = set.Value
		case "compat":
			o.compat = flag(set)
		case "any-order":
			o.anyOrder = flag(set)
		case "repository":
			o.repo = file(set.Value)
		case "storage":
			o.storage = file(set.Value)
		case "fault":
			o.fault = file(set.Value)
		case "from":
			o.from = file(set.Value)
		case "events":
			o.events = file(set.Value)
		case "listen":
			if set.Value != "tcp" && set.Value != "http" {
				return nil, &codec.UnknownNameError{What: "kind of listener", Name: set.Value, Allowed: []string{"tcp", "http"}}
			}
			o.listen = []string{set.Value + "://127.0.0.1:0"}
		default:
			o.settings = append(o.settings, set.Name+"="+set.Value)
		}
	}
	return o, err
}

// ours makes the server that @serve asks for.
func ours(e *env, s *session.Serve) (*serveOptions, *live.Server, live.Web, places, error) {
	o, err := serveSettings(s)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if (s.Proto == "zmtp" || s.Proto == "emqp") && o.from == "" && !slices.ContainsFunc(s.Settings, func(set session.Setting) bool { return set.Name == "seed" }) {
		o.settings = append(o.settings, "seed="+ourSeed)
	}
	at, err := o.places()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	server, web, err := o.server(e, at, s.Proto)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if p, ok := server.Hub.(reactor.Ported); ok {
		for _, name := range p.Listeners() {
			at = append(at, place{name, at[0].Address})
		}
	}
	return o, server, web, at, nil
}

// checkServers makes the servers that a document asks for, to see whether it
// can be done. Those whose settings have variables are seen when they are run.
func checkServers(e *env, doc *session.Document) error {
	var faults []error
	doc.All(func(step session.Step) bool {
		s, ok := step.(*session.Serve)
		if !ok || slices.ContainsFunc(s.Settings, func(set session.Setting) bool { return strings.Contains(set.Value, "$") }) {
			return true
		}
		if _, _, _, _, err := ours(e, s); err != nil {
			faults = append(faults, serveFault(s, err))
		}
		return true
	})
	return errors.Join(faults...)
}

// serveFault tells what is wrong with a line, and where.
func serveFault(s *session.Serve, err error) error {
	fault := &humanframe.Error{File: s.File, Line: s.Line, Text: s.Text, End: len(s.Text), Message: err.Error()}
	u, ok := errors.AsType[*codec.UnknownNameError](err)
	if !ok {
		return fault
	}
	if i := strings.LastIndex(s.Text, u.Name); i >= 0 {
		fault.Start, fault.End = i, i+len(u.Name)
	}
	if fault.Allowed = u.Allowed; strings.Contains(u.What, "setting") {
		fault.HintText = "besides there are " + strings.Join(ownSettings, ", ")
	}
	return fault
}

// serveOurs runs the server that @serve asks for.
func serveOurs(e *env) func(context.Context, *session.Serve) (*replay.Served, error) {
	return func(ctx context.Context, s *session.Serve) (*replay.Served, error) {
		o, server, web, at, err := ours(e, s)
		if err != nil {
			return nil, err
		}
		list, got, err := at.listen(nil)
		if err != nil {
			return nil, err
		}
		notes := &serverNotes{}
		server.Observer = notes
		served := &replay.Served{Addresses: map[string]string{}}
		for _, p := range got {
			served.Addresses[p.name] = p.Address.String()
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		if o.events != "" {
			in, err := newServeEvents(ctx, e, server, o.events)
			if err != nil {
				cancel()
				return nil, errors.Join(err, closeAll(list))
			}
			context.AfterFunc(ctx, func() { _ = in.Close() })
			go in.run()
		}
		done := make(chan error, 1)
		go func() {
			if at.web() {
				done <- server.ServeHTTP(ctx, list[0], web)
			} else {
				done <- server.ServeAll(ctx, list...)
			}
		}()
		served.Stop = func() []string {
			cancel()
			if err := errors.Join(<-done, played(server)); err != nil {
				notes.add(err.Error())
			}
			return notes.list()
		}
		return served, nil
	}
}

// serverNotes keeps what a server remarks.
type serverNotes struct {
	mu    sync.Mutex
	notes []string
}

// maxNotes is how many remarks are kept.
const maxNotes = 20

func (n *serverNotes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.notes) < maxNotes {
		n.notes = append(n.notes, text)
	}
}

func (n *serverNotes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.notes)
}

// Opened implements [live.Observer].
func (*serverNotes) Opened(int, time.Time, net.Addr, net.Addr) {}

// Passed implements [live.Observer].
func (*serverNotes) Passed(int, codec.Direction, time.Time, []byte) {}

// Record implements [live.Observer].
func (*serverNotes) Record(*codec.Record) {}

// Note implements [live.Observer].
func (n *serverNotes) Note(_ int, text string) { n.add(text) }

// Closed implements [live.Observer].
func (n *serverNotes) Closed(_ int, _ time.Time, cause error) {
	if cause != nil {
		n.add(cause.Error())
	}
}
