package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
)

// machine returns the server's machine: that of zeo with the storage of a
// file.
func (o *serveOptions) machine(proto string, opts reactor.Options) (reactor.Machine, error) {
	if o.storage == "" {
		return newMachine(proto, opts)
	}
	if proto != "zeo" {
		return nil, ui.Usagef("%s has no storage: that is zeo's", proto)
	}
	own, err := zeo.ServerOptionsOf(opts)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	text, err := os.ReadFile(o.storage)
	switch {
	case errors.Is(err, os.ErrNotExist): // it is made at the end
	case err != nil:
		return nil, ui.With(ui.ExitIO, err)
	default:
		if err := own.Load(text); err != nil {
			return nil, ui.With(ui.ExitDamage, fmt.Errorf("%s:%w", o.storage, err))
		}
	}
	return zeo.NewServer(own), nil
}

// saveStorage writes the storage back, whole or not at all.
func (o *serveOptions) saveStorage(s *live.Server) error {
	server, ok := s.Hub.(*zeo.Server)
	if !ok || o.storage == "" {
		return nil
	}
	f, err := createAtomic(o.storage)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err := f.Write(server.Storage().AppendText(nil)); err != nil {
		return ui.IOf("%s: %w", o.storage, pathCause(err))
	}
	return f.commit()
}
