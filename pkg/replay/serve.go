package replay

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// A Served is a server that runs for a session.
type Served struct {
	// Addresses are where it listens, by the names of its listeners; "" is
	// the one that takes all there is.
	Addresses map[string]string

	// Stop ends the server. It returns what there is to remark, such as why
	// connections failed.
	Stop func() []string
}

// ours is what the addresses begin with that name a listener of a server that
// @serve has started.
const ours = "serve:"

// serve starts the server that a step asks for, unless there is another one to
// go to.
func (r *runner) serve(s *session.Serve) error {
	_, one := r.o.To[s.Conn]
	if _, all := r.o.To[0]; one || all {
		return nil
	}
	v := Verdict{Place: s.Place, Conn: s.Conn, Cause: Refused}
	if r.o.Serve == nil {
		v.Why = "a server of ours is to run for this, and none can here: --to says where another is"
		return r.fail(v)
	}
	expanded := *s
	expanded.Settings = slices.Clone(s.Settings)
	for i := range expanded.Settings {
		expanded.Settings[i].Value = r.rn.Expand(expanded.Settings[i].Value)
	}
	served, err := r.o.Serve(r.ctx, &expanded)
	if err != nil {
		v.Err, v.Why = err, "the server cannot be started: "+err.Error()
		return r.fail(v)
	}
	r.served = append(r.served, served)
	r.to[s.Conn] = served.Addresses[""]
	maps.Copy(r.listeners, served.Addresses)
	return nil
}

// found replaces the address of a server of ours by where it listens.
func (r *runner) found(url string) (string, error) {
	name, ok := strings.CutPrefix(url, ours)
	if !ok {
		return url, nil
	}
	if len(r.served) == 0 {
		return "", errors.New("no server of ours runs: @serve starts one")
	}
	at, ok := r.listeners[name]
	if !ok {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.listeners)), func(n string) bool { return n == "" })
		return "", fmt.Errorf("%s: %w", url, &codec.UnknownNameError{What: "listener", Name: name, Allowed: names})
	}
	return at, nil
}

// stopServers ends the servers, and notes what they have to say when something
// failed.
func (r *runner) stopServers() {
	for _, s := range r.served {
		for _, note := range s.Stop() {
			if !r.rep.OK() {
				r.note("the server: %s", note)
			}
		}
	}
}
