package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/live"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/zeo"
	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// machine returns the server's machine: that of zeo with the storage of a
// file, or one that plays a recording.
func (o *serveOptions) machine(e *env, proto string, opts reactor.Options) (reactor.Machine, error) {
	switch {
	case o.from != "":
		return o.recording(e, proto, opts)
	case o.anyOrder:
		return nil, ui.Usagef("--any-order is for --from")
	case o.storage == "":
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

// A keeper writes the storage of a server of zeo to its file.
type keeper struct {
	name string
	s    *live.Server
	hub  *zeo.Server

	known      int  // the edition in the file
	written    bool // there is a file
	stop, done chan struct{}
}

// keepStorage writes the storage back now and then, if it has changed; nil
// when there is none to be kept.
func (o *serveOptions) keepStorage(s *live.Server) *keeper {
	hub, ok := s.Hub.(*zeo.Server)
	if !ok || o.storage == "" {
		return nil
	}
	k := &keeper{name: o.storage, s: s, hub: hub, known: hub.Edition(), stop: make(chan struct{}), done: make(chan struct{})}
	if o.saveEvery <= 0 {
		close(k.done)
	} else {
		go k.run(o.saveEvery)
	}
	return k
}

func (k *keeper) run(every time.Duration) {
	defer close(k.done)
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-t.C:
		}
		var edition int
		var copied *storage.Storage
		k.s.Inspect(func(reactor.Hub) {
			if edition = k.hub.Edition(); edition != k.known {
				copied = k.hub.Storage()
			}
		})
		if copied == nil {
			continue
		}
		if err := k.write(edition, copied); err != nil { // it is tried again
			k.s.Note(0, err.Error())
		}
	}
}

// finish writes the storage of a server that has ended, unless the file has
// it.
func (k *keeper) finish() error {
	if k == nil {
		return nil
	}
	close(k.stop)
	<-k.done
	if edition := k.hub.Edition(); edition != k.known || !k.written {
		return k.write(edition, k.hub.Storage())
	}
	return nil
}

// write writes the file whole or not at all.
func (k *keeper) write(edition int, s *storage.Storage) error {
	f, err := createAtomic(k.name)
	if err != nil {
		return err
	}
	defer f.abort()
	if _, err = f.Write(s.AppendText(nil)); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return ui.IOf("%s: %w", k.name, pathCause(err))
	}
	if err := f.commit(); err != nil {
		return err
	}
	k.known, k.written = edition, true
	return nil
}
