package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// decodeEach decodes every line of the input as a stream of its own. The
// number of the line is the number of the conversation.
func decodeEach(ctx context.Context, e *env, o *decodeOptions, opts decode.Options, files []string, show *shower) error {
	unpack, err := lineFormat(o.input)
	if err != nil {
		return err
	}
	show.marks(true)
	show.begin(time.Time{})
	number, bad := 0, []error(nil)
	for _, name := range files {
		r, _, err := e.Open(ctx, name)
		if err != nil {
			return err
		}
		err = eachLine(r, func(line []byte) error {
			number++
			b, err := unpack(line)
			if err != nil {
				if len(bad) < maxTextErrors {
					bad = append(bad, fmt.Errorf("%s: line %d: %w", display(name), number, err))
				}
				return nil
			}
			return decodeLine(number, b, o, opts, func(r *codec.Record) error {
				_, err := show.add(r)
				return err
			})
		})
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return ui.With(ui.ExitUsage, errors.Join(bad...))
}

// lineFormat returns the reader of a line's bytes.
func lineFormat(input string) (func(line []byte) ([]byte, error), error) {
	unhex := func(line []byte) ([]byte, error) { return lex.Hex(nil, line) }
	unbase64 := func(line []byte) ([]byte, error) { return base64.StdEncoding.AppendDecode(nil, line) }
	switch input {
	case capture.Hex.String():
		return unhex, nil
	case capture.Base64.String():
		return unbase64, nil
	case capture.Auto.String():
		return func(line []byte) ([]byte, error) {
			if b, err := unhex(line); err == nil {
				return b, nil
			}
			return unbase64(line)
		}, nil
	}
	return nil, ui.Usagef("--each reads lines of hex or base64, not %s", input)
}

// eachLine calls do with every line of r, without its line feed.
func eachLine(r io.Reader, do func(line []byte) error) error {
	br := bufio.NewReaderSize(r, 64<<10)
	var buf []byte
	for {
		part, err := br.ReadSlice('\n')
		buf = append(buf, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return ui.With(ui.ExitIO, err)
		case err != nil && len(buf) == 0:
			return nil
		}
		if err := do(bytes.TrimRight(buf, "\r\n")); err != nil {
			return err
		}
		buf = buf[:0]
	}
}

// decodeLine decodes one stream.
func decodeLine(number int, b []byte, o *decodeOptions, opts decode.Options, show func(*codec.Record) error) error {
	session, err := decode.NewSession(opts)
	if err != nil {
		return ui.With(ui.ExitUsage, err)
	}
	conn := &capture.Conn{ID: number}
	var failed error
	emit := func(r *codec.Record) bool {
		failed = show(r)
		return failed == nil
	}
	session.Event(&capture.Event{Conn: conn, Dir: o.dir(), Kind: capture.KindData, Data: b}, emit)
	session.Finish(emit)
	return failed
}
