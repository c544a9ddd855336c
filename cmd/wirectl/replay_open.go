package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// options returns the options of the runs, and what to call at the end.
func (o *replayOptions) options(e *env) (replay.Options, func(), error) {
	out := replay.Options{
		Lookup: registry.Lookup, Codec: codec.Options{MaxFrame: int(o.maxFrame), Compat: o.compat},
		Timeout: o.timeout, Retry: o.retry, Total: o.total, Drain: o.drain,
		Literal: o.literal, KeepGoing: o.keepGoing, Strict: o.strict, From: o.from, Until: o.until,
		SideEffects: o.sideEffects, Exec: o.programs, Serve: serveOurs(e),
	}
	fail := func(err error) (replay.Options, func(), error) { return out, nil, err }
	var err error
	if out.Speed, out.Ahead, err = speeds(o.speed); err != nil {
		return fail(err)
	}
	if out.To, err = addresses(o.to); err != nil {
		return fail(err)
	}
	if out.Settings, err = settings(o.settings); err != nil {
		return fail(err)
	}
	secure, done, err := o.tls.tls(live.Address{Scheme: "tls"})
	if err != nil {
		return fail(err)
	}
	o.errors = &sharedStream{Stream: e.Stderr}
	dialer := &replay.Dialer{TLS: secure, Stderr: o.errors}
	out.Dial = dialer.Dial
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = secure
	transport.Proxy = nil // what is tested is the server that was named
	out.Web = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return out, func() {
		transport.CloseIdleConnections()
		done()
	}, nil
}

// addresses reads the values of --to.
func addresses(list []string) (map[int]string, error) {
	to := map[int]string{}
	for _, text := range list {
		n, address := 0, text
		if number, rest, ok := strings.Cut(text, "="); ok {
			if i, err := strconv.Atoi(strings.TrimPrefix(number, "#")); err == nil && i > 0 {
				n, address = i, rest
			}
		}
		if err := replay.CheckAddress(address); err != nil {
			return nil, &hinted{ui.With(ui.ExitUsage, fmt.Errorf("--to: %w", err)), "there are " + strings.Join(replay.Schemes, ", ")}
		}
		if _, twice := to[n]; twice {
			return nil, &hinted{ui.Usagef("--to %s: there is another address already", text), "N=ADDRESS is for connection N"}
		}
		to[n] = address
	}
	return to, nil
}

// documents reads all documents. Their errors come together.
func (o *replayOptions) documents(ctx context.Context, e *env, patterns []string) ([]*session.Document, error) {
	names, err := expand(patterns)
	if err != nil {
		return nil, err
	}
	so, err := o.reading()
	if err != nil {
		return nil, err
	}
	var docs []*session.Document
	var faults []error
	for _, name := range names {
		src, err := readDocument(ctx, e, name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		doc, err := session.Parse(display(name), src, so)
		if err != nil {
			faults = append(faults, ui.With(ui.ExitUsage, err))
			continue
		}
		if err := checkServers(e, doc); err != nil && len(o.to) == 0 {
			faults = append(faults, ui.With(ui.ExitUsage, err))
			continue
		}
		docs = append(docs, doc)
	}
	return docs, errors.Join(faults...)
}

// reading returns how documents are read.
func (o *replayOptions) reading() (session.Options, error) {
	so := session.Options{
		Lookup: registry.Lookup, Proto: o.protocol, Dialect: o.dialect,
		Codec:   codec.Options{Compat: o.compat, Fresh: newFresh(0, false).value, ReadFile: readTextFile},
		Include: includeFile,
	}
	if o.env {
		so.Getenv = os.LookupEnv
	}
	if o.dialect != "" && o.protocol == "" {
		return so, ui.Usagef("--dialect goes with -p PROTOCOL")
	}
	var err error
	so.Vars, err = splitVars(o.vars)
	return so, err
}

// expand replaces the patterns that name no file by the files that match.
func expand(patterns []string) ([]string, error) {
	var names []string
	for _, p := range patterns {
		if _, err := os.Lstat(p); err == nil || p == "-" || !strings.ContainsAny(p, "*?[") {
			names = append(names, p)
			continue
		}
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, ui.Usagef("%s: %w", p, err)
		}
		if len(found) == 0 {
			return nil, ui.IOf("%s: no file matches", p)
		}
		names = append(names, found...)
	}
	return names, nil
}

func readDocument(ctx context.Context, e *env, name string) ([]byte, error) {
	r, _, err := e.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, ui.IOf("%s: %w", display(name), pathCause(err))
	}
	return src, nil
}

// includeFile reads what @include names. The name counts from the folder of
// the file that includes it.
func includeFile(from, name string) (string, []byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(from), name)
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return name, nil, fmt.Errorf("%s: %w", name, pathCause(err))
	}
	return name, src, nil
}
