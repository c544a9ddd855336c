package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/wirectl/wirectl/internal/synth"
)

// A config says how to measure.
type config struct {
	size    int64
	rounds  int
	wirectl string // the program
	self    string // this one
	dir     string // of the inputs
	bench   string // of the sources of the programs to compare with

	made map[string]synth.Tally
	pace pace
}

// prepare builds what is to be measured and makes the directory of inputs.
func (c *config) prepare() (done func(), err error) {
	c.made = map[string]synth.Tally{}
	done = func() {}
	if c.self, err = os.Executable(); err != nil {
		return done, err
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return done, fmt.Errorf("run it in the project: %w", err)
	}
	c.bench = filepath.Join(string(root[:len(root)-1]), "bench", "compare")
	if c.dir == "" {
		if c.dir, err = os.MkdirTemp("", "compare"); err != nil {
			return done, err
		}
		done = func() { os.RemoveAll(c.dir) }
	} else if err := os.MkdirAll(c.dir, 0o777); err != nil {
		return done, err
	}
	if c.wirectl == "" {
		c.wirectl = filepath.Join(c.dir, "wirectl")
		build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-ldflags", "-s -w", "-o", c.wirectl, "github.com/wirectl/wirectl/cmd/wirectl")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			done()
			return done, fmt.Errorf("%w: %s", err, out)
		}
	}
	return done, nil
}

// An input names a file to read.
type input struct {
	protocol string
	mix      synth.Mix
	packets  bool
	net      synth.Network
	size     int64  // at most, 0 for that of the config
	times    int64  // and so many times that, 0 for once
	derive   string // what is made of it: "wire" (the text), "http2", or "" for the bytes themselves
}

// path makes the file of an input, unless it is there, and returns its name
// and what is in it.
func (c *config) path(in input) (string, synth.Tally, error) {
	n := c.size
	if in.size > 0 {
		n = min(n, in.size)
	}
	n *= max(in.times, 1)
	name := fmt.Sprintf("%s.%s.%d", in.protocol, in.mix, n>>10)
	if in.packets {
		name += fmt.Sprintf(".f%d.s%d.d%g.pcap", in.net.Flows, in.net.Segment, in.net.Disorder)
	}
	path := filepath.Join(c.dir, name)
	t, ok := c.made[path]
	if !ok {
		var err error
		if t, err = generate(path, in, n); err != nil {
			return "", t, err
		}
		c.made[path] = t
	}
	if in.derive == "" {
		return path, t, nil
	}
	var err error
	derived := path + "." + in.derive
	if _, ok := c.made[derived]; !ok {
		c.made[derived] = t
		if in.derive == "http2" {
			err = deriveHTTP2(derived, path)
		} else {
			err = c.deriveText(derived, path, in)
		}
	}
	return derived, t, err
}

// deriveText writes the text of a stream.
func (c *config) deriveText(to, from string, in input) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	cmd := exec.Command(c.wirectl, "decode", "-p", in.protocol, "-o", in.derive, from)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return errors.Join(cmd.Run(), out.Close())
}

// deriveHTTP2 writes the payloads of Mercurial's frames as HTTP/2's.
func deriveHTTP2(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	r, w := bufio.NewReaderSize(in, 1<<20), bufio.NewWriterSize(out, 1<<20)
	for {
		h := make([]byte, 8)
		if _, err := io.ReadFull(r, h); err != nil {
			if errors.Is(err, io.EOF) {
				return w.Flush()
			}
			return err
		}
		n := int64(h[0]) | int64(h[1])<<8 | int64(h[2])<<16
		_, _ = w.Write([]byte{h[2], h[1], h[0], 0, 0, 0, 0, 0, 1}) // DATA of stream 1; Flush tells of errors
		if _, err := io.CopyN(w, r, n); err != nil {
			return err
		}
	}
}

func generate(path string, in input, n int64) (t synth.Tally, err error) {
	out := io.Discard
	if _, err := os.Stat(path); err != nil { // else only the tally is wanted
		f, err := os.Create(path)
		if err != nil {
			return t, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	w := bufio.NewWriterSize(out, 1<<20)
	if in.packets {
		t, err = synth.WriteCapture(w, in.protocol, in.mix, 1, n, in.net)
	} else {
		t, err = synth.WriteStream(w, in.protocol, in.mix, 1, n)
	}
	return t, errors.Join(err, w.Flush())
}
